"""The thread caps as lines of an environment file, for ``set -a; . FILE`` and ``--env-file``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.emit.interface import comment
from sklpar.host.threads import THREAD_VARIABLES, thread_variables
from sklpar.render.plain import one_line

if TYPE_CHECKING:
    from sklpar.emit.interface import Pinned


def emit(pinned: Pinned) -> str:
    """Return ``NAME=value`` lines; what an environment cannot say stands in comments."""
    return "\n".join([*comment(pinned), "#", *_lines(pinned)]) + "\n"


def _lines(pinned: Pinned) -> list[str]:
    inner = pinned.inner_threads
    if pinned.nothing_to_set or inner is None:
        return ["# Nothing to set: the job runs best as it was written."]
    not_here = [f"backend {pinned.backend}"]
    if pinned.n_jobs is not None:
        not_here.append(f"n_jobs {pinned.n_jobs}")
    not_here += list(pinned.params)
    limits = [
        f"# Not in this file, for no variable sets them: {', '.join(not_here)}.",
        "# They are in `sklpar emit python` and `sklpar emit yaml`.",
    ]
    if inner == "default":
        return [
            *_safe(limits),
            "# The libraries are to choose their own thread counts, and a file cannot unset a",
            "# variable; see to it that none of these is set:",
            *(f"#   {name}" for name in THREAD_VARIABLES),
        ]
    values = thread_variables(inner)
    return [*_safe(limits), *(f"{name}={value}" for name, value in values.items())]


def _safe(lines: list[str]) -> list[str]:
    return [one_line(line, unicode=False) for line in lines]
