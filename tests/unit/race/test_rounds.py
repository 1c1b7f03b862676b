"""The order of trials, which are left, and how long each may take."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from sklpar.execution.budget import Budget
from sklpar.model import Measure, Outcome, Plan, Setting, Trial
from sklpar.race.rounds import (
    best_first_fit_s,
    fit_bound,
    next_trial,
    remaining,
    remaining_estimate_s,
    schedule,
)
from tests.unit.builders import (
    AS_WRITTEN,
    LOKY,
    SERIAL,
    THREADING,
    cut_off,
    make_failure,
    make_sample,
    make_setting,
)

MORE = tuple(make_setting("loky", n_jobs) for n_jobs in (4, 8, 16, 32))
PLAN = Plan(settings=(AS_WRITTEN, SERIAL, LOKY, THREADING, *MORE))


def order(round_: int, seed: int = 1, plan: Plan = PLAN) -> list[str]:
    return [trial.setting.id for trial in schedule(plan, 5, seed) if trial.round == round_]


def test_serial_comes_first_in_a_round_that_does_not_count() -> None:
    first = next(schedule(PLAN, 5, 1))
    assert (first.number, first.round, first.setting) == (0, 0, SERIAL)
    assert len(order(0)) == 1


def test_every_round_holds_every_setting_once() -> None:
    for round_ in range(1, 6):
        assert sorted(order(round_)) == sorted(setting.id for setting in PLAN.settings)
    assert not order(6)


def test_trials_are_numbered_without_a_gap() -> None:
    numbers = [trial.number for trial in schedule(PLAN, 5, 1)]
    assert numbers == list(range(1 + 5 * len(PLAN.settings)))


def test_the_order_differs_by_round_and_by_seed_and_is_the_same_again() -> None:
    assert len({tuple(order(round_)) for round_ in range(1, 6)}) > 1
    assert order(1, seed=1) != order(1, seed=2)
    assert list(schedule(PLAN, 5, 1)) == list(schedule(PLAN, 5, 1))


def test_the_order_does_not_hang_on_the_order_of_the_plan() -> None:
    assert order(3) == order(3, plan=Plan(settings=PLAN.settings[::-1]))


def test_more_rounds_only_add_to_the_schedule() -> None:
    short, long = list(schedule(PLAN, 2, 1)), list(schedule(PLAN, 5, 1))
    assert long[: len(short)] == short


TRIALS = [Trial(number=n, round=n, setting=LOKY) for n in range(4)]


def left(outcomes: Sequence[Outcome], *, exhaustive: bool = False) -> list[int]:
    return [trial.number for trial in remaining(TRIALS, outcomes, exhaustive=exhaustive)]


def test_what_is_done_is_not_done_again_wherever_the_gap_is() -> None:
    assert left([]) == [0, 1, 2, 3]
    assert left([make_sample(LOKY, 0, trial=0), make_sample(LOKY, 2, trial=2)]) == [1, 3]


def test_a_setting_that_failed_is_given_up_unless_the_run_is_exhaustive() -> None:
    failed = [make_failure(LOKY, 1, trial=1)]
    assert left(failed) == []
    assert left(failed, exhaustive=True) == [0, 2, 3]
    assert next_trial(TRIALS, failed, exhaustive=False) is None


def test_a_failure_of_the_discarded_trial_gives_nothing_up() -> None:
    assert left([make_failure(LOKY, 0, trial=0)]) == [1, 2, 3]


def test_not_as_requested_is_measured_on() -> None:
    assert left([make_sample(LOKY, 1, trial=1, status="not_as_requested")]) == [0, 2, 3]


def bound(
    setting: Setting,
    outcomes: Sequence[Outcome] = (),
    measure: Measure | None = None,
    left_s: float | None = None,
) -> float | None:
    trial = Trial(number=9, round=1, setting=setting)
    return fit_bound(trial, outcomes, measure or Measure(), left_s).seconds


FAST, SLOW = make_sample(LOKY, first_s=0.1), make_sample(LOKY, first_s=3.0)


@pytest.mark.parametrize("setting", [AS_WRITTEN, SERIAL, LOKY])
def test_a_timeout_of_the_users_own_bounds_every_fit(setting: Setting) -> None:
    assert bound(setting, [SLOW], Measure(timeout_s=7.0), 100.0) == 7.0


@pytest.mark.parametrize("setting", [AS_WRITTEN, SERIAL])
def test_as_written_and_serial_leave_room_in_the_budget_for_something_better(
    setting: Setting,
) -> None:
    given = bound(setting, [FAST], left_s=100.0)
    assert given is not None
    assert 5.0 < given < 100.0
    assert bound(setting, [FAST], left_s=None) is None


def test_a_swept_fit_may_take_a_multiple_of_the_best_but_no_less_than_the_floor() -> None:
    assert bound(LOKY, [SLOW], left_s=1000.0) == 30.0
    assert bound(LOKY, [SLOW, FAST], left_s=1000.0) == 5.0


def test_without_any_best_a_hang_may_not_eat_the_whole_budget() -> None:
    assert bound(LOKY, [], left_s=1000.0) == 500.0
    assert bound(LOKY, []) is None


def test_the_discarded_trial_takes_a_small_part_of_the_budget() -> None:
    warm_up = Trial(number=0, round=0, setting=SERIAL)
    assert fit_bound(warm_up, [], Measure(), 100.0).seconds == 20.0


def test_a_bound_says_why() -> None:
    trial = Trial(number=9, round=1, setting=LOKY)
    assert "10 times the best" in fit_bound(trial, [FAST], Measure(), None).why
    assert "timeout" in fit_bound(trial, [FAST], Measure(timeout_s=7.0), None).why


def test_a_fit_that_was_cut_off_says_nothing_about_the_best() -> None:
    assert bound(LOKY, [cut_off(AS_WRITTEN, 0.01), SLOW]) == 30.0


def test_an_exhaustive_run_caps_nothing_by_the_best() -> None:
    assert bound(LOKY, [FAST], Measure(exhaustive=True)) is None


def test_the_best_first_fit_counts_the_discarded_trial() -> None:
    assert best_first_fit_s([make_sample(SERIAL, 0, first_s=0.5), SLOW]) == 0.5
    assert best_first_fit_s([make_failure(LOKY)]) is None


def test_the_time_left_goes_by_what_each_setting_took_and_by_the_mean_for_the_others() -> None:
    trials = [
        *(Trial(number=n, round=n, setting=LOKY) for n in (1, 2, 3)),
        Trial(number=4, round=1, setting=THREADING),
        Trial(number=5, round=1, setting=AS_WRITTEN),
    ]
    outcomes: list[Outcome] = [
        make_sample(LOKY, 1, trial=1, trial_s=2.0),
        make_sample(THREADING, 1, trial=4, trial_s=6.0),
    ]
    assert remaining_estimate_s(trials, outcomes, exhaustive=False) == 2 * 2.0 + 4.0
    given_up: list[Outcome] = [*outcomes, make_failure(LOKY, 2, trial=2, trial_s=2.0)]
    assert remaining_estimate_s(trials, given_up, exhaustive=False) == 4.0


def test_before_any_trial_nobody_knows_how_long_it_will_take() -> None:
    assert remaining_estimate_s(TRIALS, [], exhaustive=False) is None
    discarded = [make_sample(SERIAL, 0, trial=0)]
    assert remaining_estimate_s(TRIALS, discarded, exhaustive=False) is None


def test_an_exhaustive_run_has_no_budget_unless_it_is_given_one() -> None:
    assert Budget(Measure(exhaustive=True)).left_s() is None
    given = Budget(Measure(exhaustive=True, budget_s=60.0)).left_s()
    assert given is not None
    assert 59 < given <= 60
    assert Budget(Measure()).left_s() is not None


def test_the_time_left_is_never_more_than_the_budget_allows() -> None:
    assert Budget(Measure(budget_s=0.0)).at_most_s(50.0) == 0.0
    assert Budget(Measure(budget_s=60.0)).at_most_s(5.0) == 5.0
    assert Budget(Measure(budget_s=60.0)).at_most_s(None) is None
    assert Budget(Measure(exhaustive=True)).at_most_s(50.0) == 50.0
