"""Single trials that were far slower than their like."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from sklpar.analysis.answers import AnswerCheck
from sklpar.analysis.case import Case
from sklpar.analysis.comparison import compare, round_effects
from sklpar.analysis.samples import table_of
from sklpar.analysis.thresholds import NOISY_DEVIATIONS, NOISY_TRIAL
from sklpar.model import Finding

RULE = "noisy_trials"

_MIN_TRIALS = 3


def noisy_trials(case: Case, check: AnswerCheck) -> Sequence[Finding]:  # noqa: ARG001
    """Count trials slower than the pooled noise and their round explain, among three or more."""
    settings = [setting.id for setting in case.run.plan.settings]
    found = table_of(case.run, settings, "first_fit_s")
    table = {name: row for name, row in found.items() if len(row) >= _MIN_TRIALS}
    if not table:
        return []
    effects, noise = round_effects(table), compare(table, list(table)).noise
    beyond = []
    for row in table.values():
        values = [math.log(value) - effects[round_] for round_, value in row.items()]
        beyond += [value - statistics.median(values) for value in values]
    limit = max(NOISY_DEVIATIONS * noise, math.log(NOISY_TRIAL))
    noisy = [one for one in beyond if one >= limit]
    if not noisy:
        return []
    finding = Finding(
        rule=RULE,
        severity="info",
        evidence={
            "noisy_trials": len(noisy),
            "counted_trials": len(beyond),
            "machine_slowdown": math.exp(max(noisy)),
        },
        advice=f"{len(noisy)} of {len(beyond)} trials {'was' if len(noisy) == 1 else 'were'} far "
        "slower than the same setting's others: medians bear a few, but look for what runs on this "
        "machine now and then (backups, updates, cron)",
    )
    return [finding]
