"""Text that cannot harm the place it is shown in: one line, no control characters, ASCII on demand.

Names, reasons and ids come from specs, exceptions and stored runs, so any of them may hold
newlines, escape sequences that repaint the terminal, or marks that reverse its direction.
"""

from __future__ import annotations

import re
import unicodedata
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence

TIMES = "\N{MULTIPLICATION SIGN}"
DASH = "\N{EN DASH}"
AT_LEAST = "\N{GREATER-THAN OR EQUAL TO}"
AT_MOST = "\N{LESS-THAN OR EQUAL TO}"
ELLIPSIS = "\N{HORIZONTAL ELLIPSIS}"

# What a plain terminal gets for the few characters that sklpar itself writes.
_ASCII = str.maketrans({TIMES: "x", DASH: "-", AT_LEAST: ">=", AT_MOST: "<=", ELLIPSIS: "..."})

# Controls, formatting marks (bidirectional overrides among them), surrogates, unassigned; line and
# paragraph separators.
_UNPRINTABLE = frozenset({"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"})

_LONG, _LISTED = 400, 4

# A CI runner takes a line that begins with ``::name`` for a command to itself, and ``##[name]``
# wherever it stands.
_COMMAND = re.compile(r"(?<!\S):(?=:)|(?<=#)#(?=\[)")

# A number and its unit stay on one line.
_BREAKS = re.compile(r" (?!(?:s|ms|MB|GB)\b)")


def one_line(text: object, *, unicode: bool = True) -> str:
    """Return `text` as one harmless line.

    Parameters
    ----------
    text : object
        Anything; its ``str`` is taken.
    unicode : bool
        Whether printable characters beyond ASCII may stay; otherwise they are spelt or escaped.
    """
    line = re.sub(r"\s+", " ", str(text)).strip()
    if not unicode:
        line = line.translate(_ASCII)
    return "".join(_printable(character, unicode) for character in line)


def loggable(text: object, *, unicode: bool = True) -> str:
    """Return `text` as one line that is harmless in the log of a CI job, too."""
    line = one_line(text, unicode=unicode)
    return _COMMAND.sub(lambda found: f"\\x{ord(found[0]):02x}", line)


def _printable(character: str, unicode: bool) -> str:
    if " " <= character <= "~":
        return character
    if unicode and unicodedata.category(character) not in _UNPRINTABLE:
        return character
    return character.encode("unicode_escape").decode("ascii")


def shorten(text: str) -> str:
    """Return `text` at readable length: an exception's message may hold a whole data set."""
    if len(text) <= _LONG:
        return text
    return f"{text[:_LONG]}{ELLIPSIS} ({len(text) - _LONG} more characters)"


def listed(texts: Sequence[str]) -> str:
    """Return the first few of a list, and how many more there are."""
    more = f" and {len(texts) - _LISTED:,} more" if len(texts) > _LISTED else ""
    return ", ".join(texts[:_LISTED]) + more


def cells(text: str) -> int:
    """Return the columns that `text` takes in a terminal: 2 for wide characters, 0 for marks."""
    if text.isascii():
        return len(text)
    return sum(_cell(character) for character in text)


def _cell(character: str) -> int:
    if unicodedata.category(character) in ("Mn", "Me"):
        return 0
    return 2 if unicodedata.east_asian_width(character) in "WF" else 1


def pad(text: str, width: int, *, right: bool = False) -> str:
    """Return `text` filled with spaces to `width` columns."""
    space = " " * (width - cells(text))
    return space + text if right else text + space


def wrap(text: str, width: int, *, hang: int = 2) -> list[str]:
    """Return `text` in lines of at most `width` columns, broken at spaces, later ones indented.

    A word longer than a line (an id, a path) stays whole, so that it can still be copied.
    """
    lines: list[str] = []
    line = ""
    for word in _BREAKS.split(text):
        if line.strip() and cells(line) + 1 + cells(word) > width:
            lines.append(line)
            line = " " * hang + word
        else:
            line = f"{line} {word}" if line else word
    return [*lines, line]
