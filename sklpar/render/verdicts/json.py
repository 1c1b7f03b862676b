"""The verdict as JSON: what scripts and CI jobs read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklpar.render.json import loggable_json

if TYPE_CHECKING:
    from sklpar.model import Check, Verdict
    from sklpar.render.interface import RenderOptions

# It rises when a reader of this document would break.
VERDICT_SCHEMA_VERSION = 1


def render(verdict: Verdict, options: RenderOptions) -> str:  # noqa: ARG001
    """Return the document of the verdict."""
    return loggable_json(_document(verdict))


def _document(verdict: Verdict) -> dict[str, Any]:
    return {
        "schema_version": VERDICT_SCHEMA_VERSION,
        "sklpar_version": verdict.sklpar_version,
        "mode": verdict.mode,
        "outcome": verdict.outcome,
        "exit_code": verdict.exit_code,
        "inconclusive_allowed": verdict.inconclusive_allowed,
        "subject": verdict.subject,
        "spec": verdict.spec_file,
        "spec_line": verdict.spec_line or None,
        "name": verdict.name,
        "started_at": verdict.started_at or None,
        "wall_s": verdict.wall_s,
        "rounds": verdict.rounds,
        "void_rounds": verdict.void_rounds,
        "rounds_needed": verdict.rounds_needed,
        "run": verdict.run,
        "reasons": verdict.reasons,
        "checks": [_check(one) for one in verdict.checks],
        "not_guarded": verdict.not_guarded,
        "differences": verdict.differences,
        "notes": verdict.notes,
    }


def _check(check: Check) -> dict[str, Any]:
    """Return a check; a null that somebody may ask about has its reason beside it."""
    unavailable = {}
    if check.ratio is None:
        unavailable["ratio_unavailable"] = check.reason or "there is nothing to compare"
    elif check.ruling == "inconclusive" and check.rounds_needed is None:
        unavailable["rounds_needed_unavailable"] = "no number of rounds would decide"
    return {
        "setting": check.setting,
        "metric": check.metric,
        "against": check.against,
        "ruling": check.ruling,
        "limit": check.limit,
        "ratio": check.ratio,
        "now": check.now,
        "before": check.before,
        "rounds_needed": check.rounds_needed,
        "reason": check.reason,
        **unavailable,
    }
