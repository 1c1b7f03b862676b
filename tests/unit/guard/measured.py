"""What a guard has measured, built by hand: runs of whole rounds, baselines, and their policies."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sklpar.analysis.analyse import analyse
from sklpar.guard.baseline import BaselineQuestion
from sklpar.guard.decide import Comparison
from sklpar.guard.standard import standard_of
from sklpar.model import (
    Check,
    Estimate,
    GuardPolicy,
    Observed,
    Outcome,
    Plan,
    Report,
    Run,
    Sample,
    Setting,
    SettingReport,
)
from tests.unit.builders import (
    AS_WRITTEN,
    LOKY,
    SERIAL,
    THREADING,
    make_fit,
    make_run,
    make_sample,
)

# Noise of 1%, the same in every test; its median is 1.
NOISE = (1.0, 1.01, 0.99, 1.005, 0.995, 1.008, 0.992, 1.002)
SETTINGS = {one.id: one for one in (AS_WRITTEN, SERIAL, LOKY, THREADING)}


def noisy(middle: float, rounds: int = 5, shift: int = 0) -> list[float]:
    """A value for each round, all within 1% of the middle; settings differ by their `shift`."""
    return [middle * NOISE[(index * 3 + shift) % len(NOISE)] for index in range(rounds)]


def a_trial(
    setting: Setting,
    round_: int,
    first_s: float,
    *,
    cpu: float = 1.0,
    memory_bytes: float | None = 100e6,
    threads: int | None = 2,
    **changes: Any,
) -> Sample:
    """A trial of a first and a warm fit of half of it; `cpu` is CPU seconds for each second."""
    fits = [
        make_fit(wall_s, cpu_s=cpu * wall_s, memory_bytes=memory_bytes)
        for wall_s in (first_s, first_s / 2)
    ]
    observed = Observed(processes=1, workers=0, threads_peak=threads, caps="verified")
    return make_sample(setting, round_, *fits, **{"observed": observed, **changes})


def trials(setting: Setting, firsts: Sequence[float], **changes: Any) -> list[Sample]:
    """A trial a round; of `memory_bytes` each has the same but for a per mille."""
    memory = changes.pop("memory_bytes", 100e6)
    return [
        a_trial(
            setting,
            round_,
            first_s,
            memory_bytes=None if memory is None else memory * (1 + round_ / 1000),
            **changes,
        )
        for round_, first_s in enumerate(firsts, start=1)
    ]


def measured(
    firsts: Mapping[str, float | Sequence[float]],
    *,
    rounds: int = 5,
    outcomes: Sequence[Outcome] = (),
    of: Mapping[str, Mapping[str, Any]] | None = None,
    **spec: Any,
) -> Run:
    """A run of as-written, serial, loky and threading in whole rounds.

    Parameters
    ----------
    firsts : mapping
        Setting to its first fit, with noise over the rounds, or to one for each round. Who is not
        named was not measured.
    outcomes : sequence of outcome
        Further ones, at the end.
    of : mapping
        Setting to what else its trials are, as `a_trial` takes it.
    spec : Any
        As `make_spec` takes it.
    """
    found: list[Outcome] = []
    for shift, (name, given) in enumerate(firsts.items()):
        values = noisy(given, rounds, shift) if isinstance(given, int | float) else given
        found += trials(SETTINGS[name], values, **(of or {}).get(name, {}))
    found.sort(key=lambda one: one.round)
    swept = [LOKY, THREADING]
    return make_run(swept, [*found, *outcomes], rounds=max(rounds, 8), **spec)


SAME = {"as-written": 4.0, "serial": 2.0, "loky-j2-t1": 1.0, "threading-j2-t1": 1.5}
PLAN = Plan(settings=tuple(SETTINGS.values()))


def a_baseline(firsts: Mapping[str, float | Sequence[float]] = SAME, **changes: Any) -> Report:
    """The report of a run that was measured before."""
    return analyse(measured(firsts, **changes))


def with_row(report: Report, name: str, **changes: Any) -> Report:
    """A report with one row changed."""
    rows = [replace(row, **changes) if row.id == name else row for row in report.settings]
    return replace(report, settings=tuple(rows))


def with_measure(report: Report, name: str, measure: str, value: Any) -> Report:
    """A report with one figure of one row changed: an estimate's fields, or another value."""
    row = row_of(report, name)
    known = row.measures[measure]
    if isinstance(value, Mapping):
        assert isinstance(known, Estimate)
        value = replace(known, **value)
    return with_row(report, name, measures={**row.measures, measure: value})


def row_of(report: Report, name: str) -> SettingReport:
    row = report.row(name)
    assert row is not None
    return row


def policy(**changes: Any) -> GuardPolicy:
    return replace(GuardPolicy(), **changes)


def against_baseline(
    before: Report, now: Run, *, look: int = 1, ratios_only: bool = False, **changes: Any
) -> list[Check]:
    """The checks of a run against a baseline that nothing is wrong with."""
    return baseline_question(before, ratios_only=ratios_only, **changes).checks([now], look)


def baseline_question(
    before: Report, *, ratios_only: bool = False, **changes: Any
) -> BaselineQuestion:
    rules = policy(**changes)
    standard = standard_of(before, PLAN, rules)
    assert standard.objections == ()
    return BaselineQuestion(before=before, standard=standard, policy=rules, ratios_only=ratios_only)


def rulings(checks: Sequence[Check]) -> dict[tuple[str, str], str]:
    """Setting and metric to ruling."""
    return {(one.setting, one.metric): one.ruling for one in checks}


def by_rival(checks: Sequence[Check]) -> dict[tuple[str, str], str]:
    """Metric and what it is held against to ruling, of one setting's checks."""
    return {(one.metric, one.against): one.ruling for one in checks}


def comparison(logs: Sequence[float], limit: float = 1.1, **changes: Any) -> Comparison:
    """A comparison of ratios within rounds."""
    whole = Comparison(
        setting="loky-j2-t1", metric="first_fit", against="other", limit=limit, logs=logs
    )
    return replace(whole, **changes)


def drawn(seed: int, middle: float, noise: float, rounds: int) -> list[float]:
    """Normal logarithms about a middle, the same for the same seed."""
    draw = random.Random(seed)
    return [draw.gauss(middle, noise) for _ in range(rounds)]
