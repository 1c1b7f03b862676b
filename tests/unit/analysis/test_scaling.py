"""Time against n_jobs, everything else held."""

from __future__ import annotations

from sklpar.analysis.analyse import analyse
from sklpar.model import Caps, InnerThreads, Outcome, ScalingSeries, Setting
from tests.unit.builders import (
    SERIAL,
    make_failure,
    make_run,
    make_sample,
    make_samples,
    make_setting,
)


def series(*timed: tuple[Setting, float | None]) -> list[ScalingSeries]:
    outcomes: list[Outcome] = []
    for setting, first_s in timed:
        outcomes += [make_failure(setting)] if first_s is None else make_samples(setting, [first_s])
    return list(analyse(make_run([setting for setting, _ in timed], outcomes)).scaling.series)


def jobs(n_jobs: int, inner: InnerThreads = 1, backend: str = "loky", **params: object) -> Setting:
    return make_setting(backend, n_jobs, inner, **params)


def test_speedup_is_against_one_job_and_efficiency_is_speedup_by_jobs() -> None:
    (found,) = series((jobs(4), 1.0), (jobs(1), 3.0), (jobs(2), 2.0))
    assert [point.n_jobs for point in found.points] == [1, 2, 4]
    assert [point.speedup for point in found.points] == [1.0, 1.5, 3.0]
    assert [point.efficiency for point in found.points] == [1.0, 0.75, 0.75]


def test_backends_caps_and_params_have_each_a_series() -> None:
    caps = Caps(blas=1, openmp=2)
    found = series(
        *((jobs(n), 1.0) for n in (1, 2)),
        *((jobs(n, caps), 1.0) for n in (1, 2)),
        *((jobs(n, backend="threading"), 1.0) for n in (1, 2)),
        *((jobs(n, C=2.0), 1.0) for n in (1, 2)),
    )
    assert [(one.backend, one.inner_threads, dict(one.params)) for one in found] == [
        ("loky", 1, {}),
        ("loky", caps, {}),
        ("threading", 1, {}),
        ("loky", 1, {"C": 2.0}),
    ]


def test_one_job_of_the_sequential_backend_stands_for_all_of_the_same_cap() -> None:
    found = series(
        (jobs(1, backend="sequential"), 4.0),
        (jobs(1, "default", backend="sequential"), 100.0),
        (jobs(2), 2.0),
    )
    assert [one.backend for one in found] == ["loky"]
    assert [point.setting for point in found[0].points] == ["sequential-j1-t1", "loky-j2-t1"]
    assert found[0].points[1].speedup == 2.0


def test_one_job_of_the_same_backend_is_preferred() -> None:
    found = series((jobs(1, backend="sequential"), 4.0), (jobs(1), 6.0), (jobs(2), 2.0))
    assert found[0].points[1].speedup == 3.0


def test_without_one_job_there_are_times_but_no_speedup() -> None:

    (found,) = series((jobs(1), None), (jobs(2), 2.0), (jobs(4), 1.0))
    assert [point.median_s for point in found.points] == [2.0, 1.0]
    assert [(point.speedup, point.efficiency) for point in found.points] == [(None, None)] * 2


def test_a_single_n_jobs_is_no_series_and_serial_and_as_written_are_in_none() -> None:
    assert not series((jobs(2), 1.0))
    run = make_run([jobs(2)], [make_sample(SERIAL), make_sample(jobs(2))])
    assert not analyse(run).scaling.series


def test_a_setting_that_failed_is_no_point() -> None:
    (found,) = series((jobs(1), 3.0), (jobs(2), None), (jobs(4), 1.0))
    assert [point.n_jobs for point in found.points] == [1, 4]
