"""Time against peak memory: what less of the one costs of the other."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sklpar.render import marks, rows, sentence
from sklpar.render.figures import labels, vega
from sklpar.render.figures.interface import Figure, NoFigure, Table
from sklpar.render.figures.units import Unit, drawable, unit_of
from sklpar.render.numbers import memory
from sklpar.render.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sklpar.model import Report, SettingReport
    from sklpar.render.figures.vega import Spec

NAME = "memory"
_TITLE = "What does speed cost in memory?"
_FIELD = "peak_memory_bytes"
_HEIGHT = 320
# More points than these are a cloud, and a heavy page.
_SHOWN = 300
# A bound is drawn where the largest setting comes this near to it.
_NEAR = 0.4


@dataclass(frozen=True, kw_only=True)
class Spot:
    """Where a setting is: its time in seconds, its peak memory in bytes."""

    row: SettingReport
    time: float
    taken: float


def draw(report: Report) -> Figure | NoFigure:
    """Return time and peak memory of each setting, those efficient in both joined by a line."""
    minimized, _ = sentence.minimized(report)
    time = unit_of(report, "fit_s" if minimized == "fit_s" else "first_fit_s")
    known = sorted(_spots(report, time), key=lambda spot: (spot.time, spot.taken))
    if len(known) < 2:
        why = f"Fewer than two settings have both a {time.label} and a peak memory."
        return NoFigure(name=NAME, title=_TITLE, why=why)
    front = efficient(spot for spot in known if marks.can_be_chosen(report, spot.row))
    shown = _chosen(report, known, front)
    reading = " ".join(_reading(report, time, known, shown, front))
    return Figure(
        name=NAME,
        title=_TITLE,
        reading=reading,
        chart=_chart(report, time, shown, front, reading),
        table=_table(report, time, known, front),
    )


def _spots(report: Report, time: Unit) -> list[Spot]:
    found = []
    for row in rows.measured(report):
        taken = drawable(sentence.value(row, _FIELD))
        if taken and (lasted := drawable(sentence.value(row, time.field))):
            found.append(Spot(row=row, time=lasted, taken=taken))
    return found


def efficient(spots: Iterable[Spot]) -> list[Spot]:
    """Return those that no other beats in time without taking more memory, fastest first."""
    front: list[Spot] = []
    least = math.inf
    for spot in sorted(spots, key=lambda spot: (spot.time, spot.taken)):
        if spot.taken < least:
            front.append(spot)
            least = spot.taken
    return front


def _chosen(report: Report, known: Sequence[Spot], front: Sequence[Spot]) -> list[Spot]:
    """Return the fastest, those that are efficient, and those that a reader looks for."""
    kept = {spot.row.id for spot in front} | _named(report)
    return [spot for rank, spot in enumerate(known) if rank < _SHOWN or spot.row.id in kept]


def _named(report: Report) -> set[str]:
    choice = report.recommendation
    return {"as-written", "serial"} | ({choice.setting} if choice else set())


def _reading(
    report: Report,
    time: Unit,
    known: Sequence[Spot],
    shown: Sequence[Spot],
    front: Sequence[Spot],
) -> list[str]:
    told = []
    among = ""
    if not all(marks.can_be_chosen(report, spot.row) for spot in known):
        among = "Of the settings that can be recommended, "
    if len(front) == 1:
        told.append(f"{among}{_said(front[0], time)} is the fastest and takes the least memory.")
    elif front:
        fast, small = (_said(spot, time) for spot in (front[0], front[-1]))
        told.append(f"{among}{fast} is the fastest, {small} takes the least memory.")
        told.append("The line joins those that no other beats in both, by the medians.")
    if drawable(report.memory_limit_bytes) and report.memory_limit_bytes is not None:
        over = sum(marks.is_over_limit(report, spot.row) for spot in known)
        takes = f"{over} setting{' takes' if over == 1 else 's take'}" if over else "None takes"
        told.append(f"{takes} more than the limit of {memory(report.memory_limit_bytes)}.")
    if len(shown) < len(known):
        told.append(f"The {_SHOWN} fastest of {len(known)} are drawn; the table has all.")
    return told


def _said(spot: Spot, time: Unit) -> str:
    return f"{vega.named(spot.row)} ({_figures(spot, time)})"


def _figures(spot: Spot, time: Unit) -> str:
    return f"{sentence.show(time.field, spot.time)}, {memory(spot.taken)}"


def _chart(
    report: Report, time: Unit, shown: Sequence[Spot], front: Sequence[Spot], reading: str
) -> Spec:
    room = unit_of(report, _FIELD)
    bounds = _bounds(report, shown)
    across = vega.scale([spot.time for spot in shown], room=1.15)
    heights = [*(spot.taken for spot in shown), *(bound for bound, _ in bounds)]
    up = vega.scale([height / room.size for height in heights], room=1.1)
    x = vega.along("x", across, time.label, time.sign)
    y = vega.along("y", up, room.label, room.sign, **vega.ABOVE)
    # What is marked lies on top.
    drawn = sorted(
        ((marks.mark(report, spot.row), spot) for spot in shown),
        key=lambda pair: -marks.MARKS.index(pair[0]),
    )
    named = _named(report)
    data = [
        {
            **_place(spot, room),
            "mark": mark.word,
            "d": f"{marks.name(report, spot.row)}: {_figures(spot, time)}",
            "name": vega.clipped(spot.row.id, 24) if spot.row.id in named else "",
        }
        for mark, spot in drawn
    ]
    spoken = {"description": {"field": "d"}, "tooltip": {"field": "d"}}
    layer: list[Spec] = [
        {
            "data": {"values": [_place(spot, room) for spot in front]},
            "mark": vega.aside("line", interpolate="step-after", color=vega.MUTED, strokeWidth=1.5),
            "encoding": {"x": x, "y": y, "order": {"field": "x"}},
        },
        *(layer for bound, name in bounds for layer in _bound(bound / room.size, name, y)),
        {
            "mark": {"type": "point", "filled": True, "size": 120, "opacity": 0.9},
            "encoding": {"x": x, "y": y, **spoken, **vega.shapes([mark for mark, _ in drawn])},
        },
        *labels.layers(labels.placed(data, across, up, height=_HEIGHT), x, y),
    ]
    return vega.chart(layer=layer, height=_HEIGHT, description=reading, data={"values": data})


def _place(spot: Spot, room: Unit) -> Spec:
    return {"x": vega.short(spot.time), "y": vega.short(spot.taken / room.size)}


def _bounds(report: Report, shown: Sequence[Spot]) -> list[tuple[float, str]]:
    """Return the limit and the host's memory in bytes, where a setting comes near to them."""
    known = (
        (report.memory_limit_bytes, "memory limit"),
        (report.host.memory_bytes, "memory of the host"),
    )
    largest = max(spot.taken for spot in shown)
    return [
        (bound, f"{name}, {memory(bound)}")
        for bound, name in known
        if bound and drawable(bound) and largest > _NEAR * bound
    ]


def _bound(at: float, name: str, y: Spec) -> list[Spec]:
    """Return a line across at a bound, and its name on it."""
    data = {"values": [{"y": vega.short(at)}]}
    text = vega.aside("text", align="right", baseline="bottom", dy=-4, text=name)
    return [
        {
            "data": data,
            "mark": vega.aside("rule", color="var(--bad)", strokeDash=[6, 4]),
            "encoding": {"y": y},
        },
        {"data": data, "mark": text, "encoding": {"x": {"value": "width"}, "y": y}},
    ]


def _table(report: Report, time: Unit, known: Sequence[Spot], front: Sequence[Spot]) -> Table:
    on_front = {spot.row.id for spot in front}
    return Table(
        headings=("setting", time.label, "peak memory", "notes"),
        rows=tuple(
            (
                one_line(spot.row.id),
                sentence.show(time.field, spot.time),
                memory(spot.taken),
                ", ".join(
                    [
                        *marks.words(report, spot.row),
                        *(["efficient"] if spot.row.id in on_front else []),
                    ]
                ),
            )
            for spot in known
        ),
        right=frozenset({1, 2}),
    )
