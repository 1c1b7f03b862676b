"""What joblib makes of a call: the very ``Parallel`` is constructed under each configuration."""

from __future__ import annotations

import contextlib
import threading
import warnings
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from sklpar.model import Resolution
from sklpar.spec.layers.evidence import JoblibCall
from sklpar.spec.layers.values import Known

if TYPE_CHECKING:
    from collections.abc import Callable

CONFIGS = (None, "sequential", "threading", "loky", "multiprocessing")
# The second n_jobs that is tried: whether more than one worker is granted shows with two.
_TWO = 2


def resolutions(
    call: JoblibCall, chain: Sequence[JoblibCall], as_written: int | None
) -> tuple[Resolution, ...]:
    """Ask joblib what becomes of a call.

    Parameters
    ----------
    chain : sequence of JoblibCall
        The calls whose workers it is made in, outermost first; each may also have one job only,
        and then its tasks see the configuration itself.
    """
    found = []
    asked = dict.fromkeys([as_written, None, _TWO] if _takes_jobs(call) else [None])
    for config in CONFIGS:
        for within in range(len(chain) + 1):
            for value in asked:
                found += _ask(call, chain[:within], config, None, value)
        found += _ask(call, (), config, _TWO, None)
    return tuple(dict.fromkeys(found))


def _takes_jobs(call: JoblibCall) -> bool:
    return call.jobs is not None and bool(call.jobs.origins)


def _ask(
    call: JoblibCall,
    chain: Sequence[JoblibCall],
    config: str | None,
    config_n_jobs: int | None,
    asked: int | None,
) -> list[Resolution]:
    answers: list[tuple[str, int]] = []

    def construct() -> None:
        with contextlib.suppress(Exception), warnings.catch_warnings():
            warnings.simplefilter("ignore")
            with _configured(config, config_n_jobs), _in_workers(chain):
                answers.append(_answer(call, asked))

    _apart(construct, in_thread=bool(chain) and _are_threads(chain, config))
    return [
        Resolution(
            config=config,
            config_n_jobs=config_n_jobs,
            asked=asked,
            within=len(chain),
            backend=backend,
            n_jobs=n_jobs,
        )
        for backend, n_jobs in answers
    ]


def _answer(call: JoblibCall, asked: int | None) -> tuple[str, int]:
    import joblib

    if call.context.guarded and joblib.effective_n_jobs(asked) == 1:
        return "sequential", 1  # the code goes another way then
    return _granted(_construct(call, asked))


def _construct(call: JoblibCall, asked: int | None) -> Any:
    import joblib

    words = dict(call.keywords)
    with contextlib.ExitStack() as stack:
        for config in call.context.configs:
            stack.enter_context(joblib.parallel_config(**dict(config)))
        if call.jobs is not None:
            words["n_jobs"] = _jobs(call, asked)
        return call.cls(**words)


def _jobs(call: JoblibCall, asked: int | None) -> int | None:
    import joblib

    jobs = call.jobs
    if jobs is not None and jobs.openmp:
        return openmp_threads()
    if isinstance(jobs, Known) and not jobs.origins:
        return jobs.it if isinstance(jobs.it, int) else None
    if jobs is not None and jobs.counted:
        return int(joblib.effective_n_jobs(asked))
    return asked


def openmp_threads() -> int:
    """Return what scikit-learn's own helper says of OpenMP in this process."""
    from sklearn.utils._openmp_helpers import _openmp_effective_n_threads

    return int(_openmp_effective_n_threads())


def _granted(parallel: Any) -> tuple[str, int]:
    """Return the backend and the workers; with one job joblib's calls are a plain loop."""
    backend = parallel._backend
    n_jobs = int(backend.effective_n_jobs(parallel.n_jobs))
    name = type(backend).__name__
    return ("sequential" if n_jobs == 1 else name.removesuffix("Backend").lower()), n_jobs


@contextlib.contextmanager
def _configured(config: str | None, n_jobs: int | None) -> Iterator[None]:
    import joblib

    if config is None and n_jobs is None:
        yield
        return
    backend = {} if config is None else {"backend": config}
    with joblib.parallel_config(**backend, n_jobs=n_jobs):
        yield


@contextlib.contextmanager
def _in_workers(chain: Sequence[JoblibCall]) -> Iterator[None]:
    """Enter what joblib itself configures in the workers of each call, outermost first."""
    import joblib

    with contextlib.ExitStack() as stack:
        for call in chain:
            backend = _construct(call, _TWO)._backend
            nested, n_jobs = backend.get_nested_backend()
            stack.enter_context(joblib.parallel_config(backend=nested, n_jobs=n_jobs))
        yield


def _are_threads(chain: Sequence[JoblibCall], config: str | None) -> bool:
    """Tell whether the innermost workers are threads: there joblib starts no processes."""
    granted: list[str] = []
    with contextlib.suppress(Exception), warnings.catch_warnings():
        warnings.simplefilter("ignore")
        with _configured(config, None), _in_workers(chain[:-1]):
            granted.append(_granted(_construct(chain[-1], _TWO))[0])
    return granted == ["threading"]


def _apart(function: Callable[[], None], *, in_thread: bool) -> None:
    if not in_thread:
        function()
        return
    thread = threading.Thread(target=function)
    thread.start()
    thread.join()
