"""Aggregates over trials. The process is the unit of replication: fits inside one are not.

scipy is imported inside the functions: no start-up pays for it.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence

from sklpar.model import Estimate

# With fewer values an interval would be wider than it is useful: it is null.
MIN_FOR_INTERVAL = 3
_CONFIDENCE = 0.95
# What the other settings tell of a ratio's noise weighs as much as this many rounds of its own.
_NOISE_WEIGHT = 4.0


def estimate(values: Sequence[float], method: str) -> Estimate:
    """Aggregate one value a trial: the median, and a 95% interval from three values on.

    Parameters
    ----------
    values : sequence of float
        One for each trial, in the unit of the quantity; at least one.
    method : str
        How each was measured; the interval's method is added to it.

    Notes
    -----
    The interval is Student's t on the logarithms, since durations and sizes are positive and their
    noise is multiplicative; on the values themselves where one of them is 0. It is widened to
    hold the median where the values are so skewed that it would not.
    """
    median = statistics.median(values)
    n = len(values)
    if n < MIN_FOR_INTERVAL:
        return Estimate(median=median, low=None, high=None, n=n, method=method)
    if min(values) > 0:
        low, high = (math.exp(x) for x in _t_of([math.log(value) for value in values]))
        how = "t interval of the logarithms"
    else:
        low, high = _t_of(values)
        low = max(low, 0.0)
        how = "t interval"
    return Estimate(
        median=median,
        low=min(low, median),
        high=max(high, median),
        n=n,
        method=f"{method}; {how}",
    )


def _t_of(values: Sequence[float]) -> tuple[float, float]:
    n = len(values)
    return _t_interval(
        statistics.fmean(values), statistics.variance(values) / n, n - 1, _CONFIDENCE
    )


def ratio(
    numerators: Sequence[float],
    denominators: Sequence[float],
    *,
    noise: float | None = None,
    confidence: float = _CONFIDENCE,
) -> Estimate:
    """Aggregate ratios taken within rounds, so that a slow round cancels.

    Parameters
    ----------
    numerators, denominators : sequence of float
        One positive value a round, in the same rounds.
    noise : float, optional
        Standard deviation of the logarithm of one trial, as all settings of the run show it.
    confidence : float
        Of the interval.

    Notes
    -----
    The interval is Student's t on the logarithms, from three rounds on. With `noise` the variance
    is shrunk towards it, with the weight of four rounds (the moderated t of Smyth (2004), Stat.
    Appl. Genet. Mol. Biol. 3): three ratios alone can be alike by luck, or tell next to nothing.
    """
    ratios = [a / b for a, b in zip(numerators, denominators, strict=True)]
    found = statistics.median(ratios)
    n, method = len(ratios), "ratio within a round"
    if n < MIN_FOR_INTERVAL:
        return Estimate(median=found, low=None, high=None, n=n, method=method)
    logs = [math.log(value) for value in ratios]
    variance, freedom = statistics.variance(logs), n - 1.0
    if noise is not None:
        shrunk = _NOISE_WEIGHT * 2 * noise**2 + freedom * variance
        freedom += _NOISE_WEIGHT
        variance = shrunk / freedom
    low, high = _t_interval(statistics.fmean(logs), variance / n, freedom, confidence)
    how = "moderated t" if noise is not None else "t"
    return Estimate(
        median=found,
        low=min(math.exp(low), found),
        high=max(math.exp(high), found),
        n=n,
        method=f"{method}; {how} interval of the logarithms",
    )


def _t_interval(
    mean: float, error_variance: float, freedom: float, confidence: float
) -> tuple[float, float]:
    """Student's t interval for the mean: right at small n if the values are near normal."""
    from scipy.special import stdtrit

    half = float(stdtrit(freedom, 0.5 + confidence / 2)) * math.sqrt(error_variance)
    return mean - half, mean + half


def relative_spread(values: Sequence[float]) -> float | None:
    """Return the median absolute deviation over the median; None where there is no spread."""
    if len(values) < 2:
        return None
    median = statistics.median(values)
    if median == 0:
        return None
    return statistics.median(abs(value - median) for value in values) / median
