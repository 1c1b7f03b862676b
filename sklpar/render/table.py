"""A table of which no cell is ever cut: where it does not fit, whole columns go."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sklpar.render.plain import cells, pad

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

GAP = "  "


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
    if total(_kept(columns, keys)) > width:
        return None
    for key in reversed(drop):
        if total(_kept(columns, keys | {key})) <= width:
            keys.add(key)
    return _kept(columns, keys)


def _kept(columns: Sequence[Column], keys: Collection[str]) -> list[Column]:
    return [column for column in columns if column.key in keys]


def total(columns: Sequence[Column]) -> int:
    """Return the columns of the terminal that a table of these takes."""
    return sum(column.width for column in columns) + len(GAP) * (len(columns) - 1)


def lines(columns: Sequence[Column]) -> list[str]:
    """Return the heading and one line for each row."""
    rows = zip(*((column.heading, *column.cells) for column in columns), strict=True)
    widths = [column.width for column in columns]
    return [
        GAP.join(
            pad(text, width, right=column.right)
            for text, width, column in zip(row, widths, columns, strict=True)
        ).rstrip()
        for row in rows
    ]
