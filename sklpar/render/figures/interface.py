"""What a figure is: a chart, what it says in a sentence, and the same numbers as a table."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from sklpar.model import Report


@dataclass(frozen=True, kw_only=True)
class Table:
    """Cells as text; a row is as long as the headings, and its first cell names it.

    Attributes
    ----------
    right : frozenset of int
        The columns that hold numbers and are set flush right.
    """

    headings: tuple[str, ...]
    rows: tuple[tuple[str, ...], ...]
    right: frozenset[int] = frozenset()


@dataclass(frozen=True, kw_only=True)
class Figure:
    """One chart of a report.

    Attributes
    ----------
    name : str
        Its anchor in the page, of ``[a-z-]``.
    title : str
        The question that it answers.
    reading : str
        What is to be seen in it, in a sentence or two; also the chart's accessible description.
    chart : mapping
        A Vega-Lite specification, its data in it. Colours are CSS variables of the page.
    table : Table
        Everything that the chart shows.
    """

    name: str
    title: str
    reading: str
    chart: Mapping[str, Any]
    table: Table


@dataclass(frozen=True, kw_only=True)
class NoFigure:
    """A chart that a run has no numbers for, and why."""

    name: str
    title: str
    why: str


class Draw(Protocol):
    """One figure of the report."""

    def __call__(self, report: Report) -> Figure | NoFigure:
        """Return the figure, or why there is none."""
        ...
