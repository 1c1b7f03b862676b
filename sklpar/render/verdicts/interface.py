"""What a verdict's renderer is: a verdict in, text out, nothing decided."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sklpar.model import Verdict
    from sklpar.render.interface import RenderOptions


class VerdictRenderer(Protocol):
    """One format of the verdict."""

    def __call__(self, verdict: Verdict, options: RenderOptions) -> str:
        """Return the whole text, ending in a newline."""
        ...
