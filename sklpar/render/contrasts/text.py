"""A contrast for a terminal: what changed around it, the answers, the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render import table
from sklpar.render.contrasts import answers, changes, rows, words
from sklpar.render.page import BOLD, GREEN, RED, YELLOW, Page

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sklpar.model import Contrast, Says
    from sklpar.render.interface import RenderOptions
    from sklpar.render.table import Column

_COLORS: dict[Says, str] = {
    "slower": RED,
    "more": YELLOW,
    "faster": GREEN,
    "less": GREEN,
    "not_sound": YELLOW,
}
_MEASURE = 100  # a line of prose that is longer is hard to follow


def render(contrast: Contrast, options: RenderOptions) -> str:
    """Return the contrast as text of `options.width` columns or fewer (60 at least)."""
    page = Page(options=options, measure=_MEASURE)
    parts = [
        [page.paint(line, BOLD) for line in page.prose(changes.titles(contrast))],
        page.prose(changes.lines(contrast)),
        page.prose(answers.lines(contrast)),
        page.prose([answers.summary(contrast)]),
        _main(contrast, page),
        _rest(contrast, page),
        page.prose(rows.notes(contrast)),
    ]
    return "\n\n".join("\n".join(lines) for lines in parts if lines) + "\n"


def _main(contrast: Contrast, page: Page) -> list[str]:
    first = contrast.compared[0]
    known = rows.shown(contrast, first)
    pairs = rows.of_interest(contrast, known)
    if not pairs:
        return []
    colors = [_COLORS.get(pair.says, "") for pair in pairs]
    title = f"{words.NAMES[first].capitalize()} of A and of B:"
    rest = len(known) - len(pairs)
    count = "1 more setting" if rest == 1 else f"{rest:,} more settings"
    more = page.prose([f"{count}: --format json has all."] if rest else [])
    return [title, *_table(page, rows.columns(contrast, pairs), rows.DROP, colors), *more]


def _rest(contrast: Contrast, page: Page) -> list[str]:
    others = contrast.compared[1:]
    pairs = rows.of_interest(contrast, rows.shown(contrast, contrast.compared[0]))
    shown = frozenset(pair.setting for pair in pairs)
    columns = rows.ratios(contrast, others, among=shown or None)
    return ["The other figures, B over A:", *_table(page, columns, others[::-1])] if columns else []


def _table(
    page: Page, columns: Sequence[Column], drop: Sequence[str], colors: Sequence[str] = ()
) -> list[str]:
    """Return a table and, where columns had to go, which these are."""
    if not columns:
        return []
    clean = page.cleaned(columns)
    fitting, legend = page.fitted(clean, drop, ids=("setting",), words="says")
    kept = {column.key for column in fitting}
    alone = [key for key in rows.TOGETHER if key in kept]
    if len(alone) == 1 and set(rows.TOGETHER) <= {column.key for column in clean}:
        fitting = [column for column in fitting if column.key not in alone]
    heading, *lines = table.lines(fitting)
    painted = [
        page.paint(line, color)
        for line, color in zip(lines, colors or [""] * len(lines), strict=True)
    ]
    keys = {column.key for column in fitting}
    missing = [column.heading for column in clean if column.key not in keys]
    if missing:
        note = f"No room for {', '.join(missing)}: use a wider terminal or --format markdown."
        legend = [*legend, *page.prose([note])]
    return [page.paint(heading, BOLD), *painted, *legend]
