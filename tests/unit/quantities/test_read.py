"""What each quantity makes of a fit, on traces made by hand."""

from __future__ import annotations

from typing import Any

import pytest

from sklpar.model import Measured, Reading, Unavailable
from sklpar.quantities import QUANTITIES, FitTrace, proc
from sklpar.quantities.interface import MIN_SAMPLES, Snapshot, ThreadUse, Watch
from tests.unit.builders import MAIN, make_trace, threads


def read(name: str, trace: FitTrace) -> Measured:
    return QUANTITIES[name].read(trace)


def value(name: str, trace: FitTrace) -> float:
    found = read(name, trace)
    assert isinstance(found, Reading), found
    return found.value


def between(start: dict[str, Any], end: dict[str, Any], **watch: Any) -> FitTrace:
    seen = Watch(**{"samples": MIN_SAMPLES, "interval_s": 0.025, **watch})
    return make_trace(start=Snapshot(**start), end=Snapshot(**end), watch=seen, wall_s=2.0)


def uses(*waits: float) -> dict[tuple[int, int], ThreadUse]:
    return {(MAIN, MAIN + n): ThreadUse(cpu_s=1.0, wait_s=wait) for n, wait in enumerate(waits)}


def test_wall_clock_is_that_of_the_fit() -> None:
    assert value("wall_s", make_trace(wall_s=1.25)) == 1.25


@pytest.mark.parametrize(
    "name", ["cpu_s", "involuntary_switches", "steal_s", "throttled_s", "swapped_bytes"]
)
def test_counters_are_taken_from_end_to_end_and_never_run_backwards(name: str) -> None:
    assert value(name, between({name: 3}, {name: 8})) == 5
    assert value(name, between({name: 8}, {name: 3})) == 0
    for start, end in (({}, {name: 8}), ({name: 3}, {})):
        assert isinstance(read(name, between(start, end)), Unavailable)


def test_zero_is_a_reading_and_not_an_absence() -> None:
    assert value("cpu_s", between({"cpu_s": 0.0}, {"cpu_s": 0.0})) == 0.0
    assert value("outside_cpu_s", between(*[{"cpu_s": 0.0, "machine_busy_s": 0.0}] * 2)) == 0.0


def test_memory_is_the_largest_that_was_seen_at_either_end_or_between() -> None:
    for start, watch, end in ((3, 2, 1), (1, 3, 2), (1, 2, 3)):
        trace = between(
            {"memory_bytes": start},
            {"memory_bytes": end},
            memory_peak_bytes=watch,
            memory_method="cgroup",
        )
        assert read("peak_memory_bytes", trace) == Reading(value=3.0, method="cgroup")


def test_memory_without_a_control_group_comes_from_the_sampler_alone() -> None:
    trace = between({}, {}, memory_peak_bytes=7, memory_method="pss")
    assert read("peak_memory_bytes", trace) == Reading(value=7.0, method="pss")


def test_memory_that_nobody_read_is_unavailable() -> None:
    assert isinstance(read("peak_memory_bytes", between({}, {})), Unavailable)
    nothing = between({}, {}, memory_method="pss")
    assert isinstance(read("peak_memory_bytes", nothing), Unavailable)


def test_run_queue_wait_is_the_sum_over_threads_within_the_fit() -> None:
    trace = between({"threads": uses(1.0)}, {"threads": uses(1.5, 2.0)})
    assert value("run_queue_wait_s", trace) == 2.5


def test_a_thread_that_ended_within_the_fit_counts_as_last_seen() -> None:
    gone = {(MAIN, 999): ThreadUse(cpu_s=1.0, wait_s=4.0), **uses(0.0)}
    trace = between({"threads": uses(0.5)}, {"threads": uses(1.0)}, threads=gone)
    assert value("run_queue_wait_s", trace) == 4.5


def test_a_short_fit_has_a_run_queue_wait_if_its_threads_were_there_at_its_end() -> None:
    threads = {(MAIN, MAIN): ThreadUse(cpu_s=8.0, wait_s=3.0)}
    few = {"samples": MIN_SAMPLES - 1}
    all_there = between({"cpu_s": 0.0}, {"cpu_s": 10.0, "threads": threads}, **few)
    assert value("run_queue_wait_s", all_there) == 3.0
    for end in ({"cpu_s": 10.1, "threads": threads}, {"threads": threads}):
        found = read("run_queue_wait_s", between({"cpu_s": 0.0}, end, **few))
        assert isinstance(found, Unavailable)
        assert "too short to see all of its threads" in found.unavailable
    assert isinstance(read("run_queue_wait_s", between({}, {})), Unavailable)


def test_what_others_took_is_what_the_machine_did_less_the_fit() -> None:
    start = {"cpu_s": 1.0, "machine_busy_s": 10.0}
    assert value("outside_cpu_s", between(start, {"cpu_s": 3.0, "machine_busy_s": 15.0})) == 3.0
    assert value("outside_cpu_s", between(start, {"cpu_s": 9.0, "machine_busy_s": 15.0})) == 0.0
    assert isinstance(read("outside_cpu_s", between(start, {"cpu_s": 3.0})), Unavailable)


def test_without_a_quota_nothing_is_throttled_and_the_reading_says_why() -> None:
    found = read("throttled_s", between({"cpu_s": 1.0}, {"cpu_s": 2.0}))
    assert found == Unavailable(unavailable="no CPU quota")


def test_what_was_swapped_in_and_out_counts_by_the_page() -> None:
    page = proc.swapped_bytes(b"pswpin 1\npswpout 0\n")
    assert page is not None
    assert page >= 4096
    assert proc.swapped_bytes(b"nr_free_pages 7\npswpin 2\npswpout 3\n") == 5 * page
    assert proc.swapped_bytes(b"nr_free_pages 7\n") is None


# --------------------------------------------------------------------------- the workers of a fit


def test_workers_are_the_other_processes_the_busiest_first() -> None:
    uses = {(MAIN, MAIN): 9.0, (200, 200): 1.0, (200, 201): 0.5, (300, 300): 2.0}
    assert make_trace(uses, pool_threads=[MAIN]).worker_cpu_s() == (2.0, 1.5)


def test_without_other_processes_the_workers_are_the_threads_of_pools() -> None:
    uses = {(MAIN, MAIN): 9.0, (MAIN, 101): 1.0, (MAIN, 102): 2.0, (MAIN, 103): 4.0}
    assert make_trace(uses, pool_threads=[101, 102, 999]).worker_cpu_s() == (2.0, 1.0)
    assert make_trace(uses).worker_cpu_s() == ()


def test_a_worker_counts_with_what_it_used_within_the_fit() -> None:
    start = Snapshot(threads=threads({(200, 200): 5.0}))
    end = Snapshot(threads=threads({(200, 200): 7.0, (300, 300): 1.0}))
    assert make_trace(start=start, end=end).worker_cpu_s() == (2.0, 1.0)


@pytest.mark.parametrize(
    ("samples", "workers"), [(MIN_SAMPLES, (3.0, 1.0)), (MIN_SAMPLES - 1, (1.0,))]
)
def test_of_a_short_fit_the_workers_that_went_before_its_end_are_not_known(
    samples: int, workers: tuple[float, ...]
) -> None:
    seen = Watch(samples=samples, threads=threads({(200, 200): 3.0, (300, 300): 0.5}))
    end = Snapshot(threads=threads({(300, 300): 1.0}))
    assert make_trace(end=end, watch=seen).worker_cpu_s() == workers


def test_a_fit_too_short_to_be_sampled_has_no_widths() -> None:
    widths = (0.5, 0.5)
    for samples, found in ((MIN_SAMPLES, widths), (MIN_SAMPLES - 1, ())):
        assert make_trace(watch=Watch(samples=samples, widths_s=widths)).widths_s() == found
