"""Reports of a run. To add a format: write ``render/<name>.py`` and name it in `RENDERERS`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render.csv import render as render_csv
from sklpar.render.html import render as render_html
from sklpar.render.interface import Renderer, RenderOptions
from sklpar.render.json import render as render_json
from sklpar.render.markdown import render as render_markdown
from sklpar.render.text import render as render_text

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["RENDERERS", "RenderOptions", "Renderer"]

RENDERERS: Mapping[str, Renderer] = {
    "text": render_text,
    "html": render_html,
    "markdown": render_markdown,
    "csv": render_csv,
    "json": render_json,
}
