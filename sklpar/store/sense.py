"""Whether a document makes sense: what its types allow, and no run ever wrote.

A document may have been edited, or damaged. What would only show later, as a division by 0 in a
figure, is told of when it is read.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from itertools import chain

from sklpar.errors import StoreError
from sklpar.model import Estimate, Report, ScalingSeries, SettingReport

# Seconds or bytes of no machine: products and squares of more are no longer finite.
_LARGEST = 1e100
# What evidence may count.
_LARGEST_COUNT = 2**63
# Digits of the number of a round.
_DIGITS = 9
_ONE = "1 or more was expected"
_TOO_LARGE = "too large a number"


def check_sense(report: Report, source: str) -> None:
    """Raise StoreError with the field where a number, or a reference, makes no sense."""
    for place, wrong in _nonsense(report):
        raise StoreError(f"{source}: {place}: {wrong}")


def _nonsense(report: Report) -> Iterator[tuple[str, str]]:
    """Yield each field that makes no sense, and what is wrong with it."""
    if report.host.usable_cpus < 1:
        yield "host.usable_cpus", _ONE
    for index, row in enumerate(report.settings):
        for field, wrong in _of_row(row):
            yield f"settings.{index}.{field}", wrong
    chosen = report.recommendation
    if chosen is not None:
        if report.row(chosen.setting) is None:
            yield "recommendation.setting", "no setting has this id"
        gain = chosen.speedup
        if wrong := _unordered(gain.low, gain.median, gain.high):
            yield "recommendation.speedup", wrong
    for index, series in enumerate(report.scaling.series):
        for field, wrong in _of_series(series):
            yield f"scaling.series.{index}.{field}", wrong
    for index, finding in enumerate(report.noise.findings):
        yield from _of_evidence(finding.evidence, f"noise.findings.{index}")


def _of_row(row: SettingReport) -> Iterator[tuple[str, str]]:
    for name, measured in row.measures.items():
        if isinstance(measured, Estimate):
            for part, wrong in _of_estimate(measured):
                yield f"{name}{part}", wrong
        elif measured.at_least is not None and not 0 <= measured.at_least <= _LARGEST:
            yield f"{name}_at_least", "a number of 0 or more was expected"
    for field, values in (("values", row.values), ("confirming", row.confirming)):
        for name, rounds in values.items():
            if not all(map(_is_round, rounds)):
                yield f"{field}.{name}", "the number of a round was expected as each key"
            if any(abs(value) > _LARGEST for value in rounds.values()):
                yield f"{field}.{name}", _TOO_LARGE
    for index, finding in enumerate(row.findings):
        yield from _of_evidence(finding.evidence, f"findings.{index}")


def _is_round(key: str) -> bool:
    return key.isascii() and key.isdigit() and len(key) <= _DIGITS


def _of_estimate(found: Estimate) -> Iterator[tuple[str, str]]:
    if found.n < 1:
        yield ".n", _ONE
    if found.median < 0:
        yield ".median", "0 or more was expected"
    if (found.low is None) != (found.high is None):
        yield "", "low and high are both given, or neither"
    if wrong := _unordered(found.low, found.median, found.high):
        yield "", wrong


def _unordered(low: float | None, median: float | None, high: float | None) -> str:
    """Return what is wrong with an interval, of which any part may be missing."""
    known = [value for value in (low, median, high) if value is not None]
    if known != sorted(known):
        return "low, median and high do not rise"
    return _TOO_LARGE if any(abs(value) > _LARGEST for value in known) else ""


def _of_series(series: ScalingSeries) -> Iterator[tuple[str, str]]:
    for index, point in enumerate(series.points):
        if point.n_jobs < 1:
            yield f"points.{index}.n_jobs", _ONE
        known = (value for value in (point.speedup, point.efficiency) if value is not None)
        if any(not 0 <= value <= _LARGEST for value in chain(known, (point.median_s,))):
            yield f"points.{index}", "numbers of 0 or more were expected"
    if series.law is not None and series.law.tasks is not None and series.law.tasks < 1:
        yield "law.tasks", _ONE


def _of_evidence(evidence: Mapping[str, object], place: str) -> Iterator[tuple[str, str]]:
    for name, value in evidence.items():
        if isinstance(value, int) and abs(value) > _LARGEST_COUNT:
            yield f"{place}.evidence.{name}", _TOO_LARGE
