"""A table of which no cell is ever cut: where it does not fit, whole columns go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sklpar.render.plain import cells, pad

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

_GAP = "  "


@dataclass(frozen=True, kw_only=True)
class Column:
    """One column: its stable key, its heading, one cell for each row."""

    key: str
    heading: str
    cells: tuple[str, ...]
    right: bool = False

    @property
    def width(self) -> int:
        """Columns of the terminal that it takes."""
        return max(cells(text) for text in (self.heading, *self.cells))


def fit(columns: Sequence[Column], width: int, drop: Sequence[str]) -> list[Column] | None:
    """Return the columns that fit into `width`; those named in `drop` may be missing.

    The last of these is the first to get room. None where even the rest does not fit.
    """
    keys = {column.key for column in columns} - set(drop)
    if _total(columns, keys) > width:
        return None
    for key in reversed(drop):
        if _total(columns, keys | {key}) <= width:
            keys.add(key)
    return [column for column in columns if column.key in keys]


def _total(columns: Sequence[Column], keys: Collection[str]) -> int:
    widths = [column.width for column in columns if column.key in keys]
    return sum(widths) + len(_GAP) * (len(widths) - 1)


def lines(columns: Sequence[Column]) -> list[str]:
    """Return the heading and one line for each row."""
    rows = zip(*((column.heading, *column.cells) for column in columns), strict=True)
    return [
        _GAP.join(
            pad(text, column.width, right=column.right)
            for text, column in zip(row, columns, strict=True)
        ).rstrip()
        for row in rows
    ]
