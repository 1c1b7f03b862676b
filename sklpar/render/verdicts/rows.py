"""The table of the checks: one row each, the worst first."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render.plain import DASH
from sklpar.render.rows import ABSENT
from sklpar.render.table import Column
from sklpar.render.verdicts import words

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sklpar.model import Check, Mode, Verdict

# Columns that hold ids: foreign text, and long.
IDS = ("setting", "against")
# Which column goes first where the terminal is narrow.
DROP = ("interval", "before", "now", "limit")
RATIO = "ratio"

_BEFORE: dict[Mode, str] = {"baseline": "baseline", "against": "other", "config": "held to"}


def columns(verdict: Verdict, checks: Sequence[Check]) -> list[Column]:
    """Return the table's columns, one cell for each of `checks`."""
    texts = {
        "ruling": ("check", [words.RULINGS[one.ruling] for one in checks]),
        "setting": ("setting", [one.setting for one in checks]),
        "metric": ("metric", [words.METRICS[one.metric] for one in checks]),
        "against": ("against", [one.against for one in checks]),
        "now": ("now", [_value(one, one.now) for one in checks]),
        "before": (_BEFORE[verdict.mode], [_value(one, one.before) for one in checks]),
        RATIO: ("ratio", [_ratio(one) for one in checks]),
        "interval": ("interval", [_interval(one) for one in checks]),
        "limit": ("limit", [words.limit(one.limit) for one in checks]),
    }
    if verdict.mode != "config":  # there every check is against the same
        del texts["against"]
    right = {"now", "before", RATIO, "interval", "limit"}
    return [
        Column(key=key, heading=heading, cells=tuple(cells), right=key in right)
        for key, (heading, cells) in texts.items()
    ]


def _value(check: Check, value: float | None) -> str:
    return ABSENT if value is None else words.shown(check, value)


def _ratio(check: Check) -> str:
    return ABSENT if check.ratio is None else words.factor(check.ratio.median)


def _interval(check: Check) -> str:
    ratio = check.ratio
    if ratio is None or ratio.low is None or ratio.high is None:
        return ABSENT
    return f"{words.factor(ratio.low)}{DASH}{words.factor(ratio.high)}"
