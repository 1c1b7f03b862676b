"""Other programs on the machine while it measured."""

from __future__ import annotations

from collections.abc import Sequence

from sklpar.analysis.answers import AnswerCheck
from sklpar.analysis.case import Case
from sklpar.analysis.noise.rounds import disturbed_by, strains, typical
from sklpar.analysis.thresholds import OUTSIDE_CPUS
from sklpar.model import Finding

RULE = "outside_load"


def outside_load(case: Case, check: AnswerCheck) -> Sequence[Finding]:  # noqa: ARG001
    """Tell of load all along, and of rounds that had more of it than the others."""
    findings = []
    always = typical(strains(case.run, RULE))
    if always >= OUTSIDE_CPUS:
        findings.append(
            Finding(
                rule=RULE,
                severity="warning",
                evidence={"outside_cpus": always},
                advice="other programs used the machine meanwhile: repeat on a quiet one before "
                "trusting small differences",
            )
        )
    found = disturbed_by(case.run, RULE)
    if found is not None:
        then = typical(strains(case.run, RULE, found.rounds))
        findings.append(
            Finding(
                rule=RULE,
                severity="info" if found.void == found.rounds else "warning",
                evidence={"outside_cpus": then, **found.evidence},
                advice=f"other programs used the machine in {found.named}; {found.outcome}",
            )
        )
    return findings
