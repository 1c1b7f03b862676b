"""Workers by threads: which mix of n_jobs and inner threads suits the machine."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render import marks, rows, sentence
from sklpar.render.figures import vega
from sklpar.render.figures.grids import (
    REFERENCES,
    asks_for_more,
    cells_of,
    columns_of,
    grids,
    is_grid,
    least_of,
    narrowed,
)
from sklpar.render.figures.interface import Figure, NoFigure, Table
from sklpar.render.figures.units import Unit, drawable, threads_said, unit_of
from sklpar.render.plain import AT_LEAST, one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sklpar.model import Report, SettingReport
    from sklpar.render.figures.grids import Grid
    from sklpar.render.figures.vega import Spec

NAME = "heat-map"
_TITLE = "Which mix of workers and threads?"
# Of backends, each with its params.
_SHOWN = 4
_ROW_PX = 44
# A cell's colour is the stronger, the further it is above the best: upper ends of the steps.
_STEPS = {
    1.05: "up to 1.05",
    1.5: "1.05 to 1.5",
    3.0: "1.5 to 3",
    10.0: "3 to 10",
    30.0: "10 to 30",
}
_LAST = "over 30"
# Text over the strongest is still readable, in light and dark.
_SHADES = dict(zip((*_STEPS.values(), _LAST), (0.05, 0.14, 0.23, 0.32, 0.41, 0.5), strict=True))
_COLOR = "var(--series-1)"


def draw(report: Report) -> Figure | NoFigure:
    """Return what the run minimizes as a grid of n_jobs by inner threads for the best backends."""
    unit = unit_of(report, sentence.minimized(report)[0])
    known = [grid for grid in grids(report, unit) if is_grid(grid)]
    if not known:
        why = "No backend was measured with several n_jobs and several inner_threads."
        return NoFigure(name=NAME, title=_TITLE, why=why)
    choice = report.recommendation.setting if report.recommendation else None
    shown = narrowed(known[:_SHOWN], unit, choice)
    reading = " ".join(_reading(report, unit, shown, known))
    return Figure(
        name=NAME,
        title=_TITLE,
        reading=reading,
        chart=_chart(report, unit, shown, reading),
        table=_table(report, unit, known),
    )


def _reading(report: Report, unit: Unit, shown: Sequence[Grid], known: Sequence[Grid]) -> list[str]:
    least, cells = least_of(shown, unit), cells_of(shown)
    # Where one that is ruled out took as long, it is not the one to name.
    cells.sort(key=lambda row: not marks.can_be_chosen(report, row))
    best = next(row for row in cells if sentence.value(row, unit.field) == least)
    cpus = report.host.usable_cpus
    of = (
        "" if marks.can_be_chosen(report, cells[-1]) else " of the settings that can be recommended"
    )
    none = "" if marks.can_be_chosen(report, best) else "; none of these can be recommended"
    said = f"The least {unit.label}{'' if none else of} is {sentence.show(unit.field, least)}"
    told = [
        f"{said}, of {vega.named(best)}{none}.",
        "The stronger the colour of a cell, the more it takes.",
    ]
    if any(asks_for_more(key, cpus) for grid in shown for key in grid.cells):
        told.append(
            f"Beyond the heavy line, n_jobs times threads is more than the {cpus} usable "
            f"CPU{'' if cpus == 1 else 's'}."
        )
    count = len(cells_of(known))
    if len(cells) < count:
        told.append(f"The best {len(cells)} of {count} cells are drawn.")
    return told


def _chart(report: Report, unit: Unit, shown: Sequence[Grid], reading: str) -> Spec:
    data: list[Spec] = []
    headings: list[Spec] = []
    lines: list[Spec] = []
    order: list[str] = []
    least, columns = least_of(shown, unit), columns_of(shown)
    for number, grid in enumerate(shown):
        # The row number leads, as two backends have the same n_jobs.
        order.append(f"{number}|")
        headings.append({"k": order[-1], "t": grid.title})
        order += [f"{number}|{jobs}" for jobs in grid.jobs]
        for (jobs, threads), row in grid.cells.items():
            place = {"k": f"{number}|{jobs}", "c": columns.index(threads)}
            data.append({**place, **_cell(report, row, unit, least)})
        lines += _staircase(number, grid, columns, report.host.usable_cpus)
    x: Spec = {"field": "c", "type": "ordinal"}
    x["scale"] = {"type": "band", "padding": 0, "domain": list(range(len(columns)))}
    # Texts of ours alone: a cap is numbers and words of the house.
    labels = ", ".join(f"'{threads_said(one)}'" for one in columns)
    x["axis"] = {"title": "threads of each worker", "orient": "top", "labelAngle": 0}
    x["axis"] |= {"labelExpr": f"[{labels}][datum.value]", "domain": False, "ticks": False}
    y: Spec = {"field": "k", "type": "ordinal", "sort": order}
    y["scale"] = {"type": "band", "padding": 0, "domain": order}
    y["axis"] = {"title": "n_jobs", "labelExpr": "split(datum.label, '|')[1]", "ticks": False}
    y["axis"] |= {**vega.ABOVE, "titleY": -24, "domain": False, "labelFontSize": vega.TEXT_PX}
    layer = [
        *_cells(x, y, data),
        {
            "data": {"values": headings},
            "mark": vega.aside("text", align="left", baseline="bottom", fontWeight="bold", dy=16),
            "encoding": {"x": {"value": 0}, "y": y, "text": {"field": "t"}},
        },
        *_rules(x, y, lines),
    ]
    return vega.chart(
        layer=layer, height=_ROW_PX * len(order), description=reading, data={"values": data}
    )


def _cells(x: Spec, y: Spec, data: Sequence[Spec]) -> list[Spec]:
    present = {datum["step"] for datum in data if datum["step"]}
    steps = [name for name in _SHADES if name in present]
    opacity = {
        "field": "step",
        "type": "ordinal",
        "sort": steps,
        "scale": {"type": "ordinal", "domain": steps, "range": [_SHADES[name] for name in steps]},
        "legend": {**vega.LEGEND, "title": "times the least", "titleColor": vega.MUTED}
        | {"titleFontWeight": "normal", "symbolType": "square", "symbolFillColor": _COLOR}
        | {"symbolStrokeWidth": 0, "symbolSize": 200},
    }
    spoken = {"description": {"field": "d"}, "tooltip": {"field": "d"}}
    return [
        {
            "transform": [{"filter": "datum.step"}],
            "mark": {"type": "rect", "fill": _COLOR, "stroke": vega.PAPER, "strokeWidth": 2},
            "encoding": {"x": x, "y": y, "opacity": opacity, **spoken},
        },
        {
            "transform": [{"filter": "!datum.step"}],
            "mark": {"type": "rect", "fill": "transparent", "stroke": vega.GRID},
            "encoding": {"x": x, "y": y, **spoken},
        },
        {
            "mark": vega.aside("text", baseline="middle", dy={"expr": "datum.w ? -7 : 0"})
            | {"limit": {"expr": "bandwidth('x') - 4"}},
            "encoding": {"x": x, "y": y, "text": {"field": "t"}},
        },
        {
            "transform": [{"filter": "datum.w"}],
            "mark": vega.aside("text", baseline="middle", dy=9, fontSize=vega.SMALL_PX)
            | {"text": {"expr": _FITTING}},
            "encoding": {"x": x, "y": y},
        },
    ]


# All the marks where there is room for their words, else the first, else glyphs.
_FITTING = (
    "bandwidth('x') > 6 * length(datum.w) ? datum.w"
    " : bandwidth('x') > 6 * length(datum.h) ? datum.h : datum.g"
)


def _cell(report: Report, row: SettingReport, unit: Unit, least: float) -> Spec:
    """Return a cell: `t` its value, `w` its marks, `h` the first of them, `g` the glyphs."""
    value, bound = sentence.value(row, unit.field), sentence.at_least(row, unit.field)
    known = value if value is not None else bound
    if known is None:
        text = marks.status_word(row)
    else:
        text = f"{AT_LEAST if value is None else ''}{sentence.show(unit.field, known)}"
    words = [word for word in marks.words(report, row) if word != text]
    glyphs = marks.glyphs(report, row).replace(marks.OTHER.glyph, "")
    # One that stands in for another says so by its own name.
    words = [row.id, *words] if row.id in REFERENCES else words
    return {
        "t": text,
        "w": one_line(f"{glyphs} {', '.join(words)}".strip()),
        "h": one_line(f"{glyphs} {words[0] if words else ''}".strip()),
        "g": glyphs,
        "step": _step(known / least) if known and drawable(known) else "",
        "d": f"{marks.name(report, row)}: {text}",
    }


def _step(times: float) -> str:
    return next((name for end, name in _STEPS.items() if times <= end), _LAST)


def _staircase(number: int, grid: Grid, columns: Sequence[str], cpus: int) -> list[Spec]:
    """Return the edges between cells that ask for more than the CPUs and those that do not."""
    edges: list[Spec] = []
    counted = [one for one in columns if one.isdecimal()]
    for row, jobs in enumerate(grid.jobs):
        for column, threads in enumerate(counted):
            if asks_for_more((jobs, threads), cpus):
                continue
            place = {"k": f"{number}|{jobs}", "c": column}
            if column + 1 < len(counted) and asks_for_more((jobs, counted[column + 1]), cpus):
                edges.append({**place, "side": "right"})
            if row + 1 < len(grid.jobs) and asks_for_more((grid.jobs[row + 1], threads), cpus):
                edges.append({**place, "side": "below"})
    return edges


def _rules(x: Spec, y: Spec, lines: Sequence[Spec]) -> list[Spec]:
    """Return the edges as heavy lines."""

    def at(channel: Spec, place: float) -> Spec:
        return {**channel, "bandPosition": place}

    def end(channel: Spec, place: float) -> Spec:
        return {"field": channel["field"], "bandPosition": place}

    look = vega.aside("rule", color="var(--warn)", strokeWidth=3, strokeCap="square")
    right = {"x": at(x, 1), "y": at(y, 0), "y2": end(y, 1)}
    below = {"x": at(x, 0), "x2": end(x, 1), "y": at(y, 1)}
    return [
        {
            "data": {"values": [line for line in lines if line["side"] == side]},
            "mark": look,
            "encoding": encoding,
        }
        for side, encoding in (("right", right), ("below", below))
        if any(line["side"] == side for line in lines)
    ]


def _table(report: Report, unit: Unit, known: Sequence[Grid]) -> Table:
    columns = columns_of(known)
    cells = []
    for grid in known:
        for jobs in grid.jobs:
            found = [grid.cells.get((jobs, threads)) for threads in columns]
            texts = [_text(report, row, unit) if row else rows.ABSENT for row in found]
            cells.append((f"{grid.name}, n_jobs={jobs}", *texts))
    return Table(
        headings=("workers", *(f"{threads_said(one)}" for one in columns)), rows=tuple(cells)
    )


def _text(report: Report, row: SettingReport, unit: Unit) -> str:
    shown = _cell(report, row, unit, 1.0)
    return ", ".join(filter(None, (shown["t"], shown["w"])))
