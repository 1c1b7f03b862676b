"""The start-up hook of ``sklpar exec``, in every Python from 3.8 on that the program runs.

It waits for the program to import joblib by itself; only then is ``inside.py`` loaded, which names
the setting there. Both run in foreign programs, by their paths and without sklpar: the standard
library alone, as little of it as possible, and no exception of their own.
"""
# pathlib would cost each of their processes some milliseconds; no failure may get out of here.
# ruff: noqa: PTH118, PTH120, PTH123, BLE001, S110, SIM105

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # to import typing for it would cost more than all the rest
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

PAYLOAD = "SKLPAR_EXEC"
# The code that worker processes, their servers and resource trackers are started with.
_WORKER_MODULES = (
    "multiprocessing.spawn",
    "multiprocessing.forkserver",
    "multiprocessing.resource_tracker",
    "multiprocessing.semaphore_tracker",
    "joblib.externals.loky.backend.resource_tracker",
    "joblib.externals.loky.backend.semaphore_tracker",
    "loky.backend.resource_tracker",
    "loky.backend.semaphore_tracker",
)
_LOKY_WORKERS = (
    "joblib.externals.loky.backend.popen_loky_posix",
    "loky.backend.popen_loky_posix",
)
_VALUE_OPTIONS = "WX"


def is_worker(argv: list[str]) -> bool:
    """Tell a worker process of the program, or a helper of its workers, from a program.

    Parameters
    ----------
    argv : list of str
        The whole command line of a Python, as it was started.
    """
    if argv[1:2] == ["--multiprocessing-fork"]:  # a frozen program
        return True
    option, value = _what_runs(argv[1:])
    if option == "m":
        # sklpar's own trials have a setting each; not this one.
        return value in _LOKY_WORKERS or value.split(".")[0] == "sklpar"
    if option == "c":
        load, _, call = value.partition(";")
        words = load.split()  # from multiprocessing.spawn import spawn_main
        if len(words) == 4 and words[::2] == ["from", "import"] and words[1] in _WORKER_MODULES:
            return call.strip().startswith(f"{words[3]}(")
    return False


def _what_runs(arguments: list[str]) -> tuple[str, str]:
    """Return ``("c", code)``, ``("m", module)`` or ``("", script)``."""
    rest = iter(arguments)
    for argument in rest:
        if argument == "--check-hash-based-pycs":
            next(rest, None)
        elif argument[:1] != "-" or argument in ("-", "--"):
            return "", argument
        elif argument[:2] != "--":
            for at, letter in enumerate(argument[1:], 2):
                if letter in "cm":
                    return letter, argument[at:] or next(rest, "")
                if letter in _VALUE_OPTIONS:
                    if not argument[at:]:
                        next(rest, None)
                    break
    return "", ""


class Finder:
    """Calls back once the program has imported joblib; finds nothing by itself.

    The loader is the one that would have been used, for it stays with the module: only this one
    instance's ``exec_module`` is covered, until it has run.
    """

    def __init__(self, then: Callable[[], None]) -> None:
        self._then: Callable[[], None] | None = then

    def find_spec(self, name: str, path: Any = None, target: Any = None) -> Any:
        """Return what the finders after this one find, and follow the loading of joblib."""
        if name != "joblib" or self._then is None:
            return None
        finders = list(sys.meta_path)
        after = finders[finders.index(self) + 1 :] if self in finders else finders
        for finder in after:
            spec = finder.find_spec(name, path, target) if hasattr(finder, "find_spec") else None
            if spec is not None:
                self._follow(spec.loader)
                return spec
        return None

    def _follow(self, loader: Any) -> None:
        if not hasattr(loader, "exec_module") or "exec_module" in getattr(loader, "__dict__", {}):
            return
        load = loader.exec_module

        def exec_module(module: ModuleType) -> None:
            load(module)
            if module.__name__ == "joblib" and self._then is not None:
                # It stays on sys.meta_path, where it costs nothing: to take it off would make
                # another thread that is just going through the list miss a finder.
                then, self._then = self._then, None
                loader.__dict__.pop("exec_module", None)
                then()

        try:
            loader.exec_module = exec_module
        except AttributeError:  # then it is told at exit that joblib was not reached
            pass


def _load(name: str) -> dict[str, Any]:
    """Run the file of that name beside this one, as this one has been, and return what it defines.

    To coverage and trace, and in tracebacks, it is no file.
    """
    import _imp
    from importlib.machinery import SourceFileLoader

    file = os.path.join(os.path.dirname(__file__), name)
    code = SourceFileLoader(__name__, file).get_code(__name__)
    if code is None:
        raise ImportError(name)
    _imp._fix_co_filename(code, "<sklpar exec>")  # type: ignore[attr-defined]
    names: dict[str, Any] = {"__name__": __name__, "__file__": file}
    exec(code, names)  # noqa: S102 - it is ours
    return names


def _is_forked_worker() -> bool:
    """Tell a child that multiprocessing has forked: nothing on a command line marks it."""
    process = sys.modules.get("multiprocessing.process")
    return process is not None and process.parent_process() is not None


class _Hook:
    """Loads what acts inside the program: when joblib has come, or at exit where it came unseen."""

    def __init__(self, payload: str) -> None:
        self._payload = payload
        self._inside: Any = None
        self._pid = os.getpid()

    def joblib_came(self) -> None:
        if _is_forked_worker():
            return
        self._pid = os.getpid()  # a program that has forked itself may import it only then
        try:
            self._enter().begin()
        except Exception:
            pass

    def at_exit(self) -> None:
        # A fork has inherited this, and is not to tell what its parent will tell.
        if "joblib" not in sys.modules or os.getpid() != self._pid:
            return
        try:
            if self._inside is None:
                self._enter().came_too_late()
            self._inside.report()
        except Exception:
            pass

    def _enter(self) -> Any:
        changes = _load("changes.py")["Changes"]
        self._inside = _load("inside.py")["Inside"](self._payload, changes)
        return self._inside


def _command_line() -> list[str]:
    argv = getattr(sys, "orig_argv", None)  # from 3.10 on
    if argv is None:
        with open("/proc/self/cmdline", "rb") as file:
            argv = [os.fsdecode(part) for part in file.read().split(b"\0")[:-1]]
    return list(argv)


def install() -> None:
    """Wait for joblib in this process, if it is a program under a setting."""
    payload = os.environ.get(PAYLOAD)
    if not payload or is_worker(_command_line()):
        return
    import atexit

    hook = _Hook(payload)
    if "joblib" in sys.modules:  # by a .pth file
        hook.joblib_came()
    sys.meta_path.insert(0, Finder(hook.joblib_came))
    # Registered before all else, so run after all else that the program registers.
    atexit.register(hook.at_exit)
