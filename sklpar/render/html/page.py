"""The page: one file of HTML that needs nothing outside of itself.

`document` puts it together from parts that the other functions here make, foreign text escaped.
All of it is readable without its script, which draws the charts and folds up their tables.

Charts are Vega-Lite specifications with their data and their configuration in them. They are drawn
as SVG, so that colours may be CSS variables and follow the theme of the page without being drawn
again:

=====================================  ===========================================================
``--paper``, ``--ink``, ``--muted``    background, text, less important text
``--grid``                             lines that only guide the eye
``--accent``                           the recommended setting
``--warn``                             oversubscribed
``--bad``                              failed, differs, over a limit
``--plain``                            every other mark
``--series-1`` ... ``--series-6``      series, told apart by any eye and in both themes
=====================================  ===========================================================

A chart as wide as the page says ``"width": "container"``.

A content security policy lets nothing be loaded, and nothing run but the scripts whose hashes it
names: a name in a report that is a script cannot be one. So a page holds no ``style`` attribute and
no handler.
"""

from __future__ import annotations

import html
import json
from dataclasses import replace
from typing import TYPE_CHECKING

from sklpar.render import marks
from sklpar.render.figures import Figure, NoFigure, Table
from sklpar.render.html import libraries
from sklpar.render.markup import safe

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sklpar.render.steps import Step

# More rows of a figure's table would make a page too heavy to be sent around.
_ROWS = 200
# More columns than any table has.
_COLUMNS = 20

_HEAD = """\
<!DOCTYPE html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="{policy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="referrer" content="no-referrer">
<meta name="generator" content="sklpar">
<title>{title}</title>
<style>{style}</style>
</head>
<body>
"""


def document(
    *,
    title: str,
    header: str,
    parts: Sequence[str],
    footer: str = "",
    figures: Sequence[Figure | NoFigure] = (),
) -> str:
    """Return the whole page, in ASCII.

    Parameters
    ----------
    title : str
        Of the window, as text.
    header : str
        HTML of what comes first: the one ``h1`` is in it.
    parts : sequence of str
        HTML of what follows, in order; each as `section` makes it.
    footer : str
        HTML of what comes last.
    figures : sequence of Figure or NoFigure
        Those that `parts` show: only where there is a chart does the page carry what draws it.
    """
    charts = any(isinstance(one, Figure) for one in figures)
    style, script = (
        libraries.own("page.css") + _signs() + _bars() + _columns(),
        libraries.own("draw.js"),
    )
    packed = libraries.packed() if charts else ()
    sources = " ".join([libraries.policy_source(script), *(one.source for one in packed)])
    policy = (
        f"default-src 'none'; style-src {libraries.policy_source(style)}; "
        f"script-src {sources}; base-uri 'none'; form-action 'none'"
    )
    body = [
        _HEAD.format(policy=policy, title=safe(title), style=style),
        f"<header>\n{header}\n</header>\n<main>\n",
        "\n".join(parts),
        f"\n</main>\n<footer>\n{footer}\n{_licences() if charts else ''}</footer>\n",
        *(_library(one) for one in packed),
        f"<script>{script}</script>\n</body>\n</html>\n",
    ]
    # So that no mail, no proxy and no editor can mistake a character.
    return "".join(body).encode("ascii", "xmlcharrefreplace").decode("ascii")


def section(name: str, heading: str, *body: str) -> str:
    """Return a part of the page under a heading, `name` its anchor."""
    return (
        f'<section aria-labelledby="{name}">\n<h2 id="{name}">{safe(heading)}</h2>\n'
        + "\n".join(body)
        + "\n</section>"
    )


def folded(summary: str, *body: str, opened: bool = False) -> str:
    """Return what stands one click away."""
    inside = "\n".join(body)
    start = "<details open>" if opened else "<details>"
    return f"{start}<summary>{safe(summary)}</summary>\n{inside}\n</details>"


def table(found: Table, caption: str) -> str:
    """Return a table of text."""
    return grid(
        caption,
        found.headings,
        ([safe(text) for text in row] for row in found.rows),
        right=found.right,
    )


def grid(
    caption: str,
    headings: Sequence[str],
    rows: Iterable[Sequence[str]],
    *,
    right: Iterable[int] = (),
    kinds: Sequence[str] = (),
) -> str:
    """Return a table whose cells are HTML; it scrolls by itself where the page is narrower.

    Parameters
    ----------
    caption, headings : str, sequence of str
        Text.
    rows : iterable of sequence of str
        HTML; the first cell names the row.
    right : iterable of int
        The columns that are set flush right, from 0.
    kinds : sequence of str
        The key of a mark for each row, which gives it its sign; or none at all.
    """
    # Named once for the table, not in each of what may be thousands of cells.
    classes = " ".join(f"r{column + 1}" for column in sorted(right))
    heading = "".join(f'<th scope="col">{safe(text)}</th>' for text in headings)
    body = []
    for index, (name, *cells) in enumerate(rows):
        kind = f" class={kinds[index]}" if kinds else ""
        # Without the end tags that HTML lets one leave out: there may be thousands of rows.
        values = "".join(f"<td>{cell}" for cell in cells)
        body.append(f"<tr{kind}><th scope=row>{name}{values}")
    return (
        f'<div class="scroll" role="region" tabindex="0" aria-label="{safe(caption)}">'
        # Held in its place by the style, while the table scrolls under it.
        f'<table class="{classes}"><caption><span>{safe(caption)}</span></caption>\n'
        f"<thead><tr>{heading}</tr></thead>\n<tbody>\n"
        + "\n".join(body)
        + "\n</tbody></table></div>"
    )


def figure(found: Figure | NoFigure) -> str:
    """Return a chart under its question, what it says, and its numbers; or why there is none."""
    name, heading = f"figure-{found.name}", safe(found.title)
    if isinstance(found, NoFigure):
        return (
            f'<section aria-labelledby="{name}">\n<h3 id="{name}">{heading}</h3>\n'
            f'<p class="quiet">{safe(found.why)}</p>\n</section>'
        )
    chart = {"description": found.reading, **found.chart}
    numbers = folded("The numbers as a table", *_numbers(found), opened=True)
    return (
        f'<figure class="drawn" aria-labelledby="{name}">\n<h3 id="{name}">{heading}</h3>\n'
        f'<div class="chart"></div>\n<p class="reading">{safe(found.reading)}</p>\n{numbers}\n'
        f'<script type="application/json">{_data(chart)}</script>\n</figure>'
    )


def _numbers(found: Figure) -> list[str]:
    """Return the table of a figure; of thousands of rows, the first."""
    whole = found.table
    parts = [table(replace(whole, rows=whole.rows[:_ROWS]), found.title)]
    if (left := len(whole.rows) - _ROWS) > 0:
        has = "sklpar show --format json has all of them"
        parts.append(f'<p class="quiet">{left} more rows are left out here; {has}.</p>')
    return parts


def left_out(what: str, run: str, has: str) -> str:
    """Return a paragraph that says what the page lacks, and which format of the run has it."""
    command = f"<code>sklpar show {safe(run)} --format {has}</code>"
    return f'<p class="quiet">Left out here: {safe(what)}. {command} has all of it.</p>'


def commands(steps: Sequence[Step]) -> str:
    """Return what to type, and what for."""
    return "\n".join(
        f'<div class="command"><p>To {safe(step.does)}:</p>'
        f"<pre><code>{safe(step.command)}</code></pre></div>"
        for step in steps
    )


def definitions(pairs: Iterable[tuple[str, str]]) -> str:
    """Return names (text) and what is said of each (HTML)."""
    inside = "\n".join(f"<div><dt>{safe(name)}</dt><dd>{what}</dd></div>" for name, what in pairs)
    return f"<dl>\n{inside}\n</dl>"


def bullets(items: Sequence[str]) -> str:
    """Return a list of sentences, which are HTML."""
    return "<ul>\n" + "\n".join(f"<li>{item}</li>" for item in items) + "\n</ul>"


def _data(value: object) -> str:
    """Return JSON that cannot end the script that it stands in."""
    text = json.dumps(value, separators=(",", ":"), allow_nan=False)
    return text.replace("<", "\\u003c").replace(">", "\\u003e").replace("&", "\\u0026")


def _signs() -> str:
    """Return what each mark is drawn as, in the charts' own shapes; its word stands beside it."""
    return "".join(
        # As text: some systems would draw the shape as a coloured picture.
        f'.{one.key}{{--sign:"\\{ord(one.glyph):x}\\fe0e";--tone:{one.color}}}'
        for one in marks.MARKS
    )


def _bars() -> str:
    """Return a class for each length of a bar: the policy forbids to say it in the cell."""
    return "".join(f".w{share}{{background-size:{share}% 100%}}" for share in range(1, 101))


def _columns() -> str:
    """Return a class for each column of numbers: so its cells need none, be they thousands."""
    return "".join(
        f".r{place} :is(th,td):nth-child({place}){{text-align:right}}"
        f".r{place} td:nth-child({place}){{white-space:nowrap}}"
        for place in range(2, _COLUMNS + 1)
    )


def _library(one: libraries.Packed) -> str:
    return f'<script class="library" type="text/plain" data-name="{one.name}">{one.text}</script>\n'


def _licences() -> str:
    texts = html.escape(libraries.licences())
    return folded("Licences of the chart library", f"<pre>{texts}</pre>") + "\n"
