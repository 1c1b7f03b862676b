"""CPU time that the hypervisor gave to other guests."""

from __future__ import annotations

from collections.abc import Sequence

from sklpar.analysis.answers import AnswerCheck
from sklpar.analysis.case import Case
from sklpar.analysis.noise.rounds import of_rounds, strains, typical
from sklpar.analysis.thresholds import STEAL_SHARE
from sklpar.model import Finding

RULE = "steal"


def steal(case: Case, check: AnswerCheck) -> Sequence[Finding]:  # noqa: ARG001
    """Tell of CPU stolen all along, and of rounds from which more was taken than from others."""
    findings = []
    always = typical(strains(case.run, RULE))
    if always >= STEAL_SHARE:
        findings.append(
            Finding(
                rule=RULE,
                severity="warning",
                evidence={"stolen_share": always},
                advice="the hypervisor gave this machine's CPUs to other guests: times hold for "
                "such a host at such an hour; repeat on CPUs of your own before trusting small "
                "differences",
            )
        )
    findings += of_rounds(
        case.run,
        RULE,
        "stolen_share",
        "the hypervisor gave this machine's CPUs to other guests",
        typical,
    )
    return findings
