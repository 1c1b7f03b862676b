"""What a contrast's renderer is: a contrast in, text out, nothing compared."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sklpar.model import Contrast
    from sklpar.render.interface import RenderOptions


class ContrastRenderer(Protocol):
    """One format of what ``compare`` says."""

    def __call__(self, contrast: Contrast, options: RenderOptions) -> str:
        """Return the whole text, ending in a newline."""
        ...
