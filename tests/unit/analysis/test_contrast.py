"""The ratio of two samples that share no round: Welch on logarithms, Holm over all."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest
from scipy import stats

from sklpar.analysis.contrast import Known, evidence, ratios, told_apart
from sklpar.analysis.regression import Evidence
from sklpar.analysis.statistics import estimate


def sample(seed: int, *, centre: float = 0.0, noise: float = 0.05, n: int = 4) -> list[float]:
    draw = random.Random(seed)
    return [draw.gauss(centre, noise) for _ in range(n)]


def test_of_one_setting_the_interval_is_welchs_on_the_logarithms() -> None:
    a, b = sample(1), sample(2, centre=0.3, noise=0.1, n=3)
    one = {"x": Known(logs=a)}, {"x": Known(logs=b)}
    found = told_apart(ratios(*map(evidence, one)))["x"]
    expected = stats.ttest_ind(b, a, equal_var=False).confidence_interval(0.95)
    assert math.log(found.low) == pytest.approx(expected.low)
    assert math.log(found.high) == pytest.approx(expected.high)


def test_a_run_against_itself_is_1_with_an_interval_that_holds_1() -> None:
    known = evidence({name: Known(logs=sample(seed)) for seed, name in enumerate("abcd")})
    for one in told_apart(ratios(known, known)).values():
        assert one.low < 1 < one.high
        assert one.low * one.high == pytest.approx(1.0)
        assert one.result == "unclear"


def test_the_other_way_round_it_is_the_inverse() -> None:
    sides = [
        evidence(
            {n: Known(logs=sample(seed + i, centre=0.3 * i * seed)) for i, n in enumerate("abc")}
        )
        for seed in (1, 2)
    ]
    there, back = told_apart(ratios(*sides)), told_apart(ratios(*sides[::-1]))
    opposite = {"above": "below", "below": "above", "unclear": "unclear"}
    for name, one in there.items():
        assert one.low == pytest.approx(1 / back[name].high)
        assert one.high == pytest.approx(1 / back[name].low)
        assert one.surely == pytest.approx(1 / back[name].surely)
        assert back[name].result == opposite[one.result]


def test_a_stored_estimate_of_one_setting_says_what_its_values_say() -> None:
    values = [math.exp(one) for one in sample(1)]
    a = [{"x": Known(logs=sample(1))}, {"x": Known(stored=(estimate(values, ""),))}]
    b = {"x": Known(logs=sample(2, centre=0.3))}
    first, second = (told_apart(ratios(evidence(one), evidence(b)))["x"] for one in a)
    assert (second.low, second.high) == pytest.approx((first.low, first.high))


def test_of_two_stored_estimates_the_first_is_divided_by_the_second() -> None:
    over, under = (estimate([c, 1.01 * c, 1.02 * c], "") for c in (3.0, 2.0))
    found = evidence({"x": Known(stored=(over, under))})["x"]
    assert math.exp(found.centre) == pytest.approx(1.5)
    assert found.n == 3


@pytest.mark.parametrize("logs", [[], [0.1], [0.1, 0.2]])
def test_fewer_than_three_values_tell_nothing(logs: list[float]) -> None:
    few = estimate([math.exp(one) for one in logs], "") if logs else None
    for known in (Known(logs=logs), Known(stored=(few,) if few else ())):
        assert evidence({"x": known}) == {}


def test_what_one_run_alone_tells_of_is_no_ratio() -> None:
    a = evidence({"x": Known(logs=sample(1)), "y": Known(logs=sample(2))})
    b = evidence({"y": Known(logs=sample(3)), "z": Known(logs=sample(4))})
    assert ratios(a, b).keys() == {"y"}
    assert told_apart({}) == {}


def test_the_more_is_compared_the_more_it_takes_to_be_sure() -> None:
    close = Evidence(centre=0.15, variance=0.04**2, freedom=20, n=5)
    still = Evidence(centre=0.0, variance=0.04**2, freedom=20, n=5)
    assert told_apart({0: close})[0].result == "above"
    crowd = told_apart({0: close, **dict.fromkeys(range(1, 20), still)})
    assert crowd[0].result == "unclear"
    assert (crowd[0].low, crowd[0].high) == (told_apart({0: close})[0].low, crowd[0].high)


def test_what_is_sure_is_told_with_the_bound_that_makes_it_so() -> None:
    far = Evidence(centre=1.0, variance=0.1**2, freedom=20, n=5)
    found = told_apart({"x": far})["x"]
    assert 1 < found.surely < math.e
    # One-sided at 2.5%: alone, it is the end of the 95% interval.
    assert found.surely == pytest.approx(found.low)


def test_where_nothing_changed_hardly_any_run_says_that_something_did() -> None:
    draw, wrong = random.Random(7), 0
    for _ in range(200):
        sides = [
            evidence({i: Known(logs=[draw.gauss(i, 0.05) for _ in range(3)]) for i in range(10)})
            for _ in range(2)
        ]
        wrong += any(one.result != "unclear" for one in told_apart(ratios(*sides)).values())
    assert wrong <= 20


def test_a_sure_difference_of_a_few_per_cent_is_none_between_runs() -> None:
    near = Evidence(centre=0.04, variance=0.001**2, freedom=20, n=5)
    assert told_apart({"x": near})["x"].result == "unclear"
    assert told_apart({"x": replace(near, centre=-0.04)})["x"].result == "unclear"
    assert told_apart({"x": replace(near, centre=-0.07)})["x"].result == "below"
