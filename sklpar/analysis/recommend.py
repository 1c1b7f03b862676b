"""Which setting to run with, and why not another."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from sklpar.analysis.break_even import break_even
from sklpar.analysis.comparison import Comparison, Standing, compare
from sklpar.analysis.gain import cheaper, confirmed_rounds, doubt, speedup
from sklpar.analysis.objective import LABELS, measure_of, median
from sklpar.analysis.samples import table_of
from sklpar.analysis.statistics import MIN_FOR_INTERVAL
from sklpar.model import Estimate, Recommendation, Rejected, Run, SettingReport, Spec


@dataclass(frozen=True, kw_only=True)
class Choice:
    """A recommendation, or None and what would be needed for one."""

    recommendation: Recommendation | None
    unavailable: str | None = None


@dataclass(frozen=True, kw_only=True)
class Contest:
    """How the settings stand in what the run minimizes.

    `candidates` ran as asked, gave serial's answer and keep the limits; `tied` are those of them
    that cannot be told from the best in any way that matters, `chosen` is the cheapest of these.
    """

    measure: str
    standing: Standing
    candidates: tuple[SettingReport, ...]
    tied: tuple[SettingReport, ...]
    chosen: SettingReport
    reasons: tuple[str, ...]

    @property
    def provisional(self) -> bool:
        """Tell whether too few trials have been run for intervals."""
        return self.standing.against[self.chosen.id].n < MIN_FOR_INTERVAL


def recommend(run: Run, rows: Sequence[SettingReport]) -> Choice:
    """Choose among the settings that ran as asked, gave serial's answer and keep the limits.

    Tied is who takes at most 1 + ``within`` times what the best does, by the medians, and surely
    less than 1 + 2 ``within`` times. Among the tied the cheapest by ``objective.then`` wins, and
    as-written is kept unless another is shown to be better, or as good and cheaper.
    """
    found = contest(run, rows)
    if found is None:
        measure = measure_of(run.spec.objective.minimize, run.spec)
        return Choice(recommendation=None, unavailable=_why_none(run, rows, measure))
    chosen, reasons, tied = found.chosen.id, found.reasons, tuple(row.id for row in found.tied)
    if "as-written" in found.standing.against and "as-written" not in tied:
        written = found.standing.against["as-written"]
        open_question = doubt(run, written, chosen, found.measure, found.standing.noise)
        if isinstance(open_question, str):
            return Choice(recommendation=None, unavailable=open_question)
        if open_question is not None:
            less = cheaper(run, chosen, found.measure, found.standing.noise)
            if less is not None:
                reasons = (*reasons, less)
            else:
                chosen, reasons, tied = "as-written", (open_question.why,), ("as-written",)
    row = next(row for row in rows if row.id == chosen)
    gain = speedup(run, chosen, found.measure, found.standing.noise)
    return Choice(
        recommendation=Recommendation(
            setting=chosen,
            provisional=found.provisional or (gain.median is not None and gain.low is None),
            speedup=gain,
            tied=tied,
            reasons=reasons,
            rejected=(*_unfit(run, rows), *_behind(found, tied, run.spec)),
            confirmed=len(confirmed_rounds(run, chosen, found.measure)),
            break_even=break_even(run.spec, row, found.candidates, found.standing.noise),
        )
    )


def contest(run: Run, rows: Sequence[SettingReport]) -> Contest | None:
    """Hold the candidates against each other; None where there is none."""
    objective = run.spec.objective
    measure = measure_of(objective.minimize, run.spec)
    out = {one.setting for one in _unfit(run, rows)}
    table = table_of(run, [row.id for row in rows if row.id not in out], measure)
    if not table:
        return None
    standing = compare(table, list(table))
    candidates = tuple(row for row in rows if row.id in table)
    tied = tuple(row for row in candidates if _is_tied(row.id, standing, objective.within))
    best = next(row for row in candidates if row.id == standing.best)
    chosen, reasons = _cheapest(tied, best, run.spec, candidates)
    return Contest(
        measure=measure,
        standing=standing,
        candidates=candidates,
        tied=tied,
        chosen=chosen,
        reasons=tuple(reasons),
    )


def _is_tied(setting: str, standing: Standing, within: float) -> bool:
    """With fewer than three rounds there are medians only, and the answer is provisional."""
    found = standing.against[setting]
    if setting == standing.best:
        return True
    if standing.against[standing.best].n < MIN_FOR_INTERVAL:
        return found.ratio <= 1 + within
    return found.verdict(within) == "tied"


def _unfit(run: Run, rows: Sequence[SettingReport]) -> list[Rejected]:
    return [Rejected(setting=row.id, why=why) for row in rows if (why := why_unfit(run, row))]


def why_unfit(run: Run, row: SettingReport) -> str | None:
    """Return why a setting cannot be recommended whatever its time, or None."""
    if row.status != "ok":
        return f"{row.status}: {row.reason}" if row.reason else row.status
    memory = median(row, "peak_memory_bytes")
    limit = run.spec.memory_limit_bytes
    if limit is not None and memory is None:
        return "its memory is not known, and limits.memory is set"
    if limit is not None and memory is not None and memory > limit:
        return f"memory {memory / 1e6:.4g} MB is above limits.memory, {limit / 1e6:.4g} MB"
    measure = measure_of(run.spec.objective.minimize, run.spec)
    if not median(row, measure):
        return f"its {LABELS[measure]} is not known"
    return None


def _behind(found: Contest, tied: Sequence[str], spec: Spec) -> list[Rejected]:
    return [
        Rejected(setting=row.id, why=_why_behind(found, row.id, spec))
        for row in found.candidates
        if row.id not in tied
    ]


def _why_behind(found: Contest, setting: str, spec: Spec) -> str:
    if setting in {row.id for row in found.tied}:
        return "no gain over as-written is shown"
    one: Comparison = found.standing.against[setting]
    times = f"{LABELS[found.measure]} {one.ratio:.3g} times that of {found.standing.best}"
    if found.provisional or one.n == 1:
        return times
    if one.verdict(spec.objective.within) == "worse":
        return f"{times} (at least {max(1.0, one.low):.3g})"
    return f"{times}, which is not decided ({one.low:.3g} to {one.high:.3g})"


def _cheapest(
    tied: Sequence[SettingReport],
    best: SettingReport,
    spec: Spec,
    candidates: Sequence[SettingReport],
) -> tuple[SettingReport, list[str]]:
    """Narrow the tied by each further goal; of those left the simplest: as-written, then serial."""
    objective = spec.objective
    measure = measure_of(objective.minimize, spec)
    least = "least" if objective.minimize in {"cpu", "memory"} else "shortest"
    # Rounds are compared with themselves; a median may be of the quieter ones.
    by_medians = _value(best, measure) <= min(_value(row, measure) for row in candidates)
    within_rounds = "" if by_medians else " by ratios within rounds"
    reasons = [f"{best.id} has the {least} {LABELS[measure]}{within_rounds}"]
    if len(tied) > 1:
        reasons.append(f"{len(tied)} settings are within {objective.within:.0%} of it")
    pool = list(tied)
    for goal in objective.then:
        further = measure_of(goal, spec)
        known = [row for row in pool if median(row, further) is not None]
        if len(known) < 2:
            continue
        limit = min(_value(row, further) for row in known) * (1 + objective.within)
        kept = [row for row in known if _value(row, further) <= limit]
        if len(kept) < len(pool):
            cheapest = min(kept, key=lambda row: _value(row, further))
            reasons.append(f"of these, {cheapest.id} takes the least {LABELS[further]}")
        pool = kept
    keep = next((row for row in pool if row.id == "as-written"), None)
    if keep is not None and len(tied) > 1:
        reasons.append("keep what you have: nothing tied with it is clearly cheaper")
        return keep, reasons
    serial = next((row for row in pool if row.id == "serial"), None)
    return serial or min(pool, key=lambda row: _value(row, measure)), reasons


def _value(row: SettingReport, measure: str) -> float:
    found = median(row, measure)
    return math.inf if found is None else found


def _why_none(run: Run, rows: Sequence[SettingReport], measure: str) -> str:
    ran = [row for row in rows if isinstance(row.measures[measure], Estimate)]
    if not ran:
        return "no setting ran to its end"
    limit = run.spec.memory_limit_bytes
    sound = [row for row in ran if row.status == "ok"]
    sizes = [size for row in sound if (size := median(row, "peak_memory_bytes")) is not None]
    if limit is not None and sizes and min(sizes) > limit:
        return (
            f"every sound setting is above limits.memory, {limit / 1e6:.4g} MB: the least takes "
            f"{min(sizes) / 1e6:.4g} MB"
        )
    return (
        "no setting ran as asked, gave serial's answer and is known to keep the limits; "
        "see the reason of each"
    )
