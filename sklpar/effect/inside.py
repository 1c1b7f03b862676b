"""The setting inside a program that ``sklpar exec`` runs: brought into force, and what escapes it.

Loaded by the start-up hook, by its path, once the program has imported joblib. That program may run
under any Python from 3.8 on and has no sklpar: nothing of the package may be imported here.
"""
# An exception of ours would be one in the user's program.
# ruff: noqa: BLE001

from __future__ import annotations

import contextlib
import functools
import json
import os
import sys
import threading
import warnings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import FrameType
    from typing import Any

_PROCESSES = ("loky", "multiprocessing")
# What stands between a call of joblib and the user's code.
_LIBRARIES = ("joblib", "sklearn", "threading", "concurrent", "multiprocessing", "functools")
_FITS = (
    *("fit", "fit_transform", "fit_predict", "cross_validate", "cross_val_score"),
    *("cross_val_predict", "learning_curve", "validation_curve", "permutation_test_score"),
)
# Distributions to the modules that know their versions.
_MODULES = {"scikit-learn": "sklearn", "joblib": "joblib", "numpy": "numpy", "scipy": "scipy"}
_ONLY_CAPS = "only the thread caps hold"


class Inside:
    """The setting in one process.

    Parameters
    ----------
    payload : str
        JSON: ``arguments`` of ``parallel_config``, the ``fingerprint`` of what the setting was
        found with, and whether to be ``quiet``.
    """

    def __init__(self, payload: str) -> None:
        values: dict[str, Any] = json.loads(payload)
        self._arguments: dict[str, Any] = values["arguments"]
        self._fingerprint: dict[str, Any] = values["fingerprint"]
        self._quiet: bool = values["quiet"]
        self._pid = os.getpid()
        self._parallel: Any = sys.modules.get("joblib.parallel")
        self._config: Any = None  # ours, once it is in force
        self._failed = False
        self._is_compared = False
        self._knows_data = False
        # Kind to count, first place, and numbers of jobs.
        self._seen: dict[str, tuple[int, str, set[int]]] = {}
        self._unsaid: list[str] = []

    # ------------------------------------------------------------------ into force

    def begin(self) -> None:
        """Bring the setting into force; joblib has just been imported."""
        joblib = sys.modules["joblib"]
        if not hasattr(joblib, "parallel_config"):
            version = getattr(joblib, "__version__", "of this version")
            self._fail(f"joblib {version} has no parallel_config, 1.3 and later do: {_ONLY_CAPS}")
            return
        try:
            if _in_main_thread():
                self._enter()
            else:
                self._enter_later()
            self._observe()
        except Exception as error:
            self._refused(error)

    def came_too_late(self) -> None:
        """Say that joblib is there, and was not seen to come."""
        self._fail(f"joblib was loaded past the start-up hook: {_ONLY_CAPS}")

    def _enter(self) -> None:
        # To construct it is to enter it: it holds for this thread until the program ends.
        sys.modules["joblib"].parallel_config(**self._arguments)
        self._config = self._active()

    def _enter_later(self) -> None:
        """Enter once the main thread asks for its configuration, which no other can set."""
        parallel = self._parallel
        ask = parallel._get_active_backend

        def get_active_backend(*args: Any, **kwargs: Any) -> Any:
            # A configuration of the code's own that is open by then is not to be covered.
            if _in_main_thread() and self._active() in (None, parallel.default_parallel_config):
                parallel._get_active_backend = ask
                try:
                    self._enter()
                except Exception as error:
                    self._refused(error)
            return ask(*args, **kwargs)

        parallel._get_active_backend = get_active_backend

    def _active(self) -> Any:
        """Return the configuration of this thread, None where it has none of its own."""
        return getattr(self._parallel._backend, "config", None)

    # ------------------------------------------------------------------ what escapes

    def _observe(self) -> None:
        """Look at each ``Parallel`` once it is made; nothing about it is changed."""
        make = self._parallel.Parallel.__init__

        @functools.wraps(make)
        def __init__(parallel: Any, *args: Any, **kwargs: Any) -> None:  # noqa: N807
            make(parallel, *args, **kwargs)
            if os.getpid() == self._pid and not self._failed:
                with contextlib.suppress(Exception):
                    self._look(parallel, args, kwargs, sys._getframe(1))

        self._parallel.Parallel.__init__ = __init__

    def _look(
        self, parallel: Any, args: tuple[Any, ...], kwargs: dict[str, Any], caller: FrameType
    ) -> None:
        if not _in_main_thread():
            # Workers are given a configuration, and so is a thread whose code enters one.
            if self._active() is None:
                self._count("thread", caller)
            return
        if "sklearn" in sys.modules:  # else more may be loaded after this call
            self._compare_software()
        self._compare_data(caller)
        given = args[0] if args else kwargs.get("n_jobs")
        backend = args[1] if len(args) > 1 else kwargs.get("backend")
        if not _is_unset(backend) or self._config is None:
            return
        n_jobs = parallel._backend.effective_n_jobs(parallel.n_jobs)
        differs = n_jobs != self._arguments.get("n_jobs", n_jobs)
        name = type(parallel._backend).__name__
        if self._active() is not self._config:
            if differs or name != type(self._config["backend"]).__name__:
                self._count("config", caller)
        elif n_jobs > 1 and name == "ThreadingBackend" and self._arguments["backend"] in _PROCESSES:
            self._count("sharedmem", caller)
        elif differs and not _is_unset(given) and self._is_asked_for(parallel, caller):
            self._count("n_jobs", caller, n_jobs)

    def _is_asked_for(self, parallel: Any, caller: FrameType) -> bool:
        """Tell an n_jobs that the code gives from one that scikit-learn has computed.

        It is a matter of the object, or the function, that the user's code has called: an n_jobs
        deeper in it was there when the setting was found.
        """
        for frame in reversed(list(_library_frames(caller))):
            for asked in _n_jobs_of(frame):
                if _is_unset(asked):
                    return False
                return bool(parallel._backend.effective_n_jobs(asked) != self._arguments["n_jobs"])
        return True

    def _count(self, kind: str, caller: FrameType, *n_jobs: int) -> None:
        place = _place(caller)
        if place is not None:
            count, first, numbers = self._seen.get(kind, (0, place, set()))
            self._seen[kind] = (count + 1, first, numbers.union(n_jobs))

    # ------------------------------------------------------------------ what has changed

    def _compare_software(self) -> None:
        """Hold versions and BLAS libraries, as far as loaded, against those of the run."""
        if self._is_compared:
            return
        self._is_compared = True
        versions = self._fingerprint.get("versions") or {}
        for name, now in _versions():
            then = versions.get(name, now)
            if then != now:
                self._tell(f"since the setting was found {name} went from {then} to {now}")
        builds: list[str] = self._fingerprint.get("blas") or []
        others = [one for one in _blas_builds() if builds and one not in builds]
        if others:
            before = ", ".join(builds)
            self._tell(f"since the setting was found BLAS went from {before} to {others[0]}")

    def _compare_data(self, caller: FrameType) -> None:
        """Hold the shape of what is fitted first against that of the run's data."""
        then = list(self._fingerprint.get("shape") or ())
        if self._knows_data or not then:
            return
        now = _shape_in_fit(caller)
        self._knows_data = now is not None
        if now and (then[0] != now[0] or (len(then) == len(now) == 2 and then != now)):
            self._tell(f"the setting was found on data of {_by(then)}, and these are {_by(now)}")

    # ------------------------------------------------------------------ telling

    def report(self) -> None:
        """Tell what has escaped; the program ends."""
        self._compare_software()
        for line in self._unsaid:
            _say(line)
        if not self._quiet:
            for kind, (count, place, n_jobs) in self._seen.items():
                calls = "1 call of joblib" if count == 1 else f"{count} calls of joblib"
                _say(f"{calls} {self._how(kind, n_jobs)}; the first at {place}")

    def _how(self, kind: str, n_jobs: set[int]) -> str:
        if kind == "n_jobs":
            ran = " and ".join(map(str, sorted(n_jobs)))
            return f"ran with n_jobs={ran} from the code, not {self._arguments['n_jobs']}"
        if kind == "thread":
            return "came from threads of the program's own, where the setting does not hold"
        if kind == "sharedmem":
            return f"needed shared memory and ran in threads, not by {self._arguments['backend']}"
        return "ran under a parallel_config or parallel_backend of the code's own"

    def _refused(self, error: Exception) -> None:
        self._fail(f"joblib refused the setting, {_ONLY_CAPS}: {type(error).__name__}: {error}")

    def _fail(self, message: str) -> None:
        self._failed = True
        self._say_in_time(message)

    def _tell(self, change: str) -> None:
        if not self._quiet and not self._failed:
            self._say_in_time(f"{change}; tune again to be sure of it")

    def _say_in_time(self, message: str) -> None:
        # Where stderr has been replaced somebody collects it, such as a test of what is printed:
        # that waits for the end.
        if sys.stderr is sys.__stderr__:
            _say(message)
        else:
            self._unsaid.append(message)


def _in_main_thread() -> bool:
    return threading.get_ident() == threading.main_thread().ident


def _is_unset(value: Any) -> bool:
    return value is None or type(value).__name__ == "_Sentinel"


def _frames(caller: FrameType) -> Iterator[FrameType]:
    frame: FrameType | None = caller
    while frame is not None:
        yield frame
        frame = frame.f_back


def _is_library(frame: FrameType) -> bool:
    return str(frame.f_globals.get("__name__")).split(".")[0] in _LIBRARIES


def _library_frames(caller: FrameType) -> Iterator[FrameType]:
    """Yield the frames between a call of joblib and the code of the user, innermost first."""
    for frame in _frames(caller):
        if not _is_library(frame):
            return
        yield frame


def _n_jobs_of(frame: FrameType) -> Iterator[Any]:
    """Yield the n_jobs of a method's object, and the one that a function was given."""
    code = frame.f_code
    parameters = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    if parameters[:1] == ("self",):
        own = getattr(frame.f_locals.get("self"), "__dict__", {})
        if "n_jobs" in own:
            yield own["n_jobs"]
    if "n_jobs" in parameters:
        yield frame.f_locals.get("n_jobs")


def _place(caller: FrameType) -> str | None:
    """Return file and line of the user's code; None within a call of joblib that is running."""
    found = None
    for frame in _frames(caller):
        if frame.f_globals.get("__name__") == "joblib.parallel":
            return None
        if found is None and not _is_library(frame):
            found = f"{frame.f_code.co_filename}:{frame.f_lineno}"
    return found or f"thread {threading.current_thread().name}"


def _shape_in_fit(caller: FrameType) -> list[int] | None:
    """Return the shape of X in the outermost fit that is under way.

    The tasks of a call would tell less: some are given a slice of the rows, or new rows.
    """
    found = None
    for frame in _frames(caller):
        if frame.f_globals.get("__name__") == "joblib.parallel":
            return None
        if frame.f_code.co_name in _FITS and "X" in frame.f_code.co_varnames:
            shape = getattr(frame.f_locals.get("X"), "shape", None)
            found = [int(length) for length in shape] if shape else found
    return found


def _versions() -> Iterator[tuple[str, str]]:
    yield "python", ".".join(map(str, sys.version_info[:3]))
    for name, module in _MODULES.items():
        version = getattr(sys.modules.get(module), "__version__", None)
        if version is not None:
            yield name, str(version)


def _blas_builds() -> list[str]:
    """Return the BLAS libraries loaded so far, spelt as a run's fingerprint spells them."""
    threadpoolctl = sys.modules.get("threadpoolctl")
    if threadpoolctl is None:
        return []
    with warnings.catch_warnings():  # of OpenMP libraries side by side, which is not our matter
        warnings.simplefilter("ignore")
        pools = threadpoolctl.threadpool_info()
    names = ("internal_api", "version", "threading_layer")
    texts = (
        " ".join(str(pool[name]) for name in names if pool.get(name))
        for pool in pools
        if pool.get("user_api") == "blas"
    )
    return sorted(set(texts))


def _by(shape: list[int]) -> str:
    return " x ".join(map(str, shape))


def _say(message: str) -> None:
    """Write a line past Python's buffers: what could not be written would fail again at exit."""
    stream = sys.__stderr__
    if stream is None or stream.closed:
        return
    line = "".join(one if one.isprintable() else " " for one in message)[:600]
    with contextlib.suppress(Exception):
        stream.flush()
        os.write(stream.fileno(), f"sklpar: {line}\n".encode(stream.encoding, "backslashreplace"))
