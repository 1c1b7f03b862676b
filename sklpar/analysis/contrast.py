"""The ratio of what two runs measured, which share no round and maybe no day.

Welch's interval on the logarithms. As in `sklpar.analysis.regression`, whose averages and errors
these are, the noise of one figure is pooled over the settings of its run, and Holm's procedure
keeps the error over all comparisons.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Literal, TypeVar

from sklpar.analysis.regression import Evidence, Held, hold, of_estimates, paired, welch
from sklpar.model import Estimate
from sklpar.model.contrast import MARGIN

K = TypeVar("K")

_CONFIDENCE = 0.95


@dataclass(frozen=True, kw_only=True)
class Known:
    """What a run knows of one figure.

    Attributes
    ----------
    logs : sequence of float
        The logarithm of each single value; fewer than three tell nothing.
    stored : sequence of Estimate
        Where there are no single values: its estimate, or two of which the first is divided by the
        second.
    """

    logs: Sequence[float] = ()
    stored: Sequence[Estimate] = ()


@dataclass(frozen=True, kw_only=True)
class Apart:
    """The ratio of one figure, B over A.

    Attributes
    ----------
    low, high : float
        Its 95% interval, for itself alone.
    result : str
        ``above`` and ``below`` 1 by more than `MARGIN` where that is sure among all comparisons.
    surely : float
        The bound of the ratio that is nearer to 1 in an interval corrected for their number: the
        lower one of ``above``, the upper one of ``below``; else 1.
    """

    low: float
    high: float
    result: Literal["above", "below", "unclear"]
    surely: float


def evidence(known: Mapping[K, Known]) -> dict[K, Evidence]:
    """Return what one run tells of a figure, setting by setting; all are of one figure.

    Those of fewer than three trials are left out.
    """
    single = paired({key: one.logs for key, one in known.items() if one.logs})
    stored = of_estimates({key: one.stored for key, one in known.items() if not one.logs})
    return single | {key: _quotient(parts) for key, parts in stored.items() if parts}


def ratios(a: Mapping[K, Evidence], b: Mapping[K, Evidence]) -> dict[K, Evidence]:
    """Return what is known of the logarithm of B over A, for what both runs tell of."""
    return {key: _quotient([b[key], a[key]]) for key in b if key in a}


def told_apart(found: Mapping[K, Evidence]) -> dict[K, Apart]:
    """Return every ratio with its interval, and whether it is above 1, below it, or unclear.

    What is within `MARGIN` of 1 is neither. Half of the error is kept for either direction, and
    shared among all of `found`.
    """
    # The first look of a guard has half of the error, too.
    limits = dict.fromkeys(found, 1 + MARGIN)
    above = hold(found, limits, look=1)
    mirrored = {key: replace(one, centre=-one.centre) for key, one in found.items()}
    below = hold(mirrored, limits, look=1)
    return {key: _apart(one, above[key], below[key]) for key, one in found.items()}


def _apart(one: Evidence, above: Held, below: Held) -> Apart:
    from scipy.special import stdtrit

    half = float(stdtrit(one.freedom, 0.5 + _CONFIDENCE / 2)) * one.error
    low, high = (math.exp(max(-700.0, min(700.0, one.centre + end))) for end in (-half, half))
    if above.result == "regressed":
        return Apart(low=low, high=high, result="above", surely=above.ratio.low or 1.0)
    if below.result == "regressed":
        return Apart(low=low, high=high, result="below", surely=1 / (below.ratio.low or 1.0))
    return Apart(low=low, high=high, result="unclear", surely=1.0)


def _quotient(parts: Sequence[Evidence]) -> Evidence:
    """Return what is known of the first over the second, or of the first if it is alone."""
    centre = sum(sign * one.centre for sign, one in zip((1, -1), parts, strict=False))
    return Evidence(
        centre=centre,
        variance=sum(one.variance for one in parts),
        freedom=welch(parts),
        n=min(one.n for one in parts),
    )
