"""Memory that was moved to disk and back while fits ran."""

from __future__ import annotations

from collections.abc import Sequence

from sklpar.analysis.answers import AnswerCheck
from sklpar.analysis.case import Case
from sklpar.analysis.noise.rounds import of_rounds, strains
from sklpar.analysis.thresholds import SWAPPED_BYTES
from sklpar.model import Finding

RULE = "swap"


def swap(case: Case, check: AnswerCheck) -> Sequence[Finding]:  # noqa: ARG001
    """Tell of trials that swapped: of those that count, and of rounds in which others did not."""
    findings = []
    every = strains(case.run, RULE)
    swapped = [amount for amount in every if amount >= SWAPPED_BYTES]
    if swapped:
        findings.append(
            Finding(
                rule=RULE,
                severity="warning",
                evidence={
                    "swapped_trials": len(swapped),
                    "counted_trials": len(every),
                    "swapped_bytes": max(swapped),
                },
                advice=f"the machine swapped in {len(swapped)} of {len(every)} trials, which then "
                "waited for a disk: free memory, measure on fewer rows (data.sample), or keep "
                "hungry settings out by limits.memory",
            )
        )
    return [*findings, *of_rounds(case.run, RULE, "swapped_bytes", "the machine swapped", max)]
