"""How much a setting varies from round to round, and what that hides."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from sklpar.analysis.answers import AnswerCheck
from sklpar.analysis.case import Case
from sklpar.analysis.comparison import compare
from sklpar.analysis.samples import by_round, table_of
from sklpar.analysis.statistics import MIN_FOR_INTERVAL, relative_spread
from sklpar.analysis.thresholds import QUIET_LEVEL
from sklpar.model import Finding, Run

RULE = "noise_level"


def level_of(run: Run) -> float | None:
    """Return the median over settings of the relative spread over rounds, None before two."""
    spreads = [
        spread
        for setting in run.plan.settings
        if (spread := relative_spread(list(by_round(run, setting.id, "first_fit_s").values())))
        is not None
    ]
    return statistics.median(spreads) if spreads else None


def noise_level(case: Case, check: AnswerCheck) -> Sequence[Finding]:  # noqa: ARG001
    """Say where settings vary by more than the difference within which they are to tie."""
    run, within = case.run, case.run.spec.objective.within
    level = level_of(run)
    table = table_of(run, [setting.id for setting in run.plan.settings], "first_fit_s")
    rounds = max((len(row) for row in table.values()), default=0)
    if level is None or rounds < MIN_FOR_INTERVAL or level <= max(within, QUIET_LEVEL):
        return []
    hidden = compare(table, list(table)).least_ratio(rounds) - 1
    finding = Finding(
        rule=RULE,
        severity="info",
        evidence={"noise_level": level, "tied_within": within, "hidden_difference": hidden},
        advice=f"a setting varies by more from round to round than the {within:.0%} within which "
        f"settings tie: differences below about {hidden:.0%} cannot be told here; measure on a "
        "quieter machine, with more data (longer fits), or more rounds (--rounds "
        f"{2 * max(rounds, run.spec.measure.rounds)})",
    )
    return [finding]
