"""Documents as JSON: what scripts and CI jobs read."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from sklpar.model import Report
    from sklpar.render.interface import RenderOptions


def render(report: Report, options: RenderOptions) -> str:  # noqa: ARG001
    """Return the document of the run; ASCII, so that every terminal and pipe carries it."""
    from sklpar.store.document import report_to_json

    return json.dumps(report_to_json(report), indent=2, allow_nan=False) + "\n"


def loggable_json(document: object) -> str:
    """Return a document of what was said, for a log; ASCII, so that every terminal carries it."""
    from sklpar.store.codec import nulled

    text = json.dumps(nulled(document), indent=2, allow_nan=False)
    # A CI runner would take ``##[name]`` for a command to itself.
    return text.replace("##[", "#\\u0023[") + "\n"
