"""Medians, intervals and ratios over trials."""

from __future__ import annotations

import math
import random
import statistics

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import t as student

from sklpar.analysis.statistics import estimate, ratio, relative_spread
from sklpar.model import Estimate

positive = st.floats(1e-6, 1e9)


@pytest.mark.parametrize("values", [[0.4], [0.4, 0.6]])
def test_fewer_than_three_values_have_a_median_and_no_interval(values: list[float]) -> None:
    found = estimate(values, "clock")
    assert (found.low, found.high) == (None, None)
    assert (found.median, found.n, found.method) == (
        statistics.median(values),
        len(values),
        "clock",
    )


@pytest.mark.parametrize("n", range(3, 11))
def test_the_interval_is_students_t_on_the_logarithms(n: int) -> None:
    draw = random.Random(n)
    values = [math.exp(draw.gauss(0, 0.1)) for _ in range(n)]
    logs = [math.log(value) for value in values]
    error = statistics.stdev(logs) / math.sqrt(n)
    expected = student.interval(0.95, n - 1, loc=statistics.fmean(logs), scale=error)
    found = estimate(values, "clock")
    assert found.n == n
    assert found.low == pytest.approx(math.exp(expected[0]))
    assert found.high == pytest.approx(math.exp(expected[1]))


def test_the_interval_holds_the_true_value_as_often_as_it_says() -> None:
    draw, runs = random.Random(20260102), 4000
    for n in (3, 5, 10):
        hits = 0
        for _ in range(runs):
            found = estimate([2.0 * math.exp(draw.gauss(0, 0.2)) for _ in range(n)], "clock")
            assert found.low is not None
            assert found.high is not None
            hits += found.low <= 2.0 <= found.high
        # Four standard errors of a share of 95% in 4,000; the widening to the median adds a little.
        assert 0.936 < hits / runs < 0.970


def test_a_zero_among_the_values_makes_an_interval_of_the_values_themselves() -> None:
    found = estimate([0.0, 1.0, 2.0, 3.0], "clock")
    expected = student.interval(0.95, 3, loc=1.5, scale=statistics.stdev([0, 1, 2, 3]) / 2)
    assert found.low == max(0.0, expected[0])
    assert found.high == pytest.approx(expected[1])


def test_only_zeros_are_an_estimate_of_zero() -> None:
    found = estimate([0.0] * 5, "clock")
    assert (found.median, found.low, found.high) == (0.0, 0.0, 0.0)


@settings(max_examples=200, deadline=None)
@given(st.lists(positive | st.just(0.0), min_size=3, max_size=10))
def test_the_median_is_always_inside_a_finite_interval(values: list[float]) -> None:
    found = estimate(values, "clock")
    assert found.low is not None
    assert found.high is not None
    assert 0 <= found.low <= found.median <= found.high < math.inf


def test_a_skewed_sample_widens_its_interval_to_hold_the_median() -> None:
    found = estimate([1.0] * 6 + [1e-6] * 4, "clock")
    assert found.high == pytest.approx(found.median)


def test_the_method_says_how_it_was_measured_and_how_aggregated() -> None:
    assert estimate([1.0, 2.0, 3.0], "clock").method.startswith("clock; t interval")


def test_a_slow_round_cancels_in_a_ratio() -> None:
    found = ratio([2.0, 20.0, 4.0], [1.0, 10.0, 2.0])
    assert found == Estimate(median=2.0, low=2.0, high=2.0, n=3, method=found.method)


def test_a_ratio_and_its_inverse_have_inverse_intervals() -> None:
    a, b = [2.0, 2.2, 2.5, 1.9], [1.0, 1.2, 0.9, 1.1]
    there, back = ratio(a, b), ratio(b, a)
    assert there.low is not None
    assert back.high is not None
    assert there.low * back.high == pytest.approx(1.0)


def test_ratios_of_unequal_numbers_of_rounds_are_refused() -> None:
    with pytest.raises(ValueError, match="zip"):
        ratio([1.0, 2.0], [1.0])


@pytest.mark.parametrize(
    ("values", "spread"),
    [([1.0], None), ([], None), ([0.0, 0.0, 1.0], None), ([1.0, 1.1, 0.9], 0.1), ([2.0] * 4, 0.0)],
)
def test_spread_is_the_median_deviation_over_the_median(
    values: list[float], spread: float | None
) -> None:
    assert relative_spread(values) == (None if spread is None else pytest.approx(spread))
