"""What is drawn along an axis, in words and in a unit that suits it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from sklpar.render import numbers, sentence

if TYPE_CHECKING:
    from sklpar.model import Report

_LABELS = {
    "first_fit_s": "first fit",
    "fit_s": "warm fit",
    "first_fit_cpu_s": "CPU time of the first fit",
    "cpu_s": "CPU time of a warm fit",
    "peak_memory_bytes": "peak memory",
}
_QUESTIONS = {"cpu_s": "much CPU time", "peak_memory_bytes": "much memory"}


# Ends of an axis are computed from a value, and must stay finite themselves.
_LEAST, _MOST = 1e-200, 1e200


def drawable(value: float | None) -> float | None:
    """Return a value that has a place on an axis, None for one that has not: 0 has none on a log.

    A report that was not measured here may hold anything, such as what is not finite.
    """
    return value if value is not None and _LEAST < value < _MOST else None


@dataclass(frozen=True, kw_only=True)
class Unit:
    """A measure as an axis shows it.

    Attributes
    ----------
    field : str
        The document's field.
    label : str
        What it is called.
    question : str
        What is asked of it: ``long``, ``much memory``.
    less : str
        What less of it is called: ``faster``.
    sign : str
        The unit of the axis.
    size : float
        What one of it is in the field's own unit.
    """

    field: str
    label: str
    question: str
    less: str
    sign: str
    size: float

    def span(self, low: float, high: float) -> str:
        """Return an interval with its unit, in words that can be heard."""
        shown = numbers.three_digits(low / self.size), numbers.three_digits(high / self.size)
        return f"{shown[0]} to {shown[1]} {self.sign}"


def unit_of(report: Report, field: str) -> Unit:
    """Return how a measure is shown: bytes in the unit in which the largest one is said."""
    sign, size = "s", 1.0
    if field.endswith("_bytes"):
        known = (drawable(sentence.value(row, field)) for row in report.settings)
        sign = numbers.memory(max(filter(None, known), default=0.0)).rpartition(" ")[2]
        size = 1e9 if sign == "GB" else 1e6
    same = field.removeprefix("first_fit_") if "cpu" in field else field
    less = sentence.minimized(report)[1] if field == sentence.minimized(report)[0] else "less"
    return Unit(
        field=field,
        label=_LABELS[field],
        question=_QUESTIONS.get(same, "long"),
        less=less,
        sign=sign,
        size=size,
    )


def threads_said(threads: str) -> str:
    """Return a cap on few letters, from how ids have it: ``2 threads``, ``not capped``."""
    if threads == "default":
        return "not capped"
    if threads.isdecimal():
        return f"{threads} thread{'' if threads == '1' else 's'}"
    return threads.replace("-", ", ")
