"""The thread caps as lines of an environment file, for ``--env-file`` and ``set -a; . FILE``."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.emit.environment import opening, variables

if TYPE_CHECKING:
    from sklpar.emit.interface import Pinned

_USE = "For `docker run --env-file`, or for a shell: `set -a; . ./tuned.env; set +a`."


def emit(pinned: Pinned) -> str:
    """Return ``NAME=value`` lines; what an environment cannot say stands in comments."""
    # A name without a value would be no comment: docker takes it from the caller's environment.
    lines = [f"{name}={value}" for name, value in variables(pinned).items()]
    return "\n".join([*opening(pinned, _USE), *lines, ""])
