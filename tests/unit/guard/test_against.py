"""Whether anything is worse here than in another environment, measured side by side."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import pytest

from sklpar.guard.against import AgainstQuestion, plan_for
from sklpar.guard.verdict import conclusion_of
from sklpar.model import Check, DataFacts, Outcome, Plan, Run
from tests.unit.builders import (
    AS_WRITTEN,
    LOKY,
    SERIAL,
    THREADING,
    make_failure,
    make_sample,
)
from tests.unit.guard.measured import PLAN, SAME, a_trial, measured, policy, rulings


def question(**changes: Any) -> AgainstQuestion:
    return AgainstQuestion(policy=policy(**changes))


def checks_of(here: Run, other: Run, **changes: Any) -> list[Check]:
    return question(**changes).checks([here, other], 1)


def both(
    here: Mapping[str, float | Sequence[float]] = SAME,
    other: Mapping[str, float | Sequence[float]] = SAME,
) -> tuple[Run, Run]:
    return measured(here), measured(other)


def test_the_same_in_both_passes_in_every_metric() -> None:
    checks = checks_of(*both())
    assert conclusion_of(checks) == "passed"
    metrics = {"first_fit", "fit", "cpu", "memory", "threads"}
    assert rulings(checks).keys() == {(name, metric) for name in SAME for metric in metrics}
    assert {one.against for one in checks} == {"other"}


def test_slower_here_has_failed_and_faster_here_has_not() -> None:
    slow = {**SAME, "serial": 3.0}
    found = checks_of(*both(slow))
    bad = {key for key, ruling in rulings(found).items() if ruling == "regressed"}
    assert bad == {("serial", metric) for metric in ("first_fit", "fit", "cpu")}
    assert conclusion_of(checks_of(*both(SAME, slow))) == "passed"


def test_a_slow_minute_of_both_cancels() -> None:
    bumps = [1.0, 3.0, 1.0, 2.0, 1.0]
    firsts = {name: [value * bump for bump in bumps] for name, value in SAME.items()}
    assert conclusion_of(checks_of(*both(firsts, firsts))) == "passed"


@pytest.mark.parametrize(
    ("changes", "metric"), [({"memory_bytes": 150e6}, "memory"), ({"threads": 9}, "threads"),
                            ({"cpu": 1.5}, "cpu")]
)  # fmt: skip
def test_each_metric_is_held_by_itself(changes: Mapping[str, Any], metric: str) -> None:
    here = measured(SAME, of={"loky-j2-t1": changes})
    found = rulings(checks_of(here, measured(SAME)))
    assert {key for key, one in found.items() if one == "regressed"} == {("loky-j2-t1", metric)}


@pytest.mark.parametrize(
    "outcome",
    [
        make_failure(LOKY, 6),
        make_failure(LOKY, 6, "out_of_memory"),
        a_trial(LOKY, 6, 1.0, status="not_as_requested", reason="4 threads"),
    ],
)
def test_what_fails_on_either_side_has_failed(outcome: Outcome) -> None:
    broken, whole = measured(SAME, outcomes=[outcome]), measured(SAME)
    for sides, where in (((broken, whole), False), ((whole, broken), True)):
        checks = checks_of(*sides)
        (check,) = (one for one in checks if one.setting == "loky-j2-t1")
        assert check.ruling == "failed"
        assert ("other environment" in check.reason) == where
        assert conclusion_of(checks) == "failed"


@pytest.mark.parametrize("rounds", [1, 2])
def test_too_few_rounds_are_open(rounds: int) -> None:
    few = measured(SAME, rounds=rounds)
    assert conclusion_of(checks_of(few, few)) == "inconclusive"
    assert conclusion_of(checks_of(measured(SAME), few)) == "inconclusive"
    assert conclusion_of(checks_of(measured({}), measured({}))) == "inconclusive"


def test_rounds_that_only_one_side_has_do_not_count() -> None:
    here = measured({name: [value] * 3 for name, value in SAME.items()})
    for check in checks_of(here, measured(SAME)):
        if check.ratio is not None and check.metric != "threads":
            assert check.ratio.n == 3


def test_threads_that_a_side_did_not_see_are_no_check() -> None:
    """The looks from outside are too rare for fits of a few milliseconds."""
    blind = measured(SAME, of={name: {"threads": None} for name in SAME})
    for sides in ((blind, blind), (blind, measured(SAME)), (measured(SAME), blind)):
        assert "threads" not in {one.metric for one in checks_of(*sides)}


def test_what_is_ignored_is_not_compared() -> None:
    slow = both({**SAME, "serial": 3.0})
    checks = checks_of(*slow, settings={"serial": {"first_fit": None, "fit": None, "cpu": None}})
    assert conclusion_of(checks) == "passed"
    assert ("serial", "memory") in rulings(checks)


# --------------------------------------------------------------------------- data


def loading(shape: tuple[int, ...], digest: str | None) -> Run:
    facts = DataFacts(shape=shape, digest=digest)
    return measured({}, outcomes=[make_sample(SERIAL, 0, data=facts)])


def test_other_data_are_an_objection() -> None:
    (one,) = question().objections([loading((9, 2), "a"), loading((9, 2), "b")])
    assert one.blocking
    assert one.field == "data"
    assert question().objections([loading((9, 2), "a"), loading((8, 2), "a")])


def test_the_same_data_and_data_that_are_not_known_are_none() -> None:
    assert question().objections([loading((9, 2), "a"), loading((9, 2), "a")]) == ()
    assert question().objections([loading((9, 2), "a"), measured({})]) == ()
    assert question().objections([measured({}), measured({})]) == ()


# --------------------------------------------------------------------------- who is measured


def test_as_written_and_serial_are_measured_and_what_the_policy_names() -> None:
    def ids(**changes: Any) -> set[str]:
        return {one.id for one in plan_for(PLAN, policy(**changes)).settings}

    assert ids() == {"as-written", "serial"}
    assert ids(settings={"loky-j2-t1": 0.2}) == {"as-written", "serial", "loky-j2-t1"}
    assert ids(settings={"loky-j2-t1": None}) == {"as-written", "serial"}


def test_serial_is_measured_even_if_it_is_ignored() -> None:
    """It opens every run, and its answer is the right one."""
    plan = plan_for(PLAN, policy(settings={"serial": None, "as-written": None}))
    assert SERIAL in plan.settings


def test_an_ignored_setting_is_not_compared_though_it_is_measured() -> None:
    checks = checks_of(*both({**SAME, "serial": 3.0}), settings={"serial": None})
    assert "serial" not in {one.setting for one in checks}


def test_an_ignored_setting_that_crashes_is_not_held_against_anybody() -> None:
    here = measured(SAME, outcomes=[make_failure(SERIAL, 6)])
    checks = checks_of(here, measured(SAME), settings={"serial": None})
    assert conclusion_of(checks) == "passed"


def test_what_is_ignored_in_all_metrics_leaves_a_plan_that_can_be_run() -> None:
    everything = Plan(settings=(AS_WRITTEN, SERIAL, LOKY, THREADING))
    for name in SAME:
        plan = plan_for(everything, policy(settings={name: None}))
        assert any(one.kind == "serial" for one in plan.settings)
