"""A first round that was slow for nearly every setting."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from sklpar.analysis.answers import AnswerCheck
from sklpar.analysis.case import Case
from sklpar.analysis.comparison import compare, round_effects
from sklpar.analysis.samples import table_of
from sklpar.analysis.thresholds import FIRST_ROUND, FIRST_ROUND_SETTINGS, SURE_ERRORS
from sklpar.model import Finding

RULE = "first_round"

_MIN_ROUNDS, _MIN_SETTINGS = 3, 3


def first_round(case: Case, check: AnswerCheck) -> Sequence[Finding]:  # noqa: ARG001
    """Say so where the first round was slower than each of the others, over the settings in all."""
    settings = [setting.id for setting in case.run.plan.settings]
    found = table_of(case.run, settings, "first_fit_s")
    table = {name: row for name, row in found.items() if 1 in row and len(row) >= _MIN_ROUNDS}
    if len(table) < _MIN_SETTINGS:
        return []
    effects = round_effects(table)
    beyond = effects[1] - max(effect for round_, effect in effects.items() if round_ != 1)
    error = 1.25 * compare(table, list(table)).noise * math.sqrt(2 / len(table))
    slower = [math.log(row[1] / _later(row)) for row in table.values()]
    concerned = sum(1 for one in slower if one >= math.log(FIRST_ROUND))
    if beyond < max(math.log(FIRST_ROUND), SURE_ERRORS * error):
        return []
    if concerned < FIRST_ROUND_SETTINGS * len(table):
        return []
    finding = Finding(
        rule=RULE,
        severity="info",
        evidence={
            "machine_slowdown": math.exp(statistics.median(slower)),
            "slower_settings": concerned,
            "compared_settings": len(table),
        },
        advice="the first round was slower for nearly every setting (files not in memory yet, "
        "caches not filled, a CPU that was asleep): medians over rounds bear it; with few rounds "
        "measure more (--rounds)",
    )
    return [finding]


def _later(row: dict[int, float]) -> float:
    return statistics.median(value for round_, value in row.items() if round_ != 1)
