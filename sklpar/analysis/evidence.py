"""The numbers that findings rest on, for one setting: medians over its trials."""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Literal

from sklpar.analysis.samples import outcomes_of
from sklpar.analysis.thresholds import BRIEF
from sklpar.model import Failure, Fit, Outcome, ParallelCall, Reading, Run


@dataclass(frozen=True, kw_only=True)
class Work:
    """What one kind of fit of a setting did, first or warm: medians over trials.

    Attributes
    ----------
    wall_s, cpu_s : float
        Of one fit; of one that was cut off, up to then.
    raw_wait_s : float or None
        Run-queue wait of its threads, whoever caused it.
    outside_cpu_s : float or None
        CPU that others took meanwhile.
    throttled_s : float or None
        How long a quota held it.
    calls : tuple of ParallelCall
        joblib's calls by kind, of the kinds that at least half of the fits made.
    widths_s : tuple of float
        Seconds in which about 0, 1, 2, ... threads wanted a CPU; empty where that was not sampled.
    worker_cpu_s : tuple of float
        CPU of each worker, most first.
    walls_s, cpus_s : mapping
        Wall-clock and CPU by round, for ratios within rounds.
    """

    wall_s: float
    cpu_s: float | None
    raw_wait_s: float | None
    outside_cpu_s: float | None
    throttled_s: float | None
    calls: tuple[ParallelCall, ...] = ()
    widths_s: tuple[float, ...] = ()
    worker_cpu_s: tuple[float, ...] = ()
    walls_s: Mapping[int, float] = field(default_factory=dict)
    cpus_s: Mapping[int, float] = field(default_factory=dict)

    @property
    def wait_s(self) -> float | None:
        """Run-queue wait, less what outside load explains."""
        if self.raw_wait_s is None:
            return None
        return max(0.0, self.raw_wait_s - (self.outside_cpu_s or 0.0))

    @property
    def displaced_s(self) -> float:
        """How long others' load can have kept its threads from a CPU: no longer than they waited.

        Others that only took what it left idle kept nothing from it.
        """
        outside = self.outside_cpu_s or 0.0
        return outside if self.raw_wait_s is None else min(outside, self.raw_wait_s)

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

    @property
    def outer(self) -> tuple[ParallelCall, ...]:
        """The outermost calls that had more than one worker; they do not overlap.

        Those that are over at once are left out: histogram gradient boosting, which has no n_jobs,
        bins its columns in as many threads as OpenMP has.
        """
        return tuple(call for call in self.shared if call.depth == 0)

    @property
    def shared(self) -> tuple[ParallelCall, ...]:
        """The calls at any depth that had more than one worker and were not over at once."""
        return tuple(
            call for call in self.calls if call.n_jobs > 1 and call.wall_s > BRIEF * self.wall_s
        )

    @property
    def mean_width(self) -> float | None:
        """Threads that wanted a CPU, on average, as they were sampled; others' load included."""
        total = sum(self.widths_s)
        if not total:
            return None
        return sum(width * seconds for width, seconds in enumerate(self.widths_s)) / total


@dataclass(frozen=True, kw_only=True)
class Evidence:
    """What the fits of a setting did.

    Attributes
    ----------
    first, warm : Work or None
        Of its first fits and its later ones; None where none of that kind ended.
    cut : Work or None
        Of fits that were stopped, where none ended.
    runnable_peak : int or None
        Most threads running or waiting for a CPU at one instant.
    start_up_s : float or None
        By how much the first fit took longer than the warm ones of the same trial.
    data_bytes : int or None
        Size of X in memory.
    """

    first: Work | None
    warm: Work | None
    cut: Work | None
    runnable_peak: int | None
    start_up_s: float | None = None
    data_bytes: int | None = None

    @property
    def typical(self) -> Work:
        """A warm fit, the first where there is none, what was seen of one where none ended."""
        found = self.warm or self.first or self.cut
        if found is None:
            raise ValueError("evidence of no fit at all")
        return found

    @property
    def kind(self) -> Literal["warm", "first"]:
        """Which fit `typical` is of."""
        return "warm" if self.warm else "first"

    @property
    def of_warm(self) -> str:
        """What stands behind a number of `typical` that is no first fit's."""
        return " in warm fits" if self.warm else ""

    @property
    def finished(self) -> bool:
        """False where every fit was cut off."""
        return self.first is not None

    @property
    def wall_s(self) -> float:
        """Of a typical fit."""
        return self.typical.wall_s

    @property
    def cpu_s(self) -> float | None:
        """Of a typical fit."""
        return self.typical.cpu_s

    @property
    def outside_cpu_s(self) -> float | None:
        """Of others, during a typical fit."""
        return self.typical.outside_cpu_s


def evidence_of(run: Run, setting: str) -> Evidence | None:
    """Return the evidence on a setting, None where no fit of it was seen."""
    outcomes = outcomes_of(run, setting)
    first = _work([(o.round, o.fits[0]) for o in outcomes if o.fits])
    warm = _work([(o.round, fit) for o in outcomes for fit in o.fits[1:]])
    cut = None
    if first is None:
        cut = _work(
            [(o.round, o.unfinished) for o in outcomes if isinstance(o, Failure) and o.unfinished]
        )
    if first is None and cut is None:
        return None
    sizes = [o.data_bytes for o in outcomes if o.data_bytes is not None]
    return Evidence(
        first=first,
        warm=warm,
        cut=cut,
        runnable_peak=_runnable(outcomes),
        start_up_s=_start_up(outcomes),
        data_bytes=round(statistics.median(sizes)) if sizes else None,
    )


def _work(fits: Sequence[tuple[int, Fit]]) -> Work | None:
    if not fits:
        return None
    plain = [fit for _, fit in fits]
    walls = _by_round(fits, "wall_s")
    return Work(
        wall_s=_median(plain, "wall_s") or 0.0,
        cpu_s=_median(plain, "cpu_s"),
        raw_wait_s=_median(plain, "run_queue_wait_s"),
        outside_cpu_s=_median(plain, "outside_cpu_s"),
        throttled_s=_median(plain, "throttled_s"),
        calls=_typical_calls([fit.calls for fit in plain]),
        widths_s=_medians([fit.widths_s for fit in plain if fit.widths_s]),
        worker_cpu_s=_medians([fit.worker_cpu_s for fit in plain if fit.worker_cpu_s]),
        walls_s=walls,
        cpus_s=_by_round(fits, "cpu_s"),
    )


def _median(fits: Iterable[Fit], quantity: str) -> float | None:
    values = [
        reading.value for fit in fits if isinstance(reading := fit.readings.get(quantity), Reading)
    ]
    return statistics.median(values) if values else None


def _by_round(fits: Sequence[tuple[int, Fit]], quantity: str) -> dict[int, float]:
    rounds: dict[int, list[Fit]] = {}
    for number, fit in fits:
        rounds.setdefault(number, []).append(fit)
    medians = {number: _median(found, quantity) for number, found in rounds.items()}
    return {number: value for number, value in medians.items() if value}


def _medians(series: Sequence[Sequence[float]]) -> tuple[float, ...]:
    """Return the median of each place; a series that ends before it counts as 0 there."""
    longest = max((len(one) for one in series), default=0)
    return tuple(
        statistics.median([one[place] if place < len(one) else 0.0 for one in series])
        for place in range(longest)
    )


def _typical_calls(fits: Sequence[Sequence[ParallelCall]]) -> tuple[ParallelCall, ...]:
    kinds: dict[tuple[int, str, int], list[ParallelCall]] = {}
    for calls in fits:
        for call in calls:
            kinds.setdefault((call.depth, call.backend, call.n_jobs), []).append(call)
    return tuple(
        ParallelCall(
            depth=depth,
            backend=backend,
            n_jobs=n_jobs,
            calls=round(statistics.median(call.calls for call in found)),
            tasks=round(statistics.median(call.tasks for call in found)),
            wall_s=statistics.median(call.wall_s for call in found),
            own_cpu_s=statistics.median(call.own_cpu_s for call in found),
            first_done_s=statistics.median(call.first_done_s for call in found),
            tail_idle_s=statistics.median(call.tail_idle_s for call in found),
        )
        for (depth, backend, n_jobs), found in kinds.items()
        if 2 * len(found) >= len(fits)
    )


def _start_up(outcomes: Sequence[Outcome]) -> float | None:
    """Compare within trials: a slow machine slows both of its fits."""
    differences = []
    for outcome in outcomes:
        first, warm = _median(outcome.fits[:1], "wall_s"), _median(outcome.fits[1:], "wall_s")
        if first is not None and warm is not None:
            differences.append(first - warm)
    return statistics.median(differences) if differences else None


def _runnable(outcomes: Sequence[Outcome]) -> int | None:
    peaks = [
        outcome.observed.runnable_peak
        for outcome in outcomes
        if outcome.observed is not None and outcome.observed.runnable_peak is not None
    ]
    return round(statistics.median(peaks)) if peaks else None
