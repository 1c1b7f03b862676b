"""The law that times follow over n_jobs: tried on machines whose law is known."""

from __future__ import annotations

import csv
import math
import random
import statistics
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklpar.analysis.analyse import analyse
from sklpar.analysis.scaling_law import fit_law, parallel_parts
from sklpar.model import Bounded, Outcome, Run, ScalingLaw, ScalingSeries
from tests.unit.builders import make_run, make_samples, make_setting

PUBLISHED = Path(__file__).parents[3] / "benchmarks" / "published_scaling.csv"


def run_of(
    times: Mapping[int, Sequence[float]], *, cpus: int = 16, tasks: int | None = None
) -> Run:
    """A run that is over, with these first fits by n_jobs."""
    jobs = {n: make_setting("loky", n) for n in times}
    outcomes: list[Outcome] = []
    for n, firsts in times.items():
        outcomes += make_samples(jobs[n], firsts)
    run = make_run(list(jobs.values()), outcomes)
    return replace(
        run,
        finished_at="2026-01-02T03:05:09+00:00",
        host=replace(run.host, usable_cpus=cpus),
        inspection=replace(run.inspection, tasks=tasks),
    )


def series_of(run: Run) -> ScalingSeries:
    (found,) = analyse(run).scaling.series
    return found


def law_of(run: Run) -> ScalingLaw:
    found = series_of(run)
    assert found.law is not None, found.law_unavailable
    assert found.law_unavailable is None
    return found.law


def why_none(run: Run) -> str:
    found = series_of(run)
    assert found.law is None
    assert found.law_unavailable is not None
    return found.law_unavailable


def usl(a: float, b: float, c: float) -> Callable[[int], float]:
    return lambda n: a / n + b + c * (n - 1)


def noisy(
    time: Callable[[int], float], numbers: Sequence[int], *, sd: float = 0.03, rounds: int = 5
) -> dict[int, list[float]]:
    chance = random.Random(3)
    return {n: [time(n) * math.exp(chance.gauss(0, sd)) for _ in range(rounds)] for n in numbers}


def holds(bounded: Bounded, value: float) -> bool:
    return bounded.low is not None and bounded.low <= value <= (bounded.high or math.inf)


def test_a_law_without_noise_is_found_again() -> None:
    law = law_of(run_of({n: [usl(8, 2, 0.1)(n)] for n in (1, 2, 4, 8, 16)}))
    assert law.parallel_s.value == pytest.approx(8)
    assert law.serial_s.value == pytest.approx(2)
    assert law.per_worker_s.value == pytest.approx(0.1)
    assert law.serial_share.value == pytest.approx(0.2)
    assert law.coherency.value == pytest.approx(0.01)
    assert law.error == pytest.approx(0, abs=1e-9)
    assert law.best_n_jobs is not None
    assert law.best_n_jobs.value == pytest.approx(math.sqrt(80))
    assert not law.extrapolates
    assert law.serial_share.low is None, "one round tells nothing of the next"


def test_a_law_under_noise_lies_within_its_intervals() -> None:
    law = law_of(run_of(noisy(usl(10, 1, 0.05), (1, 2, 4, 8, 16))))
    assert holds(law.parallel_s, 10)
    assert holds(law.serial_s, 1)
    assert holds(law.per_worker_s, 0.05)
    assert holds(law.serial_share, 1 / 11)
    assert law.best_n_jobs is not None
    assert holds(law.best_n_jobs, math.sqrt(200))
    assert law.error < 0.05


def test_the_same_run_gives_the_same_intervals() -> None:
    run = run_of(noisy(usl(10, 1, 0.05), (1, 2, 4, 8)))
    assert law_of(run) == law_of(run)


def test_an_optimum_beyond_the_largest_n_or_the_cpus_is_an_extrapolation() -> None:
    times = {n: [usl(8, 2, 0.01)(n)] for n in (1, 2, 3, 4)}
    law = law_of(run_of(times))
    assert law.extrapolates
    assert law.best_n_jobs is not None
    assert law.best_n_jobs.value == pytest.approx(math.sqrt(800))


def test_where_workers_cost_nothing_there_is_no_optimum() -> None:
    law = law_of(run_of({n: [8 / n + 2] for n in (1, 2, 4, 8)}))
    assert (law.best_n_jobs, law.per_worker_s.value, law.extrapolates) == (None, 0.0, False)


def test_where_nothing_runs_in_parallel_one_worker_is_best() -> None:
    law = law_of(run_of({n: [2 + 0.5 * n] for n in (1, 2, 4, 8)}))
    assert law.parallel_s.value == pytest.approx(0, abs=1e-9)
    assert law.best_n_jobs is not None
    assert law.best_n_jobs.value == pytest.approx(1)


def test_workers_beyond_the_cpus_share_them() -> None:
    def time(n: int) -> float:
        return 8 / min(n, 2) + 1 + 0.2 * (n - 1)

    law = law_of(run_of({n: [time(n)] for n in (1, 2, 3, 4)}, cpus=2))
    assert law.parallel_s.value == pytest.approx(8)
    assert law.per_worker_s.value == pytest.approx(0.2)
    assert law.extrapolates


def test_equal_tasks_come_in_waves() -> None:
    """Six tasks on four workers take two rounds, as on three."""

    def time(n: int) -> float:
        return 6.0 * math.ceil(6 / n) / 6 + 0.5

    times = {n: [time(n)] for n in (1, 2, 3, 4, 6)}
    law = law_of(run_of(times, tasks=6))
    assert law.tasks == 6
    assert law.parallel_s.value == pytest.approx(6)
    assert law.error == pytest.approx(0, abs=1e-9)
    assert law_of(run_of(times)).error > 0.02


def test_waves_on_fewer_cpus_than_workers() -> None:
    assert parallel_parts([1, 2, 3, 4, 6, 8], 2, 6) == pytest.approx(
        [1, 3 / 6, 1.5 * 2 / 6, (2 + 1) / 6, 3 / 6, 3 / 6]
    )


def test_tasks_of_different_length_need_no_waves() -> None:
    law = law_of(run_of({n: [usl(8, 2, 0.1)(n)] for n in (1, 2, 3, 4, 5)}, tasks=6))
    assert law.tasks is None
    assert law.error == pytest.approx(0, abs=1e-9)


def test_three_values_of_n_jobs_are_too_few() -> None:
    for numbers, words in (((1, 2, 4), "three were"), ((1, 2), "two were")):
        run = run_of({n: [usl(8, 2, 0.1)(n)] for n in numbers})
        assert why_none(run) == f"the law needs four values of n_jobs, {words} measured"


def test_times_that_do_not_follow_the_law_have_none() -> None:
    reason = why_none(run_of({1: [1.0], 2: [9.0], 3: [1.0], 4: [9.0], 5: [0.5]}))
    assert "do not follow the law" in reason


def test_an_n_jobs_without_effect_has_no_law() -> None:
    assert "does not change" in why_none(run_of({n: [2.0 + n / 100] for n in (1, 2, 4, 8)}))


def test_the_law_waits_for_the_end_of_the_run() -> None:
    run = run_of({n: [usl(8, 2, 0.1)(n)] for n in (1, 2, 4, 8)})
    assert why_none(replace(run, finished_at=None)) == "the run is not over"


times = st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=4)


@given(
    st.dictionaries(st.integers(1, 128), times, min_size=2, max_size=6),
    st.integers(1, 128),
    st.none() | st.integers(1, 500),
)
@settings(max_examples=40, deadline=None)
def test_any_times_give_a_law_or_a_reason(
    of: dict[int, list[float]], cpus: int, tasks: int | None
) -> None:
    found = series_of(run_of(of, cpus=cpus, tasks=tasks))
    assert (found.law is None) == (found.law_unavailable is not None)
    if found.law is None:
        return
    law = found.law
    assert 0 <= law.serial_share.value <= 1
    assert law.error <= 0.25
    values = (law.parallel_s, law.serial_s, law.per_worker_s, law.serial_share, law.coherency)
    for one in (*values, *filter(None, [law.best_n_jobs])):
        assert one.value >= 0
        assert math.isfinite(one.value)
        assert one.low is None or 0 <= one.low <= one.value
        assert one.high is None or one.value <= one.high < math.inf


def published() -> dict[tuple[str, ...], tuple[int, dict[int, float]]]:
    """CPUs and times by n_jobs of each curve that scikit-learn's maintainers measured."""
    with PUBLISHED.open(encoding="utf-8") as file:
        rows = list(csv.DictReader(line for line in file if not line.startswith("#")))
    curves: dict[tuple[str, ...], tuple[int, dict[int, float]]] = {}
    for row in rows:
        if row["status"] != "failed":
            key = row["cpu"], row["environment"], row["backend"]
            _, curve = curves.setdefault(key, (int(row["logical_cores"]), {}))
            curve[int(row["n_jobs"])] = float(row["duration_s"])
    return {key: (cpus, curve) for key, (cpus, curve) in curves.items() if len(curve) > 3}


def test_published_curves_follow_the_law() -> None:
    """Thirty curves of two machines: the law is 5% off, and finds the best of the N measured."""
    errors, regrets = [], []
    for cpus, curve in published().values():
        numbers, values = list(curve), list(curve.values())
        parts = parallel_parts(numbers, cpus, None)
        law = fit_law(numbers, values, parts)
        errors.append(law.error)
        predicted = {
            n: law.parallel_s * part + law.serial_s + law.per_worker_s * (n - 1)
            for n, part in zip(numbers, parts, strict=True)
        }
        chosen = min(predicted, key=lambda n: predicted[n])
        regrets.append(curve[chosen] / min(values) - 1)
    assert len(errors) == 30
    assert statistics.median(errors) < 0.06
    assert max(errors) < 0.20
    assert sum(regret < 0.05 for regret in regrets) == 29
