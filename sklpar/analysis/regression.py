"""Whether a ratio is beyond a limit: what a guard decides by.

A ratio is above 1 where the setting is worse, whatever the metric. It is `regressed` where the
lower bound of its interval is above the limit, corrected for the number of comparisons, and
`equivalent` where the upper bound is not; in between it is `inconclusive`.

Logarithms are averaged by a trimmed mean, since one process in ten may be half as slow again for
reasons of the machine; its standard error is Tukey and McLaughlin's, from winsorized values. What
the comparisons of one metric show of the noise is pooled, and an error is never taken for less than
the ratio's own values show. A guard may look several times: each look has half of the error of the
one before, so that all together keep `ERROR_LEVEL`, however many there are.

Sources: trimmed t, Tukey and McLaughlin (1963), Sankhya A 25, and Yuen (1974), Biometrika 61;
shrinking a variance, Smyth (2004), Stat. Appl. Genet. Mol. Biol. 3; the correction, Holm (1979),
Scand. J. Stat. 6.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from sklpar.analysis.statistics import MIN_FOR_INTERVAL
from sklpar.model import Estimate

K = TypeVar("K")

# The chance that a guard calls anything regressed where all are just at their limits. Where nothing
# has changed, far below them, it is far less.
ERROR_LEVEL = 0.05
# To pass, every comparison must be below its limit, which needs no correction for their number.
_UPPER_LEVEL = 0.05
# Part of the values that is put aside at either end.
_TRIMMED = 0.2
# What other comparisons of the metric tell of the noise weighs as much as this many rounds.
_POOLED_WEIGHT = 8.0
# A machine that warms up does so in minutes.
_WARMING = 2
# How many standard errors make a trend sure, and how many values a quartile.
_SURE_ERRORS, _LEAST_PART = 2.0, 4
# No metric is known better than this: clocks tick, pages are whole, and layouts differ by chance.
_LEAST_DEVIATION = 0.005
# More rounds than this are as good as never.
_MOST_ROUNDS = 1000

Result = Literal["regressed", "improved", "equivalent", "inconclusive"]


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What is known of the logarithm of one ratio.

    Attributes
    ----------
    centre : float
        Its estimate.
    variance : float
        Of the estimate; the part of it that more rounds make smaller.
    fixed : float
        The part that they do not: of a baseline that was measured before.
    freedom : float
        Degrees of freedom of the whole.
    n : int
        Rounds.
    """

    centre: float
    variance: float
    freedom: float
    n: int
    fixed: float = 0.0

    @property
    def error(self) -> float:
        """Standard error of `centre`."""
        return math.sqrt(self.variance + self.fixed)


@dataclass(frozen=True, kw_only=True)
class Held:
    """A ratio held against its limit: the estimate with the bounds that it was judged by."""

    result: Result
    ratio: Estimate


def paired(logs: Mapping[K, Sequence[float]]) -> dict[K, Evidence]:
    """Return what is known of ratios whose two sides were measured in the same rounds.

    Parameters
    ----------
    logs : mapping
        Comparison to the logarithm of its ratio in each round. All are of one metric: their noise
        is pooled. Those of fewer than three rounds are left out.
    """
    return _pooled({key: _trimmed(values) for key, values in logs.items() if _enough(values)})


def against_stored(
    logs: Mapping[K, Sequence[float]], stored: Mapping[K, Sequence[Estimate]]
) -> dict[K, Evidence]:
    """Return what is known of ratios to values that were measured, and aggregated, before.

    Parameters
    ----------
    logs : mapping
        Comparison to the logarithm of its value in each round of now.
    stored : mapping
        Comparison to the estimates that it is held against: the first, over the second if there
        are two. Those without an interval are left out.
    """
    now, then = paired(logs), of_estimates(stored)
    found = {}
    for key, before in then.items():
        if key not in now:
            continue
        ours, signs = now[key], (1, -1)
        fixed = sum(one.variance for one in before)
        centre = sum(sign * one.centre for sign, one in zip(signs, before, strict=False))
        found[key] = replace(
            ours,
            centre=ours.centre - centre,
            fixed=fixed,
            freedom=welch([ours, *before]),
        )
    return found


def against_values(
    logs: Mapping[K, Sequence[float]], before: Mapping[K, Sequence[float]]
) -> dict[K, Evidence]:
    """Return what is known of ratios to values that were measured before and are all there.

    Parameters
    ----------
    logs, before : mapping
        Comparison to the logarithm of its value, or of its own ratio, in each round of now and of
        then.
    """
    now, then = paired(logs), paired(before)
    return {
        key: replace(
            now[key],
            centre=now[key].centre - then[key].centre,
            fixed=then[key].variance,
            freedom=welch([now[key], then[key]]),
        )
        for key in now.keys() & then.keys()
    }


def hold(evidence: Mapping[K, Evidence], limits: Mapping[K, float], look: int) -> dict[K, Held]:
    """Hold every ratio against its limit, by Holm's step-down procedure.

    Parameters
    ----------
    limits : mapping
        Comparison to the ratio that it must not exceed; their number counts, those without
        evidence among them.
    look : int
        How often was looked at these trials, this time included.
    """
    from scipy.special import stdtr, stdtrit

    chances = {
        key: float(stdtr(one.freedom, -(one.centre - math.log(limits[key])) / one.error))
        for key, one in evidence.items()
    }
    level, held, open_ = ERROR_LEVEL / 2**look, {}, len(limits)
    for key in sorted(evidence, key=lambda key: chances[key]):
        one, limit = evidence[key], limits[key]
        corrected = level / open_
        low = _exp(one.centre - float(stdtrit(one.freedom, 1 - corrected)) * one.error)
        high = _exp(one.centre + float(stdtrit(one.freedom, 1 - _UPPER_LEVEL)) * one.error)
        result = _result(low, high, limit)
        if result == "regressed":
            open_ -= 1  # Holm: what was rejected no longer counts for those after it
        held[key] = Held(
            result=result,
            ratio=Estimate(
                median=_exp(one.centre),
                low=low,
                high=high,
                n=one.n,
                method=f"trimmed mean of logarithms; lower bound at {1 - corrected:.3%}, "
                f"upper at {1 - _UPPER_LEVEL:.1%}",
            ),
        )
    return held


def rounds_to_decide(one: Evidence, limit: float, comparisons: int, look: int) -> int | None:
    """Return about how many rounds in total would decide, `centre` being the truth; or None.

    None where no number of rounds would: the ratio is too near its limit, or what it is held
    against is too uncertain (`is_blurred`).
    """
    left = _room(one, limit, comparisons, look) - one.fixed
    if left <= 0:
        return None
    rounds = math.ceil(one.n * one.variance / left) + 1
    return max(rounds, one.n + 1) if rounds <= _MOST_ROUNDS else None


def is_blurred(one: Evidence, limit: float, comparisons: int, look: int) -> bool:
    """Tell whether what was measured before is too uncertain for any number of rounds to decide."""
    return 0 < _room(one, limit, comparisons, look) <= one.fixed


def _room(one: Evidence, limit: float, comparisons: int, look: int) -> float:
    """Return the squared error at which a bound is just at the limit, `centre` being the truth."""
    from scipy.special import ndtri

    apart = one.centre - math.log(limit)
    level = ERROR_LEVEL / 2 ** (look + 1) / comparisons if apart > 0 else _UPPER_LEVEL
    return (apart / float(ndtri(1 - level))) ** 2


def _result(low: float, high: float, limit: float) -> Result:
    if low > limit:
        return "regressed"
    if high < 1 / limit:
        return "improved"
    return "equivalent" if high <= limit else "inconclusive"


def _exp(logarithm: float) -> float:
    """Return a ratio that a document can hold: e**700 is 1e304."""
    return math.exp(max(-700.0, min(700.0, logarithm)))


def _enough(values: Sequence[float]) -> bool:
    return len(values) >= MIN_FOR_INTERVAL


def _trimmed(values: Sequence[float]) -> Evidence:
    """Return the trimmed mean of three values or more, with Tukey and McLaughlin's error."""
    n = len(values)
    aside = int(_TRIMMED * n)
    kept = sorted(values)[aside : n - aside]
    winsorized = [kept[0]] * aside + kept + [kept[-1]] * aside
    squares = (n - 1) * statistics.variance(winsorized)
    return Evidence(
        centre=statistics.fmean(kept),
        variance=squares / (len(kept) * (len(kept) - 1)),
        freedom=len(kept) - 1,
        n=n,
    )


def _pooled(own: Mapping[K, Evidence], *, widen_only: bool = True) -> dict[K, Evidence]:
    """Return the evidence with each error shrunk towards what all show.

    Unless `widen_only` is False, no error becomes less than the ratio's own values show.
    """
    if not own:
        return {}
    freedom = sum(one.freedom for one in own.values())
    # The variance of one round, since not all have as many.
    shared = sum(one.freedom * one.n * one.variance for one in own.values()) / freedom
    weight = _POOLED_WEIGHT if len(own) > 1 else 0.0
    found = {}
    for key, one in own.items():
        mixed = (weight * shared / one.n + one.freedom * one.variance) / (weight + one.freedom)
        least = max(2 * _LEAST_DEVIATION**2 / one.n, one.variance if widen_only else 0.0)
        found[key] = replace(one, variance=max(mixed, least), freedom=one.freedom + weight)
    return found


def of_estimates(stored: Mapping[K, Sequence[Estimate]]) -> dict[K, list[Evidence]]:
    """Return what stored intervals say, their noise pooled as well; without one, nothing.

    Three rounds tell so little of their own noise that an interval of them alone would decide
    nothing: here theirs is shrunk, not only widened.
    """
    apart = {estimate: _of_estimate(estimate) for row in stored.values() for estimate in row}
    known = {estimate: one for estimate, one in apart.items() if one is not None}
    pooled = _pooled(known, widen_only=False)
    return {
        key: [pooled[estimate] for estimate in row]
        for key, row in stored.items()
        if all(estimate in pooled for estimate in row)
    }


def _of_estimate(estimate: Estimate) -> Evidence | None:
    """Return what a stored interval, Student's t on the logarithms, says; None without one."""
    from scipy.special import stdtrit

    low, high = estimate.low, estimate.high
    if low is None or high is None or estimate.n < MIN_FOR_INTERVAL or estimate.median <= 0:
        return None
    if low <= 0:
        return None
    # The middle of that interval is the mean that it is of; the median scatters more.
    freedom, centre = estimate.n - 1, (math.log(high) + math.log(low)) / 2
    error = (math.log(high) - math.log(low)) / 2 / float(stdtrit(freedom, 0.975))
    return Evidence(centre=centre, variance=error**2, freedom=freedom, n=estimate.n)


def trend(logs: Iterable[Mapping[int, float]]) -> float:
    """Return how much a machine changed from its first rounds to its last, as a logarithm.

    That is by the lower quartiles, over all settings, of the first two rounds and of the last
    third: a spell in which everything is slow hides no change from them, nor do many rounds after
    a machine has warmed up. 0 where none is sure.

    Parameters
    ----------
    logs : iterable of mapping
        For each setting the logarithm of a time by round.
    """
    rows = [row for row in logs if len(row) >= MIN_FOR_INTERVAL]
    rounds = sorted({round_ for row in rows for round_ in row})
    third = max(1, len(rounds) // 3)
    levels = [statistics.median(row.values()) for row in rows]
    parts = [
        [row[r] - level for row, level in zip(rows, levels, strict=True) for r in those if r in row]
        for those in (rounds[: min(third, _WARMING)], rounds[-third:])
    ]
    if min(map(len, parts)) < _LEAST_PART:
        return 0.0
    (low, middle), (low_, middle_) = (statistics.quantiles(part, n=4)[:2] for part in parts)
    # Of n normal values a quartile is 0.674 deviations from the median, give or take 1.36/sqrt(n).
    deviation = (middle - low + middle_ - low_) / 2 / 0.674
    error = 1.36 * deviation * math.sqrt(sum(1 / len(part) for part in parts))
    return low_ - low if abs(low_ - low) > _SURE_ERRORS * error else 0.0


def welch(parts: Sequence[Evidence]) -> float:
    """Return the degrees of freedom of a sum, by Welch and Satterthwaite."""
    whole = sum(one.variance for one in parts)
    return whole**2 / sum(one.variance**2 / one.freedom for one in parts)
