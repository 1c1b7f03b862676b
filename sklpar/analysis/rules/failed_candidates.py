"""Candidates of a search that could not be fitted, which ``error_score=nan`` hides."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping, Sequence

from sklpar.analysis.case import Case
from sklpar.analysis.index import trials_of
from sklpar.analysis.samples import failures_of
from sklpar.model import Finding, Sample, SettingReport

RULE = "failed_candidates"

_ALL_FAILED = re.compile(r"All the (\d+) fits failed")


def failed_candidates(case: Case) -> Mapping[str, Sequence[Finding]]:
    """Count the scores that are nan, and searches that ended because all were."""
    findings = {}
    for row in case.rows:
        found = _some(case, row) or _all(case, row)
        if found is not None:
            findings[row.id] = [found]
    return findings


def _some(case: Case, row: SettingReport) -> Finding | None:
    samples = [o for o in trials_of(case.run, row.id) if isinstance(o, Sample) and o.answer]
    counted = [one.answer.scores for one in samples if one.answer and one.answer.scores]
    worst = max(counted, key=_failed, default=())
    failed = _failed(worst)
    if not failed:
        return None
    return Finding(
        rule=RULE,
        severity="error" if failed == len(worst) else "warning",
        evidence={"nan_scores": failed, "score_count": len(worst)},
        advice="candidates of the search could not be fitted or scored, and error_score=nan passes "
        "over them: they take next to no time, so the search looks faster than it is; set "
        "error_score: raise to see why, and take them out of the grid",
    )


def _failed(scores: Sequence[float]) -> int:
    return sum(not math.isfinite(score) for score in scores)


def _all(case: Case, row: SettingReport) -> Finding | None:
    for failure in failures_of(case.run, row.id):
        if match := _ALL_FAILED.search(failure.reason):
            return Finding(
                rule=RULE,
                severity="error",
                evidence={"failed_fits": int(match[1])},
                advice="no candidate of the search could be fitted: set error_score: raise, which "
                "ends with the first one's own error",
            )
    return None
