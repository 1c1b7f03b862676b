"""Other programs on the machine while it measured."""

from __future__ import annotations

from collections.abc import Sequence

from sklpar.analysis.answers import AnswerCheck
from sklpar.analysis.case import Case
from sklpar.analysis.noise.rounds import all_along, of_rounds, typical
from sklpar.analysis.thresholds import OUTSIDE_CPUS
from sklpar.model import Finding

RULE = "outside_load"


def outside_load(case: Case, check: AnswerCheck) -> Sequence[Finding]:  # noqa: ARG001
    """Tell of load all along, and of rounds that had more of it than the others."""
    used = "other programs used the machine"
    advice = f"{used} meanwhile: repeat on a quiet one before trusting small differences"
    return [
        *all_along(case.run, RULE, "outside_cpus", OUTSIDE_CPUS, advice),
        *of_rounds(case.run, RULE, "outside_cpus", used, typical),
    ]
