"""Where the CPU-seconds of a fit went, in words."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render import numbers
from sklpar.render.plain import TIMES

if TYPE_CHECKING:
    from collections.abc import Collection, Mapping

    from sklpar.model import Ladder, Report

PARTS: Mapping[str, str] = {
    "useful": "useful",
    "inflation": "inflation",
    "waiting": "waiting for a CPU",
    "imbalance": "imbalance",
    "start_up": "start-up",
    "serial": "serial stretches",
    "blocked": "blocked",
    "unexplained": "unexplained",
}
# What is lost, as the end of "50% of the time of 2 CPUs"; what is unexplained explains nothing.
_LOSSES: Mapping[str, str] = {
    "inflation": "went into CPU work that serial does without",
    "waiting": "went by waiting for a CPU that other threads or a quota held",
    "imbalance": "went by without a task while other workers still had one",
    "start_up": "went into starting up: workers, pools, what is imported with the first task",
    "serial": "was not asked for, since too few threads had work",
    "blocked": "went by waiting for a lock (Python's, or another) or for a disk",
}
# Smaller parts are in the document.
_SHOWN = 0.01
# So many times the share that it has of the best.
_MORE = 1.5
# Less than this explains no slowness.
_LARGE = 0.1


def lines(report: Report) -> list[str]:
    """Return a line for the recommended setting and one for as-written, where they have ladders."""
    chosen = report.recommendation.setting if report.recommendation else None
    return [
        f"Where the CPU time of {name} went: {_parts(row.ladder)} ({_whole(row.ladder)})."
        for name in dict.fromkeys((chosen, "as-written"))
        if name and name != "serial" and (row := report.row(name)) and row.ladder
    ]


def largest_loss(ladder: Ladder, best: Ladder | None, *, but: Collection[str] = ()) -> str | None:
    """Return which part cost most beside the useful one: ``50% of the time of 2 CPUs was ...``.

    Parameters
    ----------
    best : Ladder or None
        Of the setting to run with: what takes as much of it makes no difference between the two.
    but : collection of str
        Parts that say nothing here.
    """
    shared = {rung.part: rung.share for rung in best.rungs} if best else {}
    lost = [
        rung
        for rung in ladder.rungs
        if rung.part in _LOSSES
        and rung.part not in but
        and rung.share > _MORE * shared.get(rung.part, 0.0)
    ]
    worst = max(lost, key=lambda rung: rung.share, default=None)
    if worst is None or worst.share < _LARGE:
        return None
    return f"{worst.share:.0%} of the time of {_cpus(ladder)} {_LOSSES[worst.part]}"


def _cpus(ladder: Ladder) -> str:
    return f"{ladder.cpus} CPU{'' if ladder.cpus == 1 else 's'}"


def _whole(ladder: Ladder) -> str:
    return f"of {_cpus(ladder)} {TIMES} {numbers.seconds(ladder.wall_s)}"


def _parts(ladder: Ladder) -> str:
    """Return the parts, the largest first; those that round to nothing are one."""
    largest = sorted(ladder.rungs, key=lambda rung: rung.share, reverse=True)
    told = [
        f"{rung.share:.0%} {PARTS.get(rung.part, rung.part)}"
        for rung in largest
        if rung.share >= _SHOWN
    ]
    rest = sum(rung.share for rung in largest if rung.share < _SHOWN)
    if rest >= _SHOWN:
        told.append(f"{rest:.0%} smaller parts")
    return ", ".join(told)
