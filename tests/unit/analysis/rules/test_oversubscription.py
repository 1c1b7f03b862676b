"""More runnable work than CPUs, at a cost: all of it must be there. The machine has two CPUs."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import pytest

from sklpar.analysis.analyse import analyse
from sklpar.model import Finding, Observed, Outcome, Pool, Setting
from tests.unit.builders import (
    AS_WRITTEN,
    LOKY,
    SERIAL,
    cut_off,
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
        "usable_cpus": 2,
        "runnable_peak": 6,
        "runnable_mean": 6.0,
        "run_queue_wait_s": 8.0,
        "run_queue_wait_share": pytest.approx(2 / 3),
        "cpu_s": 4.0,
        "cpu_inflation": 4.0,
        "slowdown": 2.0,
        "outside_cpu_s": 0.0,
    }


@pytest.mark.parametrize(
    "harmless",
    [
        {"runnable": 64, "wait_s": 0.0},
        {"runnable": 2},
        {"wait_s": 0.3},
        {"wait_s": None},
        {"wait_s": 8.0, "outside_s": 8.0},
        {"wall_s": 1.02, "cpu_s": 1.1, "wait_s": 2.0},
    ],
    ids=[
        "many threads that sleep",
        "no more than the CPUs",
        "hardly any wait",
        "too short for a wait to be known",
        "others' load explains the wait",
        "cheap and fast all the same",
    ],
)
def test_whatever_of_it_is_missing_nobody_is_blamed(harmless: dict[str, Any]) -> None:
    assert blamed(crowded(**harmless)) is None


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
    fine = crowded(LOKY, wall_s=1.0, cpu_s=1.1, wait_s=2.0)
    assert blamed(short, fine, setting=LOKY) is None


def test_the_advice_names_the_layer_that_multiplies() -> None:
    four = make_setting("loky", 4, "default")
    native, workers = blamed(crowded()), blamed(crowded(four, wait_s=4.0), setting=four)
    assert native is not None
    assert workers is not None
    assert "openblas" in native.advice
    assert "inner_threads: 1" in native.advice
    assert workers.advice == "4 workers share 2 usable CPUs: lower n_jobs to 2 or fewer"


def test_no_more_workers_than_cpus_is_no_reason_to_lower_n_jobs() -> None:
    nested = blamed(crowded(LOKY, pools=()), setting=LOKY)
    assert nested is not None
    assert "nested n_jobs" in nested.advice


def test_workers_that_start_beside_a_busy_caller_are_no_crowd() -> None:
    """Two workers and the caller, for a moment: as a first fit under loky looks."""
    starting = crowded(LOKY, runnable=3, wall_s=1.07, cpu_s=2.05, wait_s=0.338, pools=())
    assert blamed(starting, setting=LOKY) is None


def test_as_written_can_be_blamed_too() -> None:
    report = analyse(make_run([], [LEAN, crowded(AS_WRITTEN)]))
    assert [finding.rule for finding in report.settings[0].findings] == ["oversubscription"]
