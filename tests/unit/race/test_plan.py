"""Which settings a run measures, and which it leaves out with a reason."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from sklpar.model import Caps, Inspection, Plan, Sweep
from sklpar.race.plan import make_plan
from tests.unit.builders import make_spec

SEARCH = Inspection(label="GridSearchCV", n_jobs_paths=("n_jobs",))
NO_JOBS = Inspection(label="Ridge")
CALLABLE = Inspection(label="job:fit", is_callable=True)


def plan(
    inspection: Inspection = SEARCH,
    cpus: int = 2,
    environ: Mapping[str, str] | None = None,
    **sweep: Any,
) -> Plan:
    return make_plan(make_spec(sweep=Sweep(**sweep)), inspection, cpus, environ or {})


def product(inspection: Inspection = SEARCH, cpus: int = 2, **sweep: Any) -> Plan:
    """What the axes give: of an exhaustive plan nothing is pruned."""
    spec = make_spec(sweep=Sweep(**sweep), exhaustive=True)
    return make_plan(spec, inspection, cpus, {})


def ids(made: Plan) -> list[str]:
    """The swept settings; the two that are always measured come before them."""
    kept = [setting.id for setting in made.settings]
    assert kept[:2] == ["as-written", "serial"]
    return kept[2:]


def reasons(made: Plan) -> dict[str, str]:
    return {one.setting.id: one.reason for one in made.skipped}


def test_as_written_asks_for_nothing_and_serial_for_one_of_each() -> None:
    as_written, serial = plan(n_jobs=(2,), backend=("loky",), inner_threads=(1,)).settings[:2]
    assert (as_written.n_jobs, as_written.backend, as_written.inner_threads) == (None, None, None)
    assert (serial.n_jobs, serial.backend, serial.inner_threads) == (1, "sequential", 1)


def test_the_axes_that_a_spec_asks_for_are_multiplied() -> None:
    made = product(
        n_jobs=(1, 2),
        backend=("threading", "loky"),
        inner_threads=(1, "default", Caps(blas=1, openmp=2)),
    )
    caps = ("1", "default", "blas1-openmp2")
    assert ids(made) == [
        f"{backend}-j{n}-t{cap}"
        for backend in ("threading", "loky")
        for n in (1, 2)
        for cap in caps
    ]
    assert not made.skipped


def test_without_a_sweep_one_job_is_sequential_and_more_are_workers() -> None:
    assert ids(product()) == [
        "sequential-j1-t1",
        "sequential-j1-tdefault",
        "threading-j2-t1",
        "threading-j2-tdefault",
        "loky-j2-t1",
        "loky-j2-tdefault",
    ]


@pytest.mark.parametrize(
    ("cpus", "jobs"),
    [(1, [1]), (2, [1, 2]), (3, [1, 2, 3]), (8, [1, 2, 4, 8]), (12, [1, 2, 4, 8, 12])],
)
def test_without_n_jobs_the_powers_of_two_and_all_cpus_are_chosen(
    cpus: int, jobs: list[int]
) -> None:
    made = product(cpus=cpus, backend=("loky",), inner_threads=(1,))
    assert [setting.n_jobs for setting in made.settings[2:]] == jobs


def test_without_inner_threads_two_of_them_are_worth_a_look_only_on_more_than_two_cpus() -> None:
    small, large = (plan(cpus=cpus, n_jobs=(2,), backend=("loky",)) for cpus in (2, 8))
    assert ids(small) == ["loky-j2-t1", "loky-j2-tdefault"]
    assert ids(large) == ["loky-j2-t1", "loky-j2-t2", "loky-j2-tdefault"]


@pytest.mark.parametrize(
    ("asked", "cpus", "resolved"),
    [("all", 6, 6), (-1, 6, 6), (-2, 6, 5), (-9, 6, 1), (3, 2, 3), (-1, 1, 1)],
)
def test_all_and_negative_jobs_count_from_the_usable_cpus(
    asked: Any, cpus: int, resolved: int
) -> None:
    made = product(cpus=cpus, n_jobs=(asked,), backend=("loky",), inner_threads=(1,))
    assert ids(made) == [f"loky-j{resolved}-t1"]


def test_a_setting_that_is_there_already_is_skipped_and_says_so() -> None:
    made = plan(n_jobs=(2, "all", -1), backend=("loky",), inner_threads=(1,))
    assert ids(made) == ["loky-j2-t1"]
    assert [one.reason for one in made.skipped] == ["the same as loky-j2-t1 further up"] * 2


def test_several_jobs_under_the_sequential_backend_are_skipped() -> None:
    made = plan(n_jobs=(1, 2), backend=("sequential",), inner_threads=(2,))
    assert ids(made) == ["sequential-j1-t2"]
    assert reasons(made) == {
        "sequential-j2-t2": "the sequential backend runs one job, whatever n_jobs says"
    }


def test_process_backends_are_skipped_where_joblib_would_quietly_run_one_job() -> None:
    made = plan(
        environ={"JOBLIB_MULTIPROCESSING": "0"},
        n_jobs=(2,),
        backend=("threading", "loky", "multiprocessing"),
        inner_threads=(1,),
    )
    assert ids(made) == ["threading-j2-t1"]
    assert list(reasons(made)) == ["loky-j2-t1", "multiprocessing-j2-t1"]
    assert all("JOBLIB_MULTIPROCESSING=0" in reason for reason in reasons(made).values())


def test_one_job_is_measured_under_a_backend_that_the_user_named() -> None:
    assert ids(plan(n_jobs=(1,), backend=("loky",), inner_threads=(2,))) == ["loky-j1-t2"]


def test_an_estimator_without_n_jobs_has_only_its_thread_pools_to_turn() -> None:
    assert ids(product(NO_JOBS, cpus=8)) == [
        "sequential-t1",
        "sequential-t2",
        "sequential-tdefault",
    ]
    assert ids(plan(NO_JOBS, backend=("loky",), inner_threads=(1,))) == ["loky-t1"]


def test_a_callable_takes_n_jobs_from_the_configuration_around_it() -> None:
    made = plan(CALLABLE, n_jobs=(2,), backend=("threading",), inner_threads=("default",))
    assert ids(made) == ["threading-j2-tdefault"]


NESTED = Inspection(
    label="GridSearchCV(RF)", n_jobs_paths=("n_jobs",), nested_n_jobs={"estimator__n_jobs": 2}
)


def test_a_nested_n_jobs_that_is_set_becomes_an_axis_with_one() -> None:
    made = plan(NESTED, n_jobs=(2,), backend=("loky",), inner_threads=(1,))
    assert [dict(setting.params) for setting in made.settings[2:]] == [
        {"estimator__n_jobs": 2},
        {"estimator__n_jobs": 1},
    ]
    assert len(set(ids(made))) == 2


def test_a_nested_n_jobs_of_one_is_measured_once() -> None:
    one = Inspection(label="s", n_jobs_paths=("n_jobs",), nested_n_jobs={"estimator__n_jobs": 1})
    assert len(ids(plan(one, n_jobs=(2,), backend=("loky",), inner_threads=(1,)))) == 1


def test_axes_of_the_users_own_take_the_place_of_the_nested_one() -> None:
    params = {"estimator__C": (0.1, 1.0), "estimator__max_iter": (10, 20)}
    made = plan(NESTED, n_jobs=(2,), backend=("loky",), inner_threads=(1,), params=params)
    assert [tuple(setting.params.values()) for setting in made.settings[2:]] == [
        (0.1, 10),
        (0.1, 20),
        (1.0, 10),
        (1.0, 20),
    ]
    assert not ids(plan(NESTED, n_jobs=(2,), backend=("loky",), inner_threads=(1,), params={}))[1:]


def test_values_that_only_their_type_tells_apart_have_ids_of_their_own() -> None:
    values = (1, "1", True, "True", None, "None", 0.5, "0.5", "nan", "rbf")
    made = product(NO_JOBS, inner_threads=(1,), params={"kernel": values})
    assert len(ids(made)) == len(values)
    assert not made.skipped
    assert ids(made)[0] == "sequential-t1-kernel=1"
    assert ids(made)[-1] == "sequential-t1-kernel=rbf"


def test_values_cannot_pass_for_two_parameters() -> None:
    made = product(NO_JOBS, inner_threads=(1,), params={"a": ("x,b=y", "x"), "b": ("z", "y,b=z")})
    assert len(ids(made)) == 4
