"""A contrast as JSON: what scripts read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklpar import __version__
from sklpar.render.contrasts import answers, disturbed
from sklpar.render.json import loggable_json

if TYPE_CHECKING:
    from sklpar.model import Contrast, Report
    from sklpar.render.interface import RenderOptions

# It rises when a reader of this document would break.
CONTRAST_SCHEMA_VERSION = 1


def render(contrast: Contrast, options: RenderOptions) -> str:  # noqa: ARG001
    """Return the document of the contrast."""
    return loggable_json(_document(contrast))


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
        "summary": answers.summary(contrast),
        "pairs": _pairs(contrast),
    }


def _run(report: Report) -> dict[str, Any]:
    recommendation = report.recommendation
    missing = {"recommendation_unavailable": report.recommendation_unavailable}
    return {
        "run_id": report.run_id,
        "name": report.name,
        "started_at": report.started_at,
        "status": report.status,
        "disturbed": [one for one in report.noise.findings if disturbed.is_load(one)],
        "recommendation": recommendation,
        **({} if recommendation else missing),
    }


def _pairs(contrast: Contrast) -> list[dict[str, Any]]:
    """Return each pair with what became of the setting in either run; None where it is not in it.

    Looked up once: there may be thousands of settings.
    """
    a, b = ({row.id: row.status for row in side.settings} for side in (contrast.a, contrast.b))
    return [
        {**vars(one), "a_status": a.get(one.setting), "b_status": b.get(one.setting)}
        for one in contrast.pairs
    ]
