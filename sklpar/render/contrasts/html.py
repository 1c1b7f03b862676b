"""A contrast as one page of HTML: what changed, the answers, a chart of both sides, the tables."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render.contrasts import answers, changes, figure, rows, words
from sklpar.render.html import page
from sklpar.render.markup import Prose, safe

if TYPE_CHECKING:
    from sklpar.model import Contrast
    from sklpar.render.interface import RenderOptions


def render(contrast: Contrast, options: RenderOptions) -> str:  # noqa: ARG001
    """Return the page; it is ASCII, whatever `options` say."""
    prose = Prose(row.id for report in (contrast.a, contrast.b) for row in report.settings)
    drawn = figure.draw(contrast)
    return page.document(
        title=f"{contrast.a.run_id} and {contrast.b.run_id}: sklpar compare",
        header=_header(contrast, prose),
        parts=[
            page.section(
                "answers",
                "The answers",
                *_paragraphs([*answers.lines(contrast), answers.summary(contrast)], prose),
            ),
            page.section("charts", "The evidence, drawn", page.figure(drawn)),
            page.section("settings", "Setting by setting", *_tables(contrast)),
            page.section("notes", "Notes", page.bullets(_all(rows.notes(contrast), prose))),
        ],
        figures=[drawn],
    )


def _header(contrast: Contrast, prose: Prose) -> str:
    """Return the runs and what changed around them, which decides what the rest is worth."""
    return "\n".join(
        [
            f'<p class="eyebrow">{safe("sklpar compare")}</p>',
            f"<h1>{prose.marked(answers.summary(contrast, named=False))}</h1>",
            *_paragraphs(changes.titles(contrast), prose),
            "<h2>What changed</h2>",
            page.bullets(_all(changes.lines(contrast), prose)),
        ]
    )


def _tables(contrast: Contrast) -> list[str]:
    first, *others = contrast.compared
    pairs, ratios = rows.shown(contrast, first), rows.ratios(contrast, others)
    caption = f"{words.NAMES[first].capitalize()} of A and of B"
    main = figure.table(rows.columns(contrast, pairs))
    return [
        *([page.table(main, caption)] if pairs else []),
        *([page.table(figure.table(ratios), "The other figures, B over A")] if ratios else []),
    ]


def _all(lines: list[str], prose: Prose) -> list[str]:
    return [prose.marked(line) for line in lines]


def _paragraphs(lines: list[str], prose: Prose) -> list[str]:
    return [f"<p>{line}</p>" for line in _all(lines, prose)]
