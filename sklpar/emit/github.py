"""The thread caps as the ``env`` of a GitHub Actions workflow, job or step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.emit.environment import opening, variables

if TYPE_CHECKING:
    from sklpar.emit.interface import Pinned

_USE = (
    "For a step, a job or a whole workflow of GitHub Actions, indented as its other keys. Where it "
    "has an env: already, add the lines to that."
)


def emit(pinned: Pinned) -> str:
    """Return a mapping of names to text values, empty where nothing is to be set."""
    lines = [f'  {name}: "{value}"' for name, value in variables(pinned).items()]
    mapping = ["env:", *lines] if lines else ["env: {}"]  # with nothing under it, it would be null
    return "\n".join([*opening(pinned, _USE), *mapping, ""])
