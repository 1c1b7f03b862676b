"""What comes next in a run, with and without a budget."""

from __future__ import annotations

import pytest

from sklpar.model import Outcome
from sklpar.race.confirmation import confirmation_of
from sklpar.race.schedule import End, Step, confirmation_s, next_step, typical_trial_s
from tests.unit.builders import (
    AS_WRITTEN,
    LOKY,
    SERIAL,
    THREADING,
    make_run,
    make_sample,
    make_samples,
    make_setting,
)
from tests.unit.race.playing import added, race, rounds_of, taking, whole

TIMES = {"as-written": 3.0, "serial": 3.0}
NEAR = make_setting("loky", 4)
# Loky and its like are too near to be told apart in three rounds.
CLOSE = {**TIMES, LOKY.id: 1.0, NEAR.id: 1.07, THREADING.id: 2.5}
START = make_run([LOKY, THREADING, NEAR], rounds=8, repeats=0)
CLOSE_RACE = race(START, taking(CLOSE))


def test_a_run_is_the_discarded_trial_the_race_and_the_confirming_trials() -> None:
    run = whole(START, taking(CLOSE))
    assert rounds_of(run)[0] == ["serial"]
    assert run.outcomes[: len(CLOSE_RACE.outcomes)] == CLOSE_RACE.outcomes
    assert [o.round for o in run.outcomes[len(CLOSE_RACE.outcomes) :]] == [9, 9, 10, 10, 11, 11]
    assert [outcome.trial for outcome in run.outcomes] == list(range(len(run.outcomes)))
    assert next_step(run, None) == End(status="complete")


def test_a_budget_that_is_gone_leaves_a_run_partial_unless_it_was_done() -> None:
    run = whole(START, taking(CLOSE))
    for left_s in (0.0, -3.0):
        assert next_step(START, left_s) == End(status="partial")
        assert next_step(CLOSE_RACE, left_s) == End(status="partial")
        assert next_step(run, left_s) == End(status="complete")


def test_a_trial_is_bounded_by_what_is_left_of_the_budget() -> None:
    step = next_step(START, 70.0)
    assert isinstance(step, Step)
    assert (step.trial.setting, step.bound.trial_s, step.bound.first_s) == (SERIAL, 70.0, 14.0)


# --------------------------------------------------------------------------- confirming in time


def undecided() -> list[Outcome]:
    """Four rounds of a race that goes on: 1.0 and 1.07 s, as-written 3 s."""
    run = race(START, taking(CLOSE))
    upto = [o for o in run.outcomes if o.round <= 4]
    assert {o.round for o in run.outcomes} > set(range(5))
    return upto


def test_what_confirming_will_cost_is_kept_back_from_the_race() -> None:
    run = added(START, *undecided())
    confirmation = confirmation_of(run)
    assert confirmation is not None
    cost_s = confirmation_s(run, confirmation)
    assert cost_s == pytest.approx(3 * (1.5 + 3.5))
    ample, short = next_step(run, cost_s + 1), next_step(run, cost_s - 1)
    assert isinstance(ample, Step)
    assert isinstance(short, Step)
    assert (ample.trial.round, short.trial.round) == (5, 9)


def test_confirming_that_was_begun_goes_on_before_the_race_does() -> None:
    run = added(START, *undecided(), make_sample(LOKY, 9, trial=50))
    step = next_step(run, 1000.0)
    assert isinstance(step, Step)
    assert (step.trial.round, step.trial.setting) == (9, AS_WRITTEN)


def test_with_no_choice_to_confirm_yet_the_race_goes_on_to_the_end_of_the_budget() -> None:
    run = added(START, *(o for o in undecided() if o.round <= 1))
    step = next_step(run, 0.5)
    assert isinstance(step, Step)
    assert step.trial.round == 2


def test_a_trials_time_is_the_median_of_what_its_trials_took_in_all() -> None:
    trials = make_samples(LOKY, [1.0, 1.0, 1.0])
    run = make_run([LOKY], [make_sample(LOKY, 0, trial_s=99.0), *trials])
    assert typical_trial_s(run, LOKY.id) == 2.0
    assert typical_trial_s(run, "serial") is None
