"""Speedup against n_jobs as bars of characters, the ideal marked."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render import numbers, scaling, table
from sklpar.render.bars import bar
from sklpar.render.figures.vega import SERIES
from sklpar.render.page import BOLD
from sklpar.render.plain import TIMES
from sklpar.render.table import Column

if TYPE_CHECKING:
    from sklpar.model import Report, ScalingSeries
    from sklpar.render.page import Page

_SERIES, _WIDEST = 2, 40
_IDEAL, _LOST, _ASCII_LOST = "|", "\N{MIDDLE DOT}", "."


def lines(report: Report, page: Page) -> list[str]:
    """Return a picture of each of the two best series, and what its law says below it."""
    swept = [series for series in scaling.best_first(report) if _length(series) > 1]
    # A second picture of two points shows nothing that the table does not.
    drawn = [*swept[:1], *(series for series in swept[1:_SERIES] if _length(series) > 2)]
    found: list[str] = []
    for series in drawn:
        found += [*_picture(series, report.host.usable_cpus, page), ""]
    if rest := len(swept) - len(drawn):
        where = "html draws them" if len(swept) <= len(SERIES) else "json has them"
        return [*found, *page.prose([f"{rest} more series over n_jobs: show --format {where}."])]
    return found[:-1]


def _length(series: ScalingSeries) -> int:
    return sum(point.speedup is not None for point in series.points)


def _picture(series: ScalingSeries, cpus: int, page: Page) -> list[str]:
    """Return the title, a line for each n_jobs, and the sentence of the law."""
    points = sorted(
        (point for point in series.points if point.speedup is not None),
        key=lambda point: point.n_jobs,
    )
    speedups = [point.speedup or 0.0 for point in points]
    # More workers than CPUs cannot be faster than the CPUs.
    ideals = [min(point.n_jobs, cpus) for point in points]
    figures = page.cleaned(
        [
            _right("first fit", [numbers.seconds(point.median_s) for point in points]),
            _right("speedup", [numbers.ratio(speedup) for speedup in speedups]),
            _right("ideal", [f"{ideal}{TIMES}" for ideal in ideals]),
        ]
    )
    counts = _right("n_jobs", [str(point.n_jobs) for point in points])
    taken = sum(column.width + len(table.GAP) for column in (counts, *figures))
    width = max(1, min(_WIDEST, page.width - taken - len(_IDEAL)))
    whole = max(*speedups, *ideals)
    bars = tuple(
        _drawn(speedup / whole, ideal / whole, width, unicode=page.options.unicode)
        for speedup, ideal in zip(speedups, ideals, strict=True)
    )
    heading, *rows = table.lines([counts, Column(key="bar", heading="", cells=bars), *figures])
    on = f"{cpus} usable CPU{'' if cpus == 1 else 's'}"
    title = f"Speedup by n_jobs under {scaling.name(series)} ({_IDEAL} is the ideal on {on}):"
    law = scaling.law_words(series)
    said = page.prose([f"{law[0].upper()}{law[1:]}."] if law else [])
    return [*(page.paint(line, BOLD) for line in page.prose([title])), heading, *rows, *said]


def _right(heading: str, cells: list[str]) -> Column:
    return Column(key=heading, heading=heading, cells=tuple(cells), right=True)


def _drawn(share: float, ideal: float, width: int, *, unicode: bool) -> str:
    """Return a bar, what it lacks to the ideal, and the ideal's mark."""
    filled = bar(share, width, unicode=unicode)
    mark = round(ideal * width)
    lost = (_LOST if unicode else _ASCII_LOST) * (mark - len(filled))
    drawn = f"{filled}{lost}"
    return f"{drawn[:mark]}{_IDEAL}{drawn[mark + 1 :]}"
