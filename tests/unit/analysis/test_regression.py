"""What a guard decides by: trimmed means, pooled noise, Holm's bounds, and rounds that would do."""

from __future__ import annotations

import itertools
import math
import random
import statistics
from collections.abc import Sequence

import pytest

from sklpar.analysis.regression import (
    ERROR_LEVEL,
    Evidence,
    against_stored,
    hold,
    is_blurred,
    paired,
    rounds_to_decide,
)
from sklpar.analysis.statistics import estimate
from sklpar.model import Estimate


def normal(draw: random.Random, middle: float, noise: float, rounds: int) -> list[float]:
    return [draw.gauss(middle, noise) for _ in range(rounds)]


def evidence(centre: float, error: float, *, n: int = 5, fixed: float = 0.0) -> Evidence:
    return Evidence(centre=centre, variance=error**2, freedom=n - 1, n=n, fixed=fixed)


def stored(values: Sequence[float]) -> Estimate:
    return estimate(values, "by hand")


# --------------------------------------------------------------------------- one ratio


@pytest.mark.parametrize("n", [3, 4, 5, 10])
def test_the_centre_is_the_mean_of_what_is_left_when_a_fifth_is_put_aside_at_either_end(
    n: int,
) -> None:
    values = normal(random.Random(n), 0.0, 0.1, n)
    aside = n // 5
    kept = sorted(values)[aside : n - aside]
    assert paired({"a": values})["a"].centre == pytest.approx(statistics.fmean(kept))
    assert paired({"a": values})["a"].n == n


def test_without_anything_put_aside_the_error_is_that_of_a_mean() -> None:
    values = [0.0, 0.1, 0.3]
    found = paired({"a": values})["a"]
    assert found.error == pytest.approx(statistics.stdev(values) / math.sqrt(3))
    assert found.freedom == 2


def test_the_error_of_a_trimmed_mean_is_tukeys_from_winsorized_values() -> None:
    values = [0.0, 0.1, 0.2, 0.3, 9.0]
    winsorized = [0.1, 0.1, 0.2, 0.3, 0.3]
    kept, n = 3, 5
    squares = (n - 1) * statistics.variance(winsorized)
    found = paired({"a": values})["a"]
    assert found.variance == pytest.approx(squares / (kept * (kept - 1)))
    assert found.freedom == kept - 1


@pytest.mark.parametrize("outlier", [1.0, 10.0, 500.0])
def test_how_far_off_one_outlier_of_five_is_does_not_matter(outlier: float) -> None:
    found = paired({"a": [0.0, 0.01, -0.01, 0.005, outlier]})["a"]
    assert abs(found.centre) < 0.01
    assert found.error < 0.05


@pytest.mark.parametrize("n", [0, 1, 2])
def test_fewer_than_three_rounds_are_no_evidence(n: int) -> None:
    assert paired({"a": [0.0] * n}) == {}
    assert paired({}) == {}


@pytest.mark.parametrize("n", [3, 5, 50])
def test_identical_values_are_not_taken_for_certainty(n: int) -> None:
    found = paired({"a": [0.2] * n})["a"]
    assert found.centre == pytest.approx(0.2)
    assert found.error > 0.0
    held = hold({"a": found}, {"a": 1.0}, 1)["a"]
    assert held.result == "regressed"
    assert held.ratio.low is not None
    assert held.ratio.high is not None
    assert held.ratio.low < math.exp(0.2) < held.ratio.high


# --------------------------------------------------------------------------- pooling


def test_a_lucky_ratio_borrows_the_noise_of_the_others() -> None:
    draw = random.Random(5)
    noisy = {i: normal(draw, 0.0, 0.1, 5) for i in range(6)}
    alike = [0.1, 0.101, 0.1, 0.099, 0.1]
    alone, among = paired({"lucky": alike})["lucky"], paired({**noisy, "lucky": alike})["lucky"]
    assert among.error > 5 * alone.error
    assert among.freedom > alone.freedom


def test_pooling_never_makes_an_error_less_than_the_ratios_own() -> None:
    quiet = {i: [0.0, 0.001, -0.001, 0.0005, 0.0] for i in range(20)}
    wild = [0.0, 0.4, -0.4, 0.2, -0.2]
    alone, among = paired({"wild": wild})["wild"], paired({**quiet, "wild": wild})["wild"]
    assert among.error >= alone.error


def test_a_comparison_alone_has_no_more_freedom_than_it_shows() -> None:
    assert paired({"a": [0.0, 0.1, 0.2]})["a"].freedom == 2


# --------------------------------------------------------------------------- against what is stored


def test_the_ratio_to_a_stored_value_is_of_the_medians_up_to_noise() -> None:
    before = stored([1.0, 1.01, 0.99, 1.0, 1.0])
    logs = [math.log(v) for v in (1.3, 1.31, 1.29, 1.3, 1.3)]
    found = against_stored({"a": logs}, {"a": [before]})["a"]
    assert math.exp(found.centre) == pytest.approx(1.3, rel=0.01)
    assert found.fixed > 0.0
    assert found.error > math.sqrt(found.variance)


def test_a_stored_speedup_has_two_parts_and_the_noise_of_both() -> None:
    mine, reference = stored([2.0, 2.02, 1.98]), stored([8.0, 8.4, 7.6])
    logs = [math.log(0.25)] * 3
    found = against_stored({"a": logs}, {"a": [mine, reference]})["a"]
    assert math.exp(found.centre) == pytest.approx(1.0, rel=0.02)
    one = against_stored({"a": logs}, {"a": [mine]})["a"]
    assert found.fixed > one.fixed


def test_nothing_stored_is_a_comparison_within_rounds() -> None:
    logs = {"a": [0.1, 0.2, 0.3]}
    found = against_stored(logs, {"a": []})["a"]
    assert found.fixed == 0.0
    assert found.centre == paired(logs)["a"].centre


@pytest.mark.parametrize(
    "broken",
    [
        Estimate(median=1.0, low=None, high=None, n=2, method="m"),
        Estimate(median=1.0, low=0.9, high=None, n=5, method="m"),
        Estimate(median=1.0, low=0.0, high=2.0, n=5, method="m"),
        Estimate(median=0.0, low=0.0, high=0.0, n=5, method="m"),
        Estimate(median=1.0, low=0.9, high=1.1, n=2, method="m"),
    ],
)
def test_an_estimate_without_a_sound_interval_is_left_out_wherever_it_stands(
    broken: Estimate,
) -> None:
    sound, logs = stored([1.0, 1.1, 0.9]), [0.0, 0.01, -0.01]
    assert against_stored({"a": logs}, {"a": [broken]}) == {}
    assert against_stored({"a": logs}, {"a": [sound, broken]}) == {}
    assert against_stored({"a": logs}, {"a": [broken, sound]}) == {}
    kept = against_stored({"a": logs, "b": logs}, {"a": [broken], "b": [sound]})
    assert kept.keys() == {"b"}


def test_a_stored_interval_of_no_width_is_not_taken_for_certainty() -> None:
    exact = Estimate(median=1.0, low=1.0, high=1.0, n=5, method="m")
    assert against_stored({"a": [0.0] * 5}, {"a": [exact]})["a"].fixed > 0.0


def test_a_vague_baseline_decides_nothing_and_says_so() -> None:
    vague = Estimate(median=1.0, low=0.2, high=5.0, n=3, method="m")
    found = against_stored({"a": [0.01 * i for i in range(-2, 3)]}, {"a": [vague]})
    assert hold(found, {"a": 1.1}, 1)["a"].result == "inconclusive"
    assert rounds_to_decide(found["a"], 1.1, 1, 1) is None
    assert is_blurred(found["a"], 1.1, 1, 1)


# --------------------------------------------------------------------------- rulings


CENTRES = (-0.4, -0.12, -0.05, 0.0, 0.05, 0.09, 0.12, 0.2, 0.4)
ERRORS = (0.001, 0.01, 0.03, 0.1)


@pytest.mark.parametrize("limit", [1.0, 1.1, 2.5])
@pytest.mark.parametrize("look", [1, 2, 7])
def test_a_ruling_and_its_bounds_never_contradict_each_other(limit: float, look: int) -> None:
    family = {
        (centre, error): evidence(centre + math.log(limit), error)
        for centre, error in itertools.product(CENTRES, ERRORS)
    }
    held = hold(family, dict.fromkeys(family, limit), look)
    assert held.keys() == family.keys()
    passes = "improved" if limit == 1 else "equivalent"
    assert {one.result for one in held.values()} >= {"regressed", passes, "inconclusive"}
    for one in held.values():
        low, high = one.ratio.low, one.ratio.high
        assert low is not None
        assert high is not None
        assert low < one.ratio.median < high
        assert (low > limit) == (one.result == "regressed")
        if one.result == "improved":
            assert high < 1 / limit
        if one.result == "equivalent":
            assert high <= limit
        if one.result == "inconclusive":
            assert low <= limit < high


def test_holm_lets_the_last_of_several_have_what_bonferroni_would_refuse() -> None:
    clear, near = evidence(1.0, 0.01, n=30), evidence(0.0256, 0.01, n=30)
    limits = {"near": 1.0, "clear": 1.0}
    alone = hold({"near": near}, {"near": 1.0}, 1)["near"]
    bonferroni = hold({"near": near}, limits, 1)["near"]
    both = hold({"near": near, "clear": clear}, limits, 1)
    assert both["clear"].result == "regressed"
    assert both["near"].ratio.low == alone.ratio.low
    assert bonferroni.ratio.low is not None
    assert alone.ratio.low is not None
    assert bonferroni.ratio.low < alone.ratio.low


def test_holm_stops_stepping_at_the_first_that_is_not_rejected() -> None:
    family = {
        "clear": evidence(1.0, 0.01, n=30),
        "open": evidence(0.005, 0.01, n=30),
        "after": evidence(0.004, 0.01, n=30),
    }
    held = hold(family, dict.fromkeys(family, 1.0), 1)
    among_two = hold({"after": family["after"]}, {"after": 1.0, "open": 1.0}, 1)["after"]
    assert held["open"].result == held["after"].result == "inconclusive"
    assert held["after"].ratio.low == among_two.ratio.low


def test_what_has_no_evidence_still_counts_among_the_comparisons() -> None:
    one = {"a": evidence(0.2, 0.05)}
    few, many = hold(one, {"a": 1.0}, 1), hold(one, {"a": 1.0, "b": 1.0, "c": 1.0}, 1)
    assert few["a"].ratio.low is not None
    assert many["a"].ratio.low is not None
    assert many["a"].ratio.low < few["a"].ratio.low
    assert many.keys() == {"a"}


def test_each_look_asks_for_more_than_the_one_before() -> None:
    lows = [
        hold({"a": evidence(0.2, 0.05)}, {"a": 1.0}, look)["a"].ratio.low or 0.0
        for look in range(1, 8)
    ]
    assert lows == sorted(lows, reverse=True)
    assert len(set(lows)) == len(lows)


def test_nothing_is_held_where_there_is_nothing() -> None:
    assert hold({}, {}, 1) == {}
    assert hold({}, {"a": 1.1}, 1) == {}


@pytest.mark.parametrize("scale", [1e-12, 1.0, 1e12])
def test_the_unit_of_a_value_does_not_matter(scale: float) -> None:
    values = [1.3, 1.31, 1.29, 1.32, 1.28]
    before = stored([scale * v for v in (1.0, 1.02, 0.98)])
    logs = [math.log(scale * v) for v in values]
    held = hold(against_stored({"a": logs}, {"a": [before]}), {"a": 1.1}, 1)["a"]
    assert held.ratio.median == pytest.approx(1.3, rel=0.01)
    assert held.result == "regressed"


def test_values_of_any_size_are_decided_without_an_error() -> None:
    wild = {
        "huge": [700.0, 650.0, 690.0],
        "tiny": [-700.0, -690.0, -650.0],
        "both": [-700.0, 0.0, 700.0],
    }
    held = hold(paired(wild), dict.fromkeys(wild, 1.1), 1)
    assert held["both"].result == "inconclusive"
    assert all(one.ratio.n == 3 for one in held.values())


# --------------------------------------------------------------------------- rounds that would do


def test_the_more_noise_the_more_rounds() -> None:
    for centre in (0.0, 0.2):
        needed = [
            rounds_to_decide(evidence(centre, error), 1.1, 5, 1)
            for error in (0.02, 0.04, 0.08, 0.16)
        ]
        known = [one for one in needed if one is not None]
        assert known == sorted(known)
        assert len(known) == 4


def test_the_nearer_to_the_limit_the_more_rounds_and_just_at_it_none_would_do() -> None:
    limit = math.log(1.1)
    for side in (-1, 1):
        needed = [
            rounds_to_decide(evidence(limit + side * apart, 0.05), 1.1, 1, 1)
            for apart in (0.2, 0.1, 0.05, 0.02)
        ]
        known = [one for one in needed if one is not None]
        assert known == sorted(known)
        assert len(known) == 4
        assert rounds_to_decide(evidence(limit + side * 1e-6, 0.05), 1.1, 1, 1) is None
    assert rounds_to_decide(evidence(limit, 0.05), 1.1, 1, 1) is None
    assert not is_blurred(evidence(limit, 0.05, fixed=0.01), 1.1, 1, 1)


def test_more_comparisons_need_no_fewer_rounds() -> None:
    needed = [rounds_to_decide(evidence(0.3, 0.2), 1.1, n, 1) or 0 for n in (1, 5, 25)]
    assert needed == sorted(needed)
    assert needed[0] < needed[-1]


def test_rounds_do_not_help_against_what_is_vague_in_the_baseline() -> None:
    sure, vague = evidence(0.0, 0.05, fixed=1e-6), evidence(0.0, 0.05, fixed=0.01)
    assert rounds_to_decide(sure, 1.1, 1, 1) is not None
    assert rounds_to_decide(vague, 1.1, 1, 1) is None
    assert is_blurred(vague, 1.1, 1, 1)
    assert not is_blurred(sure, 1.1, 1, 1)


def test_more_rounds_than_there_were_are_asked_for() -> None:
    for centre, error in itertools.product((-0.5, 0.0, 0.5), (1e-6, 0.01, 0.1)):
        needed = rounds_to_decide(evidence(centre, error), 1.1, 3, 1)
        assert needed is None or needed > 5


def test_the_rounds_that_are_asked_for_do_decide_where_the_truth_is_what_it_seemed() -> None:
    noise, limit = 0.05, 1.1
    for centre, verdict in ((0.02, "equivalent"), (0.2, "regressed")):
        first = paired({"a": normal(random.Random(3), centre, noise, 5)})["a"]
        needed = rounds_to_decide(evidence(centre, noise / math.sqrt(5)), limit, 1, 1)
        assert needed is not None
        assert first.n < needed < 100
        results = [
            hold(
                paired({"a": normal(random.Random(i), centre, noise, 2 * needed)}), {"a": limit}, 2
            )
            for i in range(40)
        ]
        assert sum(one["a"].result == verdict for one in results) >= 30


# --------------------------------------------------------------------------- error rates

FAMILIES, SETTINGS = 2000, 6


def test_same_against_same_is_seldom_called_regressed_even_at_a_limit_of_one() -> None:
    """Each family is one guard: six comparisons of five rounds, one process in ten an outlier."""
    draw = random.Random(20261121)
    false = 0
    for _ in range(FAMILIES):
        logs = {
            name: [
                draw.gauss(0.0, 0.03) + (0.4 if draw.random() < 0.1 else 0.0)
                - draw.gauss(0.0, 0.03) - (0.4 if draw.random() < 0.1 else 0.0)
                for _ in range(5)
            ]
            for name in range(SETTINGS)
        }  # fmt: skip
        held = hold(paired(logs), dict.fromkeys(logs, 1.0), 1)
        false += any(one.result == "regressed" for one in held.values())
    assert false / FAMILIES <= ERROR_LEVEL


def test_a_slowdown_of_a_fifth_is_seldom_missed_at_three_percent_of_noise() -> None:
    draw = random.Random(11)
    families = 300
    caught = 0
    for _ in range(families):
        logs = {
            name: [
                draw.gauss(math.log(1.2) * (name == 0), 0.03) - draw.gauss(0.0, 0.03)
                for _ in range(10)
            ]
            for name in range(SETTINGS)
        }
        held = hold(paired(logs), dict.fromkeys(logs, 1.0), 1)
        caught += held[0].result == "regressed"
    assert caught / families >= 0.95
