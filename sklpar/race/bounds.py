"""Capping: how long a fit may take before it is stopped, and what it means that it was.

A first look at a setting costs at most a few times the best fit so far, however slow or stuck the
setting is; what was stopped is a censored observation, a lower bound of its time.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import replace

from sklpar.analysis.comparison import KAPPA
from sklpar.analysis.objective import measure_of
from sklpar.analysis.samples import value
from sklpar.model import Bound, Failure, Fit, Measure, Outcome, Reading, Run, Sample, Trial

# Where the fit's time is not what is minimized, it may take this many times the best so far.
_GENEROUS = 10.0
# No fit is stopped before it has run this long.
_FLOOR_S = 5.0
# A setting that has run to its end before may take longer: a slow minute is no proof against it.
_KNOWN = 2.0
# As-written and serial may take this share of what is left of the budget: a hang in what the user
# runs today must leave room to find something better.
_BUDGET_SHARE = 0.5
# The discarded trial may take less: it only warms up.
_WARM_UP_SHARE = 0.2


def bound_of(run: Run, trial: Trial, budget_left_s: float | None) -> Bound:
    """Return the bound of a trial's fits: the user's timeout, or less by what is known so far."""
    rules = run.spec.measure
    timeout_s = rules.timeout_s
    capped = None if rules.exhaustive or trial.setting.kind != "swept" else _cap(run, trial)
    if capped is not None and (timeout_s is None or (capped.first_s or math.inf) < timeout_s):
        warm_s = min(capped.warm_s or math.inf, timeout_s or math.inf)
        return replace(capped, warm_s=warm_s, timeout_s=timeout_s, trial_s=budget_left_s)
    if timeout_s is not None:
        why = "the timeout"
        return Bound(first_s=timeout_s, warm_s=timeout_s, why=why, trial_s=budget_left_s)
    share = _BUDGET_SHARE if trial.round else _WARM_UP_SHARE
    seconds = None if budget_left_s is None else share * budget_left_s
    why = f"{share:.0%} of the budget that was left"
    return Bound(first_s=seconds, warm_s=seconds, why=why, trial_s=budget_left_s)


def _cap(run: Run, trial: Trial) -> Bound | None:
    """Return the cap that the best so far sets; None before any fit has ended.

    To it comes what a trial takes beside its fits: a pool of processes imports in its first fit
    what the trial imported before. Below the floor, a figure is worth more than the time.
    """
    samples = [o for o in run.outcomes if isinstance(o, Sample) and o.fits]
    first = best_s(samples, lambda sample: _wall(sample.fits[0]))
    if first is None:
        return None
    beside = statistics.median(_beside(sample) for sample in samples)
    minimized = measure_of(run.spec.objective.minimize, run.spec)
    times = KAPPA
    if any(sample.setting == trial.setting.id for sample in samples):
        times *= _KNOWN
    best = best_s(samples, lambda sample: _value(sample, minimized))
    why = f"{times:g} times the best so far and a trial's own start"
    if minimized == "first_fit_s":
        first_s = warm_s = times * first + beside
    elif minimized in {"cpu_s", "first_fit_cpu_s"}:
        # A fit that computes at all uses at least as much CPU as wall-clock.
        first_s = warm_s = times * max(best or first, first) + beside
    elif minimized == "fit_s":
        first_s, warm_s = _GENEROUS * first + beside, times * (best or first) + beside
    else:
        first_s = warm_s = _GENEROUS * first + beside
        why = f"{_GENEROUS:g} times the best so far and a trial's own start"
    if min(first_s, warm_s) < _FLOOR_S:
        why += f", or {_FLOOR_S:g} s"
    return Bound(
        first_s=max(_FLOOR_S, first_s),
        warm_s=max(_FLOOR_S, warm_s),
        status="stopped_early",
        why=why,
    )


def best_s(samples: Sequence[Sample], time: Callable[[Sample], float | None]) -> float | None:
    """Return the least median of a setting, the discarded trial being one of its own."""
    times: dict[tuple[str, bool], list[float]] = {}
    for sample in samples:
        found = time(sample)
        if found is not None:
            times.setdefault((sample.setting, sample.round > 0), []).append(found)
    return min((statistics.median(values) for values in times.values()), default=None)


def _value(sample: Sample, measure: str) -> float | None:
    found = value(sample, measure)
    return found.value if isinstance(found, Reading) else None


def _wall(fit: Fit) -> float | None:
    wall = fit.readings["wall_s"]
    return wall.value if isinstance(wall, Reading) else None


def _beside(sample: Sample) -> float:
    return max(0.0, sample.trial_s - sum(_wall(fit) or 0.0 for fit in sample.fits))


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
