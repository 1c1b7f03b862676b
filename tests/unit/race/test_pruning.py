"""What is known without measuring: which settings are left out, and which one stands for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklpar.host.threads import THREAD_VARIABLES
from sklpar.model import Caps, Inspection, Plan, Pool, Sweep
from sklpar.race.plan import make_plan
from tests.unit.builders import make_spec

POOLS = (Pool(user_api="blas", internal_api="openblas", num_threads=16),)


def search(tasks: int | None = None, written: Any = 2, **changes: Any) -> Inspection:
    """A search over a forest whose n_jobs is left None."""
    given: dict[str, Any] = {
        "label": "GridSearchCV(RandomForestClassifier)",
        "n_jobs_paths": ("n_jobs",),
        "n_jobs_as_written": {"n_jobs": written},
        "serial_params": {"n_jobs": 1, "estimator__n_jobs": 1},
        "tasks": tasks,
        "pools": POOLS,
    }
    return Inspection(**{**given, **changes})


NO_JOBS = Inspection(label="Ridge", pools=POOLS)


def plan(
    inspection: Inspection,
    cpus: int = 16,
    environ: Mapping[str, str] | None = None,
    *,
    exhaustive: bool = False,
    **sweep: Any,
) -> Plan:
    spec = make_spec(sweep=Sweep(**sweep), exhaustive=exhaustive)
    return make_plan(spec, inspection, cpus, environ or {})


def ids(made: Plan) -> list[str]:
    return [setting.id for setting in made.settings[2:]]


def reasons(made: Plan) -> dict[str, str]:
    return {one.setting.id: one.reason for one in made.skipped}


def jobs(made: Plan) -> list[int | None]:
    return [setting.n_jobs for setting in made.settings[2:]]


# more jobs than tasks


def test_jobs_without_a_task_give_way_to_as_many_as_there_are_tasks() -> None:
    made = plan(search(9), n_jobs=(2, 16), backend=("loky",), inner_threads=(1,))
    assert ids(made) == ["loky-j2-t1", "loky-j9-t1"]
    assert reasons(made) == {
        "loky-j16-t1": "9 tasks cannot keep 16 jobs busy: measured with 9 instead"
    }


def test_as_many_jobs_as_tasks_are_put_in_once() -> None:
    made = plan(search(9), n_jobs=(32, 16, 9), backend=("loky",), inner_threads=(1,))
    assert ids(made) == ["loky-j9-t1"]
    assert list(reasons(made)) == ["loky-j32-t1", "loky-j16-t1"]


def test_a_single_task_leaves_one_job_which_is_serial() -> None:
    made = plan(search(1), n_jobs=(1, 16), backend=("loky",), inner_threads=(1,))
    assert ids(made) == []
    assert reasons(made) == {
        "loky-j1-t1": "one job of one thread: the same as serial",
        "loky-j16-t1": "1 task cannot keep 16 jobs busy, one job of one thread: the same as serial",
    }


def test_a_swept_parameter_may_change_the_number_of_tasks() -> None:
    axes: Any = {"n_jobs": (16,), "backend": ("loky",), "inner_threads": (1,)}
    assert jobs(plan(search(9), params={"cv": (3, 30)}, **axes)) == [16, 16]
    assert jobs(plan(search(9), params={"estimator__n_jobs": (1,)}, **axes)) == [9]


@pytest.mark.parametrize("inspection", [search(None), Inspection(label="m:f", is_callable=True)])
def test_jobs_are_not_held_against_an_unknown_number_of_tasks(inspection: Inspection) -> None:
    made = plan(inspection, n_jobs=(8, 16), backend=("loky",), inner_threads=(1,))
    assert jobs(made) == [8, 16]


# equal waves


def test_of_jobs_that_need_equally_many_waves_the_fewest_are_measured() -> None:
    made = plan(search(9), n_jobs=(1, 2, 3, 4, 5, 6, 8), backend=("loky",), inner_threads=(2,))
    assert jobs(made) == [1, 2, 3, 5]
    assert reasons(made) == {
        "loky-j4-t2": "4 jobs need as many waves over 9 tasks as 3 (3): measured with 3 instead",
        "loky-j6-t2": "6 jobs need as many waves over 9 tasks as 5 (2): measured with 5 instead",
        "loky-j8-t2": "8 jobs need as many waves over 9 tasks as 5 (2): measured with 5 instead",
    }


def test_waves_are_held_against_each_other_whatever_the_order_and_within_one_backend() -> None:
    made = plan(search(9), n_jobs=(8, 5), backend=("loky", "threading"), inner_threads=(1, 2))
    assert jobs(made) == [5] * 4
    assert len(made.skipped) == 4


# one job


def test_one_job_is_measured_under_one_backend_the_sequential_if_it_is_there() -> None:
    axes: Any = {"n_jobs": (1, 2), "inner_threads": (2,)}
    made = plan(search(), backend=("loky", "sequential", "threading"), **axes)
    assert ids(made) == ["loky-j2-t2", "sequential-j1-t2", "threading-j2-t2"]
    why = "one job is sequential whatever the backend: measured as sequential"
    assert reasons(made)["loky-j1-t2"] == reasons(made)["threading-j1-t2"] == why
    made = plan(search(), backend=("threading", "loky"), **axes)
    assert ids(made) == ["threading-j1-t2", "threading-j2-t2", "loky-j2-t2"]


def test_one_job_with_jobs_below_it_depends_on_the_backend() -> None:
    axes: Any = {"n_jobs": (1,), "backend": ("threading", "loky"), "inner_threads": (1,)}
    nested = {"estimator__n_jobs": 2}
    made = plan(search(nested_n_jobs=nested), **axes)
    assert ids(made) == ["threading-j1-t1-estimator__n_jobs=2", "loky-j1-t1-estimator__n_jobs=2"]
    made = plan(search(), params={"estimator__n_jobs": (None, 1, 4)}, **axes)
    assert ids(made) == ["threading-j1-t1-estimator__n_jobs=4", "loky-j1-t1-estimator__n_jobs=4"]
    made = plan(search(nested_n_jobs=nested), params={"cv": (3,)}, **axes)
    assert ids(made) == ["threading-j1-t1-cv=3", "loky-j1-t1-cv=3"]


@pytest.mark.parametrize("inner", [1, Caps(blas=1, openmp=1)])
def test_one_job_of_one_thread_is_serial(inner: Any) -> None:
    made = plan(search(), n_jobs=(1,), backend=("loky",), inner_threads=(inner,))
    assert ids(made) == []
    assert list(reasons(made).values()) == ["one job of one thread: the same as serial"]


def test_serial_does_not_stand_for_what_sets_other_parameters() -> None:
    axes: Any = {"n_jobs": (1,), "backend": ("sequential",), "inner_threads": (1,)}
    assert ids(plan(search(), params={"cv": (3,)}, **axes)) == ["sequential-j1-t1-cv=3"]
    aliased = {"n_jobs": 1, "estimator__num_threads": 1}
    assert ids(plan(search(serial_params=aliased), **axes)) == ["sequential-j1-t1"]


def test_a_job_with_parts_from_elsewhere_is_never_known_to_be_one_job() -> None:
    axes: Any = {"n_jobs": (1,), "inner_threads": (1, "default")}
    made = plan(search(written=None, opaque=True), backend=("sequential", "loky"), **axes)
    assert len(ids(made)) == 4
    assert len(ids(plan(Inspection(label="m:f", is_callable=True), backend=("loky",), **axes))) == 2


def test_without_n_jobs_the_settings_of_sklpars_own_are_not_measured_twice() -> None:
    made = plan(NO_JOBS)
    assert ids(made) == ["sequential-t2"]
    assert reasons(made) == {
        "sequential-t1": "one job of one thread: the same as serial",
        "sequential-tdefault": "one job without a cap: the same as as-written",
    }


def test_without_n_jobs_axes_of_the_users_own_are_measured_though_they_may_change_nothing() -> None:
    made = plan(NO_JOBS, backend=("sequential", "loky"), inner_threads=(1, "default"))
    assert len(ids(made)) == 4
    assert ids(plan(NO_JOBS, inner_threads=(1, 2))) == ["sequential-t1", "sequential-t2"]


# as-written


AS_IS: dict[str, Any] = {"n_jobs": (1, 2), "backend": ("sequential", "threading")}


@pytest.mark.parametrize("written", [None, 1])
def test_one_job_without_a_cap_is_as_written_where_that_asks_for_no_more(written: Any) -> None:
    made = plan(search(written=written), inner_threads=("default",), **AS_IS)
    assert ids(made) == ["threading-j2-tdefault"]
    same = "one job without a cap: the same as as-written"
    assert reasons(made)["sequential-j1-tdefault"] == same
    assert reasons(made)["threading-j1-tdefault"] == same


@pytest.mark.parametrize(
    "inspection",
    [
        search(written=2),
        search(written=-1),
        search(written=True),
        search(written=None, n_jobs_as_written={}),
    ],
)
def test_as_written_stands_for_nothing_where_it_may_ask_for_more(inspection: Inspection) -> None:
    made = plan(inspection, inner_threads=("default",), **AS_IS)
    assert "sequential-j1-tdefault" in ids(made)


def test_nested_jobs_as_written_are_not_those_of_one_job() -> None:
    inspection = search(written=None, nested_n_jobs={"estimator__n_jobs": 2})
    made = plan(inspection, inner_threads=("default",), params={}, **AS_IS)
    assert "sequential-j1-tdefault" in ids(made)


@pytest.mark.parametrize("variable", THREAD_VARIABLES)
def test_an_inherited_cap_sets_as_written_apart(variable: str) -> None:
    made = plan(search(written=None), environ={variable: "1"}, inner_threads=("default",), **AS_IS)
    assert "sequential-j1-tdefault" in ids(made)


# far too many threads


def test_of_the_products_far_above_the_cpus_the_mildest_is_kept_to_be_seen() -> None:
    made = plan(search(), n_jobs=(2, 4, 8), backend=("threading",), inner_threads=(1, "default"))
    assert ids(made) == [
        "threading-j2-t1",
        "threading-j2-tdefault",
        "threading-j4-t1",
        "threading-j4-tdefault",
        "threading-j8-t1",
    ]
    assert reasons(made) == {
        "threading-j8-tdefault": "8 workers x 16 threads on 16 usable CPUs: "
        "sentinel threading-j4-tdefault stands for these"
    }


def test_loky_shares_the_cpus_out_by_itself() -> None:
    made = plan(search(), n_jobs=(2, 8, 16), backend=("loky",), inner_threads=("default",))
    assert jobs(made) == [2, 8, 16]


@pytest.mark.parametrize(
    ("inner", "kept"),
    [(5, [4, 8]), (Caps(blas=1, openmp=5), [4, 8]), (4, [4, 8, 16]), (2, [4, 8, 16, 32])],
)
def test_a_cap_is_taken_as_it_is_asked(inner: Any, kept: list[int]) -> None:
    """The last one of each is the sentinel."""
    made = plan(search(), n_jobs=(4, 8, 16, 32), backend=("loky",), inner_threads=(inner,))
    assert jobs(made) == kept


def test_where_no_pool_has_threads_the_default_is_one() -> None:
    single = (Pool(user_api="blas", internal_api="openblas", num_threads=1),)
    axes: Any = {"n_jobs": (8, 16), "backend": ("threading",), "inner_threads": ("default",)}
    assert jobs(plan(search(pools=single), **axes)) == [8, 16]
    assert jobs(plan(search(), **axes)) == [8]


def test_nested_jobs_multiply_but_not_under_the_sequential_backend() -> None:
    axes: Any = {"inner_threads": (1,), "params": {"estimator__n_jobs": (-1, 8, 4)}}
    made = plan(search(), n_jobs=(2,), backend=("loky",), **axes)
    assert [setting.params["estimator__n_jobs"] for setting in made.settings[2:]] == [-1, 8, 4]
    made = plan(search(), n_jobs=(8,), backend=("loky",), **axes)
    assert [setting.params["estimator__n_jobs"] for setting in made.settings[2:]] == [8, 4]
    assert "128 workers x 1 thread on 16" in next(iter(reasons(made).values()))
    made = plan(search(), n_jobs=(1,), backend=("sequential",), **axes)
    assert len(ids(made)) == 3


def test_jobs_of_estimators_side_by_side_do_not_multiply() -> None:
    params = {"estimator__a__n_jobs": (4,), "estimator__b__n_jobs": (4,)}
    axes: Any = {"n_jobs": (8, 9), "backend": ("loky",), "inner_threads": (1,)}
    assert jobs(plan(search(), params=params, **axes)) == [8, 9]  # 9 x 4 is over: the sentinel


def test_n_jobs_that_may_be_threads_are_not_multiplied_with_threads() -> None:
    booster = search(opaque=True, nested_n_jobs={})
    axes: Any = {"backend": ("threading",), "inner_threads": ("default",)}
    assert jobs(plan(booster, n_jobs=(4, 8, 16, 32), **axes)) == [4, 8, 16, 32]
    made = plan(search(tasks=100, opaque=True), n_jobs=(2, 4, 8), **axes)
    assert jobs(made) == [2, 4]


def test_there_is_one_sentinel_for_all() -> None:
    made = plan(search(), 2, n_jobs=(4, 8), backend=("loky", "threading"), inner_threads=(1, 2))
    assert ids(made) == ["loky-j4-t1", "loky-j4-t2", "threading-j4-t1"]


# all of them


def test_a_reason_goes_all_the_way_to_what_is_measured() -> None:
    made = plan(search(9), n_jobs=(4, 16), backend=("threading",), inner_threads=("default",))
    assert ids(made) == ["threading-j4-tdefault"]
    assert reasons(made) == {
        "threading-j16-tdefault": "9 tasks cannot keep 16 jobs busy, "
        "9 workers x 16 threads on 16 usable CPUs: sentinel threading-j4-tdefault stands for these"
    }


def test_what_is_the_very_same_work_names_the_setting_that_does_it() -> None:
    made = plan(
        search(9, written=None),
        n_jobs=(1, 4, 5, 8, 16),
        backend=("threading", "loky"),
        inner_threads=(1, 2, "default"),
    )
    same = {one.setting.id: one.same_as for one in made.skipped if one.same_as}
    assert same == {
        "threading-j1-t1": "serial",
        "threading-j1-tdefault": "as-written",
        "loky-j1-t1": "serial",
        "loky-j1-t2": "threading-j1-t2",
        "loky-j1-tdefault": "as-written",
    }
    assert len(made.skipped) > len(same)


def test_an_exhaustive_plan_is_the_whole_product() -> None:
    axes: Any = {"n_jobs": (1, 4, 5, 16), "backend": ("loky", "threading")}
    made = plan(search(9, written=None), inner_threads=(1, "default"), exhaustive=True, **axes)
    assert len(ids(made)) == 16
    assert not made.skipped


JOBS = st.sampled_from([1, 2, 3, 4, 5, 8, 9, 16, 64, -1, -3, "all"])
INNER = st.sampled_from([1, 2, 16, "default", Caps(blas=1, openmp=1), Caps(blas=1, openmp=40)])
BACKEND = st.sampled_from(["sequential", "threading", "loky", "multiprocessing"])
NESTED = st.sampled_from([None, 1, 2, -1, True, "1", 40])


@st.composite
def inspections(draw: st.DrawFn) -> Inspection:
    nested = draw(st.sampled_from([{}, {"estimator__n_jobs": 1}, {"estimator__n_jobs": 3}]))
    return search(
        draw(st.one_of(st.none(), st.integers(1, 40))),
        draw(NESTED),
        nested_n_jobs=nested,
        n_jobs_paths=draw(st.sampled_from([(), ("n_jobs",)])),
        opaque=draw(st.booleans()),
        is_callable=draw(st.booleans()),
        pools=draw(st.sampled_from([(), POOLS])),
    )


def _axis(values: st.SearchStrategy[Any]) -> st.SearchStrategy[tuple[Any, ...] | None]:
    return st.none() | st.lists(values, min_size=1, max_size=4).map(tuple)


SWEEPS = st.builds(
    Sweep,
    n_jobs=_axis(JOBS),
    backend=_axis(BACKEND),
    inner_threads=_axis(INNER),
    params=st.none()
    | st.fixed_dictionaries({"estimator__n_jobs": st.just((1, None, 2))})
    | st.fixed_dictionaries({"cv": st.just((3, "3"))}),
)


@given(inspections(), SWEEPS, st.integers(1, 32), st.booleans())
def test_whatever_the_job_each_setting_is_measured_or_left_out_for_one_that_is(
    inspection: Inspection, sweep: Sweep, cpus: int, inherits: bool
) -> None:
    environ = {"OMP_NUM_THREADS": "1"} if inherits else {}
    everything = make_plan(make_spec(sweep=sweep, exhaustive=True), inspection, cpus, environ)
    made = make_plan(make_spec(sweep=sweep), inspection, cpus, environ)
    kept = [setting.id for setting in made.settings]
    left_out = [one.setting.id for one in made.skipped]
    assert kept[:2] == ["as-written", "serial"]
    assert len(set(kept)) == len(kept)
    asked = [setting.id for setting in everything.settings]
    assert set(asked) <= {*kept, *left_out}
    # What was not asked for is there in place of more jobs.
    new = [setting for setting in made.settings if setting.id not in asked]
    assert all(setting.n_jobs == inspection.tasks for setting in new)
    for one in made.skipped[len(everything.skipped) :]:
        assert one.setting.id not in kept
        assert one.same_as is None or one.same_as in kept
        _check_reason(one.reason, made)


def _check_reason(reason: str, made: Plan) -> None:
    """What a reason points to is measured, and is what the reason says."""
    how = reason.rpartition(": ")[2]
    if how.startswith("sentinel "):
        assert how.split()[1] in {one.id for one in made.settings}
    elif how.startswith("measured with "):
        assert int(how.split()[2]) in jobs(made)
    elif how.startswith("measured as "):
        assert how.removeprefix("measured as ") in {one.backend for one in made.settings}
    else:
        assert how in {"the same as serial", "the same as as-written"}
