"""A setting brought into force inside a program that is already running."""

from __future__ import annotations

import os
import shlex
import sys
import threading
import warnings
from collections.abc import Iterable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import TYPE_CHECKING, Any

from sklpar.api.result import Result
from sklpar.backends import BACKENDS
from sklpar.effect.config import config_arguments, pinned_by_run
from sklpar.guard.comparable import fingerprint_differences
from sklpar.host.cpus import physical_cpus, usable_cpus
from sklpar.host.fingerprint import describe_host, fingerprint
from sklpar.host.pools import loaded_pools
from sklpar.host.threads import THREAD_VARIABLES, thread_environment
from sklpar.model import Caps, InnerThreads, PinnedFile, Pool, Setting
from sklpar.render.below import reference
from sklpar.render.plain import one_line, shorten
from sklpar.spec.pinned import read_pinned
from sklpar.store.folder import named_from_here

if TYPE_CHECKING:
    from joblib import parallel_config

_APIS = {"blas": "BLAS", "openmp": "OpenMP"}
# What OpenBLAS as it comes with numpy was built for: more CPUs than that give it no more threads.
_LARGEST_BLAS = 64


@contextmanager
def applied(config: str | os.PathLike[str] | Result) -> Iterator[Setting]:
    """Run a block of code under a setting.

    joblib's calls in it use the setting's backend, and its n_jobs wherever their own is None. The
    seven variables that cap thread pools are set as the setting says, so that worker processes and
    libraries that are loaded in the block follow them, and libraries that are loaded already are
    limited. Afterwards all of this is as it was before, except that a library which was loaded in
    the block keeps the size that it took then.

    Parameters
    ----------
    config : str, path or Result
        A file that ``sklpar emit yaml`` wrote, or the result of a run that recommends a setting.

    Yields
    ------
    Setting
        What is in force. For ``as-written`` nothing is changed.

    Raises
    ------
    SpecError
        The file cannot be read, or is none that ``sklpar emit yaml`` writes.
    NoRecommendationError
        The result recommends nothing.

    Warns
    -----
    RuntimeWarning
        The caps do not hold everywhere, with what to do. OpenMP takes a limit for one thread alone,
        so where it was loaded before, the worker threads of the backend ``threading`` run without.
    UserWarning
        The setting has parameters, which have to be set on the estimator; or it was found on
        another machine or with other versions.

    Notes
    -----
    Out of reach are an n_jobs that the code gives explicitly, joblib's calls in other threads than
    the one that entered the block, and what asks no thread pool for its size: LightGBM goes by its
    own n_jobs alone. Worker processes that the program forks itself have the caps, not the backend
    and n_jobs.

    The environment belongs to the whole process, and so do BLAS limits: other threads feel them
    too. Blocks may be nested; of two that overlap in different threads, the one that ends last
    leaves what the other had set.

    Examples
    --------
    >>> with sklpar.applied("tuned.yaml") as setting:
    ...     joblib.effective_n_jobs(None), setting.id
    (2, 'loky-j2-t1')
    """
    pinned, source, start = _read(config)
    setting = pinned.setting
    if setting.backend is None:
        yield setting
        return
    with ExitStack() as stack:
        changed = stack.enter_context(_environment(setting.inner_threads))
        # Not before: joblib loads numpy, whose pools read the environment then and never again.
        from joblib import parallel_config

        wanted = threads_wanted(setting.inner_threads, affinity=len(os.sched_getaffinity(0)))
        stack.enter_context(_limits(wanted))
        remarks = [
            *_params(setting),
            *_elsewhere(pinned.fingerprint, source),
            *_without_processes(setting),
            *_out_of_force(setting, wanted, changed, start),
        ]
        for category, text in remarks:
            # The caller of contextlib's __enter__, which is that of this generator.
            warnings.warn(text, category, stacklevel=3)
        stack.enter_context(_in_this_process(parallel_config(**config_arguments(setting))))
        yield setting


def _read(config: str | os.PathLike[str] | Result) -> tuple[PinnedFile, str, str]:
    """Return the setting, where it is from in words, and how to start a program under it."""
    usable = usable_cpus(os.environ).count
    if not isinstance(config, Result):
        file = os.fspath(config)
        quoted = shlex.quote(one_line(file))
        start = f"`sklpar exec --config {quoted} -- python SCRIPT`"
        return read_pinned(file, usable_cpus=usable), one_line(file), start
    pinned = pinned_by_run(config.report, usable_cpus=usable)
    folder = None if config.folder is None else named_from_here(config.folder)
    run = reference(config.report, folder)
    start = (
        f"`sklpar emit yaml {run} --output tuned.yaml`, then "
        "`sklpar exec --config tuned.yaml -- python SCRIPT`"
    )
    return pinned, one_line(pinned.file), start


@contextmanager
def _in_this_process(config: parallel_config) -> Iterator[None]:
    """Keep a configuration from workers that the program's own multiprocessing forks.

    What they call has one job unless it asks for more; under loky they would never end.
    """
    from multiprocessing.util import register_after_fork

    register_after_fork(config, type(config).unregister)
    with config:
        yield


@contextmanager
def _environment(inner: InnerThreads | None) -> Iterator[frozenset[str]]:
    """Set the thread variables; yield the names of those that were not so before."""
    before = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    inside = thread_environment(inner, os.environ)
    after = {name: inside.get(name) for name in THREAD_VARIABLES}
    try:
        _set(after)
        yield frozenset(name for name in THREAD_VARIABLES if before[name] != after[name])
    finally:
        _set(before)


def _set(values: Mapping[str, str | None]) -> None:
    for name, value in values.items():
        if value is None:
            os.environ.pop(name, None)
        else:
            os.environ[name] = value


def threads_wanted(inner: InnerThreads | None, *, affinity: int) -> dict[str, int]:
    """Return how many threads a pool has in a program that was started under a cap, by its kind.

    Parameters
    ----------
    affinity : int
        CPUs that this process may run on: the default of every library, and the most that
        OpenBLAS takes from its variable.
    """
    if isinstance(inner, Caps):
        return {"blas": min(inner.blas, affinity), "openmp": inner.openmp}
    if isinstance(inner, int):
        return {"blas": min(inner, affinity), "openmp": inner}
    return {"blas": affinity, "openmp": affinity}


def holds(pool: Mapping[str, Any], wanted: Mapping[str, int], *, cores: int | None) -> bool:
    """Tell whether a pool has the threads that it would have in a program started so.

    Parameters
    ----------
    pool : mapping
        One of `sklpar.host.pools.loaded_pools`.
    cores : int or None
        Physical cores: MKL goes no higher, whatever it is told.
    """
    asked = wanted.get(pool["user_api"])
    if asked is None:
        return True
    threads: int = pool["num_threads"]
    if pool["user_api"] == "openmp":
        return threads == asked
    return min(asked, cores or asked, _LARGEST_BLAS) <= threads <= asked


def _failing(pools: Iterable[Mapping[str, Any]], wanted: Mapping[str, int]) -> dict[str, str]:
    """Return a description of each pool that has another size, by its kind and library."""
    cores = physical_cpus()
    return {
        f"{pool['user_api']} {pool['library']}": (
            f"{_APIS[pool['user_api']]} ({pool['library']}) runs {pool['num_threads']} "
            f"thread{'' if pool['num_threads'] == 1 else 's'}, not {wanted[pool['user_api']]}"
        )
        for pool in pools
        if not holds(pool, wanted, cores=cores)
    }


@contextmanager
def _limits(wanted: Mapping[str, int]) -> Iterator[None]:
    """Limit what is loaded, where it has another size: a limit is not free of side effects."""
    from threadpoolctl import ThreadpoolController

    kinds = {key.split()[0] for key in _failing(loaded_pools(), wanted)}
    limits = {kind: wanted[kind] for kind in sorted(kinds)}
    with ThreadpoolController().limit(limits=limits):
        yield


Remark = tuple[type[Warning], str]


def _out_of_force(
    setting: Setting, wanted: Mapping[str, int], changed: frozenset[str], start: str
) -> list[Remark]:
    """Return where the caps do not hold, by looking at where the work will run."""
    here = _failing(loaded_pools(), wanted)
    problems = [f"{text}: another thread holds its limit" for text in dict.fromkeys(here.values())]
    if setting.backend == "threading" and (setting.n_jobs or 1) > 1:
        there = _failing(_pools_of_a_new_thread(), wanted)
        texts = dict.fromkeys(text for key, text in there.items() if key not in here)
        problems += [
            f"in joblib's worker threads {text}: it was loaded before, and takes a limit for one "
            "thread alone"
            for text in texts
        ]
    if "numba" in sys.modules and "NUMBA_NUM_THREADS" in changed:
        problems.append("numba was loaded before, and keeps the number of threads that it had")
    if setting.backend == "multiprocessing" and _start_method() == "forkserver":
        problems.append("multiprocessing's fork server keeps the environment that it began with")
    if not problems:
        return []
    cure = f"It is in a program that starts so ({start}), or enters this before it imports numpy."
    text = f"{setting.id} is not wholly in force: {'; '.join(problems)}. {cure}"
    return [(RuntimeWarning, one_line(text))]


def _pools_of_a_new_thread() -> list[dict[str, Any]]:
    """Return the pools as joblib's worker threads will see them: OpenMP has a size for each."""
    found: list[dict[str, Any]] = []
    thread = threading.Thread(target=lambda: found.extend(loaded_pools()), name="sklpar-pools")
    thread.start()
    thread.join()
    return found


def _start_method() -> str:
    """Return how joblib's multiprocessing starts workers; asking does not decide it."""
    import multiprocessing

    asked = os.environ.get("JOBLIB_START_METHOD", "").strip()
    chosen = asked or multiprocessing.get_start_method(allow_none=True)
    return chosen or multiprocessing.get_all_start_methods()[0]  # the default is the first


def _without_processes(setting: Setting) -> list[Remark]:
    why = BACKENDS[setting.backend or "sequential"].unavailable(os.environ)
    return [(RuntimeWarning, one_line(f"{setting.id} is not in force: {why}."))] if why else []


def _params(setting: Setting) -> list[Remark]:
    """Return what only the estimator can carry."""
    if not setting.params:
        return []
    listed = ", ".join(f"{path}={shorten(str(value))}" for path, value in setting.params.items())
    text = f"{setting.id} has parameters; set them on the estimator, by set_params: {listed}"
    return [(UserWarning, one_line(text))]


def _elsewhere(recorded: Mapping[str, Any], source: str) -> list[Remark]:
    """Return by what the machine and its libraries differ from those of the run."""
    found = fingerprint_differences(recorded, _fingerprint_here(recorded))
    if not found:
        return []
    listed = ", ".join(
        f"{one.field.removeprefix('fingerprint.')} {shorten(one.before)} (now {shorten(one.now)})"
        for one in found
    )
    text = f"{source} was measured with {listed}: tune again to know what it gains here."
    return [(UserWarning, one_line(text))]


def _fingerprint_here(recorded: Mapping[str, Any]) -> dict[str, Any]:
    """Return what is known of the fingerprint without a job: not its data, nor its spec.

    Which BLAS builds are in use is known once scipy has loaded its own; more of them than the run
    had, such as another library's, are no difference.
    """
    versions = recorded.get("versions")
    pools = [Pool(**pool) for pool in loaded_pools()]
    host = describe_host(
        os.environ, _versions(versions if isinstance(versions, dict) else ()), pools
    )
    today = fingerprint(host, str(recorded.get("spec_sha256")))
    before = recorded.get("blas")
    is_known = "scipy.linalg" in sys.modules and isinstance(before, list)
    if not is_known or {str(build) for build in before or ()} <= set(today["blas"]):
        del today["blas"]
    return today


def _versions(names: Iterable[str]) -> dict[str, str]:
    from importlib.metadata import PackageNotFoundError, version

    found = {}
    for name in names:
        try:
            found[name] = version(name)
        except (PackageNotFoundError, ValueError):  # python itself, or what a person wrote
            continue
    return found
