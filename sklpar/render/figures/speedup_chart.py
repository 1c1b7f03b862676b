"""The chart of speedup against n_jobs: measured points, fitted curves, the ideal line."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sklpar.render import marks, numbers, scaling
from sklpar.render.figures import labels, vega
from sklpar.render.figures.series import curve, law_of, points, short_name, usable_cpus
from sklpar.render.plain import one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sklpar.model import Report, ScalingSeries
    from sklpar.render.figures.series import Line
    from sklpar.render.figures.vega import Spec

_HEIGHT = 320
# From this n_jobs on, axes of doublings: the ideal is a straight line on them too.
_MANY = 16
# The part of the height that is kept free for the name of the usable CPUs.
_FREE = 0.1
# The ideal's name stands beside its slope, unless that is a smaller part of the width.
_SLOPE = 0.3
# Pixels between the letters of two curves, one above the other.
_APART = 13.0

_KEYS = "abcdef"
# Letters of a series' name where it is told.
_LONG = 100


@dataclass(frozen=True, kw_only=True)
class _Drawing:
    """What every layer of the chart needs: the series by their name in the legend, and the ends.

    Attributes
    ----------
    last : float
        The largest n_jobs of the axis.
    low, top : float
        The ends of the axis of speedups.
    """

    report: Report
    series: dict[str, ScalingSeries]
    last: float
    low: float
    top: float

    @property
    def cpus(self) -> int:
        return usable_cpus(self.report)

    @property
    def is_log(self) -> bool:
        return self.last >= _MANY

    @property
    def across(self) -> Spec:
        kind = {"type": "log", "base": 2} if self.is_log else {"type": "linear"}
        return {**kind, "domain": [1, self.last], "nice": False, "padding": 10}

    @property
    def up(self) -> Spec:
        domain = {"domain": [self.low, self.top], "nice": False}
        return {"type": "log" if self.is_log else "linear", **domain}

    @property
    def x(self) -> Spec:
        axis: Spec = {"title": "n_jobs", "format": "d", "values": self._ticks(), "grid": False}
        return {"field": "x", "type": "quantitative", "scale": self.across, "axis": axis}

    @property
    def y(self) -> Spec:
        axis = vega.axis("speedup against its own n_jobs = 1", self.up, **vega.ABOVE)
        return {"field": "y", "type": "quantitative", "scale": self.up, "axis": axis}

    @property
    def color(self) -> Spec:
        legend: Spec = {"columns": {"expr": f"{vega.IS_NARROW} ? 1 : 3"}, "symbolType": "stroke"}
        legend |= {"symbolStrokeWidth": 3, "symbolSize": 200, "labelFontSize": vega.SMALL_PX}
        return {
            "field": "series",
            "type": "nominal",
            "scale": {"domain": list(self.series), "range": list(vega.SERIES[: len(self.series)])},
            "legend": legend,
        }

    def place(self, n_jobs: float) -> float:
        """Return where along the axis so many workers are, 0 to 1."""
        return labels.part(n_jobs, self.across)

    def law(self, series: ScalingSeries, low: float, high: float) -> Line:
        """Return the fitted curve of a series, its points spread as this axis is."""
        return curve(series, low, high, self.cpus, logarithmic=self.is_log)

    def _ticks(self) -> list[int]:
        measured = {point.n_jobs for one in self.series.values() for point in points(one)}
        if self.last < _MANY:
            measured |= set(range(1, int(self.last) + 1))
        return sorted(measured | ({self.cpus} if self.cpus <= self.last else set()))


def chart(report: Report, shown: Sequence[ScalingSeries], description: str) -> Spec:
    """Return the chart of at most as many series as there are colours."""
    drawing = _drawing(report, shown)
    layer: list[Spec] = [*_ideal(drawing), *_usable_cpus(drawing)]
    layer += [*_lines(drawing), _symbols(drawing), _letters(drawing)]
    return vega.chart(
        layer=layer,
        height=_HEIGHT,
        description=description,
        # The shape of a symbol is a setting's mark, its colour the series.
        resolve={"scale": {"color": "shared", "shape": "independent"}},
    )


def is_logarithmic(report: Report, shown: Sequence[ScalingSeries]) -> bool:
    """Tell whether the chart of these series has logarithmic axes."""
    return _drawing(report, shown).is_log


def _drawing(report: Report, shown: Sequence[ScalingSeries]) -> _Drawing:
    known = [point for one in shown for point in points(one)]
    measured = float(max(point.n_jobs for point in known))
    laws = [law for one in shown if (law := law_of(one))]
    best = [law.best_n_jobs.value for law in laws if law.best_n_jobs]
    cpus = usable_cpus(report)
    # As far as the usable CPUs, or to where the law says that more stops paying, if that is near.
    ends = [at for at in (cpus * 1.1, *best) if at <= 2 * measured]
    last = vega.short(max(measured * 1.25, *ends)) if ends else vega.short(measured * 1.25)
    is_log = last >= _MANY
    fitted = [
        gain for one in shown for _, gain in curve(one, 1, measured, cpus, logarithmic=is_log)
    ]
    gains = [*(point.speedup or 0.0 for point in known), *fitted]
    # The ideal is whole in it: what is lost can be seen.
    most = max(1.1, *gains, min(last, cpus))
    low = min(1.0, *gains) / 1.15 if is_log else 0.0
    return _Drawing(
        report=report,
        # A number would be read as one of workers.
        series={f"{_KEYS[place]}: {short_name(one)}": one for place, one in enumerate(shown)},
        last=last,
        low=vega.short(low),
        top=vega.short(low * (most / low) ** (1 / (1 - _FREE)) if is_log else most / (1 - _FREE)),
    )


def _ideal(drawing: _Drawing) -> list[Spec]:
    """Return the line on which n_jobs workers are n_jobs times as fast, up to the CPUs.

    More workers than there are CPUs cannot be faster than these.
    """
    corner = min(drawing.last, float(drawing.cpus))
    line = [[1.0, 1.0], [corner, corner], [drawing.last, corner]]
    scales = {"x": drawing.x, "y": drawing.y}
    return [
        {
            "data": {"values": [{"x": n, "y": gain} for n, gain in line]},
            "mark": vega.aside("line", color=vega.MUTED, strokeDash=[1, 3]),
            "encoding": {**scales, "order": {"field": "x"}},
        },
        {
            "data": {"values": [_ideals_name(drawing, corner)]},
            "mark": vega.aside("text", color=vega.MUTED, text="ideal", **_beside(drawing, corner)),
            "encoding": scales,
        },
    ]


def _has_slope(drawing: _Drawing, corner: float) -> bool:
    return drawing.place(corner) >= _SLOPE


def _ideals_name(drawing: _Drawing, corner: float) -> Spec:
    """Return where on the ideal its name is: in the middle of its slope, or of its level part."""

    def middle(low: float, high: float) -> float:
        return math.sqrt(low * high) if drawing.is_log else (low + high) / 2

    if _has_slope(drawing, corner):
        return {"x": middle(1.0, corner), "y": middle(1.0, corner)}
    return {"x": middle(corner, drawing.last), "y": corner}


def _beside(drawing: _Drawing, corner: float) -> Spec:
    if _has_slope(drawing, corner):
        return {"align": "right", "dx": -10, "dy": -8}
    return {"align": "center", "dy": -9}


def _usable_cpus(drawing: _Drawing) -> list[Spec]:
    """Return the line at the usable CPUs, beyond which workers share them."""
    cpus = drawing.cpus
    if cpus > drawing.last:
        return []
    text = f"{cpus} usable CPU{'' if cpus == 1 else 's'}"
    # On the side where there is room for it; above all that is drawn.
    right = drawing.place(cpus) > 0.5
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
        solid.append((name, drawing.law(one, 1, last) or measured))
        dashed.append((name, drawing.law(one, last, drawing.last)))
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
            said = f"{who}; {vega.clipped(scaling.name(one), _LONG)}, n_jobs={point.n_jobs}: {gain}"
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


def _letters(drawing: _Drawing) -> Spec:
    """Return each series' letter of the legend, at the right of where its line ends."""
    ends = []
    for name, one in drawing.series.items():
        last = points(one)[-1]
        line = drawing.law(one, last.n_jobs, drawing.last)
        at, gain = line[-1] if line else (float(last.n_jobs), last.speedup or 0.0)
        ends.append((at, gain, name))
    data, above = [], dict.fromkeys((at for at, _, _ in ends), -math.inf)
    for at, gain, name in sorted(ends, key=lambda end: end[1]):
        # In pixels from below, so that none lies on another.
        own = labels.part(gain, drawing.up) * _HEIGHT
        above[at] = max(own, above[at] + _APART)
        spot = {"x": at, "y": vega.short(gain), "series": name, "up": vega.short(above[at] - own)}
        data.append({**spot, "t": name[0]})
    look = {"align": "left", "baseline": "middle", "dx": 10, "dy": {"expr": "-datum.up"}}
    return {
        "data": {"values": data},
        "mark": vega.aside("text", fontWeight="bold", **look),
        "encoding": {
            "x": drawing.x,
            "y": drawing.y,
            "color": drawing.color,
            "text": {"field": "t"},
        },
    }
