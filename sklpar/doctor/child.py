"""The doctor's child: loads what scikit-learn loads and says what came of it; fits nothing.

Run as ``python -P -m sklpar.doctor.child ANSWER LIFELINE``, a file and a file descriptor that
reads end-of-file when the parent is gone. The answer is written anew after every step, so that a
library which takes the process down leaves what was known before.
"""

from __future__ import annotations

import contextlib
import gc
import importlib
import importlib.metadata
import json
import os
import sys
import sysconfig
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any

from sklpar.host.child import die_with_parent
from sklpar.host.pools import loaded_pools

# What to import, in this order, and the distribution that it comes from. The helpers load OpenMP.
_IMPORTS = {
    "numpy": "numpy",
    "joblib": "joblib",
    "threadpoolctl": "threadpoolctl",
    "scipy.linalg": "scipy",
    "sklearn": "scikit-learn",
    "sklearn.utils._openmp_helpers": "scikit-learn",
}
_JUDGED = ("sklpar", "scikit-learn", "scipy", "joblib", "numpy", "threadpoolctl")
_MAX_MESSAGE = 500


class Answer:
    """What is known so far, on its way to the parent."""

    def __init__(self, file: Path) -> None:
        self._file = file
        self.known: dict[str, Any] = {"step": "starting", "missing": [], "versions": {}}

    def step(self, name: str, look: Callable[[], dict[str, Any]]) -> bool:
        """Note what is tried, try it, note what came of it; return whether it could be done."""
        self.known["step"] = name
        self._write()
        try:
            found = look()
        except (Exception, SystemExit) as error:  # noqa: BLE001 - libraries may be broken in any way
            lines = str(error).strip().splitlines() or [""]
            why = f"{type(error).__name__}: {lines[0]}"[:_MAX_MESSAGE]
            self.known["missing"].append({"what": name, "why": why})
            return False
        self.known.update(found)
        return True

    def done(self) -> None:
        """Write the last of it."""
        self.known["step"] = None
        self._write()

    def _write(self) -> None:
        partial = Path(f"{self._file}.partial")
        partial.write_text(json.dumps(self.known), encoding="utf-8")
        partial.replace(self._file)


def look_around(answer: Answer) -> None:
    """Fill the answer: interpreter, distributions, imports, thread pools, counts of CPUs."""
    versions = answer.known["versions"]
    answer.step("interpreter", _interpreter)
    answer.step("pytest-xdist", lambda: {"xdist": _find("pytest-xdist")})
    answer.step("what distributions require of each other", _requirements)
    for module, distribution in _IMPORTS.items():
        if not answer.step(module, lambda module=module: _import(module)):  # type: ignore[misc]
            continue
        versions[distribution] = _version(module, distribution)
        if module == "joblib":
            answer.step("joblib.cpu_count()", lambda: {"joblib_cpus": _cpu_count()})
    if "threadpoolctl" in versions:
        answer.step("thread pools", lambda: {"pools": loaded_pools()})
    answer.step("CPUs after the imports", lambda: _after_imports("joblib_cpus" in answer.known))


def _interpreter() -> dict[str, Any]:
    import multiprocessing

    return {
        "executable": sys.executable,
        "start_method": multiprocessing.get_context().get_start_method(),
        "free_threaded": bool(sysconfig.get_config_var("Py_GIL_DISABLED")),
        "affinity": _affinity(),
    }


def _import(module: str) -> dict[str, Any]:
    importlib.import_module(module)
    return {}


def _version(module: str, distribution: str) -> str:
    root = sys.modules[module.partition(".")[0]]
    version = getattr(root, "__version__", None)
    if version is None:
        with contextlib.suppress(importlib.metadata.PackageNotFoundError):
            version = importlib.metadata.version(distribution)
    return str(version or "unknown")


def _cpu_count() -> int:
    import joblib

    return int(joblib.cpu_count())


def _affinity() -> int | None:
    return len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else None


def _after_imports(joblib_works: bool) -> dict[str, Any]:
    is_enabled = getattr(sys, "_is_gil_enabled", None)
    return {
        "affinity_after_imports": _affinity(),
        "joblib_cpus_after_imports": _cpu_count() if joblib_works else None,
        "gil_enabled": is_enabled is None or bool(is_enabled()),
    }


def _requirements() -> dict[str, Any]:
    parse = _requirement_class()
    installed = {name: version for name in _JUDGED if (version := _find(name))}
    found = [one for name in installed for one in _required_by(name, installed[name], parse)]
    return {"requirements": found}


def _required_by(distribution: str, version: str, parse: Any) -> Iterator[dict[str, Any]]:
    """Yield what a distribution requires of others here, extras aside."""
    for text in importlib.metadata.requires(distribution) or ():
        wanted = parse(text)
        if wanted.marker is not None and not wanted.marker.evaluate({"extra": ""}):
            continue
        installed = _find(wanted.name)
        yield {
            "distribution": distribution,
            "version": version,
            "requires": f"{wanted.name}{wanted.specifier}",
            "installed": installed,
            "met": bool(installed and wanted.specifier.contains(installed, prereleases=True)),
        }


def _requirement_class() -> Any:
    """Return the parser of requirements that is at hand: packaging's own, or pip's copy of it."""
    for module in ("packaging.requirements", "pip._vendor.packaging.requirements"):
        with contextlib.suppress(ImportError):
            return importlib.import_module(module).Requirement
    raise ImportError("packaging is not installed, which reads version specifiers")


def _find(distribution: str) -> str | None:
    try:
        return importlib.metadata.version(distribution)
    except importlib.metadata.PackageNotFoundError:
        return None


def main(argv: Sequence[str]) -> None:
    """Look around and write the answer."""
    file, lifeline = argv
    die_with_parent(int(lifeline))
    # What imports make lives until the end; looking for garbage in it takes a sixth of the time.
    gc.disable()
    answer = Answer(Path(file))
    look_around(answer)
    answer.done()
    os._exit(0)  # what libraries do at exit is no part of a look


if __name__ == "__main__":
    main(sys.argv[1:])
