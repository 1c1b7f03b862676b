"""Threads that take turns. The machine has two CPUs unless it is said otherwise."""

from __future__ import annotations

from typing import Any

import pytest

from sklpar.model import Finding
from tests.unit.analysis.rules.finding import case, found
from tests.unit.builders import SERIAL, make_call, make_fit, make_setting


def of(
    cpu_s: float = 1.0,
    *,
    wait_s: float | None = 0.1,
    widths_s: tuple[float, ...] = (0.0, 0.9, 0.1),
    tasks: int = 8,
    tail_s: float = 0.0,
    serial_s: float = 1.0,
    outside_s: float = 0.0,
    backend: str = "threading",
    n_jobs: int = 2,
    usable_cpus: int = 2,
) -> Finding | None:
    setting = make_setting(backend, n_jobs)
    call = make_call(backend, n_jobs, tasks, 1.0, own_cpu_s=cpu_s, tail_idle_s=tail_s)
    fit = make_fit(
        1.0, cpu_s=cpu_s, wait_s=wait_s, outside_s=outside_s, widths_s=widths_s, calls=[call]
    )
    made = case([(SERIAL, [make_fit(serial_s)]), (setting, [fit])], usable_cpus=usable_cpus)
    return found("gil_bound", made, setting)


def test_threads_that_keep_one_cpu_busy_together_are_told() -> None:
    finding = of()
    assert finding is not None
    assert finding.severity == "warning"
    assert finding.evidence["cpus_used"] == 1.0
    assert "interpreter lock" in finding.advice
    assert "backend: loky" in finding.advice


@pytest.mark.parametrize(
    ("loky_s", "advice"),
    [
        (12.0, "use n_jobs: 1 (processes do not pay: loky-j2-t1 took 12 times as long)"),
        (0.5, "use processes (loky-j2-t1 was 2 times as fast), or n_jobs: 1"),
    ],
)
def test_processes_are_advised_only_where_they_were_not_measured_to_be_slower(
    loky_s: float, advice: str
) -> None:
    threads, processes = make_setting("threading", 2), make_setting("loky", 2)
    call = make_call("threading", 2, 8, 1.0, own_cpu_s=1.0)
    locked = make_fit(1.0, cpu_s=1.0, wait_s=0.1, widths_s=(0.0, 0.9, 0.1), calls=[call])
    trials = [(SERIAL, [make_fit(1.0)]), (threads, [locked]), (processes, [make_fit(loky_s)])]
    finding = found("gil_bound", case(trials), threads)
    assert finding is not None
    assert finding.advice.endswith(advice)


@pytest.mark.parametrize(
    "healthy",
    [
        {"cpu_s": 1.9, "widths_s": (0.0, 0.1, 0.9)},
        {"cpu_s": 0.1, "widths_s": (0.9, 0.1)},
        {"tasks": 1},
        {"tail_s": 0.8},
        {"wait_s": 1.0, "widths_s": (0.0, 0.1, 0.9), "outside_s": 1.0},
        {"wait_s": None, "widths_s": (), "outside_s": 1.0},
        {"backend": "loky"},
        {"tasks": 1000},
        {"serial_s": 1.8},
    ],
    ids=[
        "two CPUs busy",
        "they wait for a disk",
        "one task alone",
        "no tasks were left",
        "both wanted a CPU, and others had it",
        "too short to tell, and others had the CPUs",
        "processes",
        "fine tasks, which no backend helps",
        "nearly twice as fast as serial",
    ],
)
def test_whatever_else_keeps_a_cpu_idle_is_not_the_lock(healthy: dict[str, Any]) -> None:
    assert of(**healthy) is None


def test_of_many_cpus_a_few_are_as_bad_as_one() -> None:
    few = (0.0, 0.2, 0.6, 0.2)
    assert of(2.0, n_jobs=16, usable_cpus=16, tasks=64, widths_s=few) is not None
    assert of(2.0, n_jobs=4, usable_cpus=4, tasks=64, widths_s=few) is None
