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

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType
    from typing import Any

    from sklpar.effect.changes import Changes

_PROCESSES = ("loky", "multiprocessing")
# What stands between a call of joblib and the user's code.
_LIBRARIES = ("joblib", "sklearn", "threading", "concurrent", "multiprocessing", "functools")
_ONLY_CAPS = "only the thread caps hold"


class Inside:
    """The setting in one process.

    Parameters
    ----------
    payload : str
        JSON: ``arguments`` of ``parallel_config``, the ``fingerprint`` of what the setting was
        found with, whether to be ``quiet``, and device and inode of the ``stderr`` to tell it on.
    changes : callable
        Makes what compares the program with the fingerprint.
    """

    def __init__(
        self, payload: str, changes: Callable[[dict[str, Any], Callable[[str], None]], Changes]
    ) -> None:
        values: dict[str, Any] = json.loads(payload)
        self._arguments: dict[str, Any] = values["arguments"]
        self._changes = changes(values["fingerprint"], self._tell)
        self._quiet: bool = values["quiet"]
        self._stderr: list[int] | None = values["stderr"]
        self._pid = os.getpid()
        self._parallel: Any = sys.modules.get("joblib.parallel")
        self._config: Any = None  # ours, once it is in force
        self._is_off = False
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
            if self._parallel.mp is None and self._arguments["backend"] in _PROCESSES:
                self._is_off = True  # which is said before the program starts, else by joblib
                return
            if _in_main_thread():
                self._enter()
            else:
                self._enter_later()
            if not self._quiet:
                self._observe()
            self._spare_forked_workers()
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
            free = self._active() in (None, parallel.default_parallel_config)
            if _in_main_thread() and free and not self._is_off:
                parallel._get_active_backend = ask
                try:
                    self._enter()
                except Exception as error:
                    self._refused(error)
            return ask(*args, **kwargs)

        parallel._get_active_backend = get_active_backend

    def _spare_forked_workers(self) -> None:
        """Have the setting taken off in each child that multiprocessing forks.

        The program's own pool has as many workers as it wants. They would have workers each, more
        than anybody asked for; with those of loky they do not end, and the program waits for them.
        """
        util = sys.modules.get("multiprocessing.util")
        if util is not None:  # else joblib does without multiprocessing
            util.register_after_fork(self, Inside._leave)

    def _leave(self) -> None:
        self._is_off = True
        active, default = self._active(), self._parallel.default_parallel_config
        if self._config is not None and active is not None:
            # What a configuration of the code's own has set stays as it is.
            self._parallel._backend.config = {
                name: default[name] if value is self._config[name] else value
                for name, value in active.items()
            }

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
            if os.getpid() == self._pid and not self._is_off:
                with contextlib.suppress(Exception):
                    self._look(parallel, args, kwargs, sys._getframe(1))

        self._parallel.Parallel.__init__ = __init__

    def _look(
        self, parallel: Any, args: tuple[Any, ...], kwargs: dict[str, Any], caller: FrameType
    ) -> None:
        active = self._active()
        if not _in_main_thread():
            if active is None:
                self._count("thread", caller)
            # That of a worker is nested; else it is one that the thread's own code has entered.
            elif not getattr(active["backend"], "nesting_level", None):
                self._count("config", caller)
            return
        if "sklearn" in sys.modules:  # else more may be loaded after this call
            self._changes.versions()
        self._changes.data(caller)
        if self._config is not None:
            given = args[0] if args else kwargs.get("n_jobs")
            backend = args[1] if len(args) > 1 else kwargs.get("backend")
            self._hold(parallel, given, backend, caller)

    def _hold(self, parallel: Any, given: Any, backend: Any, caller: FrameType) -> None:
        """Hold a ``Parallel`` of the main thread, given these two, against the setting."""
        n_jobs = _workers(parallel._backend, parallel.n_jobs)
        differs = n_jobs != self._arguments.get("n_jobs", n_jobs)
        if not _is_unset(backend):
            # scikit-learn names threads in places, and did when the setting was found.
            if self._is_other(parallel._backend) and not _is_library(caller):
                self._count("backend", caller)
        elif self._active() is not self._config:
            if differs or self._is_other(parallel._backend):
                self._count("config", caller)
            return
        elif n_jobs > 1 and self._is_other(parallel._backend):
            self._count("sharedmem", caller)
            return
        if differs and not _is_unset(given) and self._is_asked_for(parallel, caller):
            self._count("n_jobs", caller, n_jobs)

    def _is_other(self, backend: Any) -> bool:
        """Tell a backend of another kind than the setting's, or with a cap of the code's own."""
        ours = self._config["backend"]
        cap = getattr(backend, "inner_max_num_threads", None)
        # Without a cap of its own it takes the one in the environment, which is ours.
        is_capped = cap is not None and cap != getattr(ours, "inner_max_num_threads", None)
        return bool(is_capped or type(backend) is not type(ours))

    def _is_asked_for(self, parallel: Any, caller: FrameType) -> bool:
        """Tell an n_jobs that the code gives from one that scikit-learn has computed.

        It is a matter of the object, or the function, that the user's code has called: an n_jobs
        deeper in it was there when the setting was found.
        """
        for frame in reversed(list(_library_frames(caller))):
            for asked in _n_jobs_of(frame):
                if _is_unset(asked):
                    return False
                return bool(_workers(parallel._backend, asked) != self._arguments["n_jobs"])
        return not _is_library(caller)

    def _count(self, kind: str, caller: FrameType, *n_jobs: int) -> None:
        place = _place(caller)
        if place is not None:
            count, first, numbers = self._seen.get(kind, (0, place, set()))
            self._seen[kind] = (count + 1, first, numbers.union(n_jobs))

    # ------------------------------------------------------------------ telling

    def report(self) -> None:
        """Tell what has escaped; the program ends."""
        if not self._quiet:
            self._changes.versions()
            self._changes.blas()
        for line in self._unsaid:
            self._say(line)
        if not self._quiet:
            for kind, (count, place, n_jobs) in self._seen.items():
                times, first = ("once", "") if count == 1 else (f"{count} times", "the first ")
                how = self._how(kind, n_jobs)
                self._say(f"joblib.Parallel was made {times} {how}; {first}at {place}")

    def _how(self, kind: str, n_jobs: set[int]) -> str:
        ours = self._arguments["backend"]
        if kind == "n_jobs":
            asked = " and ".join(map(str, sorted(n_jobs)))
            return f"with n_jobs={asked} from the code, not {self._arguments['n_jobs']}"
        if kind == "backend":
            return f"with a backend from the code, not by the setting's {ours}"
        if kind == "thread":
            return "in threads of the program's own, where the setting does not hold"
        if kind == "sharedmem":
            return f"for shared memory, so with threads, not {ours}"
        return "under a parallel_config or parallel_backend of the code's own"

    def _refused(self, error: Exception) -> None:
        self._fail(f"joblib refused the setting, {_ONLY_CAPS}: {type(error).__name__}: {error}")

    def _fail(self, message: str) -> None:
        self._is_off = True
        self._say_in_time(message)

    def _tell(self, change: str) -> None:
        if not self._is_off:
            self._say_in_time(f"{change}; tune again to be sure of it")

    def _say_in_time(self, message: str) -> None:
        # Where stderr has been replaced somebody collects it, such as a test of what is printed:
        # that waits for the end.
        if sys.stderr is sys.__stderr__:
            self._say(message)
        else:
            self._unsaid.append(message)

    def _say(self, message: str) -> None:
        """Write a line past Python's buffers: what could not be written would fail again at exit.

        Only where ``sklpar exec`` would have written it: what else stderr leads to is read by
        something, such as the program that has started this one, which expects no more than before.
        """
        stream = sys.__stderr__
        if stream is None or stream.closed:
            return
        line = "".join(one if one.isprintable() else " " for one in message)[:600]
        with contextlib.suppress(Exception):
            stream.flush()
            place = os.fstat(stream.fileno())
            if [place.st_dev, place.st_ino] == self._stderr:
                text = f"sklpar: {line}\n".encode(stream.encoding, "backslashreplace")
                os.write(stream.fileno(), text)


def _in_main_thread() -> bool:
    return threading.get_ident() == threading.main_thread().ident


def _is_unset(value: Any) -> bool:
    return value is None or type(value).__name__ == "_Sentinel"


def _workers(backend: Any, n_jobs: Any) -> int:
    """Return the number of workers that an n_jobs stands for.

    The backend would tell it too, but with a warning in some processes, or over a network.
    """
    number = int(n_jobs)
    if type(backend).__name__ == "SequentialBackend":
        return 1
    return number if number >= 0 else max(int(sys.modules["joblib"].cpu_count()) + 1 + number, 1)


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
