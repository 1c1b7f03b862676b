"""What is said before a program starts under a setting, a sentence a line."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sklpar.effect.program import Program
from sklpar.model import Caps, InnerThreads, Setting
from sklpar.render.plain import one_line, shorten
from sklpar.spec.node_codec import plain_node

_OUT_OF_REACH = (
    "Out of reach: a backend or n_jobs given in the code, fits in other threads, calls that need "
    "shared memory; what of it happens is told at the end."
)


def notices(
    setting: Setting,
    *,
    source: str,
    program: Program,
    fingerprint: Mapping[str, Any],
    here: Mapping[str, Any],
    unavailable: str | None = None,
) -> list[str]:
    """Return what the user should know, most important first.

    Parameters
    ----------
    source : str
        Where the setting is from: a file, or a run.
    fingerprint, here : mapping
        ``cpu_model`` and ``usable_cpus`` where the setting was found, and of this machine.
    unavailable : str, optional
        Why the setting's backend cannot run here.
    """
    if setting.kind == "as-written":
        return [f"as-written ({source}): nothing to set, the program runs as it is"]
    lines = [f"{in_words(setting)} ({source})", *([unavailable] if unavailable else [])]
    if not program.is_python:
        lines.append(
            f"{program.name} is no Python program: its environment carries the thread caps; "
            "backend and n_jobs reach only a Python that it starts"
        )
    elif program.keeps_hook_out:
        lines.append(
            f"Python's option {program.keeps_hook_out} keeps the start-up hook out: only the "
            "thread caps hold, not backend and n_jobs; leave it away, or use -P and -s"
        )
    else:
        lines.append(_OUT_OF_REACH)
    if setting.params:
        params = (f"{path}={_plain(value)}" for path, value in setting.params.items())
        lines.append(f"Part of the setting that only the code can set: {', '.join(params)}")
    lines += _changes(fingerprint, here)
    return [shorten(one_line(line)) for line in lines]


def in_words(setting: Setting) -> str:
    """Return a setting as ``threading, n_jobs=2, 1 thread per worker``."""
    jobs = [] if setting.n_jobs is None else [f"n_jobs={setting.n_jobs}"]
    return ", ".join([str(setting.backend), *jobs, _threads(setting.inner_threads)])


def _threads(inner: InnerThreads | None) -> str:
    if isinstance(inner, Caps):
        return f"threads per worker: {inner.blas} in BLAS, {inner.openmp} in OpenMP"
    if isinstance(inner, int):
        return "1 thread per worker" if inner == 1 else f"{inner} threads per worker"
    return "threads per worker as the libraries choose"


def _plain(value: Any) -> str:
    return one_line(plain_node(value))


def _changes(fingerprint: Mapping[str, Any], here: Mapping[str, Any]) -> list[str]:
    return [
        f"the setting was found on {name}: {fingerprint[key]}, and here: {here[key]}; "
        "tune again to be sure of it"
        for key, name in (("cpu_model", "another CPU"), ("usable_cpus", "other usable CPUs"))
        if key in fingerprint and fingerprint[key] != here[key]
    ]
