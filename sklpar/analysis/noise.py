"""How still the machine was, and what belongs to the run rather than to a setting."""

from __future__ import annotations

import math
import statistics

from sklpar.analysis.answers import AnswerCheck
from sklpar.analysis.evidence import evidence_of
from sklpar.analysis.samples import by_round
from sklpar.analysis.statistics import relative_spread
from sklpar.analysis.thresholds import OUTSIDE_CPUS
from sklpar.model import Finding, Noise, Run


def noise(run: Run, check: AnswerCheck) -> Noise:
    """Return the typical spread of a setting over rounds, and findings on the run as a whole."""
    spreads = [
        spread
        for setting in run.plan.settings
        if (spread := relative_spread(list(by_round(run, setting.id, "first_fit_s").values())))
        is not None
    ]
    findings = [f for f in (_nondeterministic(check), _outside_load(run)) if f is not None]
    return Noise(
        level=statistics.median(spreads) if spreads else None,
        findings=tuple(findings),
    )


def _nondeterministic(check: AnswerCheck) -> Finding | None:
    if not check.nondeterministic:
        return None
    return Finding(
        rule="nondeterministic",
        severity="info",
        evidence={
            "reference": check.reference,
            **({"spread_in_tolerances": check.spread} if math.isfinite(check.spread) else {}),
        },
        advice=f"{check.reference} does not give the same answer twice, so a setting only counts "
        "as differing beyond that spread; set random_state to compare exactly",
    )


def _outside_load(run: Run) -> Finding | None:
    shares = [
        found.outside_cpu_s / found.wall_s
        for setting in run.plan.settings
        if (found := evidence_of(run, setting.id))
        and found.outside_cpu_s is not None
        and found.wall_s >= 0.1  # the kernel counts in hundredths of a second
    ]
    if not shares or statistics.median(shares) < OUTSIDE_CPUS:
        return None
    return Finding(
        rule="outside_load",
        severity="warning",
        evidence={"outside_cpus": statistics.median(shares)},
        advice="other programs used the machine meanwhile: repeat on a quiet one before trusting "
        "small differences",
    )
