"""What the runs minimize, by setting: A and B with their intervals, one above the other."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING

from sklpar.render.contrasts import answers, rows, words
from sklpar.render.figures import vega
from sklpar.render.figures.interface import Figure, NoFigure, Table
from sklpar.render.figures.strips import strips
from sklpar.render.figures.units import drawable
from sklpar.render.figures.vega import Spec
from sklpar.render.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sklpar.model import Contrast, Estimate, Pair
    from sklpar.render.table import Column

NAME = "sides"
# With more, a chart is searched and no longer seen.
_SHOWN = 40
# The letters that a narrow page has for a line.
_NARROW, _WIDE = 46, 100
# A strip has two sides; where in it each is drawn, its name above.
_HEIGHT_PX = 44
_PLACES = {"A": 0.53, "B": 0.8}
# What is no more than a bound is hollow.
_LOOKS: Mapping[str, Spec] = {
    "!datum.open": {"filled": True, "stroke": vega.PAPER, "strokeWidth": 1},
    "datum.open": {"filled": False, "fill": vega.PAPER, "strokeWidth": 2},
}
_SHAPES = {"A": ("circle", "var(--series-1)"), "B": ("diamond", "var(--series-2)")}


def draw(contrast: Contrast) -> Figure | NoFigure:
    """Return the settings of either run, the best of B first."""
    compared = contrast.compared[0]
    title = f"The {words.NAMES[compared]} of each setting in A and in B"
    known = rows.shown(contrast, compared)
    if not known:
        return NoFigure(name=NAME, title=title, why="No setting has a figure in either run.")
    shown = known[:_SHOWN]
    reading = f"{answers.summary(contrast)} The symbol is the median, the bar its 95% interval."
    if any(bound and not found for pair in shown for _, found, bound in _both(pair)):
        reading += " A hollow symbol with a dashed line was stopped there: it takes longer."
    if len(shown) < len(known):
        reading += f" The first {_SHOWN} of {len(known)} settings are drawn; the table has all."
    return Figure(
        name=NAME,
        title=title,
        reading=one_line(reading),
        chart=_chart(contrast, shown, one_line(reading)),
        table=table(rows.columns(contrast, known)),
    )


def table(columns: Sequence[Column]) -> Table:
    """Return columns as the page takes them."""
    return Table(
        headings=tuple(column.heading for column in columns),
        rows=tuple(zip(*(map(one_line, column.cells) for column in columns), strict=True)),
        right=frozenset(place for place, column in enumerate(columns) if column.right),
    )


def _chart(contrast: Contrast, shown: Sequence[Pair], reading: str) -> Spec:
    compared = contrast.compared[0]
    sign, size = _unit(shown)
    band, lines = strips(data := [_strip(contrast, pair) for pair in shown])
    points = [
        point
        for place, pair in enumerate(shown)
        for side in _both(pair)
        for point in _points(place, pair, side, size)
    ]
    extent = [value for point in points for value in (point["v"], *_ends(point))]
    scale = vega.scale(extent, room=1.06)
    logarithmic = ", logarithmic" if scale["type"] == "log" else ""
    label = f"{words.NAMES[compared]} ({sign}{logarithmic})"
    x = {"type": "quantitative", "scale": scale, "axis": vega.axis(label, scale)}
    layer = [
        *lines,
        *(one for side in _PLACES for one in _side(side, points, x, band)),
    ]
    return vega.chart(
        layer=layer, height=_HEIGHT_PX * len(data), description=reading, data={"values": data}
    )


def _both(pair: Pair) -> list[tuple[str, Estimate | None, float | None]]:
    """Return each side with its figure, and the bound where there is none."""
    return [("A", pair.a, pair.a_at_least), ("B", pair.b, pair.b_at_least)]


def _unit(shown: Sequence[Pair]) -> tuple[str, float]:
    """Return the sign of the axis, and what one of it is in the field's own unit."""
    compared = shown[0].compared
    if compared != "peak_memory_bytes":
        return ("times as-written" if compared == "speedup" else "s"), 1.0
    largest = max(one.median for pair in shown for one in (pair.a, pair.b) if one)
    return ("GB", 1e9) if largest >= 999.5e6 else ("MB", 1e6)


def _side(side: str, points: Sequence[Spec], x: Spec, band: Spec) -> list[Spec]:
    """Return the interval and the symbol of one side."""
    y = {**band, "bandPosition": _PLACES[side]}
    own = {"values": [point for point in points if point["side"] == side]}
    domain = list(_SHAPES)
    symbols: Spec = {"x": {**x, "field": "v"}, "y": y}
    symbols |= {"description": {"field": "d"}, "tooltip": {"field": "d"}}
    looks: Spec = {
        channel: {
            "field": "side",
            "type": "nominal",
            "scale": {"domain": domain, "range": [_SHAPES[name][index] for name in domain]},
            "legend": vega.LEGEND,
        }
        for index, channel in enumerate(("shape", "color"))
    }
    layers: list[Spec] = [
        {
            "data": own,
            "transform": [{"filter": which}],
            "mark": {"type": "point", "size": 80, "opacity": 1, **look},
            "encoding": {**symbols, **looks},
        }
        for which, look in _LOOKS.items()
    ]
    return [
        {
            "data": own,
            "transform": [{"filter": "isValid(datum.lo)"}],
            "mark": vega.aside("rule", strokeWidth=4, opacity=0.55),
            "encoding": {"x": {**x, "field": "lo"}, "x2": {"field": "hi"}, "y": y}
            | {"color": looks["color"]},
        },
        {
            "data": own,
            "transform": [{"filter": "datum.open"}],
            "mark": vega.aside("rule", strokeDash=[3, 3], strokeWidth=1.5),
            "encoding": {"x": {**x, "field": "v"}, "x2": {"value": "width"}, "y": y}
            | {"color": looks["color"]},
        },
        *layers,
    ]


def _strip(contrast: Contrast, pair: Pair) -> Spec:
    """Return what stands above a strip: the setting, and what is said of it."""
    said = words.says(contrast, pair)
    ratio = "" if pair.ratio is None else words.ratio(pair.ratio)
    value = ", ".join(filter(None, (ratio, said)))
    return {
        "title": vega.clipped(pair.setting, _WIDE),
        "narrow": vega.clipped(pair.setting, max(12, _NARROW - len(value))),
        "value": one_line(value),
    }


def _points(
    place: int, pair: Pair, one: tuple[str, Estimate | None, float | None], size: float
) -> list[Spec]:
    side, found, bound = one
    at = drawable(bound if found is None else found.median)
    if at is None:
        return []
    text = words.figure(pair.compared, found, bound)
    if found is None:
        said = one_line(f"{pair.setting} in {side}: {text}")
        return [{"k": place, "side": side, "v": vega.short(at / size), "open": True, "d": said}]
    span = words.interval(pair.compared, found)
    point = {
        "k": place,
        "side": side,
        "v": vega.short(at / size),
        "d": one_line(f"{pair.setting} in {side}: {text}, 95% interval {span}"),
    }
    if found.low is None or found.high is None or not math.isfinite(found.high - found.low):
        return [{**point, "d": one_line(f"{pair.setting} in {side}: {text}, no interval")}]
    return [{**point, "lo": vega.short(found.low / size), "hi": vega.short(found.high / size)}]


def _ends(point: Spec) -> list[float]:
    return [point["lo"], point["hi"]] if "lo" in point else []
