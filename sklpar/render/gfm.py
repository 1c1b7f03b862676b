"""Foreign text in GitHub-flavoured markdown, where markup, mentions and links are alive."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sklpar.render.markup import Prose
from sklpar.render.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from sklpar.render.table import Column

_HARMLESS_IN_CODE = frozenset(" -.,/()+=%")
# What may be markup, a mention, a reference or a link within a word; 12:30 is none of these.
_ALIVE = re.compile(
    r"[\\`*_\[\]#|~$@]|(?<!\d):|:(?!\d)|www\.|^GH-\d|^(?=\w*\d)[0-9a-f]{7,40}$", re.IGNORECASE
)
_WORD = re.compile(r"([(\"']*)(.*?)([.,;:)!?\"']*)")
# What begins a list, or underlines a heading, where it begins a line.
_MARKER = re.compile(r"\d+[.)]|[-+=]+")


class Page:
    """The one way onto a page: foreign text is one harmless line, and no markup.

    Parameters
    ----------
    ids : iterable of str
        Of settings, which are code wherever they stand.
    unicode : bool
        Whether anything beyond ASCII may be written.
    """

    def __init__(self, ids: Iterable[str], *, unicode: bool) -> None:
        self._unicode = unicode
        self._ids = Prose(map(self.clean, ids))

    def clean(self, text: str) -> str:
        """Return one harmless line, which is alive where it is no code."""
        return one_line(text, unicode=self._unicode)

    def prose(self, text: str) -> str:
        """Return a sentence: ids, commands, and all that could be markup, are code."""
        pieces = self._ids.split(self.clean(text))
        return "".join(
            code(piece) if index % 2 else _spaced(piece)
            for index, piece in enumerate(pieces)
            if piece
        )

    def bullets(self, texts: Iterable[str]) -> list[str]:
        """Return a list of sentences."""
        return [f"- {self.prose(text)}" for text in texts]

    def table(self, columns: Sequence[Column]) -> list[str]:
        """Return a table whose first column holds ids."""

        def cell(column: Column, text: str) -> str:
            clean = self.clean(text)
            return code(clean) if column is columns[0] else prose(clean)

        return table(columns, cell)

    def folded(self, summary: str, texts: Sequence[str]) -> list[str]:
        """Return a list of sentences that opens on a click; nothing where there are none."""
        if not texts:
            return []
        # The empty lines let what is between be read as markdown.
        opening, closing = (
            ["<details>", f"<summary>{summary}</summary>", ""],
            ["", "</details>", ""],
        )
        return [*opening, *self.bullets(texts), *closing]


def code(text: str) -> str:
    """Return a harmless line as code: there GitHub pings nobody, and no ``#12`` is an issue.

    Punctuation is written as character references, which cannot act as markup, nor end the code
    or a cell of a table, as a backtick, a pipe or a ``<`` would.
    """
    escaped = "".join(
        character
        if character.isalnum() or character in _HARMLESS_IN_CODE
        else f"&#{ord(character)};"
        for character in text
    )
    return f"<code>{escaped}</code>"


def prose(text: str) -> str:
    """Return a harmless line of prose: each word of it that could be markup is code."""
    first, *others = text.split(" ")
    begin = code(first) if others and _MARKER.fullmatch(first) else _word(first)
    return " ".join([begin, *map(_word, others)])


def table(columns: Sequence[Column], cell: Callable[[Column, str], str]) -> list[str]:
    """Return the lines of a pipe table; `cell` writes what stands in a column."""
    heading = " | ".join(prose(column.heading) for column in columns)
    rule = " | ".join("---:" if column.right else "---" for column in columns)
    cells = [[cell(column, text) for text in column.cells] for column in columns]
    body = (" | ".join(row) for row in zip(*cells, strict=True))
    return [f"| {line} |" for line in (heading, rule, *body)]


def _spaced(piece: str) -> str:
    """Return prose with the space around it, which stands between it and code."""
    if not piece.strip():
        return piece
    return f"{' ' * (piece[0] == ' ')}{prose(piece.strip())}{' ' * (piece[-1] == ' ')}"


def _word(word: str) -> str:
    before, core, after = _WORD.fullmatch(word).groups()  # type: ignore[union-attr]
    inner = code(core) if _ALIVE.search(core) else _escaped(core)
    return f"{before}{inner}{after}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
