"""The law that a series of times follows: how much of it is serial, and where more stops paying."""

from __future__ import annotations

import math
import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace

from sklpar.analysis.samples import by_round
from sklpar.analysis.statistics import MIN_FOR_INTERVAL
from sklpar.model import Bounded, Run, Scaling, ScalingLaw, ScalingSeries
from sklpar.model.law import parallel_part

# Three parameters from three values are no fit: they pass through any three points.
_MIN_VALUES = 4
# Root mean square of the relative errors from which on the times do not follow the law.
_MAX_ERROR = 0.25
# Times that differ by less say nothing of n_jobs.
_ALIKE = 1.05
# A cost of workers that adds less than this to the shortest time is none: no round could show it.
_NEGLIGIBLE = 1e-3
_DRAWS = 200
_TAIL = 0.025

_COUNTS = {1: "one was", 2: "two were", 3: "three were"}


@dataclass(frozen=True, kw_only=True)
class Coefficients:
    """A, B and C of T(N) = A/N + B + C (N - 1), in seconds, and how far the times are from it."""

    parallel_s: float
    serial_s: float
    per_worker_s: float
    error: float

    @property
    def alone_s(self) -> float:
        """What the law gives one worker."""
        return self.parallel_s + self.serial_s

    @property
    def best_n_jobs(self) -> float:
        """The N of the shortest time, infinite where further workers cost nothing."""
        if self.per_worker_s == 0:
            return math.inf
        return max(1.0, math.sqrt(self.parallel_s / self.per_worker_s))


def with_laws(run: Run, scaling: Scaling) -> Scaling:
    """Return the series, each with its law or why it has none.

    The intervals take some time, so this is done when the run is over.
    """
    return Scaling(series=tuple(_with_law(run, series) for series in scaling.series))


def _with_law(run: Run, series: ScalingSeries) -> ScalingSeries:
    found = _law(run, series)
    if isinstance(found, str):
        return replace(series, law=None, law_unavailable=found)
    return replace(series, law=found, law_unavailable=None)


def _law(run: Run, series: ScalingSeries) -> ScalingLaw | str:
    if run.finished_at is None:
        return "the run is not over"
    times: dict[int, list[float]] = {}
    for point in series.points:
        values = list(by_round(run, point.setting, "first_fit_s").values())
        if values and min(values) > 0:
            times.setdefault(point.n_jobs, values)
    medians = {n: statistics.median(values) for n, values in times.items()}
    if len(medians) < _MIN_VALUES:
        measured = _COUNTS.get(len(medians), "none was")
        return f"the law needs four values of n_jobs, {measured} measured"
    if max(medians.values()) < _ALIKE * min(medians.values()):
        return "the time does not change with n_jobs"
    cpus = run.host.usable_cpus
    found, tasks = _best_fit(medians, cpus, run.inspection.tasks)
    if found.error > _MAX_ERROR or not found.alone_s:
        return f"the times do not follow the law: they are {found.error:.0%} away from it (rms)"
    parts = parallel_parts(list(times), cpus, tasks)
    draws = _draws(times, parts, random.Random(run.seed))  # noqa: S311  draws, not secrets
    limit = min(float(max(medians)), float(cpus))
    return _stated(found, draws, tasks=tasks, limit=limit)


def _best_fit(
    medians: Mapping[int, float], cpus: int, tasks: int | None
) -> tuple[Coefficients, int | None]:
    """Fit with whole waves of tasks and without; keep what is nearer.

    Tasks of very different length fill the gaps of each other, and then there are no waves.
    """
    numbers, values = list(medians), list(medians.values())
    smooth = fit_law(numbers, values, parallel_parts(numbers, cpus, None))
    if not tasks:
        return smooth, None
    waves = fit_law(numbers, values, parallel_parts(numbers, cpus, tasks))
    return (waves, tasks) if waves.error < smooth.error else (smooth, None)


def parallel_parts(numbers: Sequence[int], cpus: int, tasks: int | None) -> list[float]:
    """Return what is left of A for each number of workers, as `parallel_part` has it."""
    return [parallel_part(number, cpus, tasks) for number in numbers]


def fit_law(numbers: Sequence[int], times: Sequence[float], parts: Sequence[float]) -> Coefficients:
    """Fit the law by non-negative least squares of the relative errors.

    Parameters
    ----------
    numbers : sequence of int
        Workers.
    times : sequence of float
        Seconds with them, above 0.
    parts : sequence of float
        What is left of A with them, see `parallel_parts`.

    Notes
    -----
    It is the universal scalability law of Gunther (2007), Guerrilla Capacity Planning, in seconds:
    with T1 the time of one worker, A = T1 (1 - sigma), B = T1 sigma, C = T1 kappa. Each row is
    divided by its time, since noise is in proportion to it.
    """
    from scipy.optimize import nnls

    rows = [
        [part / time, 1 / time, (number - 1) / time]
        for number, time, part in zip(numbers, times, parts, strict=True)
    ]
    found, residual = nnls(rows, [1.0] * len(rows))
    a, b, c = (float(value) for value in found)
    if c * (max(numbers) - 1) < _NEGLIGIBLE * min(times):
        c = 0.0
    error = float(residual) / math.sqrt(len(rows))
    return Coefficients(parallel_s=a, serial_s=b, per_worker_s=c, error=error)


def _draws(
    times: Mapping[int, Sequence[float]], parts: Sequence[float], chance: random.Random
) -> list[Coefficients]:
    """Fit the law to rounds drawn again with replacement; none where a point has too few."""
    if min(map(len, times.values())) < MIN_FOR_INTERVAL:
        return []
    numbers = list(times)
    return [
        fit_law(
            numbers,
            [statistics.median(chance.choices(values, k=len(values))) for values in times.values()],
            parts,
        )
        for _ in range(_DRAWS)
    ]


def _stated(
    found: Coefficients, draws: Sequence[Coefficients], *, tasks: int | None, limit: float
) -> ScalingLaw:
    def bounded(read: Callable[[Coefficients], float]) -> Bounded:
        values = sorted(read(draw) for draw in draws if draw.alone_s > 0)
        value = read(found)
        if not values:
            return Bounded(value=value, low=None, high=None)
        low, high = (values[round(q * (len(values) - 1))] for q in (_TAIL, 1 - _TAIL))
        return Bounded(value=value, low=_finite(min(low, value)), high=_finite(max(high, value)))

    best = found.best_n_jobs
    return ScalingLaw(
        parallel_s=bounded(lambda law: law.parallel_s),
        serial_s=bounded(lambda law: law.serial_s),
        per_worker_s=bounded(lambda law: law.per_worker_s),
        serial_share=bounded(lambda law: law.serial_s / law.alone_s),
        coherency=bounded(lambda law: law.per_worker_s / law.alone_s),
        best_n_jobs=bounded(lambda law: law.best_n_jobs) if math.isfinite(best) else None,
        tasks=tasks,
        error=found.error,
        extrapolates=math.isfinite(best) and best > limit,
    )


def _finite(value: float) -> float | None:
    """Return None for a bound that the rounds do not give."""
    return value if math.isfinite(value) else None
