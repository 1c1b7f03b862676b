"""Tasks that do not share out evenly. The machine has two CPUs unless it is said otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from sklpar.model import Finding
from tests.unit.analysis.rules.finding import case, found
from tests.unit.builders import SERIAL, make_call, make_fit, make_setting


def of(
    tasks: int,
    n_jobs: int = 2,
    *,
    idle_s: float,
    wall_s: float = 1.0,
    backend: str = "threading",
    usable_cpus: int = 2,
    fit_s: float | None = None,
    outside_s: float = 0.0,
    wait_s: float | None = None,
    **call: Any,
) -> Finding | None:
    setting = make_setting(backend, n_jobs)
    made_call = make_call(backend, n_jobs, tasks, wall_s, tail_idle_s=idle_s, **call)
    fit = make_fit(fit_s or wall_s, calls=[made_call], outside_s=outside_s, wait_s=wait_s)
    serial = make_fit(1.5 * wall_s)
    made = case([(SERIAL, [serial]), (setting, [fit])], usable_cpus=usable_cpus)
    return found("imbalance", made, setting)


def test_waves_are_told_by_the_number_of_tasks() -> None:
    finding = of(3, idle_s=0.5)
    assert finding is not None
    assert finding.severity == "warning"
    assert finding.evidence["cause"] == "waves"
    assert finding.evidence["idle_share"] == pytest.approx(0.25)
    assert finding.advice.startswith("3 tasks on 2 workers are 2 waves, the last of 1;")
    assert "a multiple of 2" in finding.advice


def test_the_n_jobs_that_divides_is_named() -> None:
    finding = of(12, 8, idle_s=2.0, usable_cpus=16)
    assert finding is not None
    assert "the last of 4; n_jobs: 6 takes no longer and n_jobs: 12 needs one" in finding.advice


def test_five_tasks_on_two_workers_are_everybodys_default() -> None:
    finding = of(5, idle_s=1 / 3)
    assert finding is not None
    assert finding.severity == "info"


def test_workers_that_never_get_a_task_are_named() -> None:
    finding = of(2, 4, idle_s=2.0, usable_cpus=4)
    assert finding is not None
    assert "2 tasks on 4 workers: 2 never get any; n_jobs: 2 does the same" in finding.advice


def test_one_long_task_at_the_end_is_something_else() -> None:
    finding = of(8, idle_s=0.6)
    assert finding is not None
    assert finding.severity == "warning"
    assert finding.evidence["cause"] == "uneven tasks"
    assert "long ones first" in finding.advice


@pytest.mark.parametrize(
    "healthy",
    [
        {"tasks": 8, "idle_s": 0.05},
        {"tasks": 3, "idle_s": 0.5, "fit_s": 4.0},
        {"tasks": 8, "idle_s": 0.5, "outside_s": 0.5},
        {"tasks": 3, "idle_s": 0.0125, "wall_s": 0.05},
        {"tasks": 9, "n_jobs": 8, "idle_s": 0.4},
    ],
    ids=[
        "equal tasks",
        "a small part of the fit",
        "others made it late",
        "too short to matter",
        "more workers than CPUs leave no CPU idle",
    ],
)
def test_an_end_that_costs_little_is_not_told(healthy: dict[str, Any]) -> None:
    assert of(**healthy) is None


def test_others_that_took_what_was_idle_made_nothing_late() -> None:
    assert of(8, idle_s=0.5, outside_s=0.5, wait_s=0.01) is not None


def test_threads_of_calls_within_the_search_are_not_its_workers() -> None:
    """Its own n_jobs is 1: what joblib starts all the same is a forest's."""
    alone = make_setting("threading", 1)
    fit = make_fit(1.0, calls=[make_call(n_jobs=4, tasks=40, tail_idle_s=0.9)])
    assert found("imbalance", case([(SERIAL, [make_fit(1.0)]), (alone, [fit])]), alone) is None


def test_load_of_others_changes_nothing_about_waves() -> None:
    assert of(3, idle_s=0.5, outside_s=1.0) is not None


def test_more_workers_than_cpus_still_leave_one_idle_at_the_end() -> None:
    """Four share two CPUs for twice the time of a task, the fifth runs alone."""
    finding = of(5, 4, idle_s=1.0, wall_s=1.0)
    assert finding is not None
    assert finding.evidence["idle_share"] == pytest.approx(1 / 6)


def test_workers_that_come_late_are_not_uneven_tasks() -> None:
    assert of(8, idle_s=0.6, backend="loky", first_done_s=0.7) is None


def test_waves_after_a_start_are_measured_without_it() -> None:
    """Half of it was start-up, and of the rest a quarter was idle."""
    finding = of(3, idle_s=0.25, backend="loky", first_done_s=1.0)
    assert finding is not None
    assert finding.evidence["idle_share"] == pytest.approx(0.25)


def test_calls_that_were_made_again_and_again_count_each() -> None:
    finding = of(30, idle_s=0.5, calls=10)
    assert finding is not None
    assert finding.evidence["tasks"] == 3
    assert finding.evidence["parallel_calls"] == 10


def test_of_a_first_fit_under_processes_only_what_starting_cannot_explain_is_told() -> None:
    finding = of(8, idle_s=0.7, backend="multiprocessing", first_done_s=0.3)
    assert finding is not None
    assert finding.evidence["cause"] == "uneven tasks"
    assert of(8, idle_s=0.3, backend="multiprocessing", first_done_s=0.45) is None
