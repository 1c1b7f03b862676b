"""What became of the settings that are not the answer: outdone, stopped, failed, left out."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sklpar.render import rows, sentence
from sklpar.render.marks import status_word
from sklpar.render.plain import AT_LEAST, DASH, ELLIPSIS, listed, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sklpar.model import Recommendation, Rejected, Report

_REASONS = 8

# Why a setting is behind another: only the first of a list need say in what, and whom.
_BEHIND = re.compile(
    r"(?P<what>[\w ]+?) (?P<times>\S+ times) that of (?P<best>\S+?)"
    r"(?: \((?P<least>at least \S+)\)|, which is not decided \((?P<span>.+)\))?"
)
# A fit that could no longer be best: what is to be said of it is the same for every such setting.
_CAPPED = re.compile(
    r"(?:the first fit|warm fit \d+) was stopped after \S+ s, "
    r"[^;]*best so far[^;]*"
)
_NUMBER = re.compile(r"(?<![\w.])\d+(?:\.\d+)?(?:e[+-]?\d+)?(?![\w.]*\w)")


def first_few(lines: Sequence[str], most: int, what: str) -> list[str]:
    """Return the first lines, and one that says how many more there are, and where."""
    if len(lines) <= most + 1:
        return list(lines)
    more = f"{len(lines) - most:,} more {what}: show --format json has them."
    return [*lines[:most], f"{ELLIPSIS} and {more}"]


def not_taken(report: Report, recommendation: Recommendation) -> list[str]:
    """Return why settings that are better, or may be as good, are not the answer.

    Those that are surely behind are so by the table, and what is not sound has its note there.
    """
    ranks = {row.setting.id: rank for rank, row in enumerate(rows.ordered(report))}
    sound = {row.id for row in report.settings if row.status == "ok"} - {"as-written"}
    rest = sorted(
        (one for one in recommendation.rejected if one.setting in sound),
        key=lambda one: ranks[one.setting],
    )
    near: list[str] = []
    unfit: dict[str, dict[str, str]] = {}
    for one in rest:
        behind = _BEHIND.fullmatch(one.why)
        if behind is None:
            unfit.setdefault(_NUMBER.sub("", one.why), {})[one.setting] = one.why
        elif behind["span"]:
            what = f" its {behind['what']}" if not near else ""
            near.append(f"{one.setting} ({behind['times']}{what}, {behind['span']})")
    return [
        *(f"Not {one.setting}: {shorten(one.why)}" for one in _above(report, recommendation)),
        *([f"May be as good: {listed(near)}."] if near else []),
        *(
            f"Not taken ({listed(list(why))}): {shorten(_spanned(list(why.values())))}."
            for why in unfit.values()
        ),
    ]


def _above(report: Report, recommendation: Recommendation) -> list[Rejected]:
    """Return the settings that are not sound though better than the recommended one."""
    name, _ = sentence.minimized(report)
    taken = sentence.value(report.row(recommendation.setting), name)
    if taken is None:
        return []
    figures = {row.id: sentence.value(row, name) for row in report.settings if row.status != "ok"}
    return [
        one
        for one in recommendation.rejected
        if (figure := figures.get(one.setting)) is not None and figure < taken
    ]


def reasons(report: Report) -> list[str]:
    """Return why settings ended as their notes say: those stopped for being slow in one line."""
    recommendation = report.recommendation
    told = {one.setting for one in _above(report, recommendation)} if recommendation else set()
    capped: list[str] = []
    stopped: dict[tuple[str, str], dict[str, str]] = {}
    other: dict[tuple[str, str], list[str]] = {}
    for row in rows.measured(report):
        if row.status == "ok" or not row.reason or row.id in told:
            continue
        word = status_word(row)
        if row.status == "stopped_early" and _CAPPED.fullmatch(row.reason):
            capped.append(row.id)
        elif row.status in ("stopped_early", "timeout"):
            key = (word, _NUMBER.sub("", row.reason))
            stopped.setdefault(key, {})[row.id] = row.reason
        else:
            other.setdefault((word, row.reason), []).append(row.id)
    # A reason with a number of its own for each setting would else be as many lines as settings.
    lines = first_few(
        [f"{word} ({listed(ids)}): {shorten(why)}" for (word, why), ids in other.items()],
        _REASONS,
        "reasons of settings that are not sound",
    )
    lines += [
        f"{word} ({listed(list(why))}): {shorten(_spanned(list(why.values())))}"
        for (word, _), why in stopped.items()
    ]
    lines += _capped(capped, report)
    if any(row.status == "failed" for row in report.settings):
        lines.append("The tracebacks are in the run's folder: trials/*/log.txt.")
    return lines


def _capped(stopped: Sequence[str], report: Report) -> list[str]:
    """Return what was stopped, in general: at which time, its own reason says in the document."""
    if not stopped:
        return []
    capped = frozenset(stopped)
    ids = [row.setting.id for row in rows.ordered(report) if row.setting.id in capped]
    count = "1 setting" if len(ids) == 1 else f"{len(ids)} settings"
    why = "a fit is stopped once it can no longer be best"
    return [f"stopped, {count} ({listed(ids)}): {why}; {AT_LEAST} is how long it had run."]


def _spanned(texts: Sequence[str]) -> str:
    """Return texts that differ in their numbers alone as one, such as ``after 2.90-3.41 s``."""
    found = [_NUMBER.findall(text) for text in texts]
    if len({_NUMBER.sub("", text) for text in texts}) > 1:
        return " or ".join(texts)
    numbers = (_span(column) for column in zip(*found, strict=True))
    return _NUMBER.sub(lambda _: next(numbers), texts[0])


def _span(numbers: Iterable[str]) -> str:
    ordered = sorted(set(numbers), key=float)
    return ordered[0] if len(ordered) == 1 else f"{ordered[0]}{DASH}{ordered[-1]}"


def skipped(report: Report) -> list[str]:
    """Return a line for each reason for which settings were left out."""
    return [
        f"skipped {len(left)} ({listed(left)}): {shorten(why)}"
        for why, left in _left_out(report).items()
    ]


def skipped_in_short(report: Report) -> list[str]:
    """Return one line for all settings that were left out: how many for which reason."""
    reasons = [
        f"{len(left):,} ({shorten(why.partition(': ')[2] or why)})"
        for why, left in _left_out(report).items()
    ]
    if reasons:
        count, _, rest = reasons[0].partition(" ")
        reasons[0] = f"{count} {'setting' if count == '1' else 'settings'} {rest}"
    told = first_few(reasons, _REASONS, "reasons")
    return [f"Not measured by the plan: {', '.join(told)}."] if told else []


def _left_out(report: Report) -> dict[str, list[str]]:
    """Return the ids of the settings that were skipped, by the reason."""
    grouped: dict[str, list[str]] = {}
    for row in report.settings:
        if row.status == "skipped":
            grouped.setdefault(row.reason or "no reason is recorded", []).append(row.id)
    return grouped
