"""What ``sklpar exec`` puts at the start of every Python that the program runs.

It waits for the program to import joblib by itself; only then is ``effect/inside.py`` loaded, which
names the setting there. Both run in foreign programs, under any Python from 3.8 on and without
sklpar: the standard library alone, as little of it as possible, and no exception of their own.
"""
# The folder stands on the PYTHONPATH of foreign programs, so it is no package and holds no more.
# pathlib would cost each of their processes some milliseconds; no failure may get out of here.
# ruff: noqa: INP001, PTH118, PTH120, PTH123, BLE001, S110, SIM105

from __future__ import annotations

import os
import sys

TYPE_CHECKING = False  # to import typing for it would cost more than all the rest
if TYPE_CHECKING:
    from collections.abc import Callable
    from types import ModuleType
    from typing import Any

PAYLOAD = "SKLPAR_EXEC"
_INSIDE = "inside.py"
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


def _load_inside() -> Any:
    from importlib.util import module_from_spec, spec_from_file_location

    file = os.path.join(os.path.dirname(os.path.dirname(__file__)), _INSIDE)
    spec = spec_from_file_location("sklpar_inside", file)
    if spec is None or spec.loader is None:
        return None
    module = module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


class _Hook:
    """Loads what acts inside the program: when joblib has come, or at exit where it came unseen."""

    def __init__(self, payload: str) -> None:
        self._payload = payload
        self._inside: Any = None
        self._pid = os.getpid()

    def joblib_came(self) -> None:
        self._pid = os.getpid()  # a fork may import it alone
        try:
            self._inside = _load_inside().Inside(self._payload)
            self._inside.begin()
        except Exception:
            pass

    def at_exit(self) -> None:
        # A fork has inherited this, and is not to tell what its parent will tell.
        if "joblib" not in sys.modules or os.getpid() != self._pid:
            return
        try:
            if self._inside is None:
                self._inside = _load_inside().Inside(self._payload)
                self._inside.came_too_late()
            self._inside.report()
        except Exception:
            pass


def _command_line() -> list[str]:
    argv = getattr(sys, "orig_argv", None)  # from 3.10 on
    if argv is None:
        with open("/proc/self/cmdline", "rb") as file:
            argv = [os.fsdecode(part) for part in file.read().split(b"\0")[:-1]]
    return list(argv)


def _install() -> None:
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


def _start() -> None:
    folder = os.path.dirname(__file__)
    sys.path[:] = [entry for entry in sys.path if entry != folder]
    sys.path_importer_cache.pop(folder, None)
    try:
        _install()
    except Exception:
        pass
    # What would have been imported had we not been here, be it an exception: site.py deals with
    # it, and takes the absence of any sitecustomize for the ordinary.
    del sys.modules[__name__]
    __import__(__name__)


if __name__ == "sitecustomize":
    _start()
