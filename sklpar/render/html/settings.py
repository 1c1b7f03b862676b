"""The table of settings: every figure, a bar for the one that decides, marks in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render import marks, markup, rows
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
# With more of them, or longer ids, a page is too heavy to be sent around.
_MOST, _LETTERS = 1000, 200_000


def section(report: Report, run: str) -> str:
    """Return the part of the page with the table.

    Parameters
    ----------
    run : str
        How a command names the run.
    """
    ranked = rows.ordered(report)
    shown = lightest(report, ranked)
    sought = _sought(report)
    kept = [index for index, row in enumerate(shown) if index < _ROWS or row.setting.id in sought]
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
    if left := len(ranked) - len(shown):
        parts.append(page.left_out(f"{left:,} settings, none of them among the best", run, "csv"))
    return page.section("settings", "The settings", *parts)


def _sought(report: Report) -> set[str | None]:
    """Return the ids that a reader looks for."""
    return {report.recommendation.setting if report.recommendation else None, *_ALWAYS}


def lightest(report: Report, ranked: Sequence[Row]) -> list[Row]:
    """Return as many rows as a page can bear: the best, and those that a reader looks for."""
    choice = report.recommendation
    sought = _sought(report) | set(choice.tied[:_MOST] if choice else ())
    kept, letters = [], 0
    for rank, row in enumerate(ranked):
        letters += len(row.setting.id)
        if (rank < _MOST and letters <= _LETTERS) or row.setting.id in sought:
            kept.append(row)
    return kept


class _Grid:
    """The columns of all rows, from which tables of some rows are made."""

    def __init__(self, report: Report, shown: Sequence[Row]) -> None:
        self._columns = _what_matters_first(rows.columns(report, shown), rows.decisive(report))
        self._rows = shown
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
            kinds=[marks.mark(self._report, self._rows[index].setting).key for index in chosen],
        )

    def _cell(self, column: Column, index: int) -> str:
        text = column.cells[index]
        if column.key == "setting":
            return f"{safe(text)}{''.join(map(_note, self._rows[index].notes))}"
        share, known = self._bars[index]
        if column.key != self._decisive or not share:
            return safe(text)
        faint = "" if known else " faint"
        return f'<span class="bar w{max(1, round(100 * share))}{faint}">{safe(text)}</span>'


def _what_matters_first(columns: Sequence[Column], decisive: str) -> list[Column]:
    """Return the columns as a phone shows them, which has room for few; notes go with the names."""
    first = ("setting", decisive, "gain", "interval")
    known = [column for column in columns if column.key != "notes"]
    return sorted(known, key=lambda one: first.index(one.key) if one.key in first else len(first))


def _note(note: marks.Note) -> str:
    return f'<span class="note {note.mark.key}">{safe(note.word)}</span>'
