"""What ``guard`` says, drawn. To add a format: write a module here and name it in `VERDICTS`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render.lazy import lazily
from sklpar.render.verdicts.interface import VerdictRenderer

if TYPE_CHECKING:
    from collections.abc import Mapping

__all__ = ["VERDICTS", "VerdictRenderer"]

VERDICTS: Mapping[str, VerdictRenderer] = {
    "text": lazily("sklpar.render.verdicts.text"),
    "json": lazily("sklpar.render.verdicts.json"),
    "markdown": lazily("sklpar.render.verdicts.markdown"),
    "junit": lazily("sklpar.render.verdicts.junit"),
}
