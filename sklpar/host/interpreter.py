"""Another Python to measure under: finding it, and making this very sklpar run in it."""

from __future__ import annotations

import json
import os
import re
import shlex
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sklpar
from sklpar.errors import MeasurementError, UsageError
from sklpar.host.child import Ending, run_bounded

_OLDEST = (3, 11)
_OLDEST_JOBLIB = (1, 4)
# What trials and inspections import, with the distributions that users install.
_NEEDED = {
    "sklearn": "scikit-learn",
    "joblib": "joblib",
    "numpy": "numpy",
    "scipy": "scipy",
    "threadpoolctl": "threadpoolctl",
}
# They tell a Python where its own standard library is, or what its own name is.
_OF_ANOTHER_PYTHON = ("PYTHONHOME", "PYTHONPLATLIBDIR", "PYTHONEXECUTABLE", "__PYVENV_LAUNCHER__")
_MARK = "sklpar-probe "
# Any Python can read it, however old, and -P is not asked for, which older ones do not know: the
# current folder is taken off the path before the first import from it. It opens with a line that
# is a syntax error to a shell.
_PROBE = f"""def answer():
    import sys
    sys.path[:] = [folder for folder in sys.path if folder]
    import json
    found = {{"version": list(sys.version_info[:3])}}
    if sys.version_info >= {_OLDEST!r}:
        from importlib.util import find_spec
        found["implementation"] = sys.implementation.name
        found["missing"] = [name for name in {list(_NEEDED)!r} if find_spec(name) is None]
        if "joblib" not in found["missing"]:
            from importlib.metadata import PackageNotFoundError, version
            try:
                found["joblib"] = version("joblib")
            except PackageNotFoundError:
                pass
        ours = find_spec("sklpar")
        found["sklpar"] = ours and ours.origin
    print({_MARK!r} + json.dumps(found))
answer()
"""
_WAYS = (
    "name a Python by its path, a command such as python3.12, or the folder of a virtual "
    "environment"
)


@dataclass(frozen=True, kw_only=True)
class Interpreter:
    """A Python that trials can run under.

    Attributes
    ----------
    executable : str
        Absolute path as the user named it, links not followed: a virtual environment's python is a
        link, and by its place it knows what is installed.
    version : str
        Python's own, such as ``3.12.1``.
    paths : tuple of str
        Folders to be searched for modules before all others.
    """

    executable: str
    version: str
    paths: tuple[str, ...] = ()

    def environment(self, environ: Mapping[str, str]) -> dict[str, str]:
        """Return the environment for a process of this Python; `environ` is not changed.

        `paths` come before the caller's own PYTHONPATH, and what would lead it to the libraries of
        the Python that runs this is left out.
        """
        return _environment(environ, self.paths)


def _environment(environ: Mapping[str, str], paths: Sequence[str]) -> dict[str, str]:
    kept = {name: value for name, value in environ.items() if name not in _OF_ANOTHER_PYTHON}
    given = environ.get("PYTHONPATH")
    # An empty entry would be the current folder.
    kept["PYTHONPATH"] = os.pathsep.join([*paths, given] if given else paths)
    return kept


@contextmanager
def find_interpreter(given: str, *, timeout_s: float = 20) -> Iterator[Interpreter]:
    """Find another Python and check, by running it once, that trials can run under it.

    What runs under it is this very sklpar: as long as the context lasts, a folder that holds
    nothing else stands before all that is installed there. Nothing else of this environment is on
    its path.

    Parameters
    ----------
    given : str
        Path to an interpreter, a command on PATH, or the folder of a virtual environment.
    timeout_s : float
        How long it may take to say what it is.

    Raises
    ------
    UsageError
        If it is not there, does not start, is no CPython 3.11 or later, or lacks what scikit-learn
        needs.
    """
    executable = locate(given)
    package = Path(sklpar.__file__).resolve().parent
    folder = Path(tempfile.mkdtemp(prefix="sklpar-path-"))
    try:
        (folder / package.name).symlink_to(package, target_is_directory=True)
        version = _probe(str(executable), folder, timeout_s)
        yield Interpreter(executable=str(executable), version=version, paths=(str(folder),))
    finally:
        shutil.rmtree(folder, ignore_errors=True)  # removes the link, not what it leads to


def locate(given: str) -> Path:
    """Return the absolute path of the executable that the user names; nothing is started.

    Raises
    ------
    UsageError
        If there is no such file, it may not be executed, or a command and a folder have the name.
    """
    command = None if "/" in given else shutil.which(given)
    if command:
        # No folder that happens to be here may stand in for a command; but `env` is both, mostly.
        if Path(given, "bin", "python").exists():
            raise UsageError(
                f"{given} is a command, {command}, and an environment in the current folder",
                remedy=f"write ./{given} for the environment, or {command} for the command",
            )
        return Path(command).absolute()
    try:
        path = Path(given).expanduser().absolute()
        if given and path.is_dir():
            path = _of_environment(path)
        if path.is_symlink() and not path.exists():
            target = path.readlink()
            raise UsageError(
                f"{path} is a link to {target}, which is not there",
                remedy="the Python that the environment was made with is gone: make it again",
            )
        if not given or not path.is_file():
            raise UsageError(f"there is no interpreter {given!r}", remedy=_WAYS)
    except (OSError, RuntimeError, ValueError) as error:  # such as: may not be looked at
        raise UsageError(f"cannot find the interpreter {given!r}: {error}", remedy=_WAYS) from error
    if not os.access(path, os.X_OK):
        raise UsageError(f"{path} is not executable", remedy=_WAYS)
    return path


def _of_environment(folder: Path) -> Path:
    python = folder / "bin" / "python"
    if not python.exists() and not python.is_symlink():
        raise UsageError(f"{folder} is no virtual environment: it has no bin/python", remedy=_WAYS)
    return python


def _probe(executable: str, folder: Path, timeout_s: float) -> str:
    """Run the interpreter once; return its version if all that trials need is there."""
    environ = _environment(os.environ, (str(folder),))
    try:
        ending = run_bounded([executable, "-c", _PROBE], timeout_s, environ=environ)
    except MeasurementError as error:
        raise UsageError(str(error), remedy=_WAYS) from error
    if ending.timed_out:
        raise UsageError(
            f"{executable} did not say within {timeout_s:g} s which Python it is",
            remedy=f"see why this takes so long: {shlex.quote(executable)} -c 'import sys'",
        )
    return judge(executable, _answer(executable, ending), folder)


def _answer(executable: str, ending: Ending) -> dict[str, Any]:
    # sitecustomize and the like may print, too.
    for line in ending.lines:
        if line.startswith(_MARK):
            try:
                answer: dict[str, Any] = json.loads(line.removeprefix(_MARK))
            except ValueError:
                continue
            return answer
    said = f": {ending.last_lines[-1]}" if ending.last_lines else ""
    raise UsageError(f"{executable} is no Python that works ({ending.how}{said})", remedy=_WAYS)


def judge(executable: str, answer: Mapping[str, Any], folder: Path) -> str:
    """Return the version of an interpreter that trials can run under, from what it said of itself.

    Parameters
    ----------
    answer : mapping
        ``version``, a list of three numbers; where that is recent enough also ``implementation``,
        ``missing`` modules, the version of ``joblib`` where its metadata tell, and the file of the
        ``sklpar`` that it would import.
    folder : Path
        Where it is to take sklpar from.

    Raises
    ------
    UsageError
        If they cannot.
    """
    version = _dotted(answer["version"])
    if tuple(answer["version"]) < _OLDEST:
        raise UsageError(
            f"{executable} is Python {version}; sklpar's own code needs {_dotted(_OLDEST)} or later"
        )
    if answer["implementation"] != "cpython":
        raise UsageError(f"{executable} is {answer['implementation']}; sklpar measures CPython")
    if answer["missing"]:
        missing = [_NEEDED[name] for name in answer["missing"]]
        raise UsageError(
            f"{executable} (Python {version}) lacks {', '.join(missing)}",
            remedy=f"{shlex.quote(executable)} -m pip install {missing[0]}",
        )
    # Trials would start, and every one would fail: that is not the fault of what is guarded.
    joblib = re.match(r"(\d+)\.(\d+)", answer.get("joblib", ""))
    if joblib and tuple(map(int, joblib.groups())) < _OLDEST_JOBLIB:
        oldest = _dotted(_OLDEST_JOBLIB)
        raise UsageError(
            f"{executable} has joblib {answer['joblib']}; sklpar needs {oldest} or later",
            remedy=f"{shlex.quote(executable)} -m pip install 'joblib>={oldest}'",
        )
    if answer["sklpar"] != str(folder / "sklpar" / "__init__.py"):
        raise UsageError(
            f"{executable} does not take sklpar from PYTHONPATH ({folder}), "
            f"but from {answer['sklpar'] or 'nowhere'}",
            remedy="name the Python itself, not a wrapper that gives it -I or -E; and a temporary "
            "folder (TMPDIR) must not have a colon in its name",
        )
    return version


def _dotted(numbers: Sequence[int]) -> str:
    return ".".join(map(str, numbers))
