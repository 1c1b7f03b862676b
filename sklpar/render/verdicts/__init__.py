"""What ``guard`` says, drawn. To add a format: write a module here and name it in `VERDICTS`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render.verdicts.interface import VerdictRenderer
from sklpar.render.verdicts.json import render as render_json
from sklpar.render.verdicts.junit import render as render_junit
from sklpar.render.verdicts.markdown import render as render_markdown
from sklpar.render.verdicts.text import render as render_text

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["VERDICTS", "VerdictRenderer"]

VERDICTS: Mapping[str, VerdictRenderer] = {
    "text": render_text,
    "json": render_json,
    "markdown": render_markdown,
    "junit": render_junit,
}
