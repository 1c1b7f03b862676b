"""One figure of every setting of a stored run, as far as it is known."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass, field

from sklpar.analysis.contrast import Known
from sklpar.analysis.statistics import MIN_FOR_INTERVAL
from sklpar.guard.question import pairs
from sklpar.guard.stored import values_of, with_interval
from sklpar.model import Compared, Estimate, Report, SettingReport, Speedup, Unavailable
from sklpar.render import sentence
from sklpar.render.rows import gains


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One figure of a setting: its estimate, or a bound of it, or why there is neither.

    `known` is what a ratio to another run is made of.
    """

    row: SettingReport
    estimate: Estimate | None = None
    at_least: float | None = None
    why: str = ""
    known: Known = field(default_factory=Known)

    @property
    def method(self) -> str:
        """How it was measured, without how its interval was made."""
        return "" if self.estimate is None else self.estimate.method.split(";")[0]


def figures_of(report: Report, compared: Compared) -> dict[str, Figure]:
    """Return a figure of each setting that the run did not skip.

    A speedup is over as-written, which itself has none.
    """
    rows = [row for row in report.settings if row.status != "skipped"]
    if compared == "speedup":
        own, written = [row for row in rows if row.id != "as-written"], report.row("as-written")
        known = zip(own, gains(report, own), strict=True)
        return {row.id: _speedup(report, row, written, gain) for row, gain in known}
    return {row.id: _measure(row, compared) for row in rows}


def _measure(row: SettingReport, measure: str) -> Figure:
    found = row.measures.get(measure)
    if isinstance(found, Unavailable):
        return Figure(row=row, at_least=found.at_least, why=found.unavailable)
    if found is None:
        return Figure(row=row, why="not measured")
    if found.median <= 0:
        return Figure(row=row, why="it is 0")
    logs = [math.log(value) for value in values_of(row, measure).values()]
    stored = with_interval(row, measure)
    known = Known(logs=logs, stored=() if logs or stored is None else (stored,))
    return Figure(row=row, estimate=found, known=known)


def _speedup(
    report: Report, row: SettingReport, written: SettingReport | None, known: Speedup
) -> Figure:
    """Return the gain that the run's report shows."""
    if known.median is None or known.median <= 0:
        return Figure(row=row, at_least=known.low, why="as-written or the setting has no figure")
    name, _ = sentence.minimized(report)
    told = _told(report, (row, written), known.median, known)
    if told.low is not None or written is None:
        return Figure(row=row, estimate=told, known=Known(stored=(told,)))
    before, own = values_of(written, name), values_of(row, name)
    logs = [math.log(old / new) for old, new in pairs(before, own)]
    parts = with_interval(written, name), with_interval(row, name)
    stored = tuple(one for one in parts if one is not None)
    if len(logs) >= MIN_FOR_INTERVAL:
        return Figure(row=row, estimate=told, known=Known(logs=logs))
    return Figure(row=row, estimate=told, known=Known(stored=stored if len(stored) == 2 else ()))


def _told(
    report: Report, rows: Sequence[SettingReport | None], median: float, known: Speedup
) -> Estimate:
    """Return a gain as an estimate; that of the recommended one is of rounds after the choice."""
    recommendation = report.recommendation
    confirmed = recommendation.confirmed if recommendation else 0
    name, _ = sentence.minimized(report)
    counts = [one.measures.get(name) for one in rows if one is not None]
    trials = min((one.n for one in counts if isinstance(one, Estimate)), default=0)
    n = confirmed if known.low is not None and confirmed else trials
    method = "as-written over the setting"
    return Estimate(median=median, low=known.low, high=known.high, n=n, method=method)
