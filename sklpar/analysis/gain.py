"""What a setting gains over as-written, and whether that is shown."""

from __future__ import annotations

import math
import statistics
from dataclasses import dataclass

from sklpar.analysis.comparison import Comparison
from sklpar.analysis.objective import LABELS, measure_of
from sklpar.analysis.samples import by_round, confirming, failures_of
from sklpar.analysis.statistics import ratio
from sklpar.model import Estimate, Failure, Reading, Run, Speedup

# A gain that is not shown and, by the medians, no larger than this is none worth a change.
_NO_GAIN = 0.05
# Intervals are given at 95%; that there is a gain at all is only claimed at this.
SURE = 0.99


@dataclass(frozen=True, kw_only=True)
class Doubt:
    """Nothing is shown to be better than as-written, and why it is kept."""

    why: str


def doubt(
    run: Run, written: Comparison, chosen: str, measure: str, noise: float
) -> Doubt | str | None:
    """Tell whether the chosen setting is shown to be better than as-written.

    Parameters
    ----------
    written : Comparison
        As-written against the best, with which it is not tied.

    Returns
    -------
    Doubt, str or None
        None where it is, or where there are too few trials for an interval; a Doubt where no gain
        is seen, so that as-written is to be kept; and, where a gain is seen but not shown, what
        would be needed to decide.
    """
    within = run.spec.objective.within
    gain = gain_of(run, chosen, measure, noise, confidence=SURE)
    if gain is None or gain.low is None or gain.high is None:
        return None
    interval = f"{gain.median:#.3g} times, {SURE:.0%} interval {gain.low:#.3g} to {gain.high:#.3g}"
    what = f"{LABELS[measure]} of as-written over that of {chosen}: {interval}"
    if gain.low > 1:
        return None
    if gain.median <= 1 + max(2 * within, _NO_GAIN):
        return Doubt(why=f"keep what you have: no gain is shown ({what})")
    if written.verdict(within) == "worse":
        return None
    rounds = _rounds_needed(gain)
    return (
        f"{chosen} looks better than as-written, but {gain.n} rounds do not show it ({what}); "
        f"it would take about {rounds} rounds (--rounds {rounds}) or a quieter machine"
    )


def cheaper(run: Run, chosen: str, measure: str, noise: float) -> str | None:
    """Return what the chosen setting saves that is as good as as-written, None where nothing.

    The goals of ``objective.then`` in their order, as between settings that tie: the first in which
    the two surely differ decides.
    """
    objective = run.spec.objective
    gain = gain_of(run, chosen, measure, noise)
    if gain is None or gain.median < 1 / (1 + objective.within):
        return None
    for goal in objective.then:
        further = measure_of(goal, run.spec)
        saved = gain_of(run, chosen, further, noise, confidence=SURE)
        if saved is None or saved.low is None or saved.high is None or saved.high < 1:
            return None
        if saved.low > 1 + objective.within:
            return (
                f"no better than as-written in {LABELS[measure]}, which takes {saved.median:.3g} "
                f"times the {LABELS[further]}"
            )
    return None


def _rounds_needed(gain: Estimate) -> int:
    """Return how many rounds would bring the lower bound above 1, were the median true.

    An interval shrinks with the square root of the rounds.
    """
    reach = math.log(gain.median / (gain.low or gain.median))
    return math.ceil(gain.n * (reach / math.log(gain.median)) ** 2) + 1


def gain_of(
    run: Run, setting: str, measure: str, noise: float, confidence: float = 0.95
) -> Estimate | None:
    """Return as-written over a setting from ratios within rounds, None where no round has both.

    The confirming rounds decide where there are any: they were run after the choice. `noise` is
    the standard deviation of the logarithm of one trial, as the whole race shows it.
    """
    for times in (confirming, by_round):
        ours, theirs = times(run, setting, measure), times(run, "as-written", measure)
        rounds = sorted(r for r in set(ours) & set(theirs) if ours[r] > 0 and theirs[r] > 0)
        if rounds:
            before, after = [theirs[r] for r in rounds], [ours[r] for r in rounds]
            return ratio(before, after, noise=noise, confidence=confidence)
    return None


def confirmed_rounds(run: Run, setting: str, measure: str) -> set[int]:
    """Return the rounds run after the choice that hold the setting against as-written."""
    ours, theirs = (confirming(run, one, measure) for one in (setting, "as-written"))
    return {r for r in set(ours) & set(theirs) if ours[r] > 0 and theirs[r] > 0}


def speedup(run: Run, setting: str, measure: str, noise: float) -> Speedup:
    """Return as-written over a setting, above 1 is better.

    Where as-written was cut off, what it had run until then is a lower bound.
    """
    if setting == "as-written":
        return Speedup(median=1.0, low=1.0, high=1.0)
    gain = gain_of(run, setting, measure, noise)
    if gain is not None:
        return Speedup(median=gain.median, low=gain.low, high=gain.high)
    ours = confirming(run, setting, measure) or by_round(run, setting, measure)
    least = [s for f in failures_of(run, "as-written") if (s := _at_least_s(f, measure))]
    if least and ours:
        return Speedup(median=None, low=max(least) / statistics.median(ours.values()), high=None)
    return Speedup(median=None, low=None, high=None)


def _at_least_s(failure: Failure, measure: str) -> float | None:
    """Return how long a first or warm fit of a trial took at least, if one was cut off.

    A warm fit that hangs says nothing of the first, which is known then, nor a first of warm ones.
    """
    if failure.cut_off_s is None:
        return None
    if measure == "first_fit_s" and failure.fits:
        first = failure.fits[0].readings["wall_s"]
        return first.value if isinstance(first, Reading) else None
    return failure.cut_off_s if measure == ("fit_s" if failure.fits else "first_fit_s") else None
