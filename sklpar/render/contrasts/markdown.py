"""A contrast as GitHub-flavoured markdown: for a pull request that changes a version, or a job."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render import gfm
from sklpar.render.contrasts import answers, changes, rows, words

if TYPE_CHECKING:
    from sklpar.model import Contrast
    from sklpar.render.interface import RenderOptions


def render(contrast: Contrast, options: RenderOptions) -> str:
    """Return what changed, the answers, the table of what is minimized; the rest folded up."""
    page = gfm.Page(
        [row.id for report in (contrast.a, contrast.b) for row in report.settings],
        unicode=options.unicode,
    )
    first, *others = contrast.compared
    pairs = rows.shown(contrast, first)
    title = words.NAMES[first].capitalize()
    lines = [
        "### sklpar compare",
        "",
        *page.bullets([*changes.titles(contrast), *changes.lines(contrast)]),
        "",
        *(line for text in answers.lines(contrast) for line in (page.prose(text), "")),
        f"**{page.prose(answers.summary(contrast))}**",
        "",
    ]
    if pairs:
        lines += [f"{title} of A and of B:", "", *page.table(rows.columns(contrast, pairs)), ""]
    ratios = rows.ratios(contrast, others)
    if ratios:
        lines += [*page.table(ratios), ""]
    lines += page.folded("Notes", rows.notes(contrast))
    return "\n".join(lines).rstrip("\n") + "\n"
