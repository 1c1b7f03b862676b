"""The one way to a terminal or a log: text is harmless, fits, and is in its characters."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from sklpar.render import table
from sklpar.render.plain import cells, loggable, wrap

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sklpar.render.interface import RenderOptions
    from sklpar.render.table import Column

BOLD, GREEN, YELLOW, RED = "1", "32", "33", "31"

_NARROWEST = 60
# What stands in a table for words that had to go below it.
_BELOW = "see below"
# Ids that are short wherever they stand.
_SHORT = ("as-written", "serial")


@dataclass(frozen=True, kw_only=True)
class Page:
    """What every text for a terminal goes through.

    Attributes
    ----------
    measure : int or None
        The most columns that prose takes on a wide terminal; None takes all.
    """

    options: RenderOptions
    measure: int | None = None

    @property
    def width(self) -> int:
        """Columns that there are, 60 at least."""
        return max(_NARROWEST, self.options.width)

    def clean(self, text: str) -> str:
        """Return foreign text, or prose that holds some, as one harmless line."""
        return loggable(text, unicode=self.options.unicode)

    def prose(self, paragraphs: Sequence[str]) -> list[str]:
        """Return paragraphs as lines that fit."""
        width = min(self.width, self.measure or self.width)
        return [line for text in paragraphs for line in wrap(self.clean(text), width)]

    def paint(self, text: str, code: str) -> str:
        """Return `text` in a colour of the 16 that every terminal has, where there are any."""
        return f"\x1b[{code}m{text}\x1b[0m" if self.options.color and code else text

    def fitted(
        self, columns: Sequence[Column], drop: Sequence[str], ids: Collection[str], words: str = ""
    ) -> tuple[list[Column], list[str]]:
        """Return the columns that there is room for, and the lines that resolve what is not there.

        Parameters
        ----------
        columns : sequence of Column
            Cleaned already.
        drop : sequence of str
            Keys of those that may be missing, the first to go first.
        ids : collection of str
            Keys of those that hold ids: where these leave no room, they become numbers.
        words : str, optional
            Key of one that holds words: where all else leaves no room, long ones go below, with the
            first column's cells of those that they are said of.
        """
        shown = table.fit(columns, self.width, drop)
        if shown is not None:
            return shown, []
        numbered, legend = _numbered(columns, ids)
        shown = table.fit(numbered, self.width, drop)
        if shown is not None:
            return shown, self._lines(legend)
        for tried, known in ((columns, []), (numbered, legend)):
            least = [column for column in tried if column.key not in drop]
            short, below = _shortened(least, words, self.width, columns[0].cells)
            if table.total(short) <= self.width:
                return short, self._lines([*known, *below])
        return [column for column in numbered if column.key not in drop], self._lines(legend)

    def _lines(self, texts: Sequence[str]) -> list[str]:
        """Return lines that fit; one with a word that does not is left whole."""
        return [
            line
            for text in texts
            for line in (wrap(text, self.width) if self._can_wrap(text) else [text])
        ]

    def _can_wrap(self, text: str) -> bool:
        return all(cells(word) < self.width for word in text.split(" "))

    def cleaned(self, columns: Sequence[Column]) -> list[Column]:
        """Return the columns with their cells made harmless."""
        return [
            replace(
                column,
                heading=self.clean(column.heading),
                cells=tuple(self.clean(text) for text in column.cells),
            )
            for column in columns
        ]


def _numbered(columns: Sequence[Column], ids: Collection[str]) -> tuple[list[Column], list[str]]:
    """Return the columns with numbers for long ids, and the legend that resolves them."""
    found = [text for column in columns if column.key in ids for text in column.cells]
    long = [text for text in dict.fromkeys(found) if text not in _SHORT]
    numbers = {text: str(number) for number, text in enumerate(long, start=1)}
    renamed = [
        replace(column, cells=tuple(numbers.get(text, text) for text in column.cells))
        if column.key in ids
        else column
        for column in columns
    ]
    return renamed, [f"{number} = {text}" for text, number in numbers.items()]


def _shortened(
    columns: Sequence[Column], words: str, width: int, names: Sequence[str]
) -> tuple[list[Column], list[str]]:
    """Return the columns without those words that leave no room, and lines of these."""
    place = next((at for at, column in enumerate(columns) if column.key == words), None)
    if place is None:
        return list(columns), []
    said = columns[place].cells
    room = width - table.total([*columns[:place], *columns[place + 1 :]]) - len(table.GAP)
    below: dict[str, list[str]] = {}
    for name, text in zip(names, said, strict=True):
        if cells(text) > room:
            below.setdefault(text, []).append(name)
    short = replace(columns[place], cells=tuple(_BELOW if one in below else one for one in said))
    lines = [f"{text}: {', '.join(ids)}" for text, ids in below.items()]
    return [*columns[:place], short, *columns[place + 1 :]], lines
