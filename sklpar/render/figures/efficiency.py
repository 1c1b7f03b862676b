"""Where the CPU-seconds of a fit went: what was useful, and what took the rest."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render import ladder as words
from sklpar.render import marks, numbers, rows
from sklpar.render.figures import vega
from sklpar.render.figures.interface import Figure, NoFigure, Table
from sklpar.render.figures.strips import HEIGHT_PX, strips, titled
from sklpar.render.plain import TIMES, one_line

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sklpar.model import Ladder, Report, Rung, SettingReport
    from sklpar.render.figures.vega import Spec

NAME = "efficiency"
_TITLE = "Where did the CPU time go?"
# The best, beside those that are marked; of those oversubscribed so many.
_BEST, _OVERSUBSCRIBED = 4, 4

# Neighbours in a bar are far apart in hue; the words are in the bars where there is room.
_COLORS = {
    "useful": "var(--series-3)",
    "inflation": "var(--series-2)",
    "waiting": "var(--series-1)",
    "imbalance": "var(--series-5)",
    "start_up": "var(--series-4)",
    "serial": "var(--series-6)",
    "blocked": "var(--bad)",
    "unexplained": vega.GRID,
}


def draw(report: Report) -> Figure | NoFigure:
    """Return the shares of what each setting's CPUs did during its fit, as stacked bars."""
    ranked = [row.setting for row in rows.ordered(report)]
    known = [(row, row.ladder) for row in ranked if row.ladder and row.ladder.whole_s > 0]
    if not known:
        whys = dict.fromkeys(row.ladder_unavailable for row in ranked if row.ladder_unavailable)
        why = f"No fit could be taken apart: {'; '.join(list(whys)[:3])}." if whys else ""
        return NoFigure(
            name=NAME, title=_TITLE, why=one_line(why or "No fit could be taken apart.")
        )
    shown = _chosen(report, known)
    reading = " ".join(_reading(report, shown, len(known)))
    return Figure(
        name=NAME,
        title=_TITLE,
        reading=reading,
        chart=_chart(report, shown, reading),
        table=_table(report, known),
    )


def _chosen(
    report: Report, known: Sequence[tuple[SettingReport, Ladder]]
) -> list[tuple[SettingReport, Ladder]]:
    """Return the recommended setting and as-written, the best few, and those oversubscribed."""
    choice = report.recommendation
    sought = {"as-written", choice.setting if choice else None}
    over = [row.id for row, _ in known if marks.is_oversubscribed(row)][:_OVERSUBSCRIBED]
    return [
        (row, ladder)
        for rank, (row, ladder) in enumerate(known)
        if rank < _BEST or row.id in sought or row.id in over
    ]


def _reading(
    report: Report, shown: Sequence[tuple[SettingReport, Ladder]], count: int
) -> list[str]:
    choice = report.recommendation
    sought = {"as-written", choice.setting if choice else None}
    told = [
        f"{vega.named(row)} had {_cpus(ladder)} for {numbers.seconds(ladder.wall_s)}: "
        f"{_largest(ladder)}."
        for row, ladder in shown
        if row.id in sought
    ]
    told.append("A bar is all the time of a setting's CPUs; useful is what serial needs.")
    if len(shown) < count:
        told.append(f"{len(shown)} of {count} settings are drawn; the table has all.")
    return told


def _largest(ladder: Ladder) -> str:
    """Return the useful share, and what takes most of the rest."""
    useful = next((rung.share for rung in ladder.rungs if rung.part == "useful"), 0.0)
    others = [rung for rung in ladder.rungs if rung.part != "useful" and rung.share > 0]
    said = f"{useful:.0%} of that was useful"
    if not others:
        return said
    most = max(others, key=lambda rung: rung.share)
    return f"{said}, {most.share:.0%} {_word(most)}"


def _word(rung: Rung) -> str:
    return words.PARTS.get(rung.part, rung.part)


def _cpus(ladder: Ladder) -> str:
    return f"{ladder.cpus} CPU{'' if ladder.cpus == 1 else 's'}"


def _chart(report: Report, shown: Sequence[tuple[SettingReport, Ladder]], reading: str) -> Spec:
    data = [_datum(report, row, ladder) for row, ladder in shown]
    band, names = strips(data)
    x = {
        "field": "from",
        "type": "quantitative",
        "scale": {"domain": [0, 1], "nice": False},
        "axis": {
            "title": "share of the CPUs' time",
            "format": ".0%",
            "tickCount": 5,
            "grid": False,
        },
    }
    spread = {"flatten": ["parts"], "as": ["part"]}
    taken = {
        "from": "datum.part[1]",
        "to": "datum.part[2]",
        "word": "datum.part[0]",
        "d": "datum.part[3]",
    }
    transform = [spread, *({"calculate": text, "as": key} for key, text in taken.items())]
    ends = {"x": x, "x2": {"field": "to"}}
    color = _color([rung for _, ladder in shown for rung in ladder.rungs])
    spoken = {"description": {"field": "d"}, "tooltip": {"field": "d"}}
    middle = {**x, "field": "middle"}
    layer: list[Spec] = [
        *names[1:],
        {
            "transform": transform,
            "mark": {"type": "rect", "opacity": _OPACITY, "stroke": vega.PAPER, "strokeWidth": 1},
            "encoding": {**ends, **_thick(band), "color": color, **spoken},
        },
        {
            "transform": [
                *transform,
                {"calculate": "(datum.from + datum.to) / 2", "as": "middle"},
            ],
            "mark": vega.aside("text", baseline="middle", text={"expr": _IN_BAR}),
            "encoding": {"x": middle, "y": band},
        },
    ]
    return vega.chart(
        layer=layer, height=HEIGHT_PX * len(data), description=reading, data={"values": data}
    )


def _color(rungs: Sequence[Rung]) -> Spec:
    """Return the colours of the parts that any bar has."""
    held = {rung.part for rung in rungs if rung.share > 0}
    present = [part for part in words.PARTS if part in held]
    return {
        "field": "word",
        "type": "nominal",
        "scale": {
            "domain": [words.PARTS[part] for part in present],
            "range": [_COLORS[part] for part in present],
        },
        "legend": {**vega.LEGEND, "symbolType": "square", "symbolOpacity": _OPACITY},
    }


def _thick(band: Spec) -> Spec:
    """Return the ends of a bar around the middle of what is drawn in a strip."""
    middle = band["bandPosition"]
    return {
        "y": {**band, "bandPosition": middle - _HALF},
        "y2": {"field": band["field"], "bandPosition": middle + _HALF},
    }


# Half of a bar, as a part of its strip.
_HALF = 0.26
# Text over it stays readable, be the page light or dark.
_OPACITY = 0.45
# A part says its name where there is room for it, else its share, else nothing.
_SHARE = "format(datum.to - datum.from, '.0%')"
_ROOM = "(datum.to - datum.from) * width"
_IN_BAR = (
    f"{_ROOM} > {vega.LETTER_PX} * (length(datum.word) + 6) ? datum.word + ' ' + {_SHARE}"
    f" : {_ROOM} > 30 ? {_SHARE} : ''"
)


def _datum(report: Report, row: SettingReport, ladder: Ladder) -> Spec:
    """Return one setting; each of its parts is its word, where it starts and ends, and a text."""
    parts, start = [], 0.0
    for rung in ladder.rungs:
        if rung.share <= 0:
            continue
        end = min(1.0, start + rung.share)
        said = f"{one_line(row.id)}, {_word(rung)}: {rung.share:.1%}, {_cpu(rung)}"
        parts.append([_word(rung), vega.short(start), vega.short(end), said])
        start = end
    value = f"{_cpus(ladder)} {TIMES} {numbers.seconds(ladder.wall_s)}"
    return {**titled(report, row, beside=len(value)), "value": value, "parts": parts}


def _cpu(rung: Rung) -> str:
    return f"{numbers.three_digits(rung.cpu_s)} CPU-seconds"


def _table(report: Report, known: Sequence[tuple[SettingReport, Ladder]]) -> Table:
    parts = [
        part
        for part in words.PARTS
        if any(rung.part == part and rung.share > 0 for _, one in known for rung in one.rungs)
    ]
    cells = []
    for row, ladder in known:
        held = {rung.part: rung for rung in ladder.rungs}
        cells.append(
            (
                one_line(row.id),
                ", ".join(marks.words(report, row)),
                f"{ladder.fit} fit",
                f"{_cpus(ladder)} {TIMES} {numbers.seconds(ladder.wall_s)}",
                *(
                    f"{numbers.three_digits(held[part].cpu_s)} s ({held[part].share:.1%})"
                    if part in held
                    else rows.ABSENT
                    for part in parts
                ),
            )
        )
    headings = ("setting", "notes", "of the", "CPUs", *(words.PARTS[part] for part in parts))
    return Table(headings=headings, rows=tuple(cells), right=frozenset(range(3, 4 + len(parts))))
