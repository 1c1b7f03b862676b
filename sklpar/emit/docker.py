"""The thread caps as an ``ENV`` instruction of a Dockerfile."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.emit.environment import opening, variables

if TYPE_CHECKING:
    from sklpar.emit.interface import Pinned

_USE = (
    "For the last stage of a Dockerfile, after its packages are installed: a change of these lines "
    "then rebuilds none of them. (An image that is built already: `docker run --env-file` with "
    "`sklpar emit env`.)"
)


def emit(pinned: Pinned) -> str:
    """Return one instruction, for each would be a layer; none where nothing is to be set."""
    values = [f"{name}={value}" for name, value in variables(pinned).items()]
    lines = ["ENV " + " \\\n    ".join(values)] if values else []
    return "\n".join([*opening(pinned, _USE), *lines, ""])
