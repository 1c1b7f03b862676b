"""From comparisons to checks: every ruling, the same for every mode."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest

from sklpar.guard.decide import TOO_FEW, Machine, counted, decide, failed
from sklpar.model import Check, Estimate
from tests.unit.guard.measured import comparison, drawn

SAME, TENTH, FIFTH, THIRD_LESS = 0.0, math.log(1.1), math.log(1.2), math.log(0.67)


@pytest.mark.parametrize(
    ("middle", "noise", "ruling"),
    [
        (SAME, 0.01, "equivalent"),
        (FIFTH, 0.01, "regressed"),
        (THIRD_LESS, 0.01, "improved"),
        (TENTH, 0.05, "inconclusive"),
        (SAME, 0.3, "inconclusive"),
        (math.log(5), 0.2, "regressed"),
    ],
)
def test_each_ruling_follows_from_where_the_interval_lies(
    middle: float, noise: float, ruling: str
) -> None:
    logs = [middle + noise * step for step in (-1.2, -0.5, 0.0, 0.5, 1.2)]
    (check,) = decide([comparison(logs)], 1)
    assert check.ruling == ruling
    assert check.limit == 1.1
    assert check.ratio is not None
    assert check.ratio.median == pytest.approx(math.exp(middle))


def test_only_what_is_open_tells_how_many_rounds_would_decide() -> None:
    checks = decide(
        [comparison(drawn(seed, middle, 0.05, 5)) for seed, middle in enumerate((0.0, 0.1, 0.7))], 1
    )
    assert any(one.ruling == "inconclusive" for one in checks)
    for one in checks:
        assert (one.rounds_needed is None) or one.ruling == "inconclusive"


@pytest.mark.parametrize("rounds", [0, 1, 2])
def test_too_few_rounds_are_open_and_never_a_pass(rounds: int) -> None:
    for middle in (0.0, -3.0, 3.0):
        (check,) = decide([comparison([middle] * rounds)], 1)
        assert (check.ruling, check.reason, check.ratio) == ("inconclusive", TOO_FEW, None)
        assert check.rounds_needed is None


def test_a_reason_that_was_given_is_kept() -> None:
    (check,) = decide([comparison([], reason="measured by rss, then by pss")], 1)
    assert check.reason == "measured by rss, then by pss"


def test_the_medians_of_what_is_compared_are_told() -> None:
    (check,) = decide([comparison([0.0] * 3, now=[1.0, 9.0, 2.0], before=[3.0])], 1)
    assert (check.now, check.before) == (2.0, 3.0)


def test_within_the_tolerance_what_cannot_be_told_passes() -> None:
    logs = [-0.01, 0.01, 0.0, 0.012, -0.012]
    (strict,) = decide([comparison(logs, limit=1.0)], 1)
    (lenient,) = decide([comparison(logs, limit=1.0, tolerance=0.05)], 1)
    assert strict.ruling == "inconclusive"
    assert lenient.ruling == "equivalent"


def test_the_tolerance_never_excuses_what_is_told() -> None:
    logs = [0.04, 0.041, 0.039, 0.04, 0.0405]
    (check,) = decide([comparison(logs, limit=1.0, tolerance=0.05)], 1)
    assert check.ruling == "regressed"


def test_as_many_rounds_are_asked_for_as_the_tolerance_needs() -> None:
    """A tie is nearly at the limit, where no rounds would do, and far from limit plus tolerance."""
    logs = [0.06, -0.07, 0.0, 0.03, -0.03]
    (check,) = decide([comparison(logs, limit=1.0, tolerance=0.05)], 1)
    assert check.ruling == "inconclusive"
    assert check.rounds_needed is not None
    assert check.rounds_needed < 40


def test_memory_does_not_borrow_the_noise_of_seconds() -> None:
    noisy = [comparison(drawn(seed, 0.0, 0.3, 5)) for seed in range(5)]
    quiet = [0.0, 0.001, -0.001, 0.0005, 0.0]
    *_, alone = decide([*noisy, comparison(quiet, metric="memory")], 1)
    *_, among = decide([*noisy, comparison(quiet)], 1)
    assert alone.ruling == "equivalent"
    assert alone.ratio is not None
    assert among.ratio is not None
    assert (among.ratio.high or 0) > (alone.ratio.high or 0)


def test_the_checks_come_in_the_order_of_the_comparisons() -> None:
    asked = [
        comparison(drawn(seed, 0.0, 0.1, 5), setting=f"loky-j{seed}-t1", metric=metric)
        for seed, metric in enumerate(("fit", "memory", "fit", "cpu", "memory"))
    ]
    asked.insert(2, comparison([], setting="nothing"))
    found = decide(asked, 1)
    assert [one.setting for one in found] == [one.setting for one in asked]
    assert [one.metric for one in found] == [one.metric for one in asked]


def test_no_comparisons_are_no_checks() -> None:
    assert decide([], 1) == []


def test_a_stored_value_is_divided_by() -> None:
    before = Estimate(median=2.0, low=1.98, high=2.02, n=5, method="by hand")
    logs = [math.log(value) for value in (2.6, 2.61, 2.59, 2.6, 2.6)]
    (check,) = decide([comparison(logs, stored=(before,))], 1)
    assert check.ruling == "regressed"
    assert check.ratio is not None
    assert check.ratio.median == pytest.approx(1.3, rel=0.01)


def test_what_failed_has_no_ratio() -> None:
    check = failed("loky-j2-t1", "fit", "other", 1.1, "failed: MemoryError")
    assert (check.ruling, check.ratio, check.reason) == ("failed", None, "failed: MemoryError")


# --------------------------------------------------------------------------- counts


@pytest.mark.parametrize(
    ("now", "before", "ruling"),
    [
        ([4, 4, 4], [4], "equivalent"),
        ([8, 8, 8], [4], "regressed"),
        ([8, 8, 4], [4], "equivalent"),  # one trial saw no more than before
        ([2, 2, 2], [4], "improved"),
        ([2, 4, 2], [4], "equivalent"),
        ([4, 4], [2, 8], "equivalent"),
        ([9, 9], [2, 8], "equivalent"),  # a helper more
        ([10, 10], [2, 8], "regressed"),
        ([3, 3], [2], "equivalent"),
        ([1], [0], "equivalent"),
        ([4], [0], "regressed"),
    ],
)
def test_threads_have_grown_only_where_every_trial_saw_more_than_any_before(
    now: list[float], before: list[float], ruling: str
) -> None:
    check = counted("loky-j2-t1", 1.1, now, before, "other")
    assert check.ruling == ruling
    assert check.metric == "threads"
    assert check.ratio is not None
    assert check.ratio.low is not None
    assert check.ratio.high is not None
    assert check.ratio.low <= check.ratio.median <= check.ratio.high


@pytest.mark.parametrize(("now", "before"), [([], [4.0]), ([4.0], []), ([], [])])
def test_threads_that_were_not_seen_are_open(now: list[float], before: list[float]) -> None:
    check = counted("loky-j2-t1", 1.1, now, before, "other")
    assert (check.ruling, check.ratio) == ("inconclusive", None)
    assert check.reason


# --------------------------------------------------------------------------- the machine


def half_again(machine: Machine) -> Check:
    logs = [math.log(1.5) + part for part in (-0.01, 0.0, 0.01, 0.005, -0.005)]
    (check,) = decide([replace(comparison(logs), machine=machine)], 1)
    return check


def test_what_the_machine_alone_may_explain_is_undecided_and_says_so() -> None:
    assert half_again(Machine()).ruling == "regressed"
    slower = Machine(slower=math.log(1.5), why="fixed work took 1.5 times as long")
    check = half_again(slower)
    assert (check.ruling, check.reason) == ("inconclusive", "fixed work took 1.5 times as long")


def test_what_is_worse_by_more_than_the_machine_is_regressed() -> None:
    assert half_again(Machine(slower=math.log(1.2))).ruling == "regressed"


def test_a_machine_that_became_faster_makes_no_pass() -> None:
    logs = [0.0, 0.01, -0.01, 0.005, -0.005]
    (steady,) = decide([comparison(logs)], 1)
    (faster,) = decide([replace(comparison(logs), machine=Machine(faster=math.log(1.3)))], 1)
    assert (steady.ruling, faster.ruling) == ("equivalent", "inconclusive")
