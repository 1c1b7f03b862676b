"""The numbers that findings rest on, for one setting: medians over its trials."""

from __future__ import annotations

import statistics
from collections.abc import Sequence
from dataclasses import dataclass

from sklpar.analysis.samples import outcomes_of
from sklpar.model import Failure, Fit, Outcome, Reading, Run


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What a typical fit of a setting did: a warm one, the first where there is none.

    Attributes
    ----------
    wall_s, cpu_s : float
        Of one fit; of one that was cut off, up to then.
    wait_s : float or None
        Run-queue wait of its threads, less what outside load explains.
    outside_cpu_s : float or None
        CPU that others took meanwhile.
    runnable_peak : int or None
        Most threads running or waiting for a CPU at one instant.
    finished : bool
        False where every trial was cut off.
    """

    wall_s: float
    cpu_s: float | None
    wait_s: float | None
    outside_cpu_s: float | None
    runnable_peak: int | None
    finished: bool

    @property
    def demand(self) -> float | None:
        """Threads that wanted a CPU, on average over the fit: running or waiting for one."""
        if self.wait_s is None or self.cpu_s is None or not self.wall_s:
            return None
        return (self.cpu_s + self.wait_s) / self.wall_s

    @property
    def wait_share(self) -> float | None:
        """Part of its threads' demand for CPU that was spent waiting for one, 0 to 1."""
        if self.wait_s is None or not self.cpu_s:
            return None
        return self.wait_s / (self.wait_s + self.cpu_s)


def evidence_of(run: Run, setting: str) -> Evidence | None:
    """Return the evidence on a setting, None where no fit of it was seen."""
    outcomes = outcomes_of(run, setting)
    finished = [fit for outcome in outcomes if (fit := _typical(outcome.fits))]
    cut = [o.unfinished for o in outcomes if isinstance(o, Failure) and o.unfinished]
    fits = finished or cut
    if not fits:
        return None
    wait = _median(fits, "run_queue_wait_s")
    outside = _median(fits, "outside_cpu_s")
    if wait is not None:
        wait = max(0.0, wait - (outside or 0.0))
    return Evidence(
        wall_s=_median(fits, "wall_s") or 0.0,
        cpu_s=_median(fits, "cpu_s"),
        wait_s=wait,
        outside_cpu_s=outside,
        runnable_peak=_runnable(outcomes),
        finished=bool(finished),
    )


def _typical(fits: Sequence[Fit]) -> Fit | None:
    """Return the last fit: warm where there is a warm one."""
    return fits[-1] if fits else None


def _median(fits: Sequence[Fit], quantity: str) -> float | None:
    values = [
        reading.value for fit in fits if isinstance(reading := fit.readings[quantity], Reading)
    ]
    return statistics.median(values) if values else None


def _runnable(outcomes: Sequence[Outcome]) -> int | None:
    peaks = [
        outcome.observed.runnable_peak
        for outcome in outcomes
        if outcome.observed is not None and outcome.observed.runnable_peak is not None
    ]
    return round(statistics.median(peaks)) if peaks else None
