"""Numbers with three significant digits and their unit."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklpar.render.numbers import evidence, memory, ratio, seconds, three_digits


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (0.32, "0.320 s"),
        (12.4, "12.4 s"),
        (0.000812, "0.000812 s"),
        (9.996, "10.0 s"),
        (99.96, "100 s"),
        (0.9999, "1.00 s"),
        (1234.4, "1234 s"),
        (0.0, "0 s"),
        (-1.5, "-1.50 s"),
        (1e-12, "1.00e-12 s"),
        (1e20, "1.00e+20 s"),
    ],
)
def test_a_time_has_three_significant_digits(value: float, shown: str) -> None:
    assert seconds(value) == shown


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (254e6, "254 MB"),
        (999.4e6, "999 MB"),
        (999.6e6, "1.00 GB"),
        (1.4e9, "1.40 GB"),
        (5e4, "0.0500 MB"),
    ],
)
def test_memory_has_a_unit_of_its_size(value: float, shown: str) -> None:
    assert memory(value) == shown


def test_a_ratio_ends_in_its_sign() -> None:
    assert ratio(38.23) == "38.2\N{MULTIPLICATION SIGN}"


@pytest.mark.parametrize(
    ("name", "value", "shown"),
    [
        ("warm_up_s", 1.2, "warm up 1.20 s"),
        ("peak_memory_bytes", 5_000_000, "peak memory 5.00 MB"),
        ("usable_cpus", 1, "1 usable CPU"),
        ("usable_cpus", 2, "2 usable CPUs"),
        ("cpu_inflation", 2.3456, "2.35\N{MULTIPLICATION SIGN} the least CPU"),
        ("cut_off", True, "cut off"),
        ("cut_off", False, "not cut off"),
        ("cpu_inflation", "much", "cpu inflation much"),
        ("slowdown", None, ""),
        ("runnable_peak", 8, ""),
    ],
)
def test_evidence_is_said_with_its_unit(name: str, value: object, shown: str) -> None:
    assert evidence({name: value}) == shown


def test_pieces_of_evidence_are_listed_without_those_that_are_unknown() -> None:
    found = {"usable_cpus": 2, "cpu_inflation": None, "run_queue_wait_share": 0.337}
    assert evidence(found) == "2 usable CPUs, 33.7% of that time waiting"


@given(st.floats(min_value=1e-9, max_value=1e14))
def test_three_digits_are_always_within_half_a_percent(value: float) -> None:
    shown = three_digits(value)
    assert float(shown) == pytest.approx(value, rel=0.005)
    assert len(re.sub(r"e.*|\D", "", shown).lstrip("0")) >= 3
