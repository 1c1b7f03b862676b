"""The report as one page of HTML: the answer, what to type, the evidence, the details."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render import below, rows, sentence
from sklpar.render.figures import FIGURES
from sklpar.render.html import details, findings, page, settings
from sklpar.render.html.words import WORDS
from sklpar.render.markup import Prose, safe
from sklpar.render.plain import shorten
from sklpar.render.steps import using

if TYPE_CHECKING:
    from sklpar.model import Report
    from sklpar.render.figures import Figure, NoFigure
    from sklpar.render.interface import RenderOptions

__all__ = ["render"]


def render(report: Report, options: RenderOptions) -> str:
    """Return the page; it is ASCII, whatever `options` say."""
    run = below.reference(report, options.folder)
    prose = Prose(row.id for row in report.settings)
    figures = [draw(report) for draw in FIGURES.values()]
    return page.document(
        title=_title(report),
        header=_answer(report, run, prose),
        parts=[
            findings.section(report, prose),
            *([settings.section(report, run)] if rows.measured(report) else []),
            *_charts(figures),
            details.section(report, run, prose),
        ],
        footer=_origin(report, run, options.folder, prose),
        figures=figures,
    )


def _title(report: Report) -> str:
    return f"{shorten(report.name or report.run_id)}: sklpar report"


def _answer(report: Report, run: str, prose: Prose) -> str:
    """Return the answer in a sentence, why, and what to type."""
    named = [report.name or "", report.run_id, report.started_at[:10]]
    answer, rest = sentence.sentences(report)
    typed = using(report, run)
    said = " \N{MIDDLE DOT} ".join(shorten(one) for one in named if one)
    return "\n".join(
        [
            f'<p class="eyebrow">{safe(said)}</p>',
            f"<h1>{prose.marked(answer)}</h1>",
            f'<p class="lead">{prose.marked(rest)}</p>' if rest else "",
            *(f'<p class="caveat">{prose.marked(line)}</p>' for line in below.caveats(report)),
            f'<div class="commands">{page.commands(typed)}</div>' if typed else "",
            page.folded("What these words mean", page.definitions(WORDS.items())),
        ]
    )


def _charts(figures: list[Figure | NoFigure]) -> list[str]:
    if not figures:
        return []
    return [page.section("charts", "The evidence", *map(page.figure, figures))]


def _origin(report: Report, run: str, folder: str | None, prose: Prose) -> str:
    lines = below.origin(report, run, folder)
    said = "\n".join(f"<p>{prose.marked(line)}</p>" for line in lines)
    return f"{said}\n<p>Written by sklpar {safe(report.sklpar_version)}.</p>"
