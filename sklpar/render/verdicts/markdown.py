"""The verdict as GitHub-flavoured markdown: for a pull request's comment and a job's summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render.plain import one_line
from sklpar.render.verdicts import conclusion, details, rows, words

if TYPE_CHECKING:
    from sklpar.model import Verdict
    from sklpar.render.interface import RenderOptions
    from sklpar.render.table import Column


def render(verdict: Verdict, options: RenderOptions) -> str:
    """Return a heading with the outcome, the conclusion, a table of the checks, and details."""
    lines = [
        f"### sklpar guard: {words.outcome(verdict)}",
        "",
        _sentence(conclusion.why(verdict, code)),
        "",
    ]
    if verdict.checks:
        lines += [*_table(rows.columns(verdict, words.worst_first(verdict))), ""]
    lines += [f"- {text}" for text in details.lines(verdict, code)]
    steps = details.next_steps(verdict, code)
    if steps:
        lines += ["", f"**Next:** {'; or '.join(steps)}"]
    clean = (one_line(line, unicode=options.unicode) for line in lines)
    return "\n".join(clean) + "\n"


def code(text: str) -> str:
    """Return foreign text as code: there GitHub pings nobody, and no ``#12`` is an issue.

    Punctuation is written as character references, which cannot act as markup, nor end the code
    or a cell of a table, as a backtick, a pipe or a ``<`` would.
    """
    escaped = "".join(
        character if character.isalnum() or character in _HARMLESS else f"&#{ord(character)};"
        for character in words.plain(text)
    )
    return f"<code>{escaped}</code>"


_HARMLESS = frozenset(" -.,/()+=%")


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] if text[0].islower() else text


def _table(columns: list[Column]) -> list[str]:
    cells = [
        [code(text) for text in column.cells] if column.key in rows.IDS else column.cells
        for column in columns
    ]
    heading = " | ".join(column.heading for column in columns)
    rule = " | ".join("---:" if column.right else "---" for column in columns)
    body = (" | ".join(row) for row in zip(*cells, strict=True))
    return [f"| {line} |" for line in (heading, rule, *body)]
