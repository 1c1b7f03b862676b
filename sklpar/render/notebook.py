"""A report as the fragment of HTML that a notebook shows for a result.

It is no member of `RENDERERS`: those are documents that `show --format` writes, this stands in the
output of a cell. So it brings no script, no address and no rule for anything outside of itself,
and takes the text's colour from the notebook, be it light or dark.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render import below, marks, markup, rows, sentence
from sklpar.render.markup import Prose, safe
from sklpar.render.plain import shorten

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sklpar.model import Report
    from sklpar.render.rows import Row
    from sklpar.render.table import Column

# So many rows and remarks stand in the open.
_ROWS, _REMARKS = 15, 8
_KINDS = {marks.RECOMMENDED: "best", marks.UNSOUND: "bad", marks.OVERSUBSCRIBED: "hot"}
_ALWAYS = ("as-written", "serial")

# Colours are translucent: what is below shows through. The selectors name the fragment's own class.
_STYLE = """\
.sklpar-result{line-height:1.45;max-width:76em;font-size:13px;text-align:left}
.sklpar-result p{margin:.4em 0;max-width:56em}
.sklpar-result .sklpar-answer{font-size:1.2em;font-weight:600;margin:.2em 0 .5em}
.sklpar-result .sklpar-scroll{overflow-x:auto;margin:.8em 0}
.sklpar-result pre{overflow-x:auto;margin:.6em 0;padding:.5em .8em;border-radius:4px;
background:rgba(127,127,127,.12);color:inherit;line-height:1.5;max-width:56em}
.sklpar-result code{display:inline-block;max-width:100%;padding:0;border:0;background:none;
color:inherit;font-size:.95em}
.sklpar-result table{border-collapse:collapse;margin:0;border:0;font-size:1em;color:inherit;
table-layout:auto}
.sklpar-result caption{text-align:left;opacity:.75;padding:0 0 .4em;color:inherit}
.sklpar-result.sklpar-result table tr{background:none}
.sklpar-result th,.sklpar-result td{padding:.25em .65em;text-align:left;white-space:nowrap;
border:0;border-bottom:1px solid rgba(127,127,127,.25);vertical-align:middle;color:inherit;
font-variant-numeric:tabular-nums}
.sklpar-result tbody th{font-weight:400}
.sklpar-result .sklpar-right{text-align:right}
.sklpar-result .sklpar-best>*{background-color:rgba(46,160,67,.18);font-weight:600}
.sklpar-result .sklpar-bad>*{background-color:rgba(215,58,73,.13)}
.sklpar-result .sklpar-hot>*{background-color:rgba(210,153,34,.14)}
.sklpar-result .sklpar-bar{min-width:8em}
.sklpar-result ul{margin:.4em 0;padding-left:1.4em;max-width:56em}
.sklpar-result li{margin:.25em 0}
.sklpar-result summary{cursor:pointer;opacity:.75;margin:.4em 0}
.sklpar-result .sklpar-small{font-size:.88em;opacity:.7;max-width:64em}
.sklpar-result code,.sklpar-result li,.sklpar-result p{overflow-wrap:anywhere}
"""


def render(report: Report, *, folder: str | None = None) -> str:
    """Return one ``<div>`` for the output of a notebook's cell.

    Parameters
    ----------
    folder : str or None
        Where the run is stored, as one would name it from here.
    """
    run = below.reference(report, folder)
    text = Prose(row.id for row in report.settings)
    parts = [f"<style>{_STYLE}</style>"]
    parts.append(f'<p class="sklpar-answer">{safe(sentence.answer(report))}</p>')
    parts += [f"<p>{text.marked(line)}</p>" for line in below.caveats(report)]
    parts += _use(report, run)
    parts += _settings(report) if rows.measured(report) else []
    parts += _remarks([*below.whys(report), *below.facts(report)], text)
    lines = below.origin(report, run, folder)
    lines[:-1] = [line if line.endswith(".") else f"{line}." for line in lines[:-1]]
    origin = " ".join(map(text.marked, lines))
    parts.append(f'<p class="sklpar-small">{origin}</p>')
    return f'<div class="sklpar-result">{"".join(parts)}</div>'


def _use(report: Report, run: str) -> list[str]:
    """Return the lines of code that bring the recommended setting into force."""
    row = report.row(report.recommendation.setting) if report.recommendation else None
    if row is None or row.id == "as-written":
        return []
    lines = []
    if row.params:
        values = (f"{path}={_code(value)}" for path, value in row.params.items())
        lines.append(f"model.set_params({safe(', '.join(values))})")
    code = "\n".join([*lines, "with sklpar.applied(result):", "    model.fit(X, y)"])
    command = f"<code>{safe(f'sklpar emit yaml {run} --output tuned.yaml')}</code>"
    return [
        f"<pre>{code}</pre>",
        f'<p class="sklpar-small">For other programs: {command}</p>',
    ]


def _code(value: object) -> str:
    """Return a plain value as code; an object, which would have to be constructed, as dots."""
    return "..." if isinstance(value, dict) else shorten(repr(value))


def _settings(report: Report) -> list[str]:
    """Return the table; where there are many settings, most of them folded up."""
    shown = rows.ordered(report)
    columns = rows.columns(report, shown)
    bars = _bars(report, shown)
    chosen = report.recommendation.setting if report.recommendation else None
    kept = [
        index
        for index, row in enumerate(shown)
        if index < _ROWS or row.setting.id in (chosen, *_ALWAYS)
    ]
    rest = [index for index in range(len(shown)) if index not in kept]
    caption = "Settings, best first. A bar is as long as its figure; &ge; is how long a fit had run"
    stopped = any(row.setting.status in ("stopped_early", "timeout") for row in shown)
    caption = f"{caption} when it was stopped." if stopped else f"{caption.partition(';')[0]}."
    parts = [_table(columns, shown, kept, bars, caption)]
    if rest:
        count = f"{len(rest)} more setting{'' if len(rest) == 1 else 's'}"
        more = _table(columns, shown, rest, bars, f"The other settings, {count}.")
        parts.append(f"<details><summary>{count}</summary>{more}</details>")
    return parts


def _bars(report: Report, shown: Sequence[Row]) -> tuple[str, list[str]]:
    """Return the key of the column that the run minimizes, and the style of each of its cells."""
    styles = [_bar(share, known=known) for share, known in markup.bars(report, shown)]
    return rows.decisive(report), styles


def _bar(share: float, *, known: bool) -> str:
    if not share:
        return ""
    end = f"rgba(56,132,255,{0.4 if known else 0.2}) {max(1.0, 100 * share):.1f}%"
    return f"background-image:linear-gradient(90deg,{end},transparent 0)"


def _table(
    columns: Sequence[Column],
    shown: Sequence[Row],
    chosen: Sequence[int],
    bars: tuple[str, Sequence[str]],
    caption: str,
) -> str:
    heading = "".join(
        f'<th scope="col"{_class(_cell_classes(column, bars[0]))}>{safe(column.heading)}</th>'
        for column in columns
    )
    body = []
    for index in chosen:
        setting, *figures = columns
        cells = [f'<th scope="row">{safe(setting.cells[index])}</th>']
        for column in figures:
            bar = bars[1][index] if column.key == bars[0] else ""
            style = f' style="{bar}"' if bar else ""
            opening = f"<td{_class(_cell_classes(column, bars[0]))}{style}>"
            cells.append(f"{opening}{safe(column.cells[index])}</td>")
        body.append(f"<tr{_class(_row_class(shown[index]))}>{''.join(cells)}</tr>")
    return (
        f'<div class="sklpar-scroll"><table><caption>{caption}</caption>'
        f"<thead><tr>{heading}</tr></thead><tbody>{''.join(body)}</tbody></table></div>"
    )


def _class(names: str) -> str:
    return f' class="{names}"' if names else ""


def _cell_classes(column: Column, bar: str) -> str:
    names = ("sklpar-right" if column.right else "", "sklpar-bar" if column.key == bar else "")
    return " ".join(filter(None, names))


def _row_class(row: Row) -> str:
    kind = _KINDS.get(row.mark)
    return f"sklpar-{kind}" if kind else ""


def _remarks(lines: Sequence[str], text: Prose) -> list[str]:
    """Return what else there is to say, as a list; what is beyond the first few is folded up."""
    items = [f"<li>{text.marked(line)}</li>" for line in lines]
    cut = len(items) if len(items) <= _REMARKS + 1 else _REMARKS
    parts = [f"<ul>{''.join(items[:cut])}</ul>"] if items else []
    if rest := items[cut:]:
        summary = f"<summary>{len(rest)} more remarks</summary>"
        parts.append(f"<details>{summary}<ul>{''.join(rest)}</ul></details>")
    return parts
