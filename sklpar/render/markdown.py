"""The report as GitHub-flavoured markdown: for a pull request, an issue, a notebook's cell."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render import below, gfm, rows, sentence
from sklpar.render.plain import shorten
from sklpar.render.steps import using

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sklpar.model import Report
    from sklpar.render.interface import RenderOptions
    from sklpar.render.steps import Step


def render(report: Report, options: RenderOptions) -> str:
    """Return the answer, the commands to use it, the table; findings and details folded up."""
    page = gfm.Page((row.id for row in report.settings), unicode=options.unicode)
    run = below.reference(report, options.folder, unicode=options.unicode)
    origin = below.origin(report, run, options.folder)
    name = f": {gfm.code(page.clean(shorten(report.name)))}" if report.name else ""
    shown = rows.columns(report, rows.ordered(report)) if rows.has_figures(report) else []
    # A column that is empty everywhere would only push the others off a narrow page.
    columns = [column for column in shown if any(column.cells)]
    lines = [
        f"### sklpar{name}",
        "",
        f"**{page.prose(sentence.answer(report))}**",
        "",
        *(line for text in below.caveats(report) for line in (page.prose(text), "")),
        *_commands(using(report, run), page),
        *([*page.table(columns), ""] if columns else []),
        *page.bullets(rows.without_figures(report)),
        *page.bullets(below.whys(report)),
        "",
        *page.folded("Findings", below.findings(report)),
        *page.folded("Details", below.details(report)),
        *page.folded("How it was measured", origin),
    ]
    return "\n".join(lines).rstrip("\n") + "\n"


def _commands(found: Sequence[Step], page: gfm.Page) -> list[str]:
    """Return a block of shell for each command: there GitHub has a button that copies it."""
    # Nothing ends the block: each line of it begins with the program's name.
    return [
        line
        for step in found
        for line in (
            f"To {page.prose(step.does)}:",
            "",
            "```sh",
            step.command,
            "```",
            "",
        )
    ]
