"""Reports of a run. To add a format: write ``render/<name>.py`` and name it in `RENDERERS`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render.interface import Renderer, RenderOptions
from sklpar.render.lazy import lazily

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RENDERERS", "RenderOptions", "Renderer"]

RENDERERS: Mapping[str, Renderer] = {
    "text": lazily("sklpar.render.text"),
    "html": lazily("sklpar.render.html"),
    "markdown": lazily("sklpar.render.markdown"),
    "csv": lazily("sklpar.render.csv"),
    "json": lazily("sklpar.render.json"),
}
