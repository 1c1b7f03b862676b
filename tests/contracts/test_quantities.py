"""What holds for every measured quantity, whichever are registered."""

from __future__ import annotations

import math

import pytest

from sklpar.analysis.samples import MEASURES
from sklpar.model import Measured, Reading, Unavailable
from sklpar.quantities import QUANTITIES, FitTrace
from sklpar.quantities.interface import Snapshot, ThreadUse, Watch
from sklpar.store.document import MEASURES as DOCUMENT
from tests.unit.builders import MAIN, make_trace

every_quantity = pytest.mark.parametrize("name", QUANTITIES)

USE = {(MAIN, MAIN): ThreadUse(cpu_s=1.0, wait_s=1.0)}
START = Snapshot(
    cpu_s=1.0,
    involuntary_switches=1,
    machine_busy_s=1.0,
    steal_s=0.5,
    throttled_s=0.25,
    swapped_bytes=4096,
    memory_bytes=100,
    threads=USE,
)
END = Snapshot(
    cpu_s=3.0,
    involuntary_switches=9,
    machine_busy_s=9.0,
    steal_s=1.5,
    throttled_s=2.25,
    swapped_bytes=8192,
    memory_bytes=300,
    threads=USE,
)
SEEN = Watch(samples=40, interval_s=0.025, memory_peak_bytes=500, memory_method="cgroup")

FULL = make_trace(start=START, end=END, watch=SEEN)
TRACES = {
    "whole": FULL,
    "nothing read": make_trace(watch=Watch(), start=Snapshot(), end=Snapshot()),
    "cut off": make_trace(start=START, end=Snapshot(cpu_s=2.0, machine_busy_s=2.0), watch=SEEN),
    "not watched": make_trace(start=START, end=END, watch=Watch()),
    "clocks that ran backwards": make_trace(start=END, end=START, watch=SEEN),
    "no time at all": make_trace(start=START, end=START, watch=SEEN, wall_s=0.0),
}
every_trace = pytest.mark.parametrize("trace", TRACES.values(), ids=TRACES)


@every_quantity
def test_its_name_is_its_key_and_ends_in_its_unit(name: str) -> None:
    quantity = QUANTITIES[name]
    assert quantity.name == name
    assert quantity.label
    ending = {"s": "_s", "bytes": "_bytes", "count": ""}[quantity.unit]
    assert name.endswith(ending)
    assert quantity.better in {"lower", "none"}


@every_quantity
@every_trace
def test_it_is_a_number_with_its_method_or_absent_with_a_reason(name: str, trace: FitTrace) -> None:
    found: Measured = QUANTITIES[name].read(trace)
    if isinstance(found, Unavailable):
        assert found.unavailable
        return
    assert isinstance(found.value, float)
    assert math.isfinite(found.value)
    assert found.value >= 0
    assert found.method


@every_quantity
def test_a_fit_that_was_read_and_watched_has_it(name: str) -> None:
    assert isinstance(QUANTITIES[name].read(FULL), Reading)


@every_quantity
def test_it_reads_without_changing_what_it_reads(name: str) -> None:
    assert QUANTITIES[name].read(FULL) == QUANTITIES[name].read(FULL)


def test_every_figure_of_the_document_is_made_of_a_quantity() -> None:
    assert {quantity for quantity, _ in MEASURES.values()} <= set(QUANTITIES)
    assert set(MEASURES) == set(DOCUMENT)
