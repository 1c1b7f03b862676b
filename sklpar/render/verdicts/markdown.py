"""The verdict as GitHub-flavoured markdown: for a pull request's comment and a job's summary."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render import gfm
from sklpar.render.plain import loggable, one_line
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
        lines += [*gfm.table(rows.columns(verdict, words.worst_first(verdict)), _cell), ""]
    lines += [f"- {text}" for text in details.lines(verdict, code)]
    steps = details.next_steps(verdict, code)
    if steps:
        lines += ["", f"**Next:** {'; or '.join(steps)}"]
    clean = (one_line(line, unicode=options.unicode) for line in lines)
    return "\n".join(clean) + "\n"


def code(text: str) -> str:
    """Return foreign text as code, harmless in the log of a CI job, too."""
    return gfm.code(loggable(text))


def _sentence(text: str) -> str:
    return text[0].upper() + text[1:] if text[0].islower() else text


def _cell(column: Column, text: str) -> str:
    return code(text) if column.key in rows.IDS else text
