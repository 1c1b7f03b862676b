"""One strip for each setting, its name above what is drawn: a long one costs no width."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render import marks
from sklpar.render.figures import vega

if TYPE_CHECKING:
    from sklpar.model import Report, SettingReport
    from sklpar.render.figures.vega import Spec

HEIGHT_PX = 36
# Letters that a narrow and a wide page have for a name.
_NARROW, _WIDE = 45, 110
# Where in a strip its name stands, and where the drawing; 0 is the top.
_NAME_AT, _DRAWN_AT = 0.22, 0.68


def strips(data: list[Spec]) -> tuple[Spec, list[Spec]]:
    """Return the y of what is drawn in a strip, and the layers with names and values.

    Numbers the data by `k`, in the order in which they are shown; `title` (of `titled`) and `value`
    of each are written to the left and to the right.
    """
    for place, datum in enumerate(data):
        datum["k"] = place
    base: Spec = {
        "field": "k",
        "type": "ordinal",
        "axis": None,
        "scale": {"type": "band", "padding": 0},
    }
    band, name = {**base, "bandPosition": _DRAWN_AT}, {**base, "bandPosition": _NAME_AT}
    text = {"expr": f"{vega.IS_NARROW} && datum.narrow || datum.title"}
    beside = max((len(datum["value"]) for datum in data), default=0) * vega.LETTER_PX + 14
    left = {"expr": f"max(60, width - {beside:.0f})"}
    layers: list[Spec] = [
        {
            "mark": vega.aside("rule", color=vega.GRID),
            "encoding": {"x": {"value": 0}, "x2": {"value": "width"}, "y": band},
        },
        {
            "mark": vega.aside("text", align="left", baseline="middle", limit=left, text=text),
            "encoding": {"x": {"value": 0}, "y": name},
        },
        {
            "mark": vega.aside("text", align="right", baseline="middle", color=vega.MUTED),
            "encoding": {"x": {"value": "width"}, "y": name, "text": {"field": "value"}},
        },
    ]
    return band, layers


def titled(report: Report, row: SettingReport, *, beside: int) -> Spec:
    """Return a setting's glyphs, id and marks; where that is long, `narrow` has less of them.

    Parameters
    ----------
    beside : int
        Letters of the value in the same line.
    """
    glyphs, words = marks.glyphs(report, row), marks.words(report, row)
    after = f": {', '.join(words)}" if words else ""
    found = {"title": f"{glyphs} {vega.clipped(row.id, _WIDE - len(after))}{after}"}
    room = _NARROW - beside - len(glyphs) - 1
    if len(glyphs) + 1 + len(row.id) + len(after) > _NARROW - beside:
        first = f": {words[0]}" if words and len(row.id) + len(words[0]) + 2 <= room else ""
        found["narrow"] = f"{glyphs} {vega.clipped(row.id, room - len(first))}{first}"
    return found
