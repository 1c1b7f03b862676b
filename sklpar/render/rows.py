"""The rows of the table: their order, their figures as text, their notes in words."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sklpar.model import Estimate, Speedup
from sklpar.render import numbers, sentence
from sklpar.render.marks import MARKS, OTHER, has_figure, notes, status_word
from sklpar.render.plain import AT_LEAST, AT_MOST, DASH, listed
from sklpar.render.table import Column

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sklpar.model import Report, SettingReport
    from sklpar.render.marks import Mark, Note

ABSENT = "-"


@dataclass(frozen=True, kw_only=True)
class Row:
    """One line of the table: the setting, and what is to be said of it."""

    setting: SettingReport
    notes: tuple[Note, ...]

    @property
    def note(self) -> str:
        """The notes in words."""
        return ", ".join(note.word for note in self.notes)

    @property
    def mark(self) -> Mark:
        """What stands out most in its notes; `OTHER` where it has none."""
        held = {note.mark for note in self.notes}
        return next((mark for mark in MARKS if mark in held), OTHER)


def measured(report: Report) -> list[SettingReport]:
    """Return the settings that the table shows: all but those that were skipped."""
    return [row for row in report.settings if row.status != "skipped"]


def has_figures(report: Report) -> bool:
    """Tell whether any setting has a figure, or a bound of one: without, there is no table."""
    return any(map(has_figure, measured(report)))


def without_figures(report: Report) -> list[str]:
    """Return a line that says what became of the settings, where there is no table; else none."""
    rows = measured(report)
    if not rows or has_figures(report):
        return []
    found: dict[str, list[str]] = {}
    for row in rows:
        found.setdefault(status_word(row), []).append(row.id)
    told = (f"{len(ids)} {word} ({listed(ids)})" for word, ids in found.items())
    return [f"No setting has a figure: {', '.join(told)}."]


def ordered(report: Report) -> list[Row]:
    """Return the rows, best first by what the run minimizes.

    After those with a figure come those with a lower bound of it, then those with neither.
    """
    name, _ = sentence.minimized(report)

    def rank(row: SettingReport) -> tuple[bool, bool, float, str]:
        figure, bound = sentence.value(row, name), sentence.at_least(row, name)
        return figure is None, bound is None, figure or bound or 0.0, row.id

    return [
        Row(setting=row, notes=notes(report, row)) for row in sorted(measured(report), key=rank)
    ]


def decisive(report: Report) -> str:
    """Return the key of the column that the run minimizes, which no terminal may lose."""
    name, _ = sentence.minimized(report)
    return "cpu" if name in ("cpu_s", "first_fit_cpu_s") else name


def cpu_field(report: Report) -> str:
    """Return the CPU figure that belongs to the time the run minimizes."""
    name, _ = sentence.minimized(report)
    return "cpu_s" if name in ("fit_s", "cpu_s") else "first_fit_cpu_s"


def columns(report: Report, shown: Sequence[Row]) -> list[Column]:
    """Return the table's columns; one without a single figure is left out, save the first fit."""
    name, _ = sentence.minimized(report)
    figures = [
        _figures("first_fit_s", "first fit", "first_fit_s", shown),
        Column(
            key="interval",
            heading="95% interval",
            cells=tuple(_interval(row.setting, name) for row in shown),
        ),
        _figures("fit_s", "warm fit", "fit_s", shown),
        _figures("cpu", "CPU", cpu_field(report), shown),
        _figures("peak_memory_bytes", "memory", "peak_memory_bytes", shown),
    ]
    return [
        Column(key="setting", heading="setting", cells=tuple(row.setting.id for row in shown)),
        *(
            column
            for column in figures
            if column.key == "first_fit_s" or set(column.cells) - {ABSENT}
        ),
        Column(
            key="gain",
            heading="gain",
            cells=tuple(map(_gain, gains(report, (row.setting for row in shown)))),
            right=True,
        ),
        Column(key="notes", heading="notes", cells=tuple(row.note for row in shown)),
    ]


def _figures(key: str, heading: str, name: str, shown: Sequence[Row]) -> Column:
    texts = tuple(_figure(row.setting, name) for row in shown)
    return Column(key=key, heading=heading, cells=texts, right=True)


def _figure(row: SettingReport, name: str) -> str:
    figure, bound = sentence.value(row, name), sentence.at_least(row, name)
    if figure is not None:
        return sentence.show(name, figure)
    return ABSENT if bound is None else f"{AT_LEAST}{sentence.show(name, bound)}"


def _interval(row: SettingReport, name: str) -> str:
    figure = row.measures.get(name)
    if not isinstance(figure, Estimate) or figure.low is None or figure.high is None:
        return ABSENT
    if name.endswith("_bytes"):
        return f"{numbers.memory(figure.low)}{DASH}{numbers.memory(figure.high)}"
    return f"{numbers.span(figure.low, figure.high)} s"


def gain(report: Report, row: SettingReport) -> Speedup:
    """Return a row's speedup against as-written.

    The recommended one's is the document's own. The others' divide the medians, and only a bound
    is known where as-written was cut off (`low`) or the setting was stopped (`high`).
    """
    return gains(report, [row])[0]


def gains(report: Report, chosen: Iterable[SettingReport]) -> list[Speedup]:
    """Return the speedup of each of these rows, as `gain` does."""
    name, _ = sentence.minimized(report)
    written = report.row("as-written")
    before, before_bound = sentence.value(written, name), sentence.at_least(written, name)
    return [_stated(report, row) or _divided(row, name, before, before_bound) for row in chosen]


def _stated(report: Report, row: SettingReport) -> Speedup | None:
    recommendation = report.recommendation
    if recommendation is None or row.id != recommendation.setting:
        return None
    known = recommendation.speedup
    return None if known.median is None and known.low is None else known


def _divided(
    row: SettingReport, name: str, before: float | None, before_bound: float | None
) -> Speedup:
    own, own_bound = sentence.value(row, name), sentence.at_least(row, name)
    median = low = high = None
    if own and before:
        median = before / own
    elif own_bound and before:
        high = before / own_bound
    elif own and before_bound:
        low = before_bound / own
    return Speedup(median=median, low=low, high=high)


def _gain(known: Speedup) -> str:
    if known.median is not None:
        return numbers.ratio(known.median)
    if known.low is not None:
        return f"{AT_LEAST}{numbers.ratio(known.low)}"
    return ABSENT if known.high is None else f"{AT_MOST}{numbers.ratio(known.high)}"
