"""The table of settings: every figure, a bar for the one that decides, marks in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render import markup, rows
from sklpar.render.figures import marks
from sklpar.render.html import page
from sklpar.render.markup import safe

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sklpar.model import Report
    from sklpar.render.rows import Row
    from sklpar.render.table import Column

# So many rows stand in the open, and always those that the answer is about.
_ROWS = 20
_ALWAYS = ("as-written", "serial")


def section(report: Report) -> str:
    """Return the part of the page with the table."""
    shown = rows.ordered(report)
    chosen = report.recommendation.setting if report.recommendation else None
    kept = [
        index
        for index, row in enumerate(shown)
        if index < _ROWS or row.setting.id in (chosen, *_ALWAYS)
    ]
    rest = sorted(set(range(len(shown))) - set(kept))
    grid = _Grid(report, shown)
    stopped = any(row.setting.status in ("stopped_early", "timeout") for row in shown)
    caption = "Best first; a bar is as long as its figure."
    if stopped:
        caption += " \N{GREATER-THAN OR EQUAL TO} is how long a fit had run when it was stopped."
    parts = [grid.of(kept, caption)]
    if rest:
        count = f"{len(rest)} more setting{'' if len(rest) == 1 else 's'}"
        parts.append(page.folded(count, grid.of(rest, f"The other settings, {count}.")))
    return page.section("settings", "The settings", *parts)


class _Grid:
    """The columns of all rows, from which tables of some rows are made."""

    def __init__(self, report: Report, shown: Sequence[Row]) -> None:
        self._columns = rows.columns(report, shown)
        self._settings = [row.setting for row in shown]
        self._report = report
        self._bars = markup.bars(report, shown)
        self._decisive = rows.decisive(report)

    def of(self, chosen: Sequence[int], caption: str) -> str:
        """Return the table of the rows of these numbers."""
        return page.grid(
            caption,
            [column.heading for column in self._columns],
            ([self._cell(column, index) for column in self._columns] for index in chosen),
            right=[number for number, column in enumerate(self._columns) if column.right],
            kinds=[marks.mark(self._report, self._settings[index]).key for index in chosen],
        )

    def _cell(self, column: Column, index: int) -> str:
        text = column.cells[index]
        if column.key == "notes":
            return "".join(_note(word) for word in filter(None, text.split(", ")))
        share, known = self._bars[index]
        if column.key != self._decisive or not share:
            return safe(text)
        faint = "" if known else " faint"
        return f'<span class="bar w{max(1, round(100 * share))}{faint}">{safe(text)}</span>'


def _note(word: str) -> str:
    """Return a word of the notes with its sign; those of a status share one."""
    mark = next((one for one in marks.MARKS if one.word == word), None)
    if mark is None:
        mark = marks.UNSOUND if word in rows.BAD else marks.OTHER
    return f'<span class="note {mark.key}">{safe(word)}</span>'
