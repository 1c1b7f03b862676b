"""Time by setting, every round of it: how long each takes, and how sure that is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.model import Estimate
from sklpar.render import marks, numbers, rows, sentence
from sklpar.render.figures import vega
from sklpar.render.figures.interface import Figure, NoFigure, Table
from sklpar.render.figures.strips import HEIGHT_PX, strips, titled
from sklpar.render.figures.units import Unit, drawable, unit_of
from sklpar.render.figures.vega import Spec
from sklpar.render.plain import AT_LEAST, listed, one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sklpar.model import Report, SettingReport

NAME = "times"
# With more, a chart is searched and no longer seen.
_SHOWN = 40
# More rounds than these are a smear, and a heavy page.
_DRAWN = 4000
_TICK = "M0,-1V1"
_RING: Spec = {"shape": "circle", "size": 24, "filled": False}
# Where in a strip the rounds are that were run after the choice.
_LATER_AT = 0.87
# The part of the width up to the largest bound: the arrow is beyond it.
_BEFORE_ARROW = 0.88


def draw(report: Report) -> Figure | NoFigure:
    """Return what the run minimizes by setting, best first, with intervals and every round."""
    name, _ = sentence.minimized(report)
    unit = unit_of(report, name)
    title = f"How {unit.question} does each setting take?"
    ranked = [row.setting for row in rows.ordered(report)]
    known = [row for row in ranked if _drawn_at(row, name) is not None]
    if not known:
        unseen = _unseen(report, name)
        other = f" that can be drawn: {listed(unseen)}" if unseen else ""
        why = f"No setting has a figure for the {unit.label}{other}."
        return NoFigure(name=NAME, title=title, why=one_line(why))
    shown = _best(report, known)
    thinned = _count(shown, name) > _DRAWN
    reading = " ".join(_reading(report, unit, known, shown, thinned=thinned))
    return Figure(
        name=NAME,
        title=title,
        reading=reading,
        chart=_chart(report, unit, shown, reading),
        table=_table(report, unit),
    )


def _drawn_at(row: SettingReport, name: str) -> float | None:
    """Return where a setting is drawn: at its median, or at the bound it is beyond."""
    figure = sentence.value(row, name)
    return drawable(sentence.at_least(row, name) if figure is None else figure)


def _interval(row: SettingReport, name: str) -> list[float]:
    """Return both ends of a setting's interval, or none."""
    figure = row.measures.get(name)
    ends = (figure.low, figure.high) if isinstance(figure, Estimate) else ()
    known = [end for end in map(drawable, ends) if end]
    return known if len(known) == 2 else []


def _values(row: SettingReport, name: str) -> list[float]:
    return [value for value in row.values.get(name, {}).values() if drawable(value)]


def _later(row: SettingReport, name: str) -> list[float]:
    """Return the values of the rounds that were run after the choice."""
    return [value for value in row.confirming.get(name, {}).values() if drawable(value)]


def _count(shown: Sequence[SettingReport], name: str) -> int:
    return sum(len(_values(row, name)) + len(_later(row, name)) for row in shown)


def _unseen(report: Report, name: str) -> list[str]:
    """Return the settings with a figure that has no place on the axis."""
    return [
        f"{vega.named(row)} ({sentence.show(name, figure)})"
        for row in rows.measured(report)
        if (figure := sentence.value(row, name)) is not None and not drawable(figure)
    ]


def _best(report: Report, known: Sequence[SettingReport]) -> list[SettingReport]:
    """Return the settings of the chart: the best, and those that a reader looks for."""
    choice = report.recommendation
    sought = {"as-written", "serial", choice.setting if choice else None}
    return [row for rank, row in enumerate(known) if rank < _SHOWN or row.id in sought]


def _reading(
    report: Report,
    unit: Unit,
    known: Sequence[SettingReport],
    shown: Sequence[SettingReport],
    *,
    thinned: bool,
) -> list[str]:
    told = [_conclusion(report, unit)]
    ticks = "some of the rounds (the table has all)" if thinned else "single rounds"
    if any(len(_values(row, unit.field)) > 1 for row in shown):
        bar = (
            ", the bar its 95% interval" if any(_interval(row, unit.field) for row in shown) else ""
        )
        told.append(f"The symbol is the median{bar}, the ticks are {ticks}.")
    if any(sentence.value(row, unit.field) is None for row in shown):
        told.append("A hollow symbol with an arrow was stopped there and would have taken longer.")
    if any(_later(row, unit.field) for row in shown):
        told.append("Rings below the line are rounds run after the choice, for the gain alone.")
    if unseen := _unseen(report, unit.field):
        told.append(f"Not drawn, for want of a place on the scale: {listed(unseen)}.")
    if vega.is_wide(_extent(shown, unit)):
        told.append("The scale is logarithmic.")
    if len(shown) < len(known):
        told.append(f"The best {_SHOWN} of {len(known)} settings are drawn; the table has all.")
    return told


def _conclusion(report: Report, unit: Unit) -> str:
    choice = report.recommendation
    best = report.row(choice.setting) if choice else None
    figure = sentence.value(best, unit.field)
    if best is None or figure is None:
        return sentence.answer(report)
    said = f"{vega.named(best)} takes {sentence.show(unit.field, figure)}"
    written = report.row("as-written")
    before = sentence.value(written, unit.field)
    bound = sentence.at_least(written, unit.field)
    if best.id == "as-written" or (before is None and bound is None):
        return f"{said}."
    if before is not None:
        took = sentence.show(unit.field, before)
    else:
        took = f"{AT_LEAST}{sentence.show(unit.field, bound or 0.0)}"
    gain = sentence.speedup(rows.gain(report, best), unit.less)
    return f"{said}, as-written {took}{': ' if gain else ''}{gain}."


def _extent(shown: Sequence[SettingReport], unit: Unit) -> list[float]:
    """Return every value that the chart has to hold."""
    found = []
    for row in shown:
        at = _drawn_at(row, unit.field)
        found += [at] if at else []
        found += _interval(row, unit.field)
        found += [*_values(row, unit.field), *_later(row, unit.field)]
    return found


def _scale(shown: Sequence[SettingReport], unit: Unit) -> Spec:
    """Return the axis' scale, with room for the arrow of each setting that was stopped."""
    scale = vega.scale([value / unit.size for value in _extent(shown, unit)], room=1.06)
    stopped = [row for row in shown if sentence.value(row, unit.field) is None]
    bound = max((_drawn_at(row, unit.field) or 0.0 for row in stopped), default=0.0) / unit.size
    low, high = scale["domain"]
    if scale["type"] == "log" and bound:
        high = max(high, low * (bound / low) ** (1 / _BEFORE_ARROW))
    else:
        high = max(high, bound / _BEFORE_ARROW)
    return {**scale, "domain": [low, vega.short(high)]}


def _chart(report: Report, unit: Unit, shown: Sequence[SettingReport], reading: str) -> Spec:
    step = -(-_count(shown, unit.field) // _DRAWN)
    data = [_datum(report, row, unit, step) for row in shown]
    used = [marks.mark(report, row) for row in shown]
    x = vega.along("v", _scale(shown, unit), unit.label, unit.sign)
    band, line = strips(data)
    below = {**band, "bandPosition": _LATER_AT}
    stopped = {"filter": "datum.open"}
    measured = {"filter": "!datum.open"}
    symbols = {"x": x, "y": band, "description": {"field": "d"}}
    symbols |= {"tooltip": {"field": "d"}, **vega.shapes(used)}
    color = symbols["color"]
    layer: list[Spec] = [
        *line,
        _rounds("s", {"shape": _TICK, "size": 90, "opacity": 0.7}, x, band, color),
        *([_rounds("c", _RING, x, below, color)] if any("c" in datum for datum in data) else []),
        {
            "transform": [{"filter": "isValid(datum.lo)"}],
            "mark": vega.aside("rule", strokeWidth=4, opacity=0.55),
            "encoding": {"x": {**x, "field": "lo"}, "x2": {"field": "hi"}, "y": band}
            | {"color": color},
        },
        {
            "transform": [stopped],
            "mark": vega.aside("rule", strokeDash=[3, 3], strokeWidth=1.5),
            "encoding": {"x": x, "x2": {"value": "width"}, "y": band} | {"color": color},
        },
        {
            "transform": [stopped],
            "mark": vega.aside("point", shape="triangle-right", size=60, filled=True, xOffset=-4),
            "encoding": {"x": {"value": "width"}, "y": band, "color": color},
        },
        _symbols(measured, symbols, {"filled": True, "stroke": vega.PAPER, "strokeWidth": 1}),
        _symbols(stopped, symbols, {"filled": False, "fill": vega.PAPER, "strokeWidth": 2}),
    ]
    return vega.chart(
        layer=layer, height=HEIGHT_PX * len(data), description=reading, data={"values": data}
    )


def _rounds(field: str, look: Spec, x: Spec, y: Spec, color: Spec) -> Spec:
    """Return a layer with a mark for each of the values that a setting has in a field."""
    return {
        "transform": [
            {"filter": f"isValid(datum.{field})"},
            {"flatten": [field], "as": ["one"]},
        ],
        "mark": vega.aside("point", **look),
        "encoding": {"x": {**x, "field": "one"}, "y": y, "color": color},
    }


def _symbols(which: Spec, encoding: Spec, look: Spec) -> Spec:
    mark = {"type": "point", "size": 110, "opacity": 1, **look}
    return {"transform": [which], "mark": mark, "encoding": encoding}


def _datum(report: Report, row: SettingReport, unit: Unit, step: int) -> Spec:
    """Return one setting: `v` is where it is drawn, `s` its rounds, `d` all of it in words."""
    at = _drawn_at(row, unit.field) or 0.0
    known = sentence.value(row, unit.field) is not None
    text = sentence.show(unit.field, at) if known else f"{AT_LEAST}{sentence.show(unit.field, at)}"
    said = f"{marks.name(report, row)}: {text}"
    datum = {
        "v": vega.short(at / unit.size),
        "mark": marks.mark(report, row).word,
        **titled(report, row, beside=len(text)),
        "value": text,
        "open": not known,
        "s": [vega.short(value / unit.size) for value in _thinned(_values(row, unit.field), step)],
    }
    if later := _thinned(_later(row, unit.field), step):
        datum["c"] = [vega.short(value / unit.size) for value in later]
    if ends := _interval(row, unit.field):
        low, high = ends
        datum |= {"lo": vega.short(low / unit.size), "hi": vega.short(high / unit.size)}
        said += f", 95% interval {unit.span(low, high)}"
    return {**datum, "d": said}


def _thinned(values: Sequence[float], step: int) -> list[float]:
    """Return every `step`-th value in order, the ends with them."""
    if step <= 1:
        return list(values)
    ordered = sorted(values)
    return [*ordered[::step], *ordered[-1:]]


def _table(report: Report, unit: Unit) -> Table:
    """Return every setting's figures as in the text report, and the value of every round."""
    ordered = rows.ordered(report)
    wanted = ("setting", rows.decisive(report), "interval", "gain", "notes")
    found = [column for column in rows.columns(report, ordered) if column.key in wanted]
    cells = [[one_line(cell) for cell in column.cells] for column in found]
    singles = {f"every round ({unit.sign})": [row.setting.values for row in ordered]}
    if any(row.setting.confirming.get(unit.field) for row in ordered):
        singles[f"after the choice ({unit.sign})"] = [row.setting.confirming for row in ordered]
    rounds = [
        [
            ", ".join(
                numbers.three_digits(value / unit.size)
                for value in values.get(unit.field, {}).values()
            )
            or rows.ABSENT
            for values in by_row
        ]
        for by_row in singles.values()
    ]
    return Table(
        headings=(*(column.heading for column in found), *singles),
        rows=tuple(zip(*cells, *rounds, strict=True)),
        right=frozenset(place for place, column in enumerate(found) if column.right),
    )
