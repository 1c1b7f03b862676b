"""What is told of a run on its way, in a few words each."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from sklpar.model import Failure, Reading
from sklpar.render import rows, sentence
from sklpar.render.numbers import ratio, seconds
from sklpar.render.plain import AT_LEAST, ELLIPSIS, cells, one_line, wrap

if TYPE_CHECKING:
    from sklpar.model import Dropped, Outcome, Report, SettingReport

# A failure's reason may quote a whole exception; the log of the trial has the rest.
_REASON = 120


def where_words(round_: int, rounds: int, *, at_most: bool = False) -> str:
    """Return which round it is: 0 warms up, and those beyond `rounds` confirm."""
    if not round_:
        return "warm-up"
    if round_ > rounds:
        return f"confirming round {round_ - rounds}"
    return f"round {round_} of {'at most ' if at_most else ''}{rounds}"


def outcome_words(outcome: Outcome, rounds: int) -> str:
    """Return a trial in a few words: its setting, and its first fit or how it failed."""
    where = where_words(outcome.round, rounds)
    where += f", {outcome.setting}" if outcome.round else ""
    if isinstance(outcome, Failure):
        reason = cut(one_line(outcome.reason), _REASON)
        return f"{where}: {outcome.status.replace('_', ' ')}: {reason}"
    wall = outcome.fits[0].readings["wall_s"]
    time = seconds(wall.value) if isinstance(wall, Reading) else "-"
    odd = "" if outcome.status == "ok" else f" ({outcome.status.replace('_', ' ')})"
    return f"{where}: {time}{odd}"


def best_words(report: Report) -> str:
    """Return the best so far with its figure and its gain; empty while there is none."""
    row = _best(report)
    name, _ = sentence.minimized(report)
    figure = sentence.value(row, name)
    if row is None or figure is None:
        return ""
    figures = [sentence.show(name, figure)]
    known = rows.gain(report, row)
    if row.id != "as-written" and known.median is not None:
        figures.append(f"gain {ratio(known.median)}")
    elif row.id != "as-written" and known.low is not None:
        figures.append(f"gain {AT_LEAST}{ratio(known.low)}")
    return f"{row.id} ({', '.join(figures)})"


def _best(report: Report) -> SettingReport | None:
    """Return the recommended row, or, while nothing is recommended, the sound one that leads."""
    if report.recommendation is not None:
        return report.row(report.recommendation.setting)
    return next((row.setting for row in rows.ordered(report) if row.setting.status == "ok"), None)


def dropped_words(dropped: Sequence[Dropped]) -> list[str]:
    """Return each setting that is out, and why."""
    return [f"{one.setting} ({one.why})" for one in dropped]


def duration_words(duration_s: float) -> str:
    """Return a duration to read at a glance: ``12 s``, ``3 min 05 s``, ``2 h 10 min``."""
    whole = round(duration_s)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def cut(text: str, width: int, end: str = ELLIPSIS) -> str:
    """Return `text` in at most `width` columns of a terminal, with `end` where it was cut."""
    if cells(text) <= width:
        return text
    kept = text
    while kept and cells(kept) + cells(end) > width:
        kept = kept[:-1]
    return kept.rstrip() + end if kept else end[: max(0, width)]


def joined(head: str, tail: str, width: int, end: str = ELLIPSIS) -> str:
    """Return both in one line; where they do not fit, the head is cut and the tail stays whole."""
    return cut(cut(head, max(0, width - cells(tail)), end) + tail, width, end)


def listed(
    head: str, items: Sequence[str], width: int, *, lines: int, end: str = ELLIPSIS
) -> list[str]:
    """Return `head` and as many of the items as fit into `lines`, with `end` for the others."""
    shown = wrap(head + ", ".join(items), width)
    for count in range(len(items) - 1, 0, -1):
        if len(shown) <= lines:
            break
        shown = wrap(head + ", ".join([*items[:count], end]), width)
    return [cut(line, width, end) for line in shown[:lines]]
