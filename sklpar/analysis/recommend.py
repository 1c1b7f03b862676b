"""Which setting to run with, and why not another."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from sklpar.analysis.samples import by_round, failures_of
from sklpar.analysis.statistics import MIN_FOR_INTERVAL, ratio
from sklpar.model import (
    Estimate,
    Failure,
    Reading,
    Recommendation,
    Rejected,
    Run,
    SettingReport,
    Spec,
    Speedup,
)

_LABELS = {
    "first_fit_s": "first fit",
    "first_fit_cpu_s": "CPU",
    "fit_s": "warm fit",
    "cpu_s": "CPU",
    "peak_memory_bytes": "memory",
}


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A recommendation, or None and what would be needed for one."""

    recommendation: Recommendation | None
    unavailable: str | None = None


def measure_of(goal: str, spec: Spec) -> str:
    """Return the document's field that a goal of the spec's objective speaks of."""
    if goal == "cpu":
        of_first = spec.objective.minimize == "first_fit" or spec.measure.repeats == 0
        return "first_fit_cpu_s" if of_first else "cpu_s"
    return {"first_fit": "first_fit_s", "fit": "fit_s", "memory": "peak_memory_bytes"}[goal]


def recommend(run: Run, rows: Sequence[SettingReport]) -> Choice:
    """Choose among the settings that ran as asked, gave serial's answer and keep the limits.

    Tied is who takes at most 1 + ``within`` times what the best median does, by the median of the
    ratios within rounds; among the tied the cheapest by ``objective.then`` wins, and as-written is
    kept unless another is clearly cheaper.
    """
    objective = run.spec.objective
    measure = measure_of(objective.minimize, run.spec)
    rejected = [Rejected(setting=row.id, why=why) for row in rows if (why := _unfit(run, row))]
    out = {one.setting for one in rejected}
    candidates = [row for row in rows if row.id not in out and _median(row, measure) is not None]
    if not candidates:
        return Choice(recommendation=None, unavailable=_why_none(run, rows, measure))
    best = min(candidates, key=lambda row: _value(row, measure))
    behind = {row.id: _times(run, row, best, measure) for row in candidates}
    tied = [row for row in candidates if behind[row.id] <= 1 + objective.within]
    chosen, reasons = _cheapest(tied, best, run.spec)
    rejected += [
        Rejected(
            setting=row.id,
            why=f"{_LABELS[measure]} {behind[row.id]:.3g} times that of {best.id}",
        )
        for row in candidates
        if row not in tied
    ]
    return Choice(
        recommendation=Recommendation(
            setting=chosen.id,
            provisional=_trials(chosen, measure) < MIN_FOR_INTERVAL,
            speedup=speedup(run, chosen.id, measure),
            tied=tuple(row.id for row in tied),
            reasons=tuple(reasons),
            rejected=tuple(rejected),
        )
    )


def _times(run: Run, row: SettingReport, best: SettingReport, measure: str) -> float:
    """Return how many times the best's a setting takes; by medians where no round has both."""
    if row.id == best.id:
        return 1.0
    ours, theirs = by_round(run, row.id, measure), by_round(run, best.id, measure)
    ratios = [ours[r] / theirs[r] for r in ours if theirs.get(r, 0.0) > 0]
    if ratios:
        return statistics.median(ratios)
    least = _value(best, measure)
    return _value(row, measure) / least if least > 0 else float("inf")


def _unfit(run: Run, row: SettingReport) -> str | None:
    """Return why a setting cannot be recommended whatever its time, or None."""
    if row.status != "ok":
        return f"{row.status}: {row.reason}" if row.reason else row.status
    memory = _median(row, "peak_memory_bytes")
    limit = run.spec.memory_limit_bytes
    if limit is not None and memory is None:
        return "its memory is not known, and limits.memory is set"
    if limit is not None and memory is not None and memory > limit:
        return f"memory {memory / 1e6:.4g} MB is above limits.memory, {limit / 1e6:.4g} MB"
    return None


def _cheapest(
    tied: Sequence[SettingReport], best: SettingReport, spec: Spec
) -> tuple[SettingReport, list[str]]:
    """Narrow the tied by each further goal; of those left the simplest: as-written, then serial."""
    objective = spec.objective
    measure = measure_of(objective.minimize, spec)
    reasons = [f"{best.id} has the shortest {_LABELS[measure]}"]
    if objective.minimize in {"cpu", "memory"}:
        reasons = [f"{best.id} has the least {_LABELS[measure]}"]
    if len(tied) > 1:
        reasons.append(f"{len(tied)} settings are within {objective.within:.0%} of it")
    pool = list(tied)
    for goal in objective.then:
        further = measure_of(goal, spec)
        known = [row for row in pool if _median(row, further) is not None]
        if len(known) < 2:
            continue
        limit = min(_value(row, further) for row in known) * (1 + objective.within)
        kept = [row for row in known if _value(row, further) <= limit]
        if len(kept) < len(pool):
            cheapest = min(kept, key=lambda row: _value(row, further))
            reasons.append(f"of these, {cheapest.id} takes the least {_LABELS[further]}")
        pool = kept
    keep = next((row for row in pool if row.id == "as-written"), None)
    if keep is not None and len(tied) > 1:
        reasons.append("keep what you have: nothing tied with it is clearly cheaper")
        return keep, reasons
    serial = next((row for row in pool if row.id == "serial"), None)
    return serial or min(pool, key=lambda row: _value(row, measure)), reasons


def speedup(run: Run, setting: str, measure: str) -> Speedup:
    """Return as-written over a setting, from ratios within rounds.

    Where as-written was cut off, what it had run until then is a lower bound.
    """
    ours, theirs = by_round(run, setting, measure), by_round(run, "as-written", measure)
    rounds = sorted(r for r in set(ours) & set(theirs) if ours[r] > 0)
    if rounds:
        result: Estimate = ratio([theirs[r] for r in rounds], [ours[r] for r in rounds])
        return Speedup(median=result.median, low=result.low, high=result.high)
    least = [s for f in failures_of(run, "as-written") if (s := _at_least_s(f, measure))]
    if least and ours:
        times = sorted(ours.values())
        return Speedup(median=None, low=max(least) / times[len(times) // 2], high=None)
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


def _median(row: SettingReport, measure: str) -> float | None:
    found = row.measures[measure]
    return found.median if isinstance(found, Estimate) else None


def _value(row: SettingReport, measure: str) -> float:
    median = _median(row, measure)
    return float("inf") if median is None else median


def _trials(row: SettingReport, measure: str) -> int:
    found = row.measures[measure]
    return found.n if isinstance(found, Estimate) else 0


def _why_none(run: Run, rows: Sequence[SettingReport], measure: str) -> str:
    ran = [row for row in rows if _median(row, measure) is not None]
    if not ran:
        return "no setting ran to its end"
    limit = run.spec.memory_limit_bytes
    sound = [row for row in ran if row.status == "ok"]
    sizes = [size for row in sound if (size := _median(row, "peak_memory_bytes")) is not None]
    if limit is not None and sizes and min(sizes) > limit:
        return (
            f"every sound setting is above limits.memory, {limit / 1e6:.4g} MB: the least takes "
            f"{min(sizes) / 1e6:.4g} MB"
        )
    return (
        "no setting ran as asked, gave serial's answer and is known to keep the limits; "
        "see the reason of each"
    )
