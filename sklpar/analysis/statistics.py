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
        low, high = (math.exp(x) for x in _t_interval([math.log(value) for value in values]))
        how = "t interval of the logarithms"
    else:
        low, high = _t_interval(values)
        low = max(low, 0.0)
        how = "t interval"
    return Estimate(
        median=median,
        low=min(low, median),
        high=max(high, median),
        n=n,
        method=f"{method}; {how}",
    )


def ratio(numerators: Sequence[float], denominators: Sequence[float]) -> Estimate:
    """Aggregate ratios taken within rounds, so that a slow round cancels.

    Both sequences hold one positive value a round, in the same rounds.
    """
    ratios = [a / b for a, b in zip(numerators, denominators, strict=True)]
    return estimate(ratios, "ratio within a round")


def _t_interval(values: Sequence[float]) -> tuple[float, float]:
    """Student's t interval for the mean: right at small n if the values are near normal."""
    from scipy.special import stdtrit

    n = len(values)
    mean = statistics.fmean(values)
    error = statistics.stdev(values) / math.sqrt(n)
    half = float(stdtrit(n - 1, 0.5 + _CONFIDENCE / 2)) * error
    return mean - half, mean + half


def relative_spread(values: Sequence[float]) -> float | None:
    """Return the median absolute deviation over the median; None where there is no spread."""
    if len(values) < 2:
        return None
    median = statistics.median(values)
    if median == 0:
        return None
    return statistics.median(abs(value - median) for value in values) / median
