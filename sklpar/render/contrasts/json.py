"""A contrast as JSON: what scripts read."""

from __future__ import annotations

import json
from dataclasses import asdict
from typing import TYPE_CHECKING, Any

from sklpar import __version__

if TYPE_CHECKING:
    from sklpar.model import Contrast, Pair, Report
    from sklpar.render.interface import RenderOptions

# It rises when a reader of this document would break.
CONTRAST_SCHEMA_VERSION = 1


def render(contrast: Contrast, options: RenderOptions) -> str:  # noqa: ARG001
    """Return the document of the contrast; ASCII, so that every terminal and pipe carries it."""
    from sklpar.store.codec import nulled

    text = json.dumps(nulled(_document(contrast)), indent=2, allow_nan=False)
    # A CI runner would take ``##[name]`` for a command to itself.
    return text.replace("##[", "#\\u0023[") + "\n"


def _document(contrast: Contrast) -> dict[str, Any]:
    return {
        "schema_version": CONTRAST_SCHEMA_VERSION,
        "sklpar_version": __version__,
        "a": _run(contrast.a),
        "b": _run(contrast.b),
        "comparable": contrast.comparable,
        "differences": contrast.differences,
        "paces": contrast.paces,
        "answer": contrast.answer,
        "compared": contrast.compared,
        "comparisons": contrast.comparisons,
        "pairs": [_pair(contrast, one) for one in contrast.pairs],
    }


def _run(report: Report) -> dict[str, Any]:
    recommendation = report.recommendation
    missing = {"recommendation_unavailable": report.recommendation_unavailable}
    return {
        "run_id": report.run_id,
        "name": report.name,
        "started_at": report.started_at,
        "status": report.status,
        "recommendation": recommendation,
        **({} if recommendation else missing),
    }


def _pair(contrast: Contrast, pair: Pair) -> dict[str, Any]:
    """Return a pair with what became of the setting in either run; None where it is not in it."""
    rows = contrast.a.row(pair.setting), contrast.b.row(pair.setting)
    statuses = [None if row is None else row.status for row in rows]
    return {**asdict(pair), "a_status": statuses[0], "b_status": statuses[1]}
