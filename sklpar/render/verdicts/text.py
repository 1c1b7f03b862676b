"""The verdict for a terminal and the log of a CI job: the conclusion, the checks, the next step."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sklpar.render import table
from sklpar.render.plain import one_line, wrap
from sklpar.render.verdicts import conclusion, details, rows, words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sklpar.model import Ruling, Verdict
    from sklpar.render.interface import RenderOptions

_BOLD, _GREEN, _YELLOW, _RED = "1", "32", "33", "31"
_COLORS: dict[Ruling, str] = {
    "failed": _RED,
    "regressed": _RED,
    "inconclusive": _YELLOW,
    "improved": _GREEN,
}


def render(verdict: Verdict, options: RenderOptions) -> str:
    """Return the verdict as text of `options.width` columns or fewer (60 at least)."""
    page = _Page(options=options)
    color = _GREEN if verdict.exit_code == 0 else _RED
    head = page.prose([conclusion.headline(verdict, page.quote)])
    parts = [page.paint(line, f"{_BOLD};{color}") for line in head]
    if verdict.checks:
        parts += ["", *_table(verdict, page)]
    parts += ["", *page.prose(details.lines(verdict, page.quote))]
    steps = details.next_steps(verdict, page.quote)
    parts += page.prose([f"{'Or' if i else 'Next'}: {step}" for i, step in enumerate(steps)])
    return "\n".join(parts) + "\n"


@dataclass(frozen=True, kw_only=True)
class _Page:
    """The one way to the terminal: whatever is shown has been made harmless and fits."""

    options: RenderOptions

    @property
    def width(self) -> int:
        return max(60, self.options.width)

    def quote(self, text: str) -> str:
        return words.plain(text, unicode=self.options.unicode)

    def prose(self, paragraphs: Sequence[str]) -> list[str]:
        clean = (one_line(text, unicode=self.options.unicode) for text in paragraphs)
        return [line for text in clean for line in wrap(text, self.width)]

    def paint(self, text: str, code: str) -> str:
        return f"\x1b[{code}m{text}\x1b[0m" if self.options.color and code else text


def _table(verdict: Verdict, page: _Page) -> list[str]:
    """Return the table's lines and, where columns had to go, which these are."""
    ordered = words.worst_first(verdict)
    columns = [_clean(column, page) for column in rows.columns(verdict, ordered)]
    shown = table.fit(columns, page.width, rows.DROP)
    legend: list[str] = []
    if shown is None:
        columns, legend = rows.numbered(columns)
        shown = table.fit(columns, page.width, rows.DROP) or columns
    heading, *lines = table.lines(shown)
    painted = [
        page.paint(line, _COLORS.get(check.ruling, ""))
        for line, check in zip(lines, ordered, strict=True)
    ]
    keys = {column.key for column in shown}
    missing = [column.heading for column in columns if column.key not in keys]
    if missing:
        legend.append(f"No room for {', '.join(missing)}: see --format json.")
    return [page.paint(heading, _BOLD), *painted, *legend]


def _clean(column: table.Column, page: _Page) -> table.Column:
    return table.Column(
        key=column.key,
        heading=page.quote(column.heading),
        cells=tuple(page.quote(text) for text in column.cells),
        right=column.right,
    )
