"""Where the CPU-seconds of a fit went, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render import numbers
from sklpar.render.plain import TIMES

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sklpar.model import Ladder, Report

_PARTS: Mapping[str, str] = {
    "useful": "useful",
    "inflation": "inflation",
    "waiting": "waiting for a CPU",
    "imbalance": "imbalance",
    "start_up": "start-up of workers",
    "serial": "serial stretches",
    "blocked": "blocked",
    "unexplained": "unexplained",
}
# Smaller parts are in the document.
_SHOWN = 0.01


def lines(report: Report) -> list[str]:
    """Return a line for the recommended setting and one for as-written, where they have ladders."""
    chosen = report.recommendation.setting if report.recommendation else None
    return [
        f"Where the CPU-seconds of {name} went ({_whole(row.ladder)}): {_parts(row.ladder)}."
        for name in dict.fromkeys((chosen, "as-written"))
        if name and name != "serial" and (row := report.row(name)) and row.ladder
    ]


def _whole(ladder: Ladder) -> str:
    cpus = f"{ladder.cpus} CPU{'' if ladder.cpus == 1 else 's'}"
    whole = numbers.three_digits(ladder.whole_s)
    return f"{cpus} {TIMES} {numbers.seconds(ladder.wall_s)} = {whole}"


def _parts(ladder: Ladder) -> str:
    # As many decimals as the whole has: then a reader can add them up.
    decimals = len(numbers.three_digits(ladder.whole_s).partition(".")[2])
    told = [
        f"{rung.cpu_s:.{decimals}f} {_PARTS.get(rung.part, rung.part)} ({rung.share:.0%})"
        for rung in ladder.rungs
        if rung.share >= _SHOWN
    ]
    rest = sum(rung.share for rung in ladder.rungs if rung.share < _SHOWN)
    if rest >= _SHOWN:
        told.append(f"smaller parts ({rest:.0%})")
    return ", ".join(told)
