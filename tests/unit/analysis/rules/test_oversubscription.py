"""More runnable work than CPUs, at a cost: all of it must be there. The machine has two CPUs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from sklpar.analysis.analyse import analyse
from sklpar.model import Finding, Layer, Observed, Outcome, Pool, Setting
from tests.unit.analysis.rules.finding import Trials, case, found
from tests.unit.builders import (
    AS_WRITTEN,
    LOKY,
    SERIAL,
    cut_off,
    make_call,
    make_fit,
    make_run,
    make_sample,
    make_setting,
)

POOL = Pool(user_api="blas", internal_api="openblas", num_threads=2)
DEFAULT = make_setting("threading", 2, "default")
LEAN = make_sample(SERIAL, 1, make_fit(1.0, cpu_s=1.0))


def crowded(
    setting: Setting = DEFAULT,
    *,
    runnable: int = 6,
    wall_s: float = 2.0,
    cpu_s: float = 4.0,
    wait_s: float | None = 8.0,
    outside_s: float = 0.0,
    pools: Sequence[Pool] = (POOL,),
) -> Outcome:
    """Six threads on two CPUs, waiting twice as long as they ran, four times the CPU of serial."""
    fit = make_fit(wall_s, cpu_s=cpu_s, wait_s=wait_s, outside_s=outside_s)
    observed = Observed(runnable_peak=runnable, pools=tuple(pools))
    return make_sample(setting, 1, fit, observed=observed)


def blamed(*outcomes: Outcome, setting: Setting = DEFAULT) -> Finding | None:
    report = analyse(make_run([setting], [LEAN, *outcomes]))
    found = report.row(setting.id)
    assert found is not None
    return next((one for one in found.findings if one.rule == "oversubscription"), None)


def test_a_crowd_that_waits_and_costs_is_blamed_with_its_numbers() -> None:
    found = blamed(crowded())
    assert found is not None
    assert found.severity == "warning"
    assert found.evidence == {
        "fit": "first",
        "usable_cpus": 2,
        "runnable_peak": 6,
        "runnable_mean": 6.0,
        "run_queue_wait_s": 8.0,
        "run_queue_wait_share": pytest.approx(2 / 3),
        "cpu_s": 4.0,
        "cpu_inflation": 4.0,
        "slowdown": 2.0,
        "outside_cpu_s": 0.0,
        "workers": 2,
        "nested_workers": 1,
        "native_threads": 2,
    }


@pytest.mark.parametrize(
    "harmless",
    [
        {"runnable": 64, "wait_s": 0.0},
        {"runnable": 2},
        {"wait_s": 0.3},
        {"wait_s": None},
        {"wait_s": 8.0, "outside_s": 8.0},
    ],
    ids=[
        "many threads that sleep",
        "no more than the CPUs",
        "hardly any wait",
        "too short for a wait to be known",
        "others' load explains the wait",
    ],
)
def test_whatever_of_it_is_missing_nobody_is_blamed(harmless: dict[str, Any]) -> None:
    assert blamed(crowded(**harmless)) is None


def test_a_crowd_that_is_cheap_and_fast_all_the_same_is_told_and_not_blamed() -> None:
    found = blamed(crowded(wall_s=1.02, cpu_s=1.1, wait_s=2.0))
    assert found is not None
    assert found.severity == "info"
    assert found.evidence["run_queue_wait_s"] == 2.0
    assert "nothing needs to change" in found.advice


def test_time_alone_is_a_cost_and_so_is_cpu_alone() -> None:
    slow = blamed(crowded(wall_s=2.0, cpu_s=1.2, wait_s=8.0))
    dear = blamed(crowded(wall_s=1.0, cpu_s=2.0, wait_s=8.0))
    assert slow is not None
    assert dear is not None


def test_load_of_others_is_taken_off_before_and_only_as_much_as_there_was() -> None:
    found = blamed(crowded(wait_s=8.0, outside_s=2.0))
    assert found is not None
    assert found.evidence["run_queue_wait_s"] == 6.0


def test_a_fit_that_was_cut_off_counts_up_to_then() -> None:
    unfinished = make_fit(20.0, cpu_s=40.0, wait_s=80.0)
    found = blamed(
        cut_off(DEFAULT, 20.0, unfinished=unfinished, observed=Observed(runnable_peak=6))
    )
    assert found is not None
    assert found.evidence["cut_off"] is True


def test_the_leanest_is_never_a_fit_that_was_cut_off() -> None:
    """It had used little by then, which is no merit: what finished is no worse for it."""
    short = cut_off(AS_WRITTEN, 0.1, unfinished=make_fit(0.1, cpu_s=0.1))
    fine = blamed(short, crowded(LOKY, wall_s=1.0, cpu_s=1.1, wait_s=2.0), setting=LOKY)
    assert fine is not None
    assert fine.severity == "info"


def test_slow_is_meant_within_rounds() -> None:
    """The second round was slow for everybody."""
    outcomes = [
        make_sample(SERIAL, 2, make_fit(4.0, cpu_s=1.0)),
        replace(crowded(wall_s=4.0, cpu_s=1.1, wait_s=16.0), round=2),
        make_sample(SERIAL, 3, make_fit(4.0, cpu_s=1.0)),
        replace(crowded(wall_s=4.0, cpu_s=1.1, wait_s=16.0), round=3),
    ]
    found = blamed(*outcomes, crowded(wall_s=1.0, cpu_s=1.1, wait_s=4.0))
    assert found is not None
    assert found.evidence["slowdown"] == 1.0
    assert found.severity == "info"


def advice(trials: Trials, setting: Setting, threads: int = 2, **more: Any) -> str:
    pools = tuple(replace(pool, num_threads=threads) for pool in more.pop("pools", (POOL,)))
    made = case(
        [(SERIAL, [make_fit(1.0)]), *trials],
        observed=Observed(runnable_peak=9, pools=pools),
        **more,
    )
    finding = found("oversubscription", made, setting)
    assert finding is not None
    assert finding.severity == "warning"
    return finding.advice


FOUR = make_setting("threading", 4, 2)
EIGHT_AT_WORK = make_fit(2.0, cpu_s=4.0, wait_s=12.0)


def test_both_factors_are_named_where_both_multiply() -> None:
    assert advice([(FOUR, [EIGHT_AT_WORK])], FOUR) == (
        "4 workers × 2 OpenBLAS threads = 8 on 2 usable CPUs: cap each worker's OpenBLAS threads "
        "at 1 with inner_threads: 1 (OPENBLAS_NUM_THREADS=1); then lower n_jobs to 2 or fewer"
    )


def test_what_was_measured_with_one_knob_less_decides_which_comes_first() -> None:
    capped, fewer = make_setting("threading", 4, 1), make_setting("threading", 2, 2)
    trials = [(FOUR, [EIGHT_AT_WORK]), (capped, [make_fit(1.6)]), (fewer, [make_fit(1.0)])]
    said = advice(trials, FOUR)
    assert said.index("lower n_jobs") < said.index("cap each worker's")
    assert "(threading-j2-t2 was 2 times as fast)" in said
    trials = [(FOUR, [EIGHT_AT_WORK]), (capped, [make_fit(1.0)]), (fewer, [make_fit(3.0)])]
    said = advice(trials, FOUR)
    assert "(threading-j4-t1 was 2 times as fast)" in said
    assert "lower n_jobs" not in said


def test_a_cap_that_was_tried_and_helped_nothing_is_not_advised() -> None:
    capped = make_setting("threading", 4, 1)
    said = advice([(FOUR, [EIGHT_AT_WORK]), (capped, [make_fit(2.0)])], FOUR)
    assert said == "4 workers on 2 usable CPUs: lower n_jobs to 2 or fewer"


def test_threads_that_nobody_saw_are_no_part_of_the_crowd() -> None:
    """Four threads wanted a CPU: the workers alone."""
    four_at_work = make_fit(2.0, cpu_s=4.0, wait_s=4.0)
    said = advice([(FOUR, [four_at_work])], FOUR)
    assert said == "4 workers on 2 usable CPUs: lower n_jobs to 2 or fewer"


def test_as_written_is_held_against_the_settings_that_run_as_it_does() -> None:
    calls = [make_call("threading", 4)]
    written = make_fit(2.0, cpu_s=4.0, wait_s=12.0, calls=calls)
    capped = make_setting("threading", 4, 1)
    trials = [(AS_WRITTEN, [written]), (capped, [make_fit(1.0, calls=calls)])]
    assert "(threading-j4-t1 was 2 times as fast)" in advice(trials, AS_WRITTEN)


def test_openmp_is_told_from_blas_by_the_layers_of_the_job() -> None:
    omp = Pool(user_api="openmp", internal_api="openmp", num_threads=2)
    layers = {"layers": (Layer(place="", owner="HGB", kind="openmp", depth=1),)}
    told = advice([(FOUR, [EIGHT_AT_WORK])], FOUR, pools=(POOL, omp), inspection=layers)
    both = advice([(FOUR, [EIGHT_AT_WORK])], FOUR, pools=(POOL, omp))
    assert "2 OpenMP threads" in told
    assert "OMP_NUM_THREADS=1" in told
    assert "OpenBLAS or OpenMP threads" in both


def test_two_blas_pools_are_named_where_more_threads_were_at_work_than_one_has() -> None:
    pools = (replace(POOL, library="numpy.libs"), replace(POOL, library="scipy.libs"))
    alone = make_setting("sequential", 1, "default")
    crowd = make_fit(2.0, cpu_s=4.0, wait_s=2.0)
    said = advice([(alone, [crowd])], alone, pools=pools)
    assert said.startswith(
        "2 OpenBLAS pools (numpy's and scipy's own) × 2 threads = 4 on 2 usable CPUs: cap the"
    )


def test_a_nested_n_jobs_is_named_with_its_value() -> None:
    nested = {"nested_n_jobs": {"estimator__n_jobs": -1}}
    two = make_setting("loky", 2, 1)
    crowd = make_fit(2.0, cpu_s=4.0, wait_s=4.0)
    said = advice([(two, [crowd])], two, pools=(), inspection=nested)
    assert said.startswith("2 workers × 2 by estimator__n_jobs = 4 on 2 usable CPUs: set estim")
    swept = make_setting("loky", 2, 1, estimator__n_jobs=4)
    assert "4 by estimator__n_jobs = 8" in advice(
        [(swept, [crowd])], swept, pools=(), inspection=nested
    )


def test_an_n_jobs_that_its_estimator_ignores_multiplies_nothing() -> None:
    layer = Layer(
        place="estimator", owner="LogisticRegression", kind="joblib", depth=1, ignored=True,
        parameter="estimator__n_jobs", as_written=4,
    )  # fmt: skip
    inspection = {"nested_n_jobs": {"estimator__n_jobs": 4}, "layers": (layer,)}
    assert "estimator__n_jobs" not in advice([(FOUR, [EIGHT_AT_WORK])], FOUR, inspection=inspection)


def test_workers_of_loky_have_the_cap_that_loky_gives_them() -> None:
    """The proof's pools are the parent's as well: two threads, and one in each worker."""
    four = make_setting("loky", 4, "default")
    said = advice([(four, [EIGHT_AT_WORK])], four)
    assert said == "4 workers on 2 usable CPUs: lower n_jobs to 2 or fewer"


def test_the_parameter_that_carries_n_jobs_is_named() -> None:
    deep = {"n_jobs_paths": ("clf__n_jobs",)}
    assert "lower clf__n_jobs to 2" in advice([(FOUR, [EIGHT_AT_WORK])], FOUR, inspection=deep)
    own = {"n_jobs_paths": (), "is_callable": True}
    said = advice([(FOUR, [EIGHT_AT_WORK])], FOUR, inspection=own)
    assert "lower n_jobs of parallel_config to 2" in said


def test_a_quota_that_held_the_threads_stands_for_the_wait() -> None:
    def of(setting: Setting, **fit: Any) -> Finding | None:
        held = make_fit(2.0, throttled_s=1.5, **fit)
        made = case(
            [(SERIAL, [make_fit(1.0)]), (setting, [held])],
            usable_cpus=1,
            observed=Observed(runnable_peak=4, pools=()),
        )
        return found("oversubscription", made, setting)

    finding = of(FOUR, cpu_s=2.0, wait_s=None)
    assert finding is not None
    assert finding.evidence["throttled_s"] == 1.5
    # Whatever its layers: so many wanted a CPU.
    one = make_setting("threading", 1, 1)
    assert of(one, cpu_s=2.6, wait_s=0.1) is not None
    assert of(one, cpu_s=2.0, wait_s=0.1) is None


def test_other_work_is_no_measure_of_this_one() -> None:
    """Another solver is quicker; that this one takes longer is no fault of its threads."""
    slow = make_setting("threading", 4, 2, solver="saga")
    quick = make_setting("threading", 4, 2, solver="lbfgs")
    crowd = make_fit(2.0, cpu_s=4.0, wait_s=12.0)
    made = case(
        [(SERIAL, [make_fit(1.0)]), (slow, [crowd]), (quick, [make_fit(0.5)])],
        observed=Observed(runnable_peak=9, pools=(POOL,)),
    )
    finding = found("oversubscription", made, slow)
    assert finding is not None
    assert finding.severity == "info"


def test_workers_that_start_beside_a_busy_caller_are_no_crowd() -> None:
    """Two workers and the caller, for a moment: as a first fit under loky looks."""
    starting = crowded(LOKY, runnable=3, wall_s=1.07, cpu_s=2.05, wait_s=0.338, pools=())
    assert blamed(starting, setting=LOKY) is None


def test_as_written_can_be_blamed_too() -> None:
    report = analyse(make_run([], [LEAN, crowded(AS_WRITTEN)]))
    assert [finding.rule for finding in report.settings[0].findings] == ["oversubscription"]


def test_threads_that_go_to_sleep_once_they_are_too_many_are_a_crowd_all_the_same() -> None:
    """As OpenMP's do within one process: they wait long, and hardly more than two want a CPU."""
    asleep = crowded(runnable=4, wall_s=1.2, cpu_s=1.45, wait_s=0.7)
    found = blamed(asleep)
    assert found is not None
    assert "2 workers × 2 OpenBLAS threads = 4" in found.advice
    assert (
        blamed(crowded(LOKY, runnable=4, wall_s=1.2, cpu_s=1.45, wait_s=0.7), setting=LOKY) is None
    )


def test_a_forest_that_uses_no_native_threads_has_none_in_its_crowd() -> None:
    layer = Layer(place="", owner="RandomForestClassifier", kind="joblib", depth=0)
    said = advice([(FOUR, [EIGHT_AT_WORK])], FOUR, inspection={"layers": (layer,)})
    assert said == "4 workers on 2 usable CPUs: lower n_jobs to 2 or fewer"


def test_threads_are_the_crowd_where_the_workers_alone_are_none() -> None:
    """However little a narrower cap gained."""
    two, capped = make_setting("threading", 2, "default"), make_setting("threading", 2, 1)
    crowd = make_fit(2.0, cpu_s=3.6, wait_s=4.0)
    said = advice([(two, [crowd]), (capped, [make_fit(1.95)])], two)
    assert said.startswith("2 workers × 2 OpenBLAS threads = 4 on 2 usable CPUs: cap each worker's")


def test_where_no_layer_multiplies_the_cap_that_was_measured_to_help_is_named() -> None:
    """loky caps the libraries of its workers, and not those of the process that refits."""
    two, capped = make_setting("loky", 2, "default"), make_setting("loky", 2, 1)
    crowd = make_fit(2.0, cpu_s=3.6, wait_s=4.0)
    said = advice([(two, [crowd]), (capped, [make_fit(1.0)])], two)
    assert said.endswith(
        "cap native threads at 1 with inner_threads: 1 (loky-j2-t1 was 2 times as fast)"
    )
