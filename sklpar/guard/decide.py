"""From the values of comparisons to checks: the same for every mode."""

from __future__ import annotations

import math
import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from sklpar.analysis.regression import (
    Evidence,
    Held,
    against_stored,
    against_values,
    hold,
    is_blurred,
    rounds_to_decide,
)
from sklpar.model import Check, Estimate, Metric, Ruling

TOO_FEW = "fewer than three rounds that count"


@dataclass(frozen=True, kw_only=True)
class Machine:
    """How much faster and slower a machine may have become, as logarithms, and how that shows.

    What is worse by no more than `slower` may be the machine's doing, and what is just good enough
    may be so for the machine's being `faster`; both are 0 or more.
    """

    faster: float = 0.0
    slower: float = 0.0
    why: str = ""


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """What is to be held against a limit.

    Attributes
    ----------
    limit : float
        What the ratio must not exceed.
    logs : sequence of float
        The logarithm of the ratio in each round, above 0 where it is worse; where `stored` is
        given, the logarithm of what is divided by that.
    stored : sequence of Estimate
        What was measured before: one value, or two of which the first is divided by the second.
    stored_logs : sequence of float
        The same as the logarithms of single rounds, where these are known; then `stored` is none.
    now, before : sequence of float
        The values themselves, for the reader.
    machine : Machine
        How the machine itself may have changed between the two sides.
    tolerance : float
        What cannot be told from the limit passes if it is beyond it by no more than this.
    pool : str
        Comparisons of one pool share what they show of the noise; the metric unless given.
    """

    setting: str
    metric: Metric
    against: str
    limit: float
    logs: Sequence[float]
    stored: Sequence[Estimate] = ()
    stored_logs: Sequence[float] = ()
    now: Sequence[float] = ()
    before: Sequence[float] = ()
    machine: Machine = Machine()
    tolerance: float = 0.0
    pool: str = ""
    reason: str = ""


def decide(comparisons: Sequence[Comparison], look: int) -> list[Check]:
    """Return a check for each comparison; the error is shared among all of them."""
    evidence: dict[int, Evidence] = {}
    for pool in dict.fromkeys(one.pool or one.metric for one in comparisons):
        # The noise of one metric is pooled; that of memory says nothing of that of seconds.
        own = {i: one for i, one in enumerate(comparisons) if (one.pool or one.metric) == pool}
        known = {i: one for i, one in own.items() if one.stored_logs}
        others = {i: one for i, one in own.items() if i not in known}
        evidence |= against_stored(
            {i: one.logs for i, one in others.items()},
            {i: one.stored for i, one in others.items()},
        )
        evidence |= against_values(
            {i: one.logs for i, one in known.items()},
            {i: one.stored_logs for i, one in known.items()},
        )
    held = hold(evidence, {i: one.limit for i, one in enumerate(comparisons)}, look)
    return [
        _check(one, held[i], evidence[i], len(comparisons), look) if i in held else _open(one)
        for i, one in enumerate(comparisons)
    ]


def _check(one: Comparison, held: Held, evidence: Evidence, comparisons: int, look: int) -> Check:
    ruling = held.result
    if _is_the_machines(ruling, held, one):
        ruling = "inconclusive"
    is_tie = one.tolerance > 0 and (held.ratio.high or math.inf) <= one.limit + one.tolerance
    if ruling == "inconclusive" and is_tie:
        ruling = "equivalent"
    needed, blurred = None, False
    if ruling == "inconclusive":
        ways = [one.limit]
        if one.tolerance and evidence.centre < math.log(one.limit + one.tolerance):
            ways.append(one.limit + one.tolerance)
        rounds = [rounds_to_decide(evidence, limit, comparisons, look) for limit in ways]
        needed = min((n for n in rounds if n is not None), default=None)
        blurred = all(is_blurred(evidence, limit, comparisons, look) for limit in ways)
    return Check(
        setting=one.setting,
        metric=one.metric,
        against=one.against,
        ruling=ruling,
        limit=one.limit,
        ratio=held.ratio,
        now=_median(one.now),
        before=_median(one.before),
        rounds_needed=needed,
        blurred=blurred,
        reason=one.reason or (one.machine.why if ruling == "inconclusive" else ""),
    )


def _is_the_machines(ruling: Ruling, held: Held, one: Comparison) -> bool:
    """Tell whether the machine alone may explain a ruling."""
    if ruling == "regressed":
        return (held.ratio.low or 0.0) <= one.limit * math.exp(one.machine.slower)
    return (held.ratio.high or math.inf) > one.limit * math.exp(-one.machine.faster)


def _open(one: Comparison) -> Check:
    return Check(
        setting=one.setting,
        metric=one.metric,
        against=one.against,
        ruling="inconclusive",
        limit=one.limit,
        now=_median(one.now),
        before=_median(one.before),
        reason=one.reason or TOO_FEW,
    )


def failed(setting: str, metric: Metric, against: str, limit: float, why: str) -> Check:
    """Return the check of a setting that gave nothing to compare."""
    return Check(
        setting=setting, metric=metric, against=against, ruling="failed", limit=limit, reason=why
    )


def counted(
    setting: str,
    limit: float,
    now: Sequence[float],
    before: Sequence[float],
    against: str,
) -> Check:
    """Return the check of a count, such as threads: it has grown in every trial, or not.

    A count has no noise to reckon with, but what sees it may miss some: it is regressed where even
    the least of now is above the limit times the most of before. One thread more is none: libraries
    keep a helper here and there.
    """
    least, most = min(now, default=0.0), max(before, default=0.0)
    limit = max(limit, 1 + 1 / max(most, 1.0))
    if not now or not before:
        ruling, ratio = "inconclusive", None
    else:
        middle = statistics.median(now) / max(statistics.median(before), 1.0)
        low, high = least / max(most, 1.0), max(now) / max(min(before), 1.0)
        ruling = "regressed" if low > limit else "equivalent"
        if high < 1 / limit:
            ruling = "improved"
        ratio = Estimate(
            median=middle, low=low, high=high, n=len(now), method="peaks; least and greatest"
        )
    return Check(
        setting=setting,
        metric="threads",
        against=against,
        ruling=ruling,  # type: ignore[arg-type]
        limit=limit,
        ratio=ratio,
        now=_median(now),
        before=_median(before),
        reason="" if ratio else "the threads were not seen in any trial",
    )


def _median(values: Sequence[float]) -> float | None:
    return statistics.median(values) if values else None
