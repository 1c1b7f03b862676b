"""CPU time that the hypervisor gave to other guests."""

from __future__ import annotations

from collections.abc import Sequence

from sklpar.analysis.answers import AnswerCheck
from sklpar.analysis.case import Case
from sklpar.analysis.noise.rounds import all_along, of_rounds, typical
from sklpar.analysis.thresholds import STEAL_SHARE
from sklpar.model import Finding

RULE = "steal"


def steal(case: Case, check: AnswerCheck) -> Sequence[Finding]:  # noqa: ARG001
    """Tell of CPU stolen all along, and of rounds from which more was taken than from others."""
    gave = "the hypervisor gave this machine's CPUs to other guests"
    advice = (
        f"{gave}: times hold for such a host at such an hour; repeat on CPUs of your own before "
        "trusting small differences"
    )
    return [
        *all_along(case.run, RULE, "stolen_share", STEAL_SHARE, advice),
        *of_rounds(case.run, RULE, "stolen_share", gave, typical),
    ]
