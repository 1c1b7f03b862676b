"""Speedup against n_jobs: how far more workers carry, and where they stop paying."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render import marks, numbers, rows, scaling
from sklpar.render.figures import vega
from sklpar.render.figures.interface import Figure, NoFigure, Table
from sklpar.render.figures.series import law_of, points, usable_cpus
from sklpar.render.figures.speedup_chart import chart, is_logarithmic
from sklpar.render.plain import one_line, shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sklpar.model import Report, ScalingPoint, ScalingSeries

NAME = "speedup"
_TITLE = "How does it scale with n_jobs?"
# One for each colour of a series.
_SHOWN = len(vega.SERIES)


def draw(report: Report) -> Figure | NoFigure:
    """Return speedup against n_jobs of each backend and cap, with the law that was fitted."""
    known = [series for series in scaling.best_first(report) if len(points(series)) > 1]
    if not known:
        why = "No backend was measured with several n_jobs."
        if report.scaling.series:
            why = "No series has a time with n_jobs = 1, which a speedup is against."
        return NoFigure(name=NAME, title=_TITLE, why=why)
    shown = known[:_SHOWN]
    reading = " ".join(_reading(report, shown, len(known)))
    return Figure(
        name=NAME,
        title=_TITLE,
        reading=reading,
        chart=chart(report, shown, reading),
        table=_table(report),
    )


def _name(series: ScalingSeries) -> str:
    return one_line(scaling.name(series))


def _reading(report: Report, shown: Sequence[ScalingSeries], count: int) -> list[str]:
    first = shown[0]
    best = max(points(first), key=lambda point: point.speedup or 0.0)
    jobs = "1 job" if best.n_jobs == 1 else f"{best.n_jobs} jobs"
    gain = "" if best.n_jobs == 1 else f", {numbers.ratio(best.speedup or 0.0)} as fast as 1"
    law = scaling.law_words(first)
    under = vega.clipped(scaling.name(first), 100)
    told = [f"Under {under}, {jobs} took the least time{gain}{f': {law}' if law else ''}."]
    cpus = usable_cpus(report)
    told.append(
        f"Ideal is n_jobs times as fast, up to {cpus} usable CPU{'' if cpus == 1 else 's'}."
    )
    if is_logarithmic(report, shown):
        told.append("Both scales are logarithmic.")
    if any(law_of(one) for one in shown):
        told.append("A curve is the fitted law, dashed beyond what was measured.")
    elif first.law_unavailable:
        told.append(f"No curve is fitted: {one_line(shorten(first.law_unavailable))}.")
    if len(shown) < count:
        told.append(f"The best {len(shown)} of {count} series are drawn; the table has all.")
    return told


def _table(report: Report) -> Table:
    settings = {row.id: row for row in report.settings}
    cells = []
    for series in scaling.best_first(report):
        for point in series.points:
            row = settings.get(point.setting)
            notes = ", ".join(marks.words(report, row)) if row else ""
            cells.append((_name(series), *_figures(report, series, point), notes))
    return Table(
        headings=(
            "series",
            "n_jobs",
            "setting",
            "first fit",
            "speedup",
            "efficiency",
            "by the fitted law",
            "notes",
        ),
        rows=tuple(cells),
        right=frozenset({1, 3, 4, 5, 6}),
    )


def _figures(report: Report, series: ScalingSeries, point: ScalingPoint) -> tuple[str, ...]:
    law = law_of(series)
    fitted = law.time_s(point.n_jobs, usable_cpus(report)) if law and point.n_jobs > 0 else None
    return (
        str(point.n_jobs),
        one_line(point.setting),
        numbers.seconds(point.median_s),
        rows.ABSENT if point.speedup is None else numbers.ratio(point.speedup),
        rows.ABSENT if point.efficiency is None else f"{point.efficiency:.0%}",
        rows.ABSENT if fitted is None else numbers.seconds(fitted),
    )
