"""The report for a terminal: the answer, the table, what was found, what it cost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sklpar.render import below, rows, sentence, table
from sklpar.render.plain import one_line, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sklpar.model import Report
    from sklpar.render.interface import RenderOptions

_BOLD, _GREEN, _YELLOW, _RED = "1", "32", "33", "31"

# Which column goes first where the terminal is narrow; the answer's own figures stay.
_DROP = ("interval", "peak_memory_bytes", "cpu", "fit_s", "notes")


def render(report: Report, options: RenderOptions) -> str:
    """Return the report as text of `options.width` columns or fewer (60 at least)."""
    page = _Page(options=options)
    run = below.reference(report, options.folder)
    parts = [
        [page.paint(line, _BOLD) for line in page.prose([sentence.answer(report)])],
        page.prose(below.after_the_answer(report, run)),
    ]
    if rows.measured(report):
        parts.append(["", *_table(report, page), ""])
    parts.append(page.prose(below.facts(report)))
    parts.append(["", *page.prose(below.origin(report, run, options.folder))])
    return "\n".join(line for part in parts for line in part) + "\n"


@dataclass(frozen=True, kw_only=True)
class _Page:
    """The one way to the terminal: whatever is shown has been made harmless and fits."""

    options: RenderOptions

    @property
    def width(self) -> int:
        return max(60, self.options.width)

    def clean(self, text: str) -> str:
        return one_line(text, unicode=self.options.unicode)

    def prose(self, paragraphs: Sequence[str]) -> list[str]:
        return [line for text in paragraphs for line in wrap(self.clean(text), self.width)]

    def paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.options.color and code else text


def _table(report: Report, page: _Page) -> list[str]:
    """Return the table's lines and, where columns had to go, where their content is."""
    ordered = rows.ordered(report)
    columns = [_clean(column, page) for column in rows.columns(report, ordered)]
    keep = rows.decisive(report)
    drop = [key for key in _DROP if key != keep]
    shown = table.fit(columns, page.width, drop)
    legend: list[str] = []
    if shown is None:
        numbered, legend = _numbered(columns)
        shown = table.fit(numbered, page.width, drop) or numbered
    heading, *lines = table.lines(shown)
    painted = [page.paint(line, _style(row.note)) for line, row in zip(lines, ordered, strict=True)]
    keys = {column.key for column in shown}
    missing = [column for column in columns if column.key not in keys]
    return [page.paint(heading, _BOLD), *painted, *legend, *_left_out(missing, columns, page)]


def _clean(column: table.Column, page: _Page) -> table.Column:
    return table.Column(
        key=column.key,
        heading=page.clean(column.heading),
        cells=tuple(page.clean(text) for text in column.cells),
        right=column.right,
    )


def _numbered(columns: Sequence[table.Column]) -> tuple[list[table.Column], list[str]]:
    """Return the columns with numbers for long ids, and the legend that resolves them."""
    setting, *others = columns
    short = {"as-written", "serial"}
    numbers = [
        text if text in short else str(number) for number, text in enumerate(setting.cells, start=1)
    ]
    legend = [
        f"{number} = {text}"
        for number, text in zip(numbers, setting.cells, strict=True)
        if text not in short
    ]
    column = table.Column(key=setting.key, heading=setting.heading, cells=tuple(numbers))
    return [column, *others], ["", *legend]


def _left_out(
    missing: Sequence[table.Column], columns: Sequence[table.Column], page: _Page
) -> list[str]:
    """Return notes as lines of their own, and the headings of the figures that had no room."""
    ids: dict[str, list[str]] = {}
    for column in missing:
        if column.key == "notes":
            for setting, note in zip(columns[0].cells, column.cells, strict=True):
                for word in filter(None, note.split(", ")):
                    ids.setdefault(word, []).append(setting)
    lines = [f"{word}: {', '.join(settings)}" for word, settings in ids.items()]
    figures = [column.heading for column in missing if column.key != "notes"]
    if figures:
        lines.append(f"No room for {', '.join(figures)}: use a wider terminal or --format json.")
    return ["", *page.prose(lines)] if lines else []


def _style(note: str) -> str:
    if "recommended" in note:
        return _GREEN
    if "oversubscribed" in note:
        return _YELLOW
    return _RED if any(word in note for word in rows.BAD) else ""
