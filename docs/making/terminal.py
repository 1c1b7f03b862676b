"""A report in a terminal, as SVG: text in its colours, some kilobytes, the same everywhere."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator

from docs.making.pages import ROOT

PICTURE = ROOT / "docs" / "images" / "terminal.svg"
_RUN = ROOT / "docs" / "runs" / "tutorial"
# The answer and the table; the tutorial's text has the rest.
_LINES, _COLUMNS = 26, 110
_COLUMN_PX, _LINE_PX, _EDGE_PX = 8.4, 19, 20
_STYLES = {
    "1": 'font-weight="bold" fill="#fff"',
    "31": 'fill="#f08a80"',
    "32": 'fill="#7fd48a"',
    "33": 'fill="#e8c267"',
}


def drawing() -> str:
    """Return the picture of the report as `sklpar show` would colour it in a terminal."""
    from sklpar.render import RENDERERS, RenderOptions
    from sklpar.store.folder import RunFolder

    run = RunFolder.find(str(_RUN))
    options = RenderOptions(width=_COLUMNS, color=True, folder=f".sklpar/runs/{run.run_id}")
    lines = RENDERERS["text"](run.read_report(), options).splitlines()[:_LINES]
    width = round(_COLUMNS * _COLUMN_PX + 2 * _EDGE_PX)
    height = len(lines) * _LINE_PX + 2 * _EDGE_PX
    drawn = [part for number, line in enumerate(lines, start=1) for part in _line(number, line)]
    opening = (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width} {height}"'
        f' width="{width}" height="{height}" font-family="monospace" font-size="14"'
        ' fill="#d6d9e0">'
    )
    return "\n".join(
        [
            opening,
            '<rect width="100%" height="100%" rx="6" fill="#16181d"/>',
            *drawn,
            "</svg>\n",
        ]
    )


def _line(number: int, line: str) -> Iterator[str]:
    """Yield the pieces of a line, each as wide as its columns whatever font there is."""
    column, style = 0, ""
    for part in re.split(r"(\x1b\[\d*m)", line):
        if part.startswith("\x1b"):
            style = _STYLES.get(part[2:-1], "")
            continue
        for word in re.finditer(r"\S+(?: \S+)*", part):
            x = _EDGE_PX + (column + word.start()) * _COLUMN_PX
            length = len(word[0]) * _COLUMN_PX
            yield (
                f'<text x="{x:.1f}" y="{_EDGE_PX + number * _LINE_PX - 5}"'
                f' textLength="{length:.1f}" lengthAdjust="spacingAndGlyphs" {style}>'
                f"{html.escape(word[0])}</text>"
            )
        column += len(part)
