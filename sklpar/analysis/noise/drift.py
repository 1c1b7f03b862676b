"""A machine that became slower or faster while it measured."""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Mapping, Sequence

from sklpar.analysis.answers import AnswerCheck
from sklpar.analysis.case import Case
from sklpar.analysis.comparison import compare, round_effects
from sklpar.analysis.disturbance import void_rounds
from sklpar.analysis.noise.rounds import disturbed_by, strains, typical
from sklpar.analysis.samples import table_of
from sklpar.analysis.thresholds import DRIFT, SURE_ERRORS
from sklpar.model import Finding, Run

RULE = "drift"

# Thirds of fewer trials are no medians to speak of.
_MIN_TRIALS = 9
_MIN_ROUNDS = 4


def drift(case: Case, check: AnswerCheck) -> Sequence[Finding]:  # noqa: ARG001
    """Tell of a trend over the run, and of rounds in which the machine was far slower.

    The pace, a fixed piece of work before each first fit, is the proof that no setting has a hand
    in. Where it is missing, the rounds' own effects on all settings have to do.
    """
    run = case.run
    findings = []
    paces = _paces(run)
    if len(paces) >= _MIN_TRIALS:
        ratio, by = _trend(paces), "pace"
    else:
        ratio, by = _trend_of_rounds(run), "rounds"
    if ratio is not None:
        findings.append(_finding(ratio, by))
    found = disturbed_by(run, RULE)
    if found is not None:
        others = {outcome.round for outcome in run.outcomes}.difference(found.rounds)
        then, else_ = (typical(strains(run, RULE, rounds)) for rounds in (found.rounds, others))
        findings.append(
            Finding(
                rule=RULE,
                severity="info" if found.void == found.rounds else "warning",
                evidence={
                    "machine_slowdown": math.exp(then - else_),
                    "seen_by": "pace",
                    **found.evidence,
                },
                advice=f"work of fixed length took far longer in {found.named}; {found.outcome}",
            )
        )
    return findings


def _finding(ratio: float, by: str) -> Finding:
    became = "slower" if ratio > 1 else "faster"
    return Finding(
        rule=RULE,
        severity="warning",
        evidence={"machine_slowdown": ratio, "seen_by": by},
        advice=f"the machine became {became} over the run (CPU frequency, heat or a burst "
        "allowance): gains hold, being ratios within rounds, but seconds do not; fix the frequency "
        "or let it warm up and cool down before comparing them with another run's",
    )


def _paces(run: Run) -> list[float]:
    """Return the logarithm of each trial's pace in the order in which they ran."""
    void = void_rounds(run)
    return [
        math.log(outcome.pace_s)
        for outcome in sorted(run.outcomes, key=lambda outcome: outcome.trial)
        if outcome.pace_s and outcome.round > 0 and outcome.round not in void
    ]


def _trend(logs: Sequence[float]) -> float | None:
    """Return how many times the first third's pace the last third's is, None if none is sure."""
    third = len(logs) // 3
    parts = [logs[:third], logs[third:-third], logs[-third:]]
    first, middle, last = (statistics.median(part) for part in parts)
    apart = last - first
    within = statistics.median(
        abs(value - center)
        for part, center in zip(parts, (first, middle, last), strict=True)
        for value in part
    )
    # A median of n normal values scatters by 1.25 / sqrt(n), and 1.48 median deviations are one.
    error = 1.25 * 1.48 * within * math.sqrt(2 / third)
    if abs(apart) < max(math.log(DRIFT), SURE_ERRORS * error):
        return None
    return math.exp(apart)


def _trend_of_rounds(run: Run) -> float | None:
    """Return the same by the effects of rounds: only where every round is a step the same way."""
    names = [setting.id for setting in run.plan.settings]
    table = _repeated(table_of(run, names, "first_fit_s"))
    if not table:
        return None
    effects = [effect for _, effect in sorted(round_effects(table).items())]
    if len(effects) < _MIN_ROUNDS:
        return None
    steps = [after - before for before, after in itertools.pairwise(effects)]
    apart = effects[-1] - effects[0]
    error = 1.25 * compare(table, list(table)).noise * math.sqrt(2 / len(table))
    same_way = all(step > 0 for step in steps) or all(step < 0 for step in steps)
    if not same_way or abs(apart) < max(math.log(DRIFT), SURE_ERRORS * error):
        return None
    return math.exp(apart)


def _repeated(table: Mapping[str, Mapping[int, float]]) -> dict[str, Mapping[int, float]]:
    """Return the settings that were measured in every round that anyone was."""
    rounds = {round_ for row in table.values() for round_ in row}
    return {setting: row for setting, row in table.items() if len(row) == len(rounds)}
