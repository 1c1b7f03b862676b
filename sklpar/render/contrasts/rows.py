"""The tables of a contrast: what the runs minimize with all that is known, the rest as ratios."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.model.contrast import MARGIN
from sklpar.render.contrasts import words
from sklpar.render.plain import ELLIPSIS, listed, shorten
from sklpar.render.rows import ABSENT
from sklpar.render.table import Column

if TYPE_CHECKING:
    from collections.abc import Collection, Sequence

    from sklpar.model import Compared, Contrast, Pair

# Which column goes first where the terminal is narrow.
DROP = ("answer", "a_interval", "b_interval", "interval")
# One of these without the other would only puzzle.
TOGETHER = ("a_interval", "b_interval")
# In a terminal more rows would push all else out of sight.
_MOST = 40
_REASONS = 8
# Trials that an interval takes.
_LEAST = 3
_REFERENCES = ("as-written", "serial")
_JUDGED = ("slower", "faster", "more", "less", "slower_machine", "faster_machine")


def shown(contrast: Contrast, compared: Compared) -> list[Pair]:
    """Return the pairs that a table shows: those of which either run has a figure."""
    return [pair for pair in contrast.of(compared) if pair.a or pair.b]


def of_interest(contrast: Contrast, pairs: Sequence[Pair]) -> list[Pair]:
    """Return those pairs that a terminal shows, in their order.

    The answers and the references, then what changed, what is not in both or not sound, the best.
    """
    answers = [one.setting for one in (contrast.a.recommendation, contrast.b.recommendation) if one]

    def rank(place: int) -> tuple[int, int]:
        pair = pairs[place]
        if pair.setting in (*answers, *_REFERENCES):
            return 0, place
        if pair.says in _JUDGED:
            return 1, place
        return (3 if pair.says in ("no_clear_change", "no_interval") else 2), place

    return [pairs[place] for place in sorted(sorted(range(len(pairs)), key=rank)[:_MOST])]


def columns(contrast: Contrast, pairs: Sequence[Pair]) -> list[Column]:
    """Return the columns of one figure: both sides, their ratio, and what that says."""
    texts = {
        "setting": ("setting", [one.setting for one in pairs]),
        "a": ("A", [words.figure(one.compared, one.a, one.a_at_least) for one in pairs]),
        "a_interval": ("95% of A", [words.interval(one.compared, one.a) for one in pairs]),
        "b": ("B", [words.figure(one.compared, one.b, one.b_at_least) for one in pairs]),
        "b_interval": ("95% of B", [words.interval(one.compared, one.b) for one in pairs]),
        "ratio": ("B/A", [words.ratio(one.ratio) for one in pairs]),
        "interval": ("95% of B/A", [words.ratio_interval(one.ratio) for one in pairs]),
        "says": ("change", [words.says(contrast, one) for one in pairs]),
        "answer": ("answer of", [_answer_of(contrast, one) for one in pairs]),
    }
    right = {"a", "b", "ratio"}
    found = [
        Column(key=key, heading=heading, cells=tuple(cells), right=key in right)
        for key, (heading, cells) in texts.items()
    ]
    return [column for column in found if set(column.cells) - {ABSENT, ""}]


def ratios(
    contrast: Contrast, compared: Sequence[Compared], among: Collection[str] | None = None
) -> list[Column]:
    """Return the ratios of several figures, a column each; none where no setting has any.

    Parameters
    ----------
    among : collection of str, optional
        The settings that are shown; all unless given.
    """
    found = {name: {pair.setting: pair for pair in contrast.of(name)} for name in compared}
    first = [pair.setting for pair in contrast.of(contrast.compared[0])]
    ids = [
        setting
        for setting in first
        if (among is None or setting in among)
        and any(setting in pairs and pairs[setting].ratio for pairs in found.values())
    ]
    if not ids:
        return []
    return [
        Column(key="setting", heading="setting", cells=tuple(ids)),
        *(
            Column(
                key=name,
                heading=f"{words.NAMES[name]} B/A",
                cells=tuple(_ratio(contrast, pairs.get(setting)) for setting in ids),
            )
            for name, pairs in found.items()
        ),
    ]


def notes(contrast: Contrast) -> list[str]:
    """Return what explains the words of the tables, and the settings that these leave out."""
    first = contrast.of(contrast.compared[0])
    in_table = {pair.setting for pair in shown(contrast, contrast.compared[0])}
    untold = [pair.setting for pair in first if pair.setting not in in_table]
    lines = _reasons(contrast, [pair for pair in first if pair.setting in in_table])
    if any(pair.ratio and pair.ratio.median is None for pair in first):
        lines.append("A bound is of a fit that was stopped: it is how long that had run.")
    if untold:
        count = "1 setting" if len(untold) == 1 else f"{len(untold)} settings"
        name = words.NAMES[contrast.compared[0]]
        lines.append(f"Without a {name} in either run, {count}: {listed(untold)}.")
    lines += _without_interval(contrast)
    if contrast.comparisons:
        lines.append(_judging(contrast))
    return lines


def _without_interval(contrast: Contrast) -> list[str]:
    """Return why there are ratios without an interval, each reason once."""
    pairs = [pair for pair in contrast.pairs if pair.says == "no_interval"]
    whys = dict.fromkeys(_why_none(pair) for pair in pairs)
    return [f"No interval of B/A: {' or '.join(whys)}."] if whys else []


def _why_none(pair: Pair) -> str:
    sides = [side for side in (pair.a, pair.b) if side is not None]
    if any(side.n < _LEAST for side in sides):
        return "a side has fewer than three trials"
    if any(side.low is None for side in sides):
        return "a side has none"
    return "that of a side reaches down to 0, and ratios to 0 have no end"


def _judging(contrast: Contrast) -> str:
    more, less = ("more", "less") if contrast.compared[0] == "speedup" else ("slower", "faster")
    count = contrast.comparisons
    is_one = contrast.a.run_id == contrast.b.run_id
    apart = "" if is_one else ", from the trials of two runs that share no round"
    corrected = f", corrected for all {count} comparisons," if count > 1 else ""
    return (
        f"{more.capitalize()} and {less} are said only where an interval{corrected} leaves no "
        f"doubt of more than {MARGIN:.0%}, which two runs of one job may differ by. The intervals "
        f"shown are of 95% each{apart}."
    )


def _reasons(contrast: Contrast, pairs: Sequence[Pair]) -> list[str]:
    """Return each reason once; a fit that was stopped has its bound in the table."""
    grouped: dict[tuple[str, str], list[str]] = {}
    for pair in pairs:
        if pair.reason and pair.says != "not_measured" and not _only_stopped(contrast, pair):
            key = words.says(contrast, pair), pair.reason
            grouped.setdefault(key, []).append(pair.setting)
    told = [f"{word} ({listed(ids)}): {shorten(why)}" for (word, why), ids in grouped.items()]
    if len(told) <= _REASONS + 1:
        return told
    more = f"{ELLIPSIS} and {len(told) - _REASONS:,} more reasons: --format json has them."
    return [*told[:_REASONS], more]


def _only_stopped(contrast: Contrast, pair: Pair) -> bool:
    rows = [side.row(pair.setting) for side in (contrast.a, contrast.b)]
    return {row.status for row in rows if row} <= {"ok", "stopped_early"}


def _answer_of(contrast: Contrast, pair: Pair) -> str:
    sides = {"A": contrast.a.recommendation, "B": contrast.b.recommendation}
    return ", ".join(side for side, one in sides.items() if one and one.setting == pair.setting)


def _ratio(contrast: Contrast, pair: Pair | None) -> str:
    if pair is None or pair.ratio is None:
        return ABSENT
    span = words.ratio_interval(pair.ratio)
    parts = [words.ratio(pair.ratio), "" if span == ABSENT else f"({span})"]
    parts.append(words.says(contrast, pair) if pair.says in _JUDGED else "")
    return " ".join(filter(None, parts))
