"""How many threads wanted a CPU at once, from looks made by hand."""

from __future__ import annotations

import pytest

from sklpar.execution.demand import Demand
from sklpar.quantities.interface import ThreadUse

MAIN, WORKER = 100, 200

# Seconds of CPU and of waiting of each thread, by process.
Look = dict[int, list[tuple[float, float]]]


def demand_of(*looks: Look, elapsed_s: float = 0.1, cpus: int = 2) -> Demand:
    demand = Demand(cpus)
    for look in looks:
        uses = {
            pid: {
                (pid, pid + n): ThreadUse(cpu_s=cpu_s, wait_s=wait_s)
                for n, (cpu_s, wait_s) in enumerate(threads)
            }
            for pid, threads in look.items()
        }
        demand.look(uses, elapsed_s)
    return demand


def widths(*looks: Look, elapsed_s: float = 0.1, cpus: int = 2) -> list[float]:
    return [
        round(width, 6) for width in demand_of(*looks, elapsed_s=elapsed_s, cpus=cpus).widths_s()
    ]


def test_an_interval_counts_for_the_threads_that_ran_or_waited_in_it() -> None:
    idle: Look = {MAIN: [(5.0, 0.0), (3.0, 0.0)]}
    ran: Look = {MAIN: [(5.1, 0.0), (3.0, 0.0)]}
    ran_and_waited: Look = {MAIN: [(5.2, 0.0), (3.0, 0.1)]}
    assert widths(idle, idle, ran, ran_and_waited) == [0.1, 0.1, 0.1, 0.0, 0.0]


def test_what_threads_wanted_for_a_part_of_an_interval_adds_up_to_the_nearest_number() -> None:
    start: Look = {MAIN: [(0.0, 0.0)], WORKER: [(0.0, 0.0)]}
    assert widths(start, {MAIN: [(0.04, 0.0)], WORKER: [(0.05, 0.05)]})[1] == 0.1  # 1.4
    assert widths(start, {MAIN: [(0.06, 0.0)], WORKER: [(0.05, 0.05)]})[2] == 0.1  # 1.6


def test_the_first_look_is_only_what_the_next_is_held_against() -> None:
    """Threads that are older than the fit bring a whole life of CPU with them."""
    assert widths({MAIN: [(9.0, 1.0)] * 5}) == [0.0] * 5


def test_a_thread_that_started_within_an_interval_counts_from_its_start() -> None:
    alone: Look = {MAIN: [(1.0, 0.0)]}
    helped: Look = {MAIN: [(1.0, 0.0), (0.08, 0.01)]}
    assert widths(alone, helped) == [0.0, 0.1, 0.0, 0.0, 0.0]


def test_a_process_first_known_as_a_worker_when_it_had_run_for_long_counts_one_interval() -> None:
    alone: Look = {MAIN: [(1.0, 0.0)]}
    assert widths(alone, {**alone, WORKER: [(7.0, 0.0)]}) == [0.0, 0.1, 0.0, 0.0, 0.0]


def test_the_last_number_stands_for_more_as_well() -> None:
    start: Look = {MAIN: [(0.0, 0.0)] * 40}
    crowd: Look = {MAIN: [(0.005, 0.095)] * 40}
    assert widths(start, crowd) == [0.0, 0.0, 0.0, 0.0, 0.1]
    assert len(widths(start, crowd, cpus=16)) == 33


@pytest.mark.parametrize("elapsed_s", [0.0, 0.1])
def test_counters_that_stand_still_or_run_backwards_want_nothing(elapsed_s: float) -> None:
    later: Look = {MAIN: [(2.0, 1.0)]}
    earlier: Look = {MAIN: [(1.0, 0.5)]}
    assert widths(later, earlier, elapsed_s=elapsed_s) == [elapsed_s, 0.0, 0.0, 0.0, 0.0]


def test_threads_that_wanted_a_cpu_for_long_enough_are_sustained() -> None:
    steps: list[Look] = [{MAIN: [(n / 10, 0.0), (0.0, n / 10), (n / 50, 0.0)]} for n in range(5)]
    demand = demand_of(*steps)
    assert demand.sustained() == {MAIN: 2}
    assert demand.threads[MAIN, MAIN] == ThreadUse(cpu_s=0.4, wait_s=0.0)
    assert demand_of(*steps[:3]).sustained() == {MAIN: 0}
