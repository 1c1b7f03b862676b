"""What was found: a sentence for each finding with the knob to turn, the worst first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.errors import UsageError
from sklpar.render import below, manual
from sklpar.render.html import page
from sklpar.render.markup import safe
from sklpar.render.remarks import Remark, is_kept, remarks

if TYPE_CHECKING:
    from sklpar.model import Report
    from sklpar.render.markup import Prose

# A shape and a word each, so that colour adds nothing that is not there without it.
_SIGNS = {
    "error": ("&#x2716;&#xFE0E;", "error"),
    "warning": ("&#x25B2;&#xFE0E;", "warning"),
    "info": ("&#x25CF;&#xFE0E;", "note"),
}
# So many stand in the open.
_SHOWN = 4


def section(report: Report, prose: Prose) -> str:
    """Return the part of the page on findings, why this setting, and what else there is to say."""
    found = remarks(report)
    items = [_item(one, prose) for one in found]
    shown = _SHOWN if len(items) > _SHOWN + 1 else len(items)
    rest = [*items[shown:], *_plain(below.details(report), prose)]
    told = [items[:shown], _plain(below.whys(report), prose)]
    if is_kept(report):
        told.reverse()
    why = [line for part in told for line in part]
    return page.section(
        "found",
        "What was found",
        _list(why) if why else "<p>Nothing was found that calls for a change.</p>",
        page.folded(f"{len(rest)} more remark{'' if len(rest) == 1 else 's'}", _list(rest))
        if rest
        else "",
        *_explained(report, found),
    )


def _item(one: Remark, prose: Prose) -> str:
    """Return a remark with its sign."""
    glyph, word = _SIGNS[one.severity]
    sign = f'<span class="sign" role="img" aria-label="{word}">{glyph}</span>'
    said = one.line.removeprefix(one.lead)
    space = "" if said.startswith(":") else " "
    lead = f"<strong>{safe(one.lead)}</strong>{space}"
    return f'<li class="{one.severity}">{sign}{lead}{prose.marked(said)}</li>'


def _plain(lines: list[str], prose: Prose) -> list[str]:
    return [f"<li>{prose.marked(line)}</li>" for line in lines]


def _list(items: list[str]) -> str:
    return '<ul class="findings">\n' + "\n".join(items) + "\n</ul>"


def _explained(report: Report, found: list[Remark]) -> list[str]:
    """Return what the manual says of each rule that was found."""
    rules = dict.fromkeys(
        [
            *(one.rule for one in found if one.rule),
            *(one.rule for one in report.noise.findings),
        ]
    )
    known = [(rule, text) for rule in rules if (text := _paragraph(rule))]
    if not known:
        return []
    texts = [(rule, safe(text).replace("`", "")) for rule, text in known]
    return [page.folded("What these findings mean", page.definitions(texts))]


def _paragraph(rule: str) -> str:
    """Return a rule's paragraph, or nothing: a stored run may name one that this sklpar has not."""
    try:
        return manual.paragraph(rule)
    except UsageError:
        return ""
