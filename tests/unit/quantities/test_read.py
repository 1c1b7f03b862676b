"""What each quantity makes of a fit, on traces made by hand."""

from __future__ import annotations

from typing import Any

import pytest

from sklpar.model import Measured, Reading, Unavailable
from sklpar.quantities import QUANTITIES, FitTrace
from sklpar.quantities.interface import MIN_SAMPLES, Snapshot, ThreadUse, Watch
from tests.unit.builders import MAIN, make_trace


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
    ("name", "field"), [("cpu_s", "cpu_s"), ("involuntary_switches", "involuntary_switches")]
)
def test_counters_are_taken_from_end_to_end_and_never_run_backwards(name: str, field: str) -> None:
    assert value(name, between({field: 3}, {field: 8})) == 5
    assert value(name, between({field: 8}, {field: 3})) == 0
    for start, end in (({}, {field: 8}), ({field: 3}, {})):
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


def test_a_fit_shorter_than_ten_samples_has_no_run_queue_wait() -> None:
    trace = between({}, {"threads": uses(1.0)}, samples=MIN_SAMPLES - 1)
    found = read("run_queue_wait_s", trace)
    assert isinstance(found, Unavailable)
    assert "shorter than 10 sampling intervals" in found.unavailable
    assert isinstance(read("run_queue_wait_s", between({}, {})), Unavailable)


def test_what_others_took_is_what_the_machine_did_less_the_fit() -> None:
    start = {"cpu_s": 1.0, "machine_busy_s": 10.0}
    assert value("outside_cpu_s", between(start, {"cpu_s": 3.0, "machine_busy_s": 15.0})) == 3.0
    assert value("outside_cpu_s", between(start, {"cpu_s": 9.0, "machine_busy_s": 15.0})) == 0.0
    assert isinstance(read("outside_cpu_s", between(start, {"cpu_s": 3.0})), Unavailable)
