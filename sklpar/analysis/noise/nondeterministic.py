"""A reference that does not give the same answer twice."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sklpar.analysis.answers import AnswerCheck
from sklpar.analysis.case import Case
from sklpar.model import Finding

RULE = "nondeterministic"


def nondeterministic(case: Case, check: AnswerCheck) -> Sequence[Finding]:  # noqa: ARG001
    """Say so where serial, run twice, gave answers beyond tolerance."""
    if not check.nondeterministic:
        return []
    finding = Finding(
        rule=RULE,
        severity="info",
        evidence={
            "reference": check.reference,
            **({"spread_in_tolerances": check.spread} if math.isfinite(check.spread) else {}),
        },
        advice=f"{check.reference} does not give the same answer twice, so a setting only counts "
        "as differing beyond that spread; set random_state to compare exactly",
    )
    return [finding]
