"""What the charts have in common: their frame, their scales, and numbers in few characters."""

from __future__ import annotations

import math
from collections.abc import Iterable, Sequence
from typing import TYPE_CHECKING, Any, TypeAlias

from sklpar.render.marks import MARKS
from sklpar.render.plain import ELLIPSIS, one_line

if TYPE_CHECKING:
    from sklpar.model import SettingReport
    from sklpar.render.marks import Mark

Spec: TypeAlias = dict[str, Any]

# From this ratio of the largest to the smallest on, a linear axis shows only the largest.
_WIDE = 8.0
_DECADES = 5
_LARGE = 1e7
_NAMED = 100
_FONT = "system-ui, sans-serif"
TEXT_PX, SMALL_PX = 12, 11
# About what a letter takes at that size, in pixels.
LETTER_PX = 6.4
# What a page on a phone leaves to a chart.
NARROW_PX = 330
_NARROW = 480
IS_NARROW = f"width < {_NARROW}"

INK, MUTED, GRID, PAPER = "var(--ink)", "var(--muted)", "var(--grid)", "var(--paper)"
SERIES = tuple(f"var(--series-{number})" for number in range(1, 7))

# A title above its axis, where it takes no width.
ABOVE: Spec = {
    "titleAlign": "left",
    "titleAngle": 0,
    "titleAnchor": "end",
    "titleX": 0,
    "titleY": -10,
}

_CONFIG: Spec = {
    "font": _FONT,
    "background": None,
    "view": {"stroke": None},
    "axis": {
        "labelColor": MUTED,
        "titleColor": MUTED,
        "titleFontWeight": "normal",
        "labelFontSize": SMALL_PX,
        "titleFontSize": TEXT_PX,
        "gridColor": GRID,
        "domainColor": GRID,
        "tickColor": GRID,
        "labelOverlap": "greedy",
    },
    "legend": {
        "orient": "bottom",
        "title": None,
        "labelColor": INK,
        "labelFontSize": TEXT_PX,
        "labelLimit": 260,
        "symbolBaseFillColor": INK,
        "symbolBaseStrokeColor": INK,
        # One below the other where there are two: beside each other they outgrow a narrow page.
        "layout": {"bottom": {"direction": "vertical", "anchor": "start", "margin": 8}},
        "symbolSize": 90,
        "symbolOpacity": 1,
        "columnPadding": 14,
    },
    "text": {"font": _FONT, "fontSize": TEXT_PX, "color": INK},
}

# In columns: in one line, a legend would run out of a narrow page.
LEGEND: Spec = {"columns": {"expr": f"{IS_NARROW} ? 2 : 6"}}


def chart(*, layer: Sequence[Spec], height: object, description: str, **more: Any) -> Spec:
    """Return a chart as wide as its place in the page."""
    return {
        "description": description,
        "width": "container",
        "height": height,
        "autosize": {"type": "fit-x", "contains": "padding"},
        "config": _CONFIG,
        "layer": list(layer),
        **more,
    }


def short(value: float) -> float:
    """Return `value` to four significant digits: more cannot be seen, and costs bytes."""
    return float(f"{value:.4g}")


def is_wide(values: Iterable[float]) -> bool:
    """Tell whether an axis of these values should be logarithmic."""
    positive = [value for value in values if value > 0]
    return bool(positive) and max(positive) > _WIDE * min(positive)


def scale(values: Iterable[float], *, room: float = 1.0) -> Spec:
    """Return an axis' scale: logarithmic where the values are far apart, else from zero.

    Parameters
    ----------
    room : float
        What the ends are moved out by, as a factor.
    """
    known = [value for value in values if value > 0 and math.isfinite(value)]
    low, high = (min(known), max(known)) if known else (0.0, 1.0)
    if is_wide(known):
        return {"type": "log", "domain": [short(low / room), short(high * room)], "nice": False}
    return {"type": "linear", "domain": [0, short(high * room)], "nice": False}


def axis(title: str, along: Spec, **more: Any) -> Spec:
    """Return the axis of a scale, its numbers written plainly: 1, 2 and 5 of each decade on a log.

    Across many decades only the powers of ten are marked.
    """
    low, high = along["domain"]
    # Written out, very large or small ones would take the width of the chart.
    style = "~e" if high >= _LARGE or (along["type"] == "log" and low < 1 / _LARGE) else "~r"
    if along["type"] != "log":
        return {"title": title, "format": style, "tickCount": 5, **more}
    decades = range(math.floor(math.log10(low)), math.ceil(math.log10(high)) + 1)
    steps = (1, 2, 5) if len(decades) <= _DECADES else (1,)
    ticks = [short(step * 10.0**decade) for decade in decades for step in steps]
    shown = [tick for tick in ticks if low <= tick <= high]
    return {"title": title, "format": style, "values": shown, **more}


def along(field: str, on: Spec, label: str, sign: str, **more: Any) -> Spec:
    """Return a channel of positions on a scale, its axis saying the unit and whether it is a log.

    Parameters
    ----------
    sign : str
        The unit's.
    """
    logarithmic = ", logarithmic" if on["type"] == "log" else ""
    ticks = axis(f"{label} ({sign}{logarithmic})", on, **more)
    return {"field": field, "type": "quantitative", "scale": on, "axis": ticks}


def aside(kind: str, **more: Any) -> Spec:
    """Return a mark that says nothing of its own: hidden from whoever listens to the chart."""
    return {"type": kind, "aria": False, "tooltip": None, **more}


def shapes(present: Iterable[Mark]) -> Spec:
    """Return the encoding of marks by shape and colour, with one legend for both."""
    held = set(present)
    shown = [mark for mark in MARKS if mark in held]
    # Alone, it needs no explanation.
    legend: Spec | None = LEGEND if len(shown) > 1 else None
    domain = [mark.word for mark in shown]
    return {
        "shape": {
            "field": "mark",
            "type": "nominal",
            "scale": {"domain": domain, "range": [mark.shape for mark in shown]},
            "legend": legend,
        },
        "color": {
            "field": "mark",
            "type": "nominal",
            "scale": {"domain": domain, "range": [mark.color for mark in shown]},
            "legend": legend,
        },
    }


def named(row: SettingReport) -> str:
    """Return a setting's id as a sentence has it: longer than any that is not meant to be long."""
    return clipped(row.id, _NAMED)


def clipped(text: str, length: int) -> str:
    """Return `text` in `length` characters at most, its two ends kept: ids differ in their ends."""
    line = one_line(text)
    if len(line) <= length:
        return line
    tail = (length - 1) // 2
    return f"{line[: length - 1 - tail]}{ELLIPSIS}{line[-tail:]}"
