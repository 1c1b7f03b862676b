"""What ``compare`` says, drawn. To add a format: write a module here, name it in `CONTRASTS`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render.contrasts.interface import ContrastRenderer
from sklpar.render.lazy import lazily

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CONTRASTS", "ContrastRenderer"]

CONTRASTS: Mapping[str, ContrastRenderer] = {
    "text": lazily("sklpar.render.contrasts.text"),
    "html": lazily("sklpar.render.contrasts.html"),
    "markdown": lazily("sklpar.render.contrasts.markdown"),
    "json": lazily("sklpar.render.contrasts.json"),
}
