from __future__ import annotations

from pathlib import Path

import pytest

from sklpar.host.load import (
    CpuTimes,
    idle_share,
    load_average,
    outside_busy_s,
    parse_cpu_times,
    read_cpu_times,
)

STAT = """\
cpu  700 100 200 8000 500 10 20 30 40 50
cpu0 600 100 150 3000 500 5 15 30 40 50
cpu1 100 0 50 5000 0 5 5 0 0 0
intr 1 2 3
"""


def times(busy: float, steal: float, idle: float) -> CpuTimes:
    return CpuTimes(busy_s=busy, steal_s=steal, idle_s=idle)


def test_ticks_become_seconds_and_guest_time_counts_once() -> None:
    assert parse_cpu_times(STAT, 100) == times(10.3, 0.3, 85.0)


def test_the_cpus_of_the_affinity_mask_can_be_read_alone() -> None:
    assert parse_cpu_times(STAT, 100, {1}) == times(1.6, 0.0, 50.0)


@pytest.mark.parametrize("text", ["", "intr 5\n", "cpu 1 2\n"])
def test_a_stat_without_cpu_lines_gives_none(text: str) -> None:
    assert parse_cpu_times(text, 100) is None


def test_an_old_kernel_without_steal_has_none_of_it() -> None:
    assert parse_cpu_times("cpu 100 0 0 300\n", 100) == times(1.0, 0.0, 3.0)


def test_the_idle_share_is_of_the_time_between_two_readings() -> None:
    assert idle_share(times(10, 0, 10), times(11, 1, 12)) == 0.5
    assert idle_share(times(10, 0, 10), times(10, 0, 10)) is None


def test_a_counter_that_steps_back_counts_as_nothing() -> None:
    assert times(5, 0, 9).since(times(6, 0, 10)) == times(0, 0, 0)


def test_outside_load_is_what_the_tree_did_not_do_itself() -> None:
    before, after = times(10, 1, 0), times(14, 1.5, 0)
    assert outside_busy_s(before, after, own_cpu_s=3.0) == 1.5
    assert outside_busy_s(before, after, own_cpu_s=9.0) == 0.5


def test_a_machine_without_proc_gives_none(tmp_path: Path) -> None:
    assert read_cpu_times(tmp_path) is None


def test_this_machines_load_can_be_read() -> None:
    assert load_average() is not None
