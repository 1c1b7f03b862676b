"""Blocked rounds: every live setting once a round, in random order.

What the rounds share (a slow minute, a warming CPU) cancels in ratios taken within a round.
"""

from __future__ import annotations

import random
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

from sklpar.model import Failure, Measure, Outcome, Plan, Reading, Sample, Setting, Trial

# A swept fit is cut off at this multiple of the best first fit so far, but not before the floor:
# the first call of a process pool takes a second or two whatever the fit.
_TIMES_BEST = 10.0
_FLOOR_S = 5.0
# As-written and serial may take this share of what is left of the budget: a hang in what the user
# runs today must leave room to find something better.
_BUDGET_SHARE = 0.5
# The discarded trial may take less: it only warms up.
_WARM_UP_SHARE = 0.2


def schedule(plan: Plan, rounds: int, seed: int) -> Iterator[Trial]:
    """Yield every trial of a run, in order; the same for the same plan and seed.

    Trial 0 is ``serial``, in round 0: it warms the page cache, tells roughly how long a fit takes,
    and gives serial's answer a second time; its times are discarded.
    """
    serial = next(setting for setting in plan.settings if setting.kind == "serial")
    yield Trial(number=0, round=0, setting=serial)
    number = 1
    for round_ in range(1, rounds + 1):
        order: list[Setting] = sorted(plan.settings, key=lambda setting: setting.id)
        random.Random(f"{seed}/{round_}").shuffle(order)  # noqa: S311  an order, not a secret
        for setting in order:
            yield Trial(number=number, round=round_, setting=setting)
            number += 1


def next_trial(
    trials: Iterable[Trial], outcomes: Sequence[Outcome], *, exhaustive: bool
) -> Trial | None:
    """Return the first trial that is neither done nor of a setting given up, or None.

    A setting is given up once a trial of it failed: it would cost the same again and cannot be
    recommended. An exhaustive run gives up nothing.
    """
    return next(remaining(trials, outcomes, exhaustive=exhaustive), None)


def remaining(
    trials: Iterable[Trial], outcomes: Sequence[Outcome], *, exhaustive: bool
) -> Iterator[Trial]:
    """Yield the trials still to be run, as far as the outcomes so far tell."""
    done = {outcome.trial for outcome in outcomes}
    failed = {
        outcome.setting
        for outcome in outcomes
        if isinstance(outcome, Failure) and outcome.round > 0
    }
    for trial in trials:
        if trial.number not in done and (exhaustive or trial.setting.id not in failed):
            yield trial


@dataclass(frozen=True, kw_only=True)
class FitBound:
    """How long one fit of a trial may take, in seconds (None is no bound), and in words why."""

    seconds: float | None
    why: str


def fit_bound(
    trial: Trial, outcomes: Sequence[Outcome], measure: Measure, budget_left_s: float | None
) -> FitBound:
    """Return the bound of a trial's fits: the user's, or what the run so far suggests."""
    if measure.timeout_s is not None:
        return FitBound(seconds=measure.timeout_s, why="the timeout")
    best = best_first_fit_s(outcomes)
    if trial.setting.kind != "swept" or measure.exhaustive or best is None:
        share = _BUDGET_SHARE if trial.round else _WARM_UP_SHARE
        seconds = None if budget_left_s is None else share * budget_left_s
        return FitBound(seconds=seconds, why=f"{share:.0%} of the budget that was left")
    seconds = max(_FLOOR_S, _TIMES_BEST * best)
    return FitBound(seconds=seconds, why=f"{_TIMES_BEST:g} times the best so far, or more")


def best_first_fit_s(outcomes: Sequence[Outcome]) -> float | None:
    """Return the shortest first fit that any trial has finished, the discarded one included."""
    times = [
        reading.value
        for outcome in outcomes
        if isinstance(outcome, Sample) and outcome.fits
        if isinstance(reading := outcome.fits[0].readings["wall_s"], Reading)
    ]
    return min(times, default=None)


def remaining_estimate_s(
    trials: Sequence[Trial], outcomes: Sequence[Outcome], *, exhaustive: bool
) -> float | None:
    """Return how long the rest of the schedule will take, from what its settings took so far.

    A setting without a trial yet counts as the mean of those that have one; None before any.
    """
    last = {outcome.setting: outcome.trial_s for outcome in outcomes if outcome.round > 0}
    if not last:
        return None
    mean = sum(last.values()) / len(last)
    rest = remaining(trials, outcomes, exhaustive=exhaustive)
    return sum(last.get(trial.setting.id, mean) for trial in rest)


def ended_by_budget(
    trial: Trial, outcome: Outcome, before: Sequence[Outcome], rules: Measure
) -> bool:
    """Tell a trial that only ran out of budget: nothing is held against its setting.

    Where a fit's bound is a share of the budget (as-written and serial, unless the user gave a
    timeout), the first look, cut off, is a result: it bounds the speedup from below.
    """
    if not isinstance(outcome, Failure) or outcome.cut_off_by is None:
        return False
    is_swept = trial.setting.kind == "swept"
    if outcome.cut_off_by == "fit" and (
        rules.timeout_s is not None or (is_swept and not rules.exhaustive)
    ):
        return False
    if (is_swept and outcome.cut_off_by == "budget") or outcome.cut_off_s is None:
        return True
    return any(isinstance(o, Sample) and o.setting == outcome.setting for o in before)
