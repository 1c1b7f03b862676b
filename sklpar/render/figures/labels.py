"""Names beside points, each where it covers no other name and no point."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sklpar.render.figures import vega

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sklpar.render.figures.vega import Spec

_LINE_PX = 14
_POINT_PX = 7


@dataclass(frozen=True, kw_only=True)
class _Box:
    left: float
    right: float
    top: float
    bottom: float

    def meets(self, other: _Box) -> bool:
        across = self.left < other.right and other.left < self.right
        return across and self.top < other.bottom and other.top < self.bottom


@dataclass(frozen=True, kw_only=True)
class _Place:
    """Where a name may stand: `dx` and `dy` in pixels from its point."""

    align: str
    dx: int
    dy: int

    def box(self, x: float, y: float, width: float) -> _Box:
        """Return what a name of `width` pixels covers here."""
        before = {"left": 0.0, "center": width / 2, "right": width}[self.align]
        left, middle = x + self.dx - before, y + self.dy
        top, bottom = middle - _LINE_PX / 2, middle + _LINE_PX / 2
        return _Box(left=left, right=left + width, top=top, bottom=bottom)


# The first that is free is taken.
_PLACES = tuple(
    _Place(align=align, dx=dx, dy=dy)
    for dy in (0, -16, 16, -32, 32, -48, 48)
    for align, dx in (("left", 11), ("right", -11), ("center", 0))
    if dy or align != "center"
)


def placed(data: Sequence[Spec], across: Spec, up: Spec, *, height: int) -> list[Spec]:
    """Return the data that have a `name`, each with the place (`align`, `dx`, `dy`) of it.

    It is chosen for a narrow page: on a wide one there is only more room.
    """
    width = vega.NARROW_PX - 50
    spots = [
        (part(datum["x"], across) * width, (1 - part(datum["y"], up)) * height) for datum in data
    ]
    taken = [
        _Box(left=x - _POINT_PX, right=x + _POINT_PX, top=y - _POINT_PX, bottom=y + _POINT_PX)
        for x, y in spots
    ]
    found = []
    for datum, (x, y) in zip(data, spots, strict=True):
        if not datum["name"]:
            continue
        length = len(datum["name"]) * vega.LETTER_PX
        place = _free(taken, x, y, length, _Box(left=0, right=width, top=0, bottom=height))
        taken.append(place.box(x, y, length))
        found.append({**datum, "align": place.align, "dx": place.dx, "dy": place.dy})
    return found


def _free(taken: Sequence[_Box], x: float, y: float, length: float, frame: _Box) -> _Place:
    """Return the place that covers the least, the nearest of such."""

    def covers(place: _Place) -> tuple[float, int]:
        box = place.box(x, y, length)
        outside = max(0.0, frame.left - box.left) + max(0.0, box.right - frame.right)
        outside += max(0.0, frame.top - box.top) + max(0.0, box.bottom - frame.bottom)
        return outside, sum(box.meets(other) for other in taken)

    return min(_PLACES, key=covers)


def part(value: float, along: Spec) -> float:
    """Return where on its axis a value is, 0 to 1."""
    low, high = along["domain"]
    if along["type"] == "log":
        return math.log(value / low) / math.log(high / low) if high > low else 0.5
    return (value - low) / (high - low) if high > low else 0.5


def layers(found: Sequence[Spec], x: Spec, y: Spec) -> list[Spec]:
    """Return the layers of the names, a rim of the page's colour under each."""
    rim = {"stroke": vega.PAPER, "strokeWidth": 4, "strokeJoin": "round"}
    return [
        {
            "data": {"values": [{"x": datum["x"], "y": datum["y"], "name": datum["name"]}]},
            "mark": vega.aside("text", baseline="middle", **look)
            | {key: datum[key] for key in ("align", "dx", "dy")},
            "encoding": {"x": x, "y": y, "text": {"field": "name"}},
        }
        for look in (rim, {})
        for datum in found
    ]
