"""Whether a pinned setting is still near the best, and still worth it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from sklpar.analysis.answers import distance
from sklpar.analysis.disturbance import void_rounds
from sklpar.guard.pinned import MOST_RIVALS, PinnedQuestion, plan_for
from sklpar.guard.verdict import conclusion_of
from sklpar.model import Answer, Check, Outcome, Plan, Run, Setting
from tests.unit.builders import (
    AS_WRITTEN,
    LOKY,
    SERIAL,
    THREADING,
    answer,
    cut_off,
    make_failure,
    make_fit,
    make_sample,
    make_setting,
    objective,
    stopped_early,
)
from tests.unit.guard.measured import SAME, a_trial, by_rival, measured, policy

PINNED_BEST = {"as-written": 4.0, "serial": 2.0, "loky-j2-t1": 1.0, "threading-j2-t1": 1.5}


def question(pin: Setting = LOKY, **changes: Any) -> PinnedQuestion:
    return PinnedQuestion(pin=pin, policy=policy(**changes))


def checks_of(run: Run, pin: Setting = LOKY, **changes: Any) -> list[Check]:
    return question(pin, **changes).checks([run], 1)


def ruling(run: Run, pin: Setting = LOKY, **changes: Any) -> str:
    return conclusion_of(checks_of(run, pin, **changes))


def the_gain(run: Run, pin: Setting = LOKY, **changes: Any) -> Check:
    (check,) = (one for one in checks_of(run, pin, **changes) if one.metric == "speedup")
    return check


def with_first(firsts: Mapping[str, float], **changes: float) -> Run:
    names = {"written": "as-written", "loky": "loky-j2-t1", "threading": "threading-j2-t1"}
    return measured({**firsts, **{names.get(k, k): v for k, v in changes.items()}})


# --------------------------------------------------------------------------- regret


def test_the_best_passes() -> None:
    found = checks_of(measured(PINNED_BEST))
    assert conclusion_of(found) == "passed"
    assert {one.setting for one in found} == {"loky-j2-t1"}
    assert ("speedup", "as-written") in by_rival(found)


def test_a_rival_that_is_much_better_is_a_regret() -> None:
    run = measured(PINNED_BEST)
    found = checks_of(run, THREADING)
    assert by_rival(found)["first_fit", "loky-j2-t1"] == "regressed"
    assert conclusion_of(found) == "failed"


def test_serial_is_a_rival_as_any_other() -> None:
    run = with_first(PINNED_BEST, serial=0.5)
    assert by_rival(checks_of(run))["first_fit", "serial"] == "regressed"


@pytest.mark.parametrize(("threading", "expected"), [(0.97, "equivalent"), (0.5, "regressed")])
def test_a_rival_within_regret_is_none_of_the_pins_business(
    threading: float, expected: str
) -> None:
    run = with_first(PINNED_BEST, threading=threading)
    assert by_rival(checks_of(run))["first_fit", "threading-j2-t1"] == expected


def test_how_far_the_pin_may_be_from_the_best_is_the_policys() -> None:
    run = with_first(PINNED_BEST, threading=0.8)
    assert ruling(run, regret=0.5) == "passed"
    assert ruling(run, regret=0.1) == "failed"
    assert ruling(run, regret=0.0) == "failed"


def test_a_rival_that_is_behind_is_dropped_and_named() -> None:
    run = with_first(PINNED_BEST, threading=3.0)
    assert ("first_fit", "threading-j2-t1") not in by_rival(checks_of(run))
    (dropped,) = question().not_guarded([run])
    assert dropped.setting == "threading-j2-t1"
    assert "no rival" in dropped.why
    assert "loky-j2-t1" in dropped.why


def test_the_best_rival_is_never_dropped_however_many_are_behind_it() -> None:
    run = with_first(PINNED_BEST, threading=0.5, loky=3.0, serial=4.0)
    assert by_rival(checks_of(run))["first_fit", "threading-j2-t1"] == "regressed"


def test_a_rival_that_was_not_measured_yet_is_open() -> None:
    firsts = {name: value for name, value in PINNED_BEST.items() if name != "threading-j2-t1"}
    run = measured(firsts)
    assert by_rival(checks_of(run))["first_fit", "threading-j2-t1"] == "inconclusive"


@pytest.mark.parametrize("rounds", [0, 1, 2])
def test_too_few_rounds_never_pass(rounds: int) -> None:
    run = measured(PINNED_BEST, rounds=rounds) if rounds else measured({})
    assert ruling(run) == "inconclusive"


@pytest.mark.parametrize(
    "outcome",
    [
        make_failure(THREADING, 6),
        stopped_early(THREADING, 9.0, 6),
        a_trial(THREADING, 6, 1.5, status="not_as_requested", reason="4 threads"),
    ],
)
def test_a_rival_that_fails_or_is_stopped_is_none(outcome: Outcome) -> None:
    run = measured({**PINNED_BEST, "threading-j2-t1": 0.5}, outcomes=[outcome])
    assert ("first_fit", "threading-j2-t1") not in by_rival(checks_of(run))
    assert "threading-j2-t1" in {one.setting for one in question().not_guarded([run])}


def test_a_rival_above_the_memory_limit_is_none() -> None:
    """It could not be recommended, so nobody could run with it instead."""
    run = measured(
        {**PINNED_BEST, "threading-j2-t1": 0.5},
        of={"threading-j2-t1": {"memory_bytes": 2e9}},
        memory_limit_bytes=10**9,
    )
    assert ("first_fit", "threading-j2-t1") not in by_rival(checks_of(run))
    assert "threading-j2-t1" in {one.setting for one in question().not_guarded([run])}


# --------------------------------------------------------------------------- the pin itself

TEN = tuple(float(value) for value in range(10))
OTHERWISE = tuple(float(value * value) for value in range(10))


def answering(name: str, of: tuple[float, ...]) -> dict[str, Any]:
    return {name: {"answer": answer(*of)}}


@pytest.mark.parametrize(
    "outcome",
    [
        make_failure(LOKY, 6),
        make_failure(LOKY, 6, "out_of_memory"),
        cut_off(LOKY, 9.0, 6),
        a_trial(LOKY, 6, 1.0, status="not_as_requested", reason="4 threads"),
    ],
)
def test_a_pin_that_fails_once_in_many_rounds_has_failed(outcome: Outcome) -> None:
    run = measured(PINNED_BEST, outcomes=[outcome])
    (check,) = checks_of(run)
    assert check.ruling == "failed"
    assert check.reason
    assert conclusion_of([check]) == "failed"


def test_a_pin_that_answers_otherwise_than_serial_has_failed() -> None:
    theirs = [answer(*TEN), answer(*OTHERWISE)]
    assert distance(*theirs) > 1
    same = {**answering("serial", TEN), **answering("loky-j2-t1", TEN)}
    other = {**answering("serial", TEN), **answering("loky-j2-t1", OTHERWISE)}
    assert ruling(measured(PINNED_BEST, of=same)) == "passed"
    (check,) = checks_of(measured(PINNED_BEST, of=other))
    assert check.ruling == "failed"
    assert "differs" in check.reason


def test_a_pin_above_the_memory_limit_has_failed() -> None:
    """It is not recommendable, though the team committed it."""
    run = measured(PINNED_BEST, of={"loky-j2-t1": {"memory_bytes": 2e9}}, memory_limit_bytes=10**9)
    assert ruling(run) == "failed"


def test_a_pin_that_is_serial_is_held_against_the_rest() -> None:
    assert ruling(with_first(PINNED_BEST, serial=0.9), SERIAL) == "passed"
    assert ruling(measured(PINNED_BEST), SERIAL) == "failed"


def test_a_pin_that_is_as_written_has_the_gain_of_one_by_definition() -> None:
    run = with_first(PINNED_BEST, written=0.9)
    assert ruling(run, AS_WRITTEN) == "passed"
    assert the_gain(run, AS_WRITTEN).now == 1.0
    assert ruling(run, AS_WRITTEN, min_speedup=1.1) == "failed"
    assert ruling(measured(PINNED_BEST), AS_WRITTEN) == "failed"  # others are four times as fast


# --------------------------------------------------------------------------- the gain


@pytest.mark.parametrize(
    ("wanted", "ruling"), [(1.0, "improved"), (3.5, "improved"), (4.5, "regressed")]
)
def test_the_gain_is_held_against_what_was_asked_for(wanted: float, ruling: str) -> None:
    check = the_gain(measured(PINNED_BEST), min_speedup=wanted)
    assert check.ruling == ruling
    assert check.against == "as-written"
    assert check.before == wanted
    assert check.now == pytest.approx(4.0, rel=0.05)


def test_a_tie_with_as_written_passes() -> None:
    run = with_first(PINNED_BEST, written=1.0, threading=2.0)
    assert the_gain(run).ruling == "equivalent"
    assert ruling(run) == "passed"


def test_a_pin_that_is_slower_than_as_written_has_failed() -> None:
    run = with_first(PINNED_BEST, written=0.9)
    assert the_gain(run).ruling == "regressed"


def test_as_written_is_a_rival_where_it_need_not_be_beaten() -> None:
    run = with_first(PINNED_BEST, written=0.8)
    assert by_rival(checks_of(run, min_speedup=0.5))["first_fit", "as-written"] == "regressed"
    assert ("first_fit", "as-written") not in by_rival(checks_of(run, min_speedup=1.0))


def test_as_written_that_was_cut_off_bounds_the_gain_from_below() -> None:
    firsts = {name: value for name, value in PINNED_BEST.items() if name != "as-written"}
    run = measured(firsts, outcomes=[cut_off(AS_WRITTEN, 50.0)])
    check = the_gain(run)
    assert check.ruling == "equivalent"
    assert check.now == pytest.approx(50.0, rel=0.05)
    assert check.ratio is None
    assert "at least" in check.reason


def test_as_written_that_was_cut_off_too_soon_shows_no_gain() -> None:
    firsts = {name: value for name, value in PINNED_BEST.items() if name != "as-written"}
    run = measured(firsts, outcomes=[cut_off(AS_WRITTEN, 0.5)])
    assert the_gain(run).ruling == "failed"
    assert the_gain(
        measured(firsts, outcomes=[cut_off(AS_WRITTEN, 50)]), min_speedup=99
    ).ruling == ("failed")


def test_a_gain_over_what_crashes_is_not_known() -> None:
    firsts = {name: value for name, value in PINNED_BEST.items() if name != "as-written"}
    run = measured(firsts, outcomes=[make_failure(AS_WRITTEN)])
    check = the_gain(run)
    assert check.ruling == "failed"
    assert "as-written" in check.reason


def test_a_warm_fit_that_was_cut_off_says_nothing_of_the_first() -> None:
    firsts = {name: value for name, value in PINNED_BEST.items() if name != "as-written"}
    late = replace(cut_off(AS_WRITTEN, 50.0), fits=a_trial(AS_WRITTEN, 1, 4.0).fits[:1])
    assert the_gain(measured(firsts, outcomes=[late])).ruling == "failed"


# --------------------------------------------------------------------------- other goals


def test_memory_is_what_counts_where_it_is_minimized() -> None:
    of = {"loky-j2-t1": {"memory_bytes": 3e8}}
    run = measured(PINNED_BEST, of=of, objective=objective("memory"))
    found = by_rival(checks_of(run))
    assert found["memory", "threading-j2-t1"] == "regressed"
    assert the_gain(run).ruling == "regressed"  # it needs three times what as-written needs
    assert ruling(run, THREADING) == "passed"


@pytest.mark.parametrize("goal", ["fit", "cpu"])
def test_warm_fits_and_cpu_are_held_as_first_fits_are(goal: str) -> None:
    run = measured(PINNED_BEST, objective=objective(goal))
    assert ruling(run) == "passed"
    assert ruling(run, THREADING) == "failed"
    assert {one.metric for one in checks_of(run)} == {goal, "speedup"}


def test_a_goal_that_was_not_measured_never_passes() -> None:
    nothing: dict[str, dict[str, Any]] = {name: {"memory_bytes": None} for name in SAME}
    run = measured(PINNED_BEST, of=nothing, objective=objective("memory"))
    assert ruling(run) == "inconclusive"


# --------------------------------------------------------------------------- who is measured

MANY = [
    make_setting(backend, n_jobs, inner)
    for backend in ("loky", "threading", "multiprocessing")
    for n_jobs in (1, 2, 4)
    for inner in (1, 2)
]


def test_a_pin_is_measured_beside_as_written_serial_and_its_nearest_neighbours() -> None:
    pin = make_setting("threading", 4, 1)
    found = plan_for(Plan(settings=(AS_WRITTEN, SERIAL, *MANY)), pin).settings
    assert [one.kind for one in found[:2]] == ["as-written", "serial"]
    assert found[2] == pin
    assert len(found) == 3 + MOST_RIVALS
    assert len({one.id for one in found}) == len(found)
    ids = {one.id for one in found}
    assert {"threading-j2-t1", "loky-j4-t1", "multiprocessing-j4-t1", "threading-j4-t2"} == (
        ids - {"as-written", "serial", pin.id}
    )


def test_a_pin_that_the_plan_leaves_out_is_measured_all_the_same() -> None:
    pin = make_setting("threading", 64, "default")
    assert pin in plan_for(Plan(settings=(AS_WRITTEN, SERIAL, *MANY)), pin).settings


@pytest.mark.parametrize("pin", [AS_WRITTEN, SERIAL])
def test_a_pin_that_is_measured_anyhow_is_there_once(pin: Setting) -> None:
    found = plan_for(Plan(settings=(AS_WRITTEN, SERIAL, LOKY)), pin).settings
    assert [one.id for one in found] == ["as-written", "serial", "loky-j2-t1"]


def names(run: Run, round_: int, open_: set[str] | None = None) -> set[str]:
    return {one.id for one in question().participants([run], round_, open_)}


def test_everybody_is_in_the_first_round() -> None:
    assert names(measured({}), 1) == set(SAME)


def test_who_is_behind_and_who_is_beaten_rests_before_the_first_look() -> None:
    run = with_first(PINNED_BEST, threading=3.0)
    assert names(run, 6) == {"loky-j2-t1"}


def test_a_reference_is_not_beaten_by_fewer_than_three_rounds() -> None:
    run = measured(with_slow_references := {"as-written": 90.0, "serial": 80.0, "loky-j2-t1": 1.0,
                                            "threading-j2-t1": 1.0}, rounds=2)  # fmt: skip
    assert names(run, 3) == set(with_slow_references)


def test_what_is_open_is_measured_beside_the_pin_even_if_it_was_beaten() -> None:
    run = measured(PINNED_BEST)
    assert names(run, 6, {"loky-j2-t1", "as-written"}) == {"loky-j2-t1", "as-written"}


def test_who_failed_is_not_measured_again() -> None:
    run = measured(PINNED_BEST, outcomes=[make_failure(THREADING, 6)])
    assert "threading-j2-t1" not in names(run, 7)
    assert "threading-j2-t1" not in names(run, 7, {"threading-j2-t1"})


def in_round(round_: int, wall_s: float, outside_s: float, *settings: Setting) -> list[Outcome]:
    """A trial of each, beside which others took so much CPU."""
    fits = (make_fit(wall_s, outside_s=outside_s),) * 2
    return [make_sample(one, round_, *fits) for one in settings]


def test_a_rival_that_was_stopped_in_a_spoilt_round_is_looked_at_again() -> None:
    """It was held against a best that was measured before others took the CPUs."""
    rest = (AS_WRITTEN, SERIAL, LOKY)
    spoilt = [*in_round(1, 5.0, 5.0, *rest), stopped_early(THREADING, 9.0, 1)]
    quiet = [*in_round(2, 5.0, 0.0, *rest), *in_round(3, 5.0, 0.0, *rest)]
    run = measured({}, outcomes=[*spoilt, *quiet])
    assert void_rounds(run) == {1}
    assert "threading-j2-t1" in names(run, 4)


def test_an_answer_that_could_not_be_had_is_no_other_answer() -> None:
    silent: dict[str, dict[str, Any]] = {
        "serial": {"answer": Answer(kind="numbers", digest="x", values=(1.0,))},
        "loky-j2-t1": {"answer": None},
    }
    assert ruling(measured(PINNED_BEST, of=silent)) == "passed"
