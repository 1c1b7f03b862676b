"""Where CPU-seconds went: the rungs, and that they add up to the whole."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklpar.analysis.analyse import analyse
from sklpar.analysis.answers import check_answers
from sklpar.analysis.ladder import with_ladders
from sklpar.analysis.rows import row_of
from sklpar.model import (
    Fit,
    Ladder,
    Layer,
    Outcome,
    ParallelCall,
    Reading,
    Run,
    Setting,
    SettingReport,
    Skipped,
    Unavailable,
)
from tests.unit.analysis.layered import BOOSTING, FOREST, inspection
from tests.unit.builders import (
    AS_WRITTEN,
    LOKY,
    SERIAL,
    THREADING,
    make_failure,
    make_fit,
    make_run,
    make_sample,
    make_setting,
    objective,
)


def call(
    n_jobs: int = 2, backend: str = "loky", wall_s: float = 1.0, **changes: Any
) -> ParallelCall:
    one = ParallelCall(
        depth=0,
        backend=backend,
        n_jobs=n_jobs,
        calls=1,
        tasks=8,
        wall_s=wall_s,
        own_cpu_s=0.0,
        first_done_s=0.1,
        tail_idle_s=0.0,
    )
    return replace(one, **changes)


def fit(
    wall_s: float,
    cpu_s: float,
    *calls: ParallelCall,
    widths: Sequence[float] = (),
    workers: Sequence[float] = (),
    throttled_s: float | None = None,
    steal_s: float | None = None,
    **quantities: Any,
) -> Fit:
    made = make_fit(wall_s, cpu_s=cpu_s, **quantities)
    more = {"throttled_s": throttled_s, "steal_s": steal_s}
    known = {name: Reading(value=v, method="m") for name, v in more.items() if v is not None}
    return replace(
        made,
        readings={**made.readings, **known},
        calls=calls,
        widths_s=tuple(widths),
        worker_cpu_s=tuple(workers),
    )


def run_of(setting: Setting, *fits: Fit, alone: Sequence[Fit], cpus: int = 2, **spec: Any) -> Run:
    """Two trials of a setting and of serial, all alike."""
    outcomes: list[Outcome] = []
    for number in (1, 2):
        outcomes.append(make_sample(SERIAL, number, *alone))
        if setting != SERIAL:
            outcomes.append(make_sample(setting, number, *fits))
    settings = [] if setting in (AS_WRITTEN, SERIAL) else [setting]
    run = make_run(settings, outcomes, **spec)
    return replace(run, host=replace(run.host, usable_cpus=cpus))


def row_in(run: Run, setting: Setting) -> SettingReport:
    check = check_answers(run)
    rows = with_ladders(run, [row_of(run, one, check) for one in run.plan.settings])
    return next(row for row in rows if row.id == setting.id)


def ladder_in(run: Run, setting: Setting) -> Ladder:
    row = row_in(run, setting)
    assert row.ladder is not None, row.ladder_unavailable
    assert row.ladder_unavailable is None
    return row.ladder


def ladder(setting: Setting, *fits: Fit, alone: float = 2.0, cpus: int = 2, **spec: Any) -> Ladder:
    """The ladder of the first fit; serial takes `alone` seconds of wall-clock and CPU."""
    serial = [make_fit(alone)] * max(1, len(fits))
    return ladder_in(run_of(setting, *fits, alone=serial, cpus=cpus, **spec), setting)


def parts(found: Ladder) -> dict[str, float]:
    """The rungs that hold anything, rounded."""
    return {rung.part: round(rung.cpu_s, 6) for rung in found.rungs if rung.cpu_s > 1e-9}


def why_none(run: Run, setting: Setting) -> str:
    row = row_in(run, setting)
    assert row.ladder is None
    assert row.ladder_unavailable is not None
    return row.ladder_unavailable


def test_work_beyond_serial_is_inflation_and_what_is_idle_without_a_cause_is_unexplained() -> None:
    found = ladder(LOKY, fit(2.0, 3.0, call(wall_s=2.0), workers=(1.5, 1.5)))
    assert (found.fit, found.cpus, found.whole_s) == ("first", 2, 4.0)
    assert parts(found) == {"useful": 2.0, "inflation": 1.0, "unexplained": 1.0}
    assert found.serial_busy * found.work_ratio * found.utilisation == pytest.approx(0.5)
    assert found.efficiency == pytest.approx(0.5)


def test_serial_itself_is_useful_but_for_what_it_waits() -> None:
    serial = [fit(2.0, 1.5, widths=(0.5, 1.5))]
    found = ladder_in(run_of(SERIAL, alone=serial), SERIAL)
    assert (found.cpus, found.efficiency) == (1, 1.0)
    assert parts(found) == {"useful": 1.5, "blocked": 0.5}


def test_a_setting_that_needs_less_cpu_than_serial_has_no_inflation() -> None:
    found = ladder(LOKY, fit(1.0, 1.5, call(), workers=(0.8, 0.7)))
    assert parts(found) == {"useful": 1.5, "unexplained": 0.5}
    assert found.work_ratio == pytest.approx(2.0 / 1.5)


def test_more_cpu_than_the_cpus_can_give_is_scaled_down() -> None:
    found = ladder(LOKY, fit(1.0, 2.5, call(), workers=(1.2, 1.3)), alone=1.25)
    assert parts(found) == {"useful": 1.0, "inflation": 1.0}
    assert found.utilisation == pytest.approx(1.25)


def test_time_outside_of_parallel_calls_is_a_serial_stretch() -> None:
    refit = fit(2.0, 3.0, call(wall_s=1.0), workers=(1.0, 1.0))
    assert parts(ladder(LOKY, refit, alone=3.0)) == {"useful": 3.0, "serial": 1.0}


def test_native_threads_outside_of_parallel_calls_leave_nothing_idle() -> None:
    refit = fit(2.0, 4.0, call(wall_s=1.0), workers=(1.0, 1.0))
    assert parts(ladder(LOKY, refit, alone=4.0)) == {"useful": 4.0}


def test_a_fit_without_a_parallel_call_is_all_stretches_of_as_many_threads_as_worked() -> None:
    sequential = call(n_jobs=1, backend="sequential", wall_s=2.0)
    for one in (fit(2.0, 2.0), fit(2.0, 2.0, sequential), fit(2.0, 2.0, widths=(0.0, 2.0))):
        assert parts(ladder(AS_WRITTEN, one)) == {"useful": 2.0, "serial": 2.0}
    asleep = fit(2.0, 1.0, widths=(1.0, 1.0))
    assert parts(ladder(AS_WRITTEN, asleep, alone=1.0)) == {
        "useful": 1.0,
        "serial": 1.0,
        "blocked": 2.0,
    }


def test_workers_whose_calls_went_unseen_are_no_stretch() -> None:
    found = ladder(LOKY, fit(2.0, 2.0, workers=(1.0, 1.0)))
    assert parts(found) == {"useful": 2.0, "unexplained": 2.0}


def test_sampled_seconds_stand_for_the_whole_of_a_fit() -> None:
    found = ladder(AS_WRITTEN, fit(4.0, 6.0, widths=(0.0, 1.0, 1.0)), alone=6.0)
    assert parts(found) == {"useful": 6.0, "serial": 2.0}


def test_workers_without_a_task_while_others_finish_are_imbalance() -> None:
    uneven = fit(1.0, 1.5, call(tail_idle_s=0.5), workers=(1.0, 0.5))
    assert parts(ladder(LOKY, uneven, alone=1.5)) == {"useful": 1.5, "imbalance": 0.5}


def test_a_worker_of_two_threads_leaves_two_cpus_when_it_has_no_task() -> None:
    wide = make_setting("loky", 2, 2)
    uneven = fit(1.0, 3.0, call(tail_idle_s=0.5), workers=(2.0, 1.0))
    run = run_of(wide, uneven, alone=[make_fit(3.0)], cpus=4)
    run = replace(run, inspection=inspection(BOOSTING))
    assert parts(ladder_in(run, wide)) == {"useful": 3.0, "imbalance": 1.0}


def test_workers_beyond_the_cpus_that_have_no_task_cost_nothing() -> None:
    many = make_setting("loky", 8, 1)
    unused = call(n_jobs=8, tasks=2, tail_idle_s=6.0)
    assert parts(ladder(many, fit(1.0, 1.9, unused, workers=(1.0, 0.9)), alone=1.9)) == {
        "useful": 1.9,
        "unexplained": 0.1,
    }
    # Two of four share the two CPUs in the last wave: both are busy.
    waves = call(n_jobs=4, tasks=6, wall_s=3.0, tail_idle_s=2.0)
    found = ladder(make_setting("loky", 4, 1), fit(3.0, 5.9, waves, workers=(1.5,) * 4), alone=5.9)
    assert parts(found)["imbalance"] == pytest.approx(0.1)


def test_a_call_of_fewer_workers_than_cpus_leaves_the_others_to_nobody() -> None:
    found = ladder(AS_WRITTEN, fit(1.0, 2.0, call(), workers=(1.0, 1.0)), cpus=8)
    assert parts(found) == {"useful": 2.0, "serial": 6.0}


def test_waiting_is_others_cpu_as_far_as_own_threads_waited_for_one() -> None:
    for outside, waited, expected in ((0.5, 0.5, 0.5), (2.0, 0.3, 0.3), (9.0, 9.0, 0.6)):
        one = fit(1.0, 1.4, call(), workers=(0.7, 0.7), outside_s=outside, wait_s=waited)
        assert parts(ladder(LOKY, one, alone=1.4))["waiting"] == pytest.approx(expected)


def test_threads_that_queue_behind_their_own_kind_beside_an_idle_cpu_wait_too() -> None:
    """Four threads on two CPUs, two of them on one while the other has had its share."""
    crowd = fit(1.0, 1.7, call(4, "threading", own_cpu_s=1.7), widths=(0, 0, 1.0), wait_s=2.0)
    assert parts(ladder(THREADING, crowd, alone=1.4)) == {
        "useful": 1.4,
        "inflation": 0.3,
        "waiting": 0.3,
    }


def test_a_quota_and_the_hypervisor_keep_cpus_too() -> None:
    throttled = fit(1.0, 1.4, call(), workers=(0.7, 0.7), throttled_s=0.4, wait_s=0.4)
    assert parts(ladder(LOKY, throttled, alone=1.4))["waiting"] == pytest.approx(0.4)
    short = fit(1.0, 1.4, call(), workers=(0.7, 0.7), throttled_s=0.4, wait_s=None)
    assert parts(ladder(LOKY, short, alone=1.4))["waiting"] == pytest.approx(0.4)
    # Nobody waits in the run queue for a CPU that the hypervisor took; others' CPU includes it.
    stolen = fit(1.0, 1.4, call(), workers=(0.7, 0.7), steal_s=0.3, outside_s=0.3, wait_s=0.0)
    assert parts(ladder(LOKY, stolen, alone=1.4))["waiting"] == pytest.approx(0.3)


def test_threads_that_have_tasks_and_want_no_cpu_are_blocked() -> None:
    """The interpreter's lock: two workers, one CPU's worth of work."""
    bound = call(backend="threading", wall_s=2.0, own_cpu_s=2.0)
    assert parts(ladder(THREADING, fit(2.0, 2.0, bound, widths=(0.0, 2.0)))) == {
        "useful": 2.0,
        "blocked": 2.0,
    }
    assert parts(ladder(THREADING, fit(2.0, 2.0, bound)))["blocked"] == 2.0


def test_threads_that_wanted_a_cpu_were_not_blocked() -> None:
    bound = call(backend="threading", wall_s=2.0, own_cpu_s=2.0)
    found = ladder(THREADING, fit(2.0, 2.0, bound, widths=(0.0, 0.0, 2.0)))
    assert parts(found) == {"useful": 2.0, "unexplained": 2.0}


def test_processes_are_blocked_only_while_nothing_wants_a_cpu() -> None:
    slow_disk = fit(2.0, 2.0, call(wall_s=2.0), workers=(1.0, 1.0), widths=(0.5, 0.0, 1.5))
    assert parts(ladder(LOKY, slow_disk)) == {"useful": 2.0, "blocked": 1.0, "unexplained": 1.0}


def test_handing_out_tasks_while_no_worker_has_one_is_a_serial_stretch() -> None:
    pickling = call(wall_s=2.0, own_cpu_s=0.8)
    found = ladder(LOKY, fit(2.0, 2.8, pickling, workers=(1.0, 1.0), widths=(0.0, 1.0, 1.0)))
    assert parts(found) == {
        "useful": 2.0,
        "inflation": 0.8,
        "serial": 0.8,
        "unexplained": 0.4,
    }


def test_start_up_is_what_the_first_fit_took_beyond_a_warm_one_and_beyond_serials() -> None:
    first = fit(2.0, 3.0, call(wall_s=2.0), workers=(1.5, 1.5))
    warm = fit(1.0, 2.0, call(), workers=(1.0, 1.0))
    alone = [make_fit(2.2, cpu_s=2.2), make_fit(2.0, cpu_s=2.0)]
    found = ladder_in(run_of(LOKY, first, warm, alone=alone), LOKY)
    # 0.8 s of two CPUs, of which 0.8 CPU-seconds were spent (serial spends 0.2 of its own).
    assert parts(found) == {"useful": 2.2, "start_up": 1.6, "unexplained": 0.2}


def test_without_a_warm_fit_start_up_is_how_late_the_first_task_was_done() -> None:
    late = call(wall_s=2.0, first_done_s=1.25, tail_idle_s=0.0)
    found = ladder(LOKY, fit(2.0, 2.4, late, workers=(1.2, 1.2)), repeats=0)
    # A task takes 0.25 s; what was inflated may have been spent meanwhile.
    assert parts(found) == {"useful": 2.0, "inflation": 0.4, "start_up": 1.6}


def test_a_warm_objective_has_the_ladder_of_warm_fits() -> None:
    fits = (fit(3.0, 3.0), fit(1.0, 1.5, call(), workers=(0.8, 0.7)))
    found = ladder(LOKY, *fits, alone=1.5, objective=objective("fit"))
    assert (found.fit, found.wall_s) == ("warm", 1.0)
    only_first = ladder(LOKY, fits[1], alone=1.5, objective=objective("cpu"), repeats=0)
    assert only_first.fit == "first"


@pytest.mark.parametrize(
    ("setting", "layers", "cpus", "used"),
    [
        (AS_WRITTEN, [], 8, 1.0),
        (make_setting("loky", 3, 2), [BOOSTING], 6, 1.0),
        (make_setting("loky", 16, 2), [BOOSTING], 8, 1.0),
        (make_setting("threading", 2, "default"), [BOOSTING], 8, 1.0),
        (make_setting("threading", 2, "default"), [], 2, 1.0),
        (make_setting("sequential", 4, 1), [BOOSTING], 1, 1.0),
        (make_setting("sequential", 4, 1), [BOOSTING], 3, 3.05),
        (make_setting("loky", 2, 1, estimator__n_jobs=3), [FOREST], 6, 1.0),
        (make_setting("loky", 2, 1, estimator__n_jobs=-1), [FOREST], 8, 1.0),
        (make_setting("loky", None, 1), [], 1, 1.0),
        (make_setting("loky", 1, 1), [], 8, 20.0),
    ],
)
def test_cpus_are_what_its_layers_ask_for_or_used(
    setting: Setting, layers: Sequence[Layer], cpus: int, used: float
) -> None:
    run = run_of(setting, fit(1.0, used), alone=[make_fit(2.0)], cpus=8)
    run = replace(run, inspection=inspection(*layers))
    assert ladder_in(run, setting).cpus == cpus


def test_without_known_layers_the_n_jobs_is_what_is_asked_for() -> None:
    assert ladder(make_setting("loky", 3, 2), fit(1.0, 1.0), cpus=8).cpus == 3


def test_params_that_change_the_work_leave_no_reference() -> None:
    setting = make_setting("loky", 2, 1, clf__solver="saga")
    run = run_of(setting, fit(1.0, 1.0), alone=[make_fit(1.0)])
    assert "params change the work" in why_none(run, setting)


def test_without_serial_there_is_no_ladder_and_the_reason_says_so() -> None:
    run = make_run([LOKY], [make_sample(LOKY), make_failure(SERIAL)])
    assert why_none(run, LOKY) == (
        "serial, which it would be held against: no trial ran to its end: failed"
    )
    assert why_none(make_run([LOKY], [make_sample(SERIAL)]), LOKY)


@pytest.mark.parametrize(
    ("one", "reason"),
    [
        (make_fit(0.019), "too short"),
        (make_fit(1.0, cpu_s=0.0), "next to no CPU"),
        (
            replace(
                make_fit(1.0),
                readings={**make_fit(1.0).readings, "cpu_s": Unavailable(unavailable="no")},
            ),
            "not measured",
        ),
    ],
)
def test_a_fit_that_cannot_be_taken_apart_says_why(one: Fit, reason: str) -> None:
    assert reason in why_none(run_of(LOKY, one, alone=[make_fit(1.0)]), LOKY)
    assert reason in why_none(run_of(LOKY, make_fit(1.0), alone=[one]), LOKY)


def test_every_row_of_a_report_has_a_ladder_or_a_reason() -> None:
    run = make_run([LOKY, THREADING], [make_sample(SERIAL), make_sample(LOKY)])
    left_out = Skipped(setting=make_setting("loky", 4), reason="more jobs than CPUs")
    run = replace(run, plan=replace(run.plan, skipped=(left_out,)))
    found = {row.id: row for row in analyse(run).settings}
    assert {name for name, row in found.items() if row.ladder} == {"serial", "loky-j2-t1"}
    assert all(row.ladder or row.ladder_unavailable for row in found.values())
    assert found["loky-j4-t1"].ladder_unavailable == "skipped: more jobs than CPUs"


def test_fits_of_older_runs_have_a_ladder_too() -> None:
    found = ladder(THREADING, make_fit(1.0, cpu_s=1.5, wait_s=None, outside_s=None), alone=1.5)
    assert parts(found) == {"useful": 1.5, "serial": 0.5}


seconds = st.floats(0.0, 1e5, allow_nan=False)
positive = st.floats(0.02, 1e4)
calls = st.lists(
    st.builds(
        ParallelCall,
        depth=st.integers(0, 2),
        backend=st.sampled_from(["loky", "threading", "multiprocessing", "sequential", "Ray"]),
        n_jobs=st.integers(-1, 64),
        calls=st.integers(0, 9),
        tasks=st.integers(0, 99),
        wall_s=seconds,
        own_cpu_s=seconds,
        first_done_s=seconds,
        tail_idle_s=seconds,
    ),
    max_size=3,
)
fits = st.builds(
    lambda wall, cpu, calls, widths, workers, more: fit(
        wall, cpu, *calls, widths=widths, workers=workers, **more
    ),
    positive,
    positive,
    calls,
    st.lists(seconds, max_size=9),
    st.lists(seconds, max_size=4),
    st.fixed_dictionaries(
        {
            name: st.none() | seconds
            for name in ("wait_s", "outside_s", "throttled_s", "steal_s", "memory_bytes")
        }
    ),
)


@given(
    own=st.lists(fits, min_size=1, max_size=3),
    alone=st.lists(fits, min_size=1, max_size=3),
    n_jobs=st.integers(1, 40),
    cpus=st.integers(1, 16),
)
@settings(max_examples=300, deadline=None)
def test_the_rungs_are_never_negative_and_add_up_whatever_was_measured(
    own: list[Fit], alone: list[Fit], n_jobs: int, cpus: int
) -> None:
    setting = make_setting("loky", n_jobs)
    found = ladder_in(run_of(setting, *own, alone=alone, cpus=cpus), setting)
    assert 1 <= found.cpus <= cpus
    assert found.whole_s == pytest.approx(found.cpus * found.wall_s)
    assert all(rung.cpu_s >= 0 and 0 <= rung.share <= 1 for rung in found.rungs)
    assert math.fsum(rung.cpu_s for rung in found.rungs) == pytest.approx(found.whole_s, rel=1e-9)
    factors = found.serial_busy * found.work_ratio * found.utilisation
    assert found.efficiency == pytest.approx(factors, rel=1e-9)


def test_hosts_of_one_cpu_have_nothing_to_lose_to_stretches() -> None:
    found = ladder(AS_WRITTEN, fit(2.0, 2.0), cpus=1)
    assert parts(found) == {"useful": 2.0}
