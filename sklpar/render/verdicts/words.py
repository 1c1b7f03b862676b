"""The words of a verdict: its metrics, figures and rulings as a reader says them."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, TypeAlias

from sklpar.render import numbers

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from sklpar.model import Check, Conclusion, Metric, Ruling, Verdict

# How a format writes text that is not sklpar's own: names, files, reasons, commands.
Quote: TypeAlias = "Callable[[str], str]"

METRICS: Mapping[Metric, str] = {
    "first_fit": "first fit",
    "fit": "warm fit",
    "cpu": "CPU",
    "memory": "memory",
    "threads": "threads",
    "speedup": "speedup",
    "cpu_inflation": "CPU inflation",
}
_SHOWN: Mapping[Metric, Callable[[float], str]] = {
    "first_fit": numbers.seconds,
    "fit": numbers.seconds,
    "cpu": numbers.seconds,
    "memory": numbers.memory,
    "threads": lambda count: f"{count:g}",
    "speedup": numbers.ratio,
    "cpu_inflation": numbers.ratio,
}

# Worst first. What is equivalent is within its limit, by its whole interval.
RULINGS: Mapping[Ruling, str] = {
    "failed": "failed",
    "regressed": "regressed",
    "inconclusive": "undecided",
    "equivalent": "ok",
    "improved": "improved",
}

_OUTCOMES: Mapping[Conclusion, str] = {
    "passed": "PASS",
    "failed": "FAIL",
    "inconclusive": "INCONCLUSIVE",
    "not_comparable": "NOT COMPARABLE",
    "nothing_measured": "NOTHING MEASURED",
    "interrupted": "INTERRUPTED",
}


def outcome(verdict: Verdict) -> str:
    """Return the outcome in capitals: PASS where the command exits 0, and only there."""
    return "PASS" if verdict.exit_code == 0 else _OUTCOMES[verdict.outcome]


def is_told_by_checks(verdict: Verdict) -> bool:
    """Return whether the checks decided the outcome; otherwise something kept them from it."""
    return verdict.outcome in ("passed", "failed", "inconclusive")


def worst_first(verdict: Verdict) -> list[Check]:
    """Return the checks: by ruling, then by how near the limit, or how far beyond it, they are."""
    order = list(RULINGS)

    def rank(check: Check) -> tuple[int, float, str, str]:
        return order.index(check.ruling), -nearness(check), check.setting, check.metric

    return sorted(verdict.checks, key=rank)


def nearness(check: Check) -> float:
    """Return the ratio by its limit; 0 where there is none."""
    known = check.ratio is not None and math.isfinite(check.ratio.median) and check.limit > 0
    return check.ratio.median / check.limit if known and check.ratio is not None else 0.0


def shown(check: Check, value: float) -> str:
    """Return a value of the check's metric, with its unit."""
    return _SHOWN[check.metric](value)


def factor(value: float) -> str:
    """Return a ratio with three decimals: beside a limit of 1.10, 1.102 is not 1.10."""
    return f"{value:.3f}" if abs(value) < 10 else numbers.three_digits(value)


def limit(value: float) -> str:
    """Return a limit as exactly as it was given: 1.10, 1.125."""
    text = f"{value:.6g}"
    return text if len(text.partition(".")[2]) >= 2 else f"{value:.2f}"


def plural(count: int, word: str) -> str:
    """Return a count of something: ``1 round``, ``2 rounds``."""
    return f"{count} {word}{'' if count == 1 else 's'}"
