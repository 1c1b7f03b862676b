"""Other programs on the machine while it measured."""

from __future__ import annotations

from collections.abc import Sequence

from sklpar.analysis.answers import AnswerCheck
from sklpar.analysis.case import Case
from sklpar.analysis.noise.rounds import of_rounds, strains, typical
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
    findings += of_rounds(
        case.run, RULE, "outside_cpus", "other programs used the machine", typical
    )
    return findings
