"""The chart of speedup against n_jobs: measured points, fitted curves, the ideal line."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

from sklpar.model import threads_text
from sklpar.render import numbers
from sklpar.render.figures import marks, vega
from sklpar.render.figures.units import threads_said
from sklpar.render.plain import one_line

if TYPE_CHECKING:
    from sklpar.model import Report, ScalingPoint, ScalingSeries
    from sklpar.render.figures.vega import Spec

_HEIGHT = 320
# Points of a fitted curve.
_STEPS = 60
# From this n_jobs on, an axis of doublings.
_MANY = 16
# Pixels between the numbers of two curves, one above the other.
_APART = 13.0

# [n_jobs, speedup] of each point.
Line: TypeAlias = list[list[float]]


def points(series: ScalingSeries) -> list[ScalingPoint]:
    """Return the points of a series whose speedup is known."""
    return [point for point in series.points if point.speedup is not None]


def curve(series: ScalingSeries, low: float, high: float, cpus: int) -> Line:
    """Return the law of a series from `low` to `high` n_jobs, against its measured time of one.

    Where the work is so many equal tasks, the law is of whole workers.
    """
    law, known = series.law, points(series)
    if law is None or not known:
        return []
    alone = (known[0].speedup or 0.0) * known[0].median_s
    if law.tasks is None:
        at = {low + step * (high - low) / _STEPS for step in range(_STEPS + 1)}
        # The law has a corner there.
        at |= {float(cpus)} if low < cpus < high else set()
    else:
        at = {float(number) for number in range(int(low), int(high) + 1)}
    times = ((number, law.time_s(number, cpus)) for number in sorted(at))
    return [[vega.short(number), vega.short(alone / time)] for number, time in times if time > 0]


@dataclass(frozen=True, kw_only=True)
class _Drawing:
    """What every layer of the chart needs: the series by their name in the legend, and the axes."""

    report: Report
    series: dict[str, ScalingSeries]
    last: float
    top: float

    @property
    def cpus(self) -> int:
        return self.report.host.usable_cpus

    @property
    def x(self) -> Spec:
        scale: Spec = {"domain": [1, self.last], "nice": False, "padding": 10}
        if self.last >= _MANY:
            scale |= {"type": "log", "base": 2}
        axis: Spec = {"title": "n_jobs", "format": "d", "values": self._ticks(), "grid": False}
        return {"field": "x", "type": "quantitative", "scale": scale, "axis": axis}

    @property
    def y(self) -> Spec:
        scale: Spec = {"type": "linear", "domain": [0, self.top], "nice": False}
        axis = vega.axis("speedup against its own n_jobs = 1", scale, **vega.ABOVE)
        return {"field": "y", "type": "quantitative", "scale": scale, "axis": axis}

    @property
    def color(self) -> Spec:
        legend: Spec = {"columns": {"expr": f"{vega.IS_NARROW} ? 1 : 3"}, "symbolType": "stroke"}
        return {
            "field": "series",
            "type": "nominal",
            "scale": {"domain": list(self.series), "range": list(vega.SERIES[: len(self.series)])},
            "legend": {**legend, "symbolStrokeWidth": 3, "symbolSize": 200},
        }

    def _ticks(self) -> list[int]:
        measured = {point.n_jobs for one in self.series.values() for point in points(one)}
        if self.last < _MANY:
            measured |= set(range(1, int(self.last) + 1))
        return sorted(measured | ({self.cpus} if self.cpus <= self.last else set()))


def chart(report: Report, shown: Sequence[ScalingSeries], description: str) -> Spec:
    """Return the chart of at most as many series as there are colours."""
    drawing = _drawing(report, shown)
    layer: list[Spec] = [*_ideal(drawing), *_usable_cpus(drawing)]
    layer += [*_lines(drawing), _symbols(drawing), _numbers(drawing)]
    return vega.chart(
        layer=layer,
        height=_HEIGHT,
        description=description,
        # The shape of a symbol is a setting's mark, its colour the series.
        resolve={"scale": {"color": "shared", "shape": "independent"}},
    )


def _drawing(report: Report, shown: Sequence[ScalingSeries]) -> _Drawing:
    known = [point for one in shown for point in points(one)]
    measured = float(max(point.n_jobs for point in known))
    best = [one.law.best_n_jobs.value for one in shown if one.law and one.law.best_n_jobs]
    cpus = report.host.usable_cpus
    # As far as the usable CPUs, or to where the law says that more stops paying, if that is near.
    ends = [at for at in (cpus * 1.1, *best) if at <= 2 * measured]
    fitted = [gain for one in shown for _, gain in curve(one, 1, measured, cpus)]
    top = max(1.3, *(point.speedup or 0.0 for point in known), *fitted)
    return _Drawing(
        report=report,
        series={f"{number} {_short(one)}": one for number, one in enumerate(shown, 1)},
        last=vega.short(max(measured * 1.25, *ends)) if ends else vega.short(measured * 1.25),
        top=vega.short(1.15 * top),
    )


def _short(series: ScalingSeries) -> str:
    """Return a series' name for the legend."""
    params = "".join(f", {path}={value}" for path, value in series.params.items())
    threads = threads_said(threads_text(series.inner_threads))
    return vega.clipped(f"{series.backend}, {threads}{params}", 40)


def _ideal(drawing: _Drawing) -> list[Spec]:
    """Return the line on which n_jobs workers are n_jobs times as fast, and its name."""
    along = [1 + step * (drawing.last - 1) / 16 for step in range(17)]
    at = vega.short(0.7 * min(drawing.last, drawing.top))
    scales = {"x": drawing.x, "y": drawing.y}
    name = vega.aside("text", align="right", dx=-12, color=vega.MUTED, text="ideal")
    return [
        {
            "data": {"values": [{"x": vega.short(n), "y": vega.short(n)} for n in along]},
            "mark": vega.aside("line", color=vega.MUTED, strokeDash=[1, 3], clip=True),
            "encoding": scales,
        },
        {"data": {"values": [{"x": at, "y": at}]}, "mark": name, "encoding": scales},
    ]


def _usable_cpus(drawing: _Drawing) -> list[Spec]:
    """Return the line at the usable CPUs, beyond which workers share them."""
    cpus = drawing.cpus
    if cpus > drawing.last:
        return []
    text = f"{cpus} usable CPU{'' if cpus == 1 else 's'}"
    # On the side where there is room for it.
    right = cpus > (1 + drawing.last) / 2
    side = {"align": "right", "dx": -5} if right else {"align": "left", "dx": 5}
    data = {"values": [{"x": cpus}]}
    return [
        {
            "data": data,
            "mark": vega.aside("rule", color=vega.MUTED, strokeWidth=1),
            "encoding": {"x": drawing.x},
        },
        {
            "data": data,
            "mark": vega.aside("text", baseline="top", color=vega.MUTED, text=text, **side),
            "encoding": {"x": drawing.x, "y": {"value": 4}},
        },
    ]


def _lines(drawing: _Drawing) -> list[Spec]:
    """Return the fitted curves, dashed beyond what was measured; without a law, points joined."""
    solid, dashed = [], []
    for name, one in drawing.series.items():
        known = points(one)
        last = max(point.n_jobs for point in known)
        measured = [[point.n_jobs, vega.short(point.speedup or 0.0)] for point in known]
        solid.append((name, curve(one, 1, last, drawing.cpus) or measured))
        dashed.append((name, curve(one, last, drawing.last, drawing.cpus)))
    return [*_drawn(drawing, solid), *_drawn(drawing, dashed, strokeDash=[4, 4])]


def _drawn(drawing: _Drawing, lines: Sequence[tuple[str, Line]], **look: object) -> list[Spec]:
    values = [{"series": name, "at": at} for name, at in lines if len(at) > 1]
    if not values:
        return []
    layer: Spec = {
        "data": {"values": values},
        "transform": [
            {"flatten": ["at"]},
            {"calculate": "datum.at[0]", "as": "x"},
            {"calculate": "datum.at[1]", "as": "y"},
        ],
        "mark": vega.aside("line", strokeWidth=2, clip=True, **look),
        "encoding": {
            "x": drawing.x,
            "y": drawing.y,
            "color": drawing.color,
            "order": {"field": "x"},
        },
    }
    return [layer]


def _symbols(drawing: _Drawing) -> Spec:
    """Return the measured points, by the shape of the setting's mark."""
    rows = {row.id: row for row in drawing.report.settings}
    data, used = [], []
    for name, one in drawing.series.items():
        for point in points(one):
            row = rows.get(point.setting)
            used.append(marks.mark(drawing.report, row) if row else marks.OTHER)
            who = marks.name(drawing.report, row) if row else one_line(point.setting)
            gain = numbers.ratio(point.speedup or 0.0)
            said = f"{who}; {_short(one)}, n_jobs={point.n_jobs}: {gain}"
            data.append(
                {
                    "x": point.n_jobs,
                    "y": vega.short(point.speedup or 0.0),
                    "series": name,
                    "mark": used[-1].word,
                    "d": f"{said}, {numbers.seconds(point.median_s)}",
                }
            )
    look = {"filled": True, "size": 110, "opacity": 1, "stroke": vega.PAPER, "strokeWidth": 1}
    return {
        "data": {"values": data},
        "mark": {"type": "point", **look},
        "encoding": {
            "x": drawing.x,
            "y": drawing.y,
            "color": drawing.color,
            "shape": vega.shapes(used)["shape"],
            "description": {"field": "d"},
            "tooltip": {"field": "d"},
        },
    }


def _numbers(drawing: _Drawing) -> Spec:
    """Return each series' number of the legend, at the right of where its line ends."""
    ends = []
    for name, one in drawing.series.items():
        last = points(one)[-1]
        line = curve(one, last.n_jobs, drawing.last, drawing.cpus)
        at, gain = line[-1] if line else (float(last.n_jobs), last.speedup or 0.0)
        ends.append((at, gain, name))
    per_pixel = drawing.top / _HEIGHT
    data, above = [], dict.fromkeys((at for at, _, _ in ends), float("-inf"))
    for at, gain, name in sorted(ends, key=lambda end: end[1]):
        # In pixels from below, so that none lies on another.
        above[at] = max(gain / per_pixel, above[at] + _APART)
        spot = {"x": at, "y": vega.short(above[at] * per_pixel), "series": name}
        data.append({**spot, "t": name.partition(" ")[0]})
    return {
        "data": {"values": data},
        "mark": vega.aside("text", align="left", baseline="middle", dx=10, fontWeight="bold"),
        "encoding": {
            "x": drawing.x,
            "y": drawing.y,
            "color": drawing.color,
            "text": {"field": "t"},
        },
    }
