"""Foreign text in HTML: what a notebook's fragment and the page of a report have in common."""

from __future__ import annotations

import html
import re
from typing import TYPE_CHECKING

from sklpar.render import sentence
from sklpar.render.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sklpar.model import Report
    from sklpar.render.rows import Row

# A command ends the line that it stands in.
_COMMAND = r"sklpar (?:compare|emit|exec|explain|show|tune) .+$"
_FLAG = r"(?<!\S)--[a-z][a-z-]*(?: \d+)?"


def safe(text: object) -> str:
    """Return any text as one harmless line, for an element's content or an attribute's value."""
    return html.escape(one_line(text), quote=True)


class Prose:
    """Sentences as HTML: ids, commands and flags stay in one piece, to be found and copied."""

    def __init__(self, ids: Iterable[str]) -> None:
        # Without a hyphen it is a word like others: a report also says serial of stretches.
        known = {one_line(name) for name in ids if "-" in name}
        named = "|".join(map(re.escape, sorted(known, key=len, reverse=True)))
        setting = rf"(?<![\w-])(?:{named})(?![\w-])|" if named else ""
        self._pieces = re.compile(rf"({setting}{_COMMAND}|{_FLAG})")

    def split(self, line: str) -> list[str]:
        """Return a line of prose in pieces, of which every second is an id or a command."""
        return self._pieces.split(one_line(line))  # by one group: it comes between the others

    def marked(self, line: str) -> str:
        """Return a line of prose."""
        pieces = map(html.escape, self.split(line))
        return "".join(
            f"<code>{piece}</code>" if index % 2 else piece for index, piece in enumerate(pieces)
        )


def bars(report: Report, shown: Sequence[Row]) -> list[tuple[float, bool]]:
    """Return how long each row's bar is, for the figure that the run minimizes.

    Returns
    -------
    list of (float, bool)
        The share of the longest, 0 to 1, and whether the figure itself is known: else the bar is
        as long as the bound below which it is not.
    """
    name, _ = sentence.minimized(report)
    figures = [sentence.value(row.setting, name) for row in shown]
    bounds = [sentence.at_least(row.setting, name) for row in shown]
    longest = max((length for length in (*figures, *bounds) if length), default=1.0)
    return [
        ((figure or bound or 0.0) / longest, figure is not None)
        for figure, bound in zip(figures, bounds, strict=True)
    ]
