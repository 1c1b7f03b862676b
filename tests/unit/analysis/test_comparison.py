"""Settings against the best of them: what is tied, what is worse, and what is not decided."""

from __future__ import annotations

import math
import random
from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklpar.analysis.comparison import (
    ERROR_LEVEL,
    KAPPA,
    Comparison,
    Standing,
    Table,
    Verdict,
    compare,
    rounds_to_decide,
)

WITHIN = 0.05


def table(**rows: Sequence[float]) -> Table:
    """A table of values in rounds 1, 2, ..."""
    return {name: dict(enumerate(values, start=1)) for name, values in rows.items()}


def standing(**rows: Sequence[float]) -> Standing:
    return compare(table(**rows), list(rows))


def verdicts(found: Standing, within: float = WITHIN) -> dict[str, Verdict]:
    return {name: one.verdict(within) for name, one in found.against.items()}


# --------------------------------------------------------------------------- worked by hand


def test_one_look_has_the_prior_noise_of_five_percent_and_four_degrees_of_freedom() -> None:
    found = standing(a=[1.0], b=[3.0])
    reach = 2.1318 * math.sqrt(2 * 0.05**2)  # t(4) at 95%; a median of one is the value itself
    assert (found.best, found.noise) == ("a", 0.05)
    assert found.quantile == pytest.approx(2.1318, rel=1e-4)
    assert found.against["b"].ratio == pytest.approx(3.0)
    assert found.against["b"].low == pytest.approx(3 * math.exp(-reach), rel=1e-4)
    assert found.against["b"].high == pytest.approx(3 * math.exp(reach), rel=1e-4)


def test_three_rounds_without_noise_shrink_the_prior_by_what_they_are_worth() -> None:
    found = standing(a=[1.0] * 3, b=[2.0] * 3)
    # Four differences less two round effects are two degrees of freedom, at half their worth one.
    pooled = math.sqrt(4 * 0.05**2 / 5)
    own = math.sqrt(4 * pooled**2 / 5)
    reach = 2.0150 * math.sqrt(2 * own**2 * math.pi / (4 + math.pi))
    assert found.noise == pytest.approx(pooled)
    assert found.against["b"].ratio == pytest.approx(2.0)
    assert found.against["b"].low == pytest.approx(2 * math.exp(-reach), rel=1e-4)
    assert found.against["b"].high == pytest.approx(2 * math.exp(reach), rel=1e-4)
    assert verdicts(found) == {"a": "tied", "b": "worse"}


def test_the_bounds_widen_with_the_number_of_those_that_might_be_best() -> None:
    few, many = standing(a=[1.0], b=[1.1]), standing(a=[1.0], **{n: [1.1] for n in "bcdefgh"})
    assert many.quantile > few.quantile
    assert many.against["b"].low < few.against["b"].low


def test_of_two_values_the_lower_one_speaks_for_a_setting() -> None:
    """One of the two may be an outlier, and no third tells which."""
    found = standing(a=[1.0, 1.0], b=[1.0, 1.0], c=[1.0, 1.0], d=[1.4, 1.0])
    assert found.against["d"].ratio == pytest.approx(math.sqrt(1.4))
    assert found.against["d"].low < 1
    assert found.against["d"].verdict(WITHIN) == "undecided"


def test_rounds_that_a_setting_lacks_are_no_matter() -> None:
    """Twice as slow wherever both were seen, though its median is that of a slow round."""
    rows: Table = {"a": {1: 1.0, 2: 10.0, 3: 1.0}, "b": {1: 2.0, 2: 20.0}, "c": {2: 30.0}}
    found = compare(rows, list(rows))
    assert found.best == "a"
    assert found.against["b"].ratio == pytest.approx(2.0)
    assert found.against["c"].ratio == pytest.approx(3.0)
    assert [found.against[name].n for name in "abc"] == [3, 2, 1]


def test_rounds_that_share_no_setting_are_no_fault() -> None:
    rows: Table = {"a": {1: 1.0}, "b": {2: 5.0}}
    found = compare(rows, list(rows))
    assert all(math.isfinite(one.ratio) for one in found.against.values())


def test_a_setting_alone_is_the_best_and_tied_with_itself() -> None:
    assert standing(a=[1.0]).best == "a"
    found = standing(a=[1.0, 1.3, 0.9])
    assert (found.best, found.against["a"].ratio) == ("a", 1.0)
    assert found.against["a"].low <= 1 <= found.against["a"].high


def test_only_a_candidate_is_the_best_and_the_others_are_held_against_it() -> None:
    found = compare(table(a=[1.0] * 3, b=[2.0] * 3), ["b"])
    assert found.best == "b"
    assert found.against["a"].ratio == pytest.approx(0.5)


def test_of_equals_the_first_by_name_is_the_best() -> None:
    assert standing(b=[1.0] * 3, a=[1.0] * 3).best == "a"


def test_the_values_may_be_of_any_size() -> None:
    small = standing(a=[1e-6, 1.1e-6], b=[2e-6, 2.2e-6]).against["b"]
    large = standing(a=[1e9, 1.1e9], b=[2e9, 2.2e9]).against["b"]
    assert (small.ratio, small.low, small.high) == pytest.approx(
        (large.ratio, large.low, large.high)
    )


# --------------------------------------------------------------------------- rounds

values = st.floats(0.01, 100.0)


@st.composite
def tables(draw: st.DrawFn) -> Table:
    """Every setting in the first round, as in a race, and in any of the others."""
    names, rounds = "abcdef"[: draw(st.integers(1, 6))], draw(st.integers(1, 5))
    later = st.dictionaries(st.integers(2, rounds), values) if rounds > 1 else st.just({})
    return {name: {1: draw(values), **draw(later)} for name in names}


@settings(max_examples=200, deadline=None)
@given(tables(), st.integers(1, 5), st.floats(0.01, 100.0))
def test_a_factor_on_all_of_a_round_changes_nothing(rows: Table, slow: int, factor: float) -> None:
    slowed = {
        name: {r: v * (factor if r == slow else 1.0) for r, v in row.items()}
        for name, row in rows.items()
    }
    before, after = compare(rows, list(rows)), compare(slowed, list(rows))
    assert after.noise == pytest.approx(before.noise, abs=1e-9)
    # Where two have the same median, rounding says who is called the best.
    assert after.against[before.best].ratio == pytest.approx(1.0)
    for name, one in before.against.items():
        assert after.against[name].ratio == pytest.approx(one.ratio)


@settings(max_examples=100, deadline=None)
@given(tables())
def test_the_bounds_hold_the_best_and_every_number_is_finite(rows: Table) -> None:
    found = compare(rows, list(rows))
    assert min(one.ratio for one in found.against.values()) == 1.0
    for one in found.against.values():
        assert 0 < one.low <= one.ratio <= one.high < math.inf


# --------------------------------------------------------------------------- outliers


def others(rounds: int, count: int = 4) -> dict[str, list[float]]:
    """Settings that scatter by a few percent, as processes do."""
    draw = random.Random(3)
    return {f"s{i}": [math.exp(draw.gauss(0, 0.02)) for _ in range(rounds)] for i in range(count)}


@pytest.mark.parametrize("at", [0, 1, 2])
@pytest.mark.parametrize("slow", [1.1, 1.4, 3.0])
def test_one_slow_trial_of_three_makes_no_setting_worse(at: int, slow: float) -> None:
    row = [1.0, 1.01, 0.99]
    row[at] *= slow
    found = standing(**others(3), x=row)
    assert found.against["x"].verdict(WITHIN) != "worse"


@pytest.mark.parametrize("rounds", [1, 2, 3])
def test_one_slow_trial_of_the_best_makes_nobody_else_the_only_choice(rounds: int) -> None:
    found = standing(**others(rounds), x=[1.4, *[1.0] * (rounds - 1)])
    assert "worse" not in verdicts(found).values()


# --------------------------------------------------------------------------- verdicts


def comparison(ratio: float, low: float, high: float, n: int = 3) -> Comparison:
    return Comparison(ratio=ratio, low=low, high=high, n=n)


@pytest.mark.parametrize(
    ("found", "verdict"),
    [
        (comparison(1.0, 0.97, 1.03), "tied"),
        (comparison(1.05, 0.97, 1.10), "tied"),
        (comparison(1.0501, 0.97, 1.10), "undecided"),
        (comparison(1.05, 0.97, 1.1001), "undecided"),
        (comparison(1.2, 1.05, 1.3), "undecided"),
        (comparison(1.2, 1.0501, 1.3), "worse"),
        (comparison(1.0, 0.97, 1.03, n=2), "undecided"),
        (comparison(1.2, 1.06, 1.3, n=2), "worse"),
        (comparison(KAPPA, 1.8, 2.2, n=1), "undecided"),
        (comparison(KAPPA * 1.001, 1.8, 2.2, n=1), "worse"),
        (comparison(1.0, 0.9, 1.1, n=1), "undecided"),
    ],
)
def test_a_verdict_is_given_at_its_border_and_not_before(
    found: Comparison, verdict: Verdict
) -> None:
    assert found.verdict(WITHIN) == verdict


def test_within_nothing_only_the_best_itself_may_be_tied() -> None:
    assert comparison(1.0, 1.0, 1.0).verdict(0.0) == "tied"
    assert comparison(1.001, 0.98, 1.02).verdict(0.0) == "undecided"


@pytest.mark.parametrize(("times", "verdict"), [(1.9, "undecided"), (2.1, "worse")])
def test_after_one_look_only_much_more_than_the_best_is_worse(
    times: float, verdict: Verdict
) -> None:
    assert standing(a=[1.0], b=[times], c=[1.1]).against["b"].verdict(WITHIN) == verdict


@pytest.mark.parametrize("n", range(2, 21))
@pytest.mark.parametrize("scatter", [0.0, 0.02, 0.1])
def test_samples_apart_by_a_factor_of_two_are_never_called_equal(n: int, scatter: float) -> None:
    for m in range(2, 21):
        draw = random.Random(f"{n}/{m}")
        fast = [1 + draw.uniform(0, scatter) for _ in range(n)]
        slow = [2 * (1 + draw.uniform(0, scatter)) for _ in range(m)]
        found = standing(a=fast, b=slow)
        assert found.best == "a"
        assert found.against["b"].verdict(WITHIN) != "tied"
        if scatter <= 0.02:
            assert found.against["b"].verdict(WITHIN) == "worse", (n, m)


def noisy(draw: random.Random, count: int, rounds: int) -> Mapping[str, list[float]]:
    """Equal settings: 3% noise, 5% outliers of 10 to 40%, 5% drift a round."""
    drift = [math.exp(draw.gauss(0, 0.05)) for _ in range(rounds)]
    return {
        f"s{i}": [
            d
            * math.exp(draw.gauss(0, 0.03))
            * (1.1 + 0.3 * draw.random() if draw.random() < 0.05 else 1)
            for d in drift
        ]
        for i in range(count)
    }


@pytest.mark.parametrize("count", [2, 10, 40])
@pytest.mark.parametrize("rounds", [1, 2, 3, 5])
def test_of_equal_settings_hardly_one_is_ever_called_worse(count: int, rounds: int) -> None:
    draw, runs = random.Random(20260102), 200
    wrong = sum(
        "worse" in verdicts(standing(**noisy(draw, count, rounds))).values() for _ in range(runs)
    )
    # Three standard errors above the level at which the bounds of a look hold together.
    assert wrong <= (ERROR_LEVEL + 3 * math.sqrt(ERROR_LEVEL / runs)) * runs


@pytest.mark.parametrize("count", [2, 10])
def test_of_settings_twenty_percent_apart_the_slow_one_is_found_in_five_rounds(count: int) -> None:
    draw, runs, found = random.Random(5), 200, 0
    for _ in range(runs):
        rows = dict(noisy(draw, count, 5))
        rows["slow"] = [1.2 * value for value in rows.pop("s0")]
        found += standing(**rows).against["slow"].verdict(WITHIN) == "worse"
    assert found >= 0.5 * runs


# --------------------------------------------------------------------------- looking ahead


def test_what_is_decided_needs_no_more_rounds_and_a_near_one_takes_three_at_least() -> None:
    found = standing(a=[1.0] * 2, b=[3.0] * 2, c=[1.0] * 2, d=[1.08] * 2)
    assert rounds_to_decide(found, "b", WITHIN, 5) == 0
    assert 3 <= rounds_to_decide(found, "c", WITHIN, 5) <= 5
    assert rounds_to_decide(found, "d", WITHIN, 5) == 5


def test_the_further_apart_the_sooner_it_is_decided_and_never_beyond_the_ceiling() -> None:
    found = standing(a=[1.0], **{f"s{i}": [1.06 + 0.05 * i] for i in range(10)})
    needed = [rounds_to_decide(found, f"s{i}", WITHIN, 20) for i in range(10)]
    assert needed == sorted(needed, reverse=True)
    assert len(set(needed)) > 2
    assert all(2 <= one <= 20 for one in needed)
