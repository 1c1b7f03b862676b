"""What ``compare`` says, drawn. To add a format: write a module here, name it in `CONTRASTS`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render.contrasts.html import render as render_html
from sklpar.render.contrasts.interface import ContrastRenderer
from sklpar.render.contrasts.json import render as render_json
from sklpar.render.contrasts.markdown import render as render_markdown
from sklpar.render.contrasts.text import render as render_text

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["CONTRASTS", "ContrastRenderer"]

CONTRASTS: Mapping[str, ContrastRenderer] = {
    "text": render_text,
    "html": render_html,
    "markdown": render_markdown,
    "json": render_json,
}
