"""What a run minimizes, as a field of the document, and what it is called."""

from __future__ import annotations

from sklpar.model import Estimate, SettingReport, Spec

LABELS = {
    "first_fit_s": "first fit",
    "first_fit_cpu_s": "CPU",
    "fit_s": "warm fit",
    "cpu_s": "CPU",
    "peak_memory_bytes": "memory",
}


def measure_of(goal: str, spec: Spec) -> str:
    """Return the document's field that a goal of the spec's objective speaks of."""
    if goal == "cpu":
        of_first = spec.objective.minimize == "first_fit" or spec.measure.repeats == 0
        return "first_fit_cpu_s" if of_first else "cpu_s"
    return {"first_fit": "first_fit_s", "fit": "fit_s", "memory": "peak_memory_bytes"}[goal]


def median(row: SettingReport, measure: str) -> float | None:
    """Return the median of a row's measure, None where it could not be measured."""
    found = row.measures[measure]
    return found.median if isinstance(found, Estimate) else None
