"""Which trial of a guard comes next: whole rounds, environments in turns, spoilt rounds again."""

from __future__ import annotations

import itertools
from collections import Counter
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest

from sklpar.guard.question import Question, measured_on
from sklpar.guard.rounds import (
    Course,
    Turn,
    as_measured,
    last_round,
    next_turn,
    spoilt_rounds,
    time_left_s,
    with_room,
)
from sklpar.model import Check, Outcome, Run, Setting
from tests.unit.builders import (
    AS_WRITTEN,
    LOKY,
    SERIAL,
    THREADING,
    cut_off,
    make_failure,
    make_fit,
    make_run,
    make_sample,
)

Script = Callable[[Turn], Outcome]


@dataclass(frozen=True, kw_only=True)
class Everybody(Question):
    """Measures all that has not failed; from a round on, only some."""

    fewer_from: int = 99
    fewer: frozenset[str] = frozenset()

    def participants(
        self, runs: Sequence[Run], round_: int, open_: Collection[str] | None
    ) -> list[Setting]:
        found = measured_on(runs, open_)
        return [one for one in found if round_ < self.fewer_from or one.id in self.fewer]

    def checks(self, runs: Sequence[Run], look: int) -> list[Check]:
        return []


def good(turn: Turn) -> Outcome:
    return make_sample(turn.trial.setting, turn.trial.round, trial=turn.trial.number)


def runs_of(sides: int = 1, rounds: int = 3, seed: int = 7, **changes: Any) -> list[Run]:
    run = replace(make_run([LOKY, THREADING], **changes), seed=seed)
    return [with_room(run, rounds)] * sides


def play(
    question: Question,
    runs: list[Run],
    course: Course,
    script: Script = good,
    budget_left_s: float | None = None,
) -> list[Turn]:
    """Take turns until there is none, changing `runs`."""
    turns = []
    while (turn := next_turn(question, runs, course, budget_left_s)) is not None:
        turns.append(turn)
        run = runs[turn.side]
        runs[turn.side] = replace(run, outcomes=(*run.outcomes, script(turn)))
        assert len(turns) < 500
    return turns


def by_round(turns: Sequence[Turn]) -> dict[int, list[str]]:
    found: dict[int, list[str]] = {}
    for turn in turns:
        found.setdefault(turn.trial.round, []).append(turn.trial.setting.id)
    return found


ALL = {"as-written", "serial", "loky-j2-t1", "threading-j2-t1"}


# --------------------------------------------------------------------------- whole rounds


def test_serial_warms_up_and_then_come_whole_rounds_of_everybody() -> None:
    turns = play(Everybody(), runs_of(), Course(rounds=3))
    first, *rest = turns
    assert (first.trial.round, first.trial.setting, first.trial.repeats) == (0, SERIAL, 0)
    found = by_round(rest)
    assert list(found) == [1, 2, 3]
    assert all(sorted(row) == sorted(ALL) for row in found.values())
    assert {turn.trial.repeats for turn in rest} == {1}


def test_trials_are_numbered_in_the_order_in_which_they_run() -> None:
    turns = play(Everybody(), runs_of(), Course(rounds=3))
    assert [turn.trial.number for turn in turns] == list(range(1 + 3 * 4))


def test_the_order_differs_from_round_to_round_and_is_the_same_for_the_same_seed() -> None:
    def order(seed: int) -> list[list[str]]:
        turns = play(Everybody(), runs_of(rounds=8, seed=seed), Course(rounds=8))
        return list(by_round(turns).values())

    assert order(7) == order(7)
    assert order(7) != order(8)
    assert len({tuple(row) for row in order(7)[1:]}) > 1


def test_a_guard_that_goes_on_takes_up_the_numbers_where_it_was() -> None:
    runs = runs_of()
    play(Everybody(), runs, Course(rounds=3))
    runs[0] = with_room(runs[0], 6)
    more = play(Everybody(), runs, Course(rounds=6, open_={"serial", "loky-j2-t1"}, since=3))
    assert set(by_round(more)) == {4, 5, 6}
    assert all(set(row) == {"serial", "loky-j2-t1"} for row in by_round(more).values())
    assert [turn.trial.number for turn in more] == list(range(13, 19))


def test_who_is_in_a_round_is_settled_when_it_begins() -> None:
    """What a trial gives decides who is in the next round, and changes nothing in its own."""

    def script(turn: Turn) -> Outcome:
        if turn.trial.setting == LOKY and turn.trial.round == 1:
            return make_failure(LOKY, 1, trial=turn.trial.number)
        return good(turn)

    found = by_round(play(Everybody(), runs_of(), Course(rounds=3), script))
    assert set(found[1]) == ALL
    assert set(found[2]) == set(found[3]) == ALL - {"loky-j2-t1"}


def test_rounds_in_which_nobody_is_left_come_to_an_end() -> None:
    question = Everybody(fewer_from=2)
    turns = play(question, runs_of(), Course(rounds=3))
    assert set(by_round(turns)) == {0, 1}


# --------------------------------------------------------------------------- two environments


def test_two_environments_warm_up_both_and_then_take_turns() -> None:
    turns = play(Everybody(), runs_of(2), Course(rounds=3))
    assert [turn.side for turn in turns[:2]] == [0, 1]
    assert all(turn.trial.round == 0 for turn in turns[:2])
    pairs = list(zip(turns[2::2], turns[3::2], strict=True))
    for one, other in pairs:
        assert one.trial.setting == other.trial.setting
        assert one.trial.round == other.trial.round
        assert {one.side, other.side} == {0, 1}


def firsts(turns: Sequence[Turn]) -> dict[str, list[int]]:
    """Setting to the side that came first in each round."""
    found: dict[str, list[int]] = {}
    for turn in turns[2::2]:
        found.setdefault(turn.trial.setting.id, []).append(turn.side)
    return found


def test_within_a_round_either_side_is_first_for_half_of_the_settings() -> None:
    turns = play(Everybody(), runs_of(2, rounds=4), Course(rounds=4))
    for round_ in range(1, 5):
        sides = [turn.side for turn in turns[2::2] if turn.trial.round == round_]
        assert Counter(sides) == {0: 2, 1: 2}


@pytest.mark.parametrize("seed", range(5))
def test_each_setting_has_either_side_first_in_every_other_round(seed: int) -> None:
    turns = play(Everybody(), runs_of(2, rounds=6, seed=seed), Course(rounds=6))
    for sides in firsts(turns).values():
        assert all(a != b for a, b in itertools.pairwise(sides))


def test_what_fails_on_one_side_is_measured_on_neither() -> None:
    def script(turn: Turn) -> Outcome:
        if turn.side == 1 and turn.trial.setting == LOKY:
            return make_failure(LOKY, turn.trial.round, trial=turn.trial.number)
        return good(turn)

    runs = runs_of(2)
    play(Everybody(), runs, Course(rounds=3), script)
    for run in runs:
        assert sum(one.setting == LOKY.id for one in run.outcomes) == 1


def test_each_side_numbers_its_own_trials() -> None:
    runs = runs_of(2)
    play(Everybody(), runs, Course(rounds=3))
    for run in runs:
        assert [one.trial for one in run.outcomes] == list(range(13))


# --------------------------------------------------------------------------- spoilt rounds


def loaded(turn: Turn) -> Outcome:
    """A trial beside which others took a whole CPU."""
    fits = (make_fit(5.0, outside_s=5.0),) * 2
    return make_sample(turn.trial.setting, turn.trial.round, *fits, trial=turn.trial.number)


def quiet(turn: Turn) -> Outcome:
    fits = (make_fit(5.0, outside_s=0.0),) * 2
    return make_sample(turn.trial.setting, turn.trial.round, *fits, trial=turn.trial.number)


def spoiling(*rounds: int) -> Script:
    return lambda turn: (loaded if turn.trial.round in rounds else quiet)(turn)


@pytest.mark.parametrize("spoilt", [(2,), (1,), (3,), (1, 3)])
def test_a_spoilt_round_is_run_again(spoilt: tuple[int, ...]) -> None:
    runs = runs_of(rounds=3)
    turns = play(Everybody(), runs, Course(rounds=3), spoiling(*spoilt))
    assert max(by_round(turns)) == 3 + len(spoilt)
    assert spoilt_rounds(runs) == frozenset(spoilt)


def test_a_round_that_was_spoilt_on_one_side_counts_on_neither() -> None:
    def script(turn: Turn) -> Outcome:
        return (loaded if (turn.side, turn.trial.round) == (1, 2) else quiet)(turn)

    runs = runs_of(2)
    play(Everybody(), runs, Course(rounds=3), script)
    assert spoilt_rounds(runs) == {2}
    assert last_round(runs) == 4


def test_no_more_than_twice_the_rounds_are_run_however_many_are_spoilt() -> None:
    runs = runs_of(rounds=3)
    turns = play(Everybody(), runs, Course(rounds=3), spoiling(2, 4, 5, 6, 7, 8, 9))
    assert max(by_round(turns)) == 6


# --------------------------------------------------------------------------- bounds


def test_what_is_capped_is_stopped_early_and_what_is_guarded_is_not() -> None:
    runs = runs_of()
    turns = play(Everybody(), runs, Course(rounds=3, capped=frozenset({"loky-j2-t1"})))
    for turn in turns[1:]:
        is_capped = turn.trial.setting == LOKY
        assert (turn.bound.status == "stopped_early") == is_capped
        assert (turn.bound.first_s is not None) == is_capped


def test_as_written_and_serial_are_never_capped() -> None:
    everybody = Course(rounds=3, capped=frozenset(ALL))
    for turn in play(Everybody(), runs_of(), everybody)[1:]:
        is_swept = turn.trial.setting.kind == "swept"
        assert (turn.bound.status == "stopped_early") == is_swept


def test_the_users_timeout_bounds_what_is_guarded() -> None:
    runs = runs_of(timeout_s=9.0)
    turns = play(Everybody(), runs, Course(rounds=3))
    assert {turn.bound.first_s for turn in turns} == {9.0}
    assert {turn.bound.status for turn in turns} == {"timeout"}


def test_what_is_left_of_the_budget_bounds_every_trial() -> None:
    turns = play(Everybody(), runs_of(), Course(rounds=3), budget_left_s=40.0)
    for turn in turns:
        assert turn.bound.trial_s == 40.0
        assert turn.bound.first_s is not None
        assert turn.bound.first_s <= 20.0


# --------------------------------------------------------------------------- room, and time left


def test_a_run_has_room_for_its_rounds_and_as_many_spoilt_ones() -> None:
    (run,) = runs_of(rounds=5)
    assert run.spec.measure.rounds == 10
    assert as_measured(run).spec.measure.rounds == 1
    outcomes = (make_sample(LOKY, 4),)
    assert as_measured(replace(run, outcomes=outcomes)).spec.measure.rounds == 4


def test_how_long_it_will_take_is_known_after_a_round_and_shrinks_to_nothing() -> None:
    runs, course = runs_of(), Course(rounds=3)
    assert time_left_s(Everybody(), runs, course) is None
    left = []

    def script(turn: Turn) -> Outcome:
        known = time_left_s(Everybody(), runs, course)
        if turn.trial.round > 1:
            left.append(known)
        return good(turn)

    play(Everybody(), runs, course, script)
    known = [one for one in left if one is not None]
    assert len(known) == len(left)
    assert known == sorted(known, reverse=True)
    assert time_left_s(Everybody(), runs, course) == pytest.approx(0.0)


def test_a_first_look_that_was_cut_off_is_not_taken_again() -> None:
    def script(turn: Turn) -> Outcome:
        if turn.trial.setting == AS_WRITTEN:
            return cut_off(AS_WRITTEN, 9.0, turn.trial.round, trial=turn.trial.number)
        return good(turn)

    runs = runs_of()
    play(Everybody(), runs, Course(rounds=3), script)
    assert sum(one.setting == "as-written" for one in runs[0].outcomes) == 1
