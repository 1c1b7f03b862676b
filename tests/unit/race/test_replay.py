"""The race against simulated noise: what it picks, what it costs, and that it goes on the same."""

from __future__ import annotations

from dataclasses import replace

import pytest

from benchmarks.simulation import Machine, simulated_machine
from benchmarks.strategies import ROUNDS, Raced, empty_run, grid, race
from sklpar.model import Failure
from sklpar.race.rounds import live
from sklpar.race.schedule import Step, next_step

SEEDS = range(10)


@pytest.fixture(scope="module")
def races() -> list[tuple[Machine, Raced]]:
    machines = [simulated_machine(seed, 20) for seed in SEEDS]
    return [(machine, race(machine)) for machine in machines]


def test_the_pick_is_within_5_percent_of_the_true_best(
    races: list[tuple[Machine, Raced]],
) -> None:
    for machine, raced in races:
        assert raced.setting is not None
        assert machine.regret(raced.setting) <= 0.05


def test_a_race_costs_less_than_a_third_of_an_exhaustive_sweep(
    races: list[tuple[Machine, Raced]],
) -> None:
    for machine, raced in races:
        assert raced.cost_s(confirming=True) <= 0.3 * grid(machine, ROUNDS).cost_s


def test_a_setting_that_hangs_or_is_far_slower_is_looked_at_once_and_costs_a_few_fits(
    races: list[tuple[Machine, Raced]],
) -> None:
    for machine, raced in races:
        # Caps follow the best so far: before the best was seen they are by what serial took.
        most_s = 1 + 2.5 * machine.fit_s["serial"]
        for setting in machine.pathological:
            (outcome,) = [o for o in raced.run.outcomes if o.setting == setting]
            assert isinstance(outcome, Failure)
            assert outcome.status == "stopped_early"
            assert outcome.trial_s <= most_s


def test_every_look_is_in_a_round_of_all_that_are_live(
    races: list[tuple[Machine, Raced]],
) -> None:
    for _, raced in races:
        rounds = [outcome.round for outcome in raced.run.outcomes]
        assert rounds == sorted(rounds)
        for round_ in {r for r in rounds if 1 <= r <= ROUNDS}:
            looked = [o.setting for o in raced.run.outcomes if o.round == round_]
            assert sorted(looked) == sorted(s.id for s in live(raced.run, round_))


def test_the_same_outcomes_give_the_same_next_step() -> None:
    machine = simulated_machine(3, 20)
    outcomes = race(machine).run.outcomes
    empty = empty_run(machine, within=0.0, rounds=ROUNDS, minimize="first_fit")
    for done in range(len(outcomes)):
        step = next_step(replace(empty, outcomes=outcomes[:done]), None)
        assert isinstance(step, Step)
        assert (step.trial.round, step.trial.setting.id) == (
            outcomes[done].round,
            outcomes[done].setting,
        )
