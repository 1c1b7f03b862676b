"""From checks to a conclusion, and what a further look may change."""

from __future__ import annotations

import itertools
import typing
from dataclasses import replace

import pytest

from sklpar.guard.verdict import (
    conclusion_of,
    may_be_decided,
    open_settings,
    still_decided,
    worst_first,
)
from sklpar.model import Check, Conclusion, Estimate, Ruling, Verdict
from tests.unit.verdicts import check

RULINGS: tuple[Ruling, ...] = typing.get_args(Ruling)


def test_every_mixture_of_rulings_is_as_good_as_its_worst() -> None:
    for size in range(1, 4):
        for rulings in itertools.product(RULINGS, repeat=size):
            found = conclusion_of([check(ruling) for ruling in rulings])
            if {"failed", "regressed"} & set(rulings):
                assert found == "failed"
            elif "inconclusive" in rulings:
                assert found == "inconclusive"
            else:
                assert found == "passed"


def test_nothing_is_shown_by_no_check() -> None:
    assert conclusion_of([]) == "inconclusive"


@pytest.mark.parametrize("allowed", [False, True])
def test_exit_0_is_for_what_passed_and_for_what_was_allowed(allowed: bool) -> None:
    for outcome in typing.get_args(Conclusion):
        verdict = Verdict(
            sklpar_version="1",
            mode="config",
            outcome=outcome,
            subject="t.yaml",
            spec_file="s.yaml",
            inconclusive_allowed=allowed,
        )
        fine = outcome == "passed" or (allowed and outcome == "inconclusive")
        assert (verdict.exit_code == 0) == fine


def test_what_was_decided_stays_decided() -> None:
    before = [check("equivalent"), check("inconclusive", metric="memory")]
    now = [check("inconclusive"), check("regressed", metric="memory")]
    assert [one.ruling for one in still_decided(before, now)] == ["equivalent", "regressed"]


def test_what_was_open_is_decided_anew_either_way() -> None:
    for ruling in RULINGS:
        assert still_decided([check("inconclusive")], [check(ruling)]) == [check(ruling)]


def test_a_setting_that_fails_later_is_not_hidden_by_what_passed_before() -> None:
    for passed in (check("equivalent"), check("improved")):
        found = still_decided([passed], [check("failed")])
        assert conclusion_of(found) == "failed"


def test_only_the_very_same_comparison_is_taken_for_decided() -> None:
    before = [check("equivalent", against="serial")]
    for now in (
        check("regressed", against="as-written"),
        check("regressed", metric="memory", against="serial"),
        check("regressed", "serial", against="serial"),
    ):
        assert still_decided(before, [now]) == [now]


def test_both_sides_of_an_open_check_are_measured_further() -> None:
    checks = [
        check("inconclusive", "loky-j2-t1", against="serial"),
        check("equivalent", "loky-j2-t1", against="threading-j2-t1"),
    ]
    assert set(open_settings(checks)) == {"loky-j2-t1", "serial"}
    assert not open_settings([check("equivalent")])


def test_the_worst_comes_first() -> None:
    shuffled: list[Check] = [check(ruling) for ruling in ("equivalent", "inconclusive", "failed")]
    shuffled += [check("improved"), check("regressed")]
    assert [one.ruling for one in worst_first(shuffled)] == [
        "failed",
        "regressed",
        "inconclusive",
        "improved",
        "equivalent",
    ]


def test_further_rounds_are_worth_it_only_where_they_decide_something() -> None:
    soon, late = check("inconclusive", rounds_needed=8), check("inconclusive", rounds_needed=50)
    never = check("inconclusive", rounds_needed=None)
    assert may_be_decided([late, never, soon], 8, hopeful=False)
    assert not may_be_decided([late, never], 20, hopeful=False)
    assert not may_be_decided([never], 1000, hopeful=False)
    for hopeful in (False, True):
        settled = [check("regressed"), replace(check("equivalent"), rounds_needed=3)]
        assert not may_be_decided(settled, 1000, hopeful=hopeful)


def test_with_hope_all_that_is_not_hopeless_is_worth_further_rounds() -> None:
    ratio = Estimate(median=1.1, low=0.9, high=1.3, n=5, method="by hand")
    never = replace(check("inconclusive", rounds_needed=None), ratio=ratio)
    assert may_be_decided([never], 8, hopeful=True)
    assert not may_be_decided([replace(never, blurred=True)], 8, hopeful=True)
    assert not may_be_decided([replace(never, ratio=None)], 8, hopeful=True)
