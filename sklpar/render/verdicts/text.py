"""The verdict for a terminal and the log of a CI job: the conclusion, the checks, the next step."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render import table
from sklpar.render.page import BOLD, GREEN, RED, YELLOW, Page
from sklpar.render.verdicts import conclusion, details, rows, words

if TYPE_CHECKING:
    from sklpar.model import Ruling, Verdict
    from sklpar.render.interface import RenderOptions

_COLORS: dict[Ruling, str] = {
    "failed": RED,
    "regressed": RED,
    "inconclusive": YELLOW,
    "improved": GREEN,
}


def render(verdict: Verdict, options: RenderOptions) -> str:
    """Return the verdict as text of `options.width` columns or fewer (60 at least)."""
    page = Page(options=options)
    color = GREEN if verdict.exit_code == 0 else RED
    head = page.prose([conclusion.headline(verdict, page.clean)])
    parts = [page.paint(line, f"{BOLD};{color}") for line in head]
    if verdict.checks:
        parts += ["", *_table(verdict, page)]
    parts += ["", *page.prose(details.lines(verdict, page.clean))]
    steps = details.next_steps(verdict, page.clean)
    parts += page.prose([f"{'Or' if i else 'Next'}: {step}" for i, step in enumerate(steps)])
    return "\n".join(parts) + "\n"


def _table(verdict: Verdict, page: Page) -> list[str]:
    """Return the table's lines and, where columns had to go, which these are."""
    ordered = words.worst_first(verdict)
    columns = page.cleaned(rows.columns(verdict, ordered))
    shown, legend = page.fitted(columns, rows.DROP, rows.IDS)
    heading, *lines = table.lines(shown)
    painted = [
        page.paint(line, _COLORS.get(check.ruling, ""))
        for line, check in zip(lines, ordered, strict=True)
    ]
    keys = {column.key for column in shown}
    missing = [column.heading for column in columns if column.key not in keys]
    if missing:
        legend.append(f"No room for {', '.join(missing)}: see --format json.")
    return [page.paint(heading, BOLD), *painted, *legend]
