"""The report for a terminal: the answer, what to type, the table, what was found, what it cost."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render import below, chart, ladder, listing, others, remarks, rows, sentence
from sklpar.render.page import BOLD, GREEN, Page
from sklpar.render.plain import cells, pad
from sklpar.render.steps import reading, using

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sklpar.model import Report
    from sklpar.render.interface import RenderOptions
    from sklpar.render.steps import Step

# Longer lines of prose are hard to read.
_MEASURE = 100
# So many findings on settings that nobody runs.
_FINDINGS = 4


def render(report: Report, options: RenderOptions) -> str:
    """Return the report as text of `options.width` columns or fewer (60 at least).

    A command is the exception: it stands on one line, to be copied.
    """
    page = Page(options=options, measure=_MEASURE)
    run = below.reference(report, options.folder, unicode=options.unicode)
    answer = [page.paint(line, BOLD) for line in page.prose([sentence.answer(report)])]
    whys, found = page.prose(below.whys(report)), page.prose(remarks.lines(report, most=_FINDINGS))
    told = [whys, found] if remarks.is_kept(report) else [found, whys]
    blocks = [
        [*answer, *page.prose(below.caveats(report))],
        _steps("What to type next:", using(report, run), page),
        listing.lines(report, page, run) if rows.measured(report) else [],
        *told,
        chart.lines(report, page),
        page.prose(_details(report)),
        _origin(report, run, page),
        _steps("To read more:", reading(report, run), page),
    ]
    return "\n\n".join("\n".join(block) for block in blocks if block) + "\n"


def _details(report: Report) -> list[str]:
    return [
        *ladder.lines(report),
        *others.reasons(report),
        *below.absences(report),
        *others.skipped_in_short(report),
        *below.noise(report),
    ]


def _origin(report: Report, run: str, page: Page) -> list[str]:
    """Return where the run is from; the last line ends in a command, which is not broken."""
    *told, again = below.origin(report, run, page.options.folder)
    return [*page.prose(told), page.clean(again)]


def _steps(heading: str, steps: Sequence[Step], page: Page) -> list[str]:
    """Return commands under a heading, what they are for beside them where there is room."""
    typed = [(step.command, page.clean(step.does)) for step in steps]
    if not typed:
        return []
    width = max(cells(command) for command, _ in typed)
    if any(2 + width + 4 + cells(does) > page.width for _, does in typed):
        return [
            line
            for command, does in typed
            for line in (f"To {does}:", f"  {page.paint(command, GREEN)}")
        ]
    return [
        heading,
        *(f"  {page.paint(pad(command, width), GREEN)}  # {does}" for command, does in typed),
    ]
