"""The table of the settings in a terminal: which rows, which columns, and bars for the figure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sklpar.render import marks, rows, sentence, table
from sklpar.render.bars import bar
from sklpar.render.page import BOLD, GREEN, RED, YELLOW
from sklpar.render.plain import ELLIPSIS
from sklpar.render.table import Column

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sklpar.model import Report
    from sklpar.render.page import Page
    from sklpar.render.rows import Row

# Up to so many rows are all shown; of more, the best of them.
_ALL, _BEST = 40, 25
_REFERENCES = ("as-written", "serial")
# Which column goes first where the terminal is narrow; the answer's own figures stay.
_DROP = ("interval", "fit_s", "bars", "peak_memory_bytes", "cpu", "notes", "marks")
# Where one of these has no room, notes become marks of a letter, with a legend.
_WANTED = ("bars", "peak_memory_bytes", "cpu", "notes")
_MARKS = {
    "recommended": "*",
    "tied": "=",
    "oversubscribed": "!",
    "stopped": "s",
    "not measured": "n",
    "failed": "F",
    "timeout": "T",
    "out of memory": "M",
    "not as requested": "?",
    "differs": "D",
    marks.ABOVE_LIMIT: "^",
}
_STYLES = {marks.RECOMMENDED: GREEN, marks.UNSOUND: RED, marks.OVERSUBSCRIBED: YELLOW}
_BAR, _WIDEST = 5, 24
# As many times as-written's figure as the longest bar is.
_SCALE = 2.0


@dataclass(frozen=True, kw_only=True)
class _Scale:
    """How long each row's bar is, in shares of the longest one, above 1 where it is cut."""

    shares: tuple[float, ...]
    known: tuple[bool, ...]

    @property
    def is_cut(self) -> bool:
        return any(share > 1 for share in self.shares)


def lines(report: Report, page: Page, run: str) -> list[str]:
    """Return the table's lines and, where rows or columns had to go, what they are.

    Parameters
    ----------
    run : str
        How a command names the run.
    """
    if not rows.has_figures(report):
        return page.prose(rows.without_figures(report))
    ordered = rows.ordered(report)
    places = _places(report, ordered)
    shown = [ordered[place] for place in places]
    scale = _scale(report, shown)
    columns = page.cleaned(rows.columns(report, shown))
    chosen, legend = _fitted(columns, scale, rows.decisive(report), page)
    heading, *body = table.lines(chosen)
    painted = [
        page.paint(line, _STYLES.get(row.mark, "")) for line, row in zip(body, shown, strict=True)
    ]
    keys = {column.key for column in chosen}
    is_cut = scale.is_cut and "bars" in keys
    below = [
        *(_legend(shown) if "marks" in keys else []),
        *_no_room([column for column in columns if column.key not in keys]),
        *(["A bar that ends in > is cut, at twice as-written's."] if is_cut else []),
        *_rest(len(ordered) - len(shown), run),
    ]
    parts = [page.paint(heading, BOLD), *_gapped(painted, places, page)]
    rest = [*legend, *page.prose(below)]
    return [*parts, "", *rest] if rest else parts


def _places(report: Report, ordered: Sequence[Row]) -> list[int]:
    """Return which of the rows are shown: of many the best, the recommended, the references."""
    if len(ordered) <= _ALL:
        return list(range(len(ordered)))
    chosen = report.recommendation.setting if report.recommendation else None
    always = {chosen, *_REFERENCES}
    return [place for place, row in enumerate(ordered) if place < _BEST or row.setting.id in always]


def _gapped(body: Sequence[str], places: Sequence[int], page: Page) -> list[str]:
    """Return the rows with a mark wherever some were left out between two."""
    found: list[str] = []
    for index, (line, place) in enumerate(zip(body, places, strict=True)):
        if place != (places[index - 1] + 1 if index else 0):
            found.append(page.clean(ELLIPSIS))
        found.append(line)
    return found


def _rest(count: int, run: str) -> list[str]:
    if not count:
        return []
    rows_ = "1 more setting, slower" if count == 1 else f"{count:,} more settings"
    return [f"{rows_}: sklpar show {run} --format csv"]


def _scale(report: Report, shown: Sequence[Row]) -> _Scale:
    """Return the bars: the longest is the largest figure, or twice as-written's if that is less."""
    name, _ = sentence.minimized(report)
    figures = [sentence.value(row.setting, name) for row in shown]
    bounds = [sentence.at_least(row.setting, name) for row in shown]
    lengths = [figure or bound or 0.0 for figure, bound in zip(figures, bounds, strict=True)]
    whole = max(lengths, default=0.0)
    written = report.row("as-written")
    reference = sentence.value(written, name) or sentence.at_least(written, name)
    if reference:
        whole = min(whole, _SCALE * reference)
    return _Scale(
        shares=tuple(length / whole if whole else 0.0 for length in lengths),
        known=tuple(figure is not None for figure in figures),
    )


def _fitted(
    columns: Sequence[Column], scale: _Scale, beside: str, page: Page
) -> tuple[list[Column], list[str]]:
    """Return the columns that there is room for, bars as wide as it is, and a legend of ids."""
    whole = list(columns)
    place = [column.key for column in columns].index(beside) if any(scale.shares) else None
    if place is not None:
        whole.insert(place + 1, _bars(scale, _BAR, page))
    drop = [key for key in _DROP if key != beside]
    chosen, legend = page.fitted(whole, drop, ("setting",))
    kept = {column.key for column in chosen}
    if legend or any(column.key in _WANTED and column.key not in kept for column in whole):
        marked = [whole[0], _marks(columns[-1]), *whole[1:-1]]
        chosen, legend = page.fitted(marked, drop, ("setting",))
    room = page.width - table.total(chosen)
    wide = _bars(scale, min(_WIDEST, _BAR + max(0, room)), page)
    return [wide if column.key == "bars" else column for column in chosen], legend


def _marks(notes: Column) -> Column:
    cells = (
        "".join(_MARKS[word] for word in note.split(", ") if word in _MARKS) for note in notes.cells
    )
    return Column(key="marks", heading="", cells=tuple(cells))


def _legend(shown: Sequence[Row]) -> list[str]:
    used = {note.word for row in shown for note in row.notes}
    told = [f"{mark} {word}" for word, mark in _MARKS.items() if word in used]
    return [", ".join(told)] if told else []


def _bars(scale: _Scale, width: int, page: Page) -> Column:
    cells = tuple(
        bar(share, width, unicode=page.options.unicode, known=known)
        for share, known in zip(scale.shares, scale.known, strict=True)
    )
    # Its width is that of the longest bar.
    return Column(key="bars", heading="", cells=cells)


def _no_room(missing: Sequence[Column]) -> list[str]:
    figures = [column.heading for column in missing if column.key != "notes"]
    if not figures:
        return []
    return [f"No room for {', '.join(figures)}: use a wider terminal or show --format csv."]
