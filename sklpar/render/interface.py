"""What a renderer is: a report in, text out, nothing measured or recomputed."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from sklpar.model import Report


@dataclass(frozen=True, kw_only=True)
class RenderOptions:
    """What the place that shows the text can do.

    Attributes
    ----------
    width : int
        Columns of the terminal; below 60 it is taken as 60.
    color : bool
        Whether escape sequences for colour may be written.
    unicode : bool
        Whether anything beyond ASCII may be written.
    folder : str or None
        Where the run is stored, as one would name it from here; None where it is not said.
    """

    width: int = 80
    color: bool = False
    unicode: bool = True
    folder: str | None = None


class Renderer(Protocol):
    """One format of the report."""

    def __call__(self, report: Report, options: RenderOptions) -> str:
        """Return the whole text, ending in a newline."""
        ...
