"""What the formats that are environment alone have in common: the variables, and what to say."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.emit.interface import comment, remark
from sklpar.host.threads import THREAD_VARIABLES, thread_variables
from sklpar.render.plain import shorten

if TYPE_CHECKING:
    from sklpar.emit.interface import Pinned

_INSTEAD = (
    "`sklpar emit yaml --output tuned.yaml`, then `sklpar exec --config tuned.yaml -- COMMAND`, "
    "sets the backend too, and n_jobs where the code gives none; `sklpar emit python` sets all of "
    "it."
)


def variables(pinned: Pinned) -> dict[str, str]:
    """Return the seven variables, each with its value; empty where none is to be set."""
    inner = pinned.inner_threads
    return {} if inner is None or inner == "default" else thread_variables(inner)


def opening(pinned: Pinned, *use: str, unsets: bool = False) -> list[str]:
    """Return the comment that opens such a format.

    Its first line is sklpar's own: what begins a file may be a directive to its reader, as
    ``# syntax=...`` is to docker, and the evidence holds names that others gave.

    Parameters
    ----------
    use : str
        Where the lines go, a paragraph each.
    unsets : bool
        Whether the format can unset a variable.
    """
    lines = [line for text in use for line in remark(text)]
    lines += ["#", *comment(pinned), "#"]
    if pinned.nothing_to_set or pinned.inner_threads is None:
        return [*lines, "# Nothing to set: the job runs best as it was written."]
    lines += [line for text in _missing(pinned) for line in remark(text)]
    if pinned.inner_threads == "default" and not unsets:
        lines += remark(
            "The libraries are to choose their own thread counts, and this format cannot unset a "
            "variable; see to it that none of these is set:"
        )
        lines += [f"#   {name}" for name in THREAD_VARIABLES]
    return lines


def _missing(pinned: Pinned) -> list[str]:
    """Say what no variable carries, and what brings it into effect."""
    absent = [f"backend {pinned.backend}"]
    if pinned.n_jobs is not None:
        paths = f" (as {' and '.join(pinned.resolved)})" if pinned.resolved else ""
        absent.append(f"n_jobs {pinned.n_jobs}{paths}")
    absent += [f"{path} = {value}" for path, value in pinned.params.items()]
    return [
        f"Not in these lines, for no variable sets them: {shorten(', '.join(absent))}.",
        _INSTEAD,
    ]
