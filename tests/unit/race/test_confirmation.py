"""The recommended setting and as-written once more, after the choice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from sklpar.analysis.analyse import analyse
from sklpar.model import Outcome, Recommendation, Run, Setting, Trial
from sklpar.race.confirmation import confirmation_of, next_to_confirm
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
    make_samples,
    objective,
)
from tests.unit.race.playing import added, rounds_of, taking, whole

CEILING = 5
RACE: list[Outcome] = [
    *make_samples(AS_WRITTEN, [3.0]),
    *make_samples(LOKY, [1.0, 1.0, 1.0]),
    *make_samples(THREADING, [1.3, 1.3, 1.3]),
]


def run_of(*outcomes: Outcome, **spec: Any) -> Run:
    spec = {"rounds": CEILING, **spec}
    return make_run([LOKY, THREADING], [make_sample(SERIAL, 0), *outcomes], **spec)


def confirmed(run: Run, written: Sequence[float], chosen: Sequence[float]) -> Run:
    """Add confirming trials with these first fits."""
    for setting, firsts in ((AS_WRITTEN, written), (LOKY, chosen)):
        rounds = range(CEILING + 1, CEILING + 1 + len(firsts))
        trials = [make_sample(setting, n, first_s=s) for n, s in zip(rounds, firsts, strict=True)]
        run = added(run, *trials)
    return run


def wanted(run: Run) -> tuple[list[str], int]:
    found = confirmation_of(run)
    return ([], 0) if found is None else ([one.id for one in found.settings], found.rounds)


def recommended(run: Run) -> Recommendation:
    found = analyse(run).recommendation
    assert found is not None
    return found


BOTH = ["as-written", LOKY.id]


def test_the_choice_and_as_written_are_run_three_times_more() -> None:
    run = run_of(*RACE)
    assert wanted(run) == (BOTH, 3)
    assert wanted(confirmed(run, [3.0], [1.0])) == (BOTH, 2)
    assert wanted(confirmed(run, [3.0, 3.0], [1.0, 1.0, 1.0])) == (BOTH, 1)
    assert confirmation_of(confirmed(run, [3.0] * 3, [1.0] * 3)) is None


def test_where_three_rounds_leave_open_whether_there_is_a_gain_two_more_are_run() -> None:
    run = confirmed(run_of(*RACE), [0.9, 1.5, 1.2], [1.0] * 3)
    assert wanted(run) == (BOTH, 2)
    assert confirmation_of(confirmed(run_of(*RACE), [0.9, 1.5, 1.2, 0.9, 1.5], [1.0] * 5)) is None


def test_what_you_have_needs_no_confirming() -> None:
    race = [*make_samples(AS_WRITTEN, [1.0] * 3), *make_samples(LOKY, [3.0])]
    assert confirmation_of(run_of(*race)) is None


def test_with_too_few_rounds_for_an_interval_there_is_nothing_to_confirm() -> None:
    race = [*make_samples(AS_WRITTEN, [3.0]), *make_samples(LOKY, [1.0, 1.0])]
    assert confirmation_of(run_of(*race)) is None


def test_an_exhaustive_run_and_one_without_a_choice_confirm_nothing() -> None:
    assert confirmation_of(run_of(*RACE, exhaustive=True)) is None
    assert confirmation_of(run_of()) is None
    assert confirmation_of(run_of(make_failure(LOKY), make_failure(AS_WRITTEN))) is None


@pytest.mark.parametrize(
    "ending", [make_failure(AS_WRITTEN), cut_off(AS_WRITTEN, 60.0)], ids=["failed", "cut off"]
)
def test_an_as_written_that_did_not_end_is_not_run_again(ending: Outcome) -> None:
    run = run_of(ending, *RACE[1:])
    assert wanted(run) == ([LOKY.id], 3)
    assert confirmation_of(confirmed(run, [], [1.0] * 3)) is None


def test_an_as_written_that_fails_while_it_is_run_again_is_left_out_from_then_on() -> None:
    run = confirmed(run_of(*RACE), [3.0], [1.0])
    assert wanted(added(run, make_failure(AS_WRITTEN, CEILING + 2))) == ([LOKY.id], 2)


def test_when_the_choice_fails_the_next_one_is_chosen_and_confirmed() -> None:
    def script(trial: Trial, bound: Any) -> Outcome:
        if trial.setting == LOKY and trial.round == CEILING + 2:
            return make_failure(LOKY, trial.round, trial=trial.number)
        return taking({"as-written": 3.0, "serial": 3.0, THREADING.id: 1.3})(trial, bound)

    run = whole(make_run([LOKY, THREADING], rounds=CEILING), script)
    last = [o for o in run.outcomes if o.round > CEILING]
    again = [o.setting for o in last if o.setting == THREADING.id]
    assert len(again) == 3
    assert recommended(run).setting == THREADING.id
    assert recommended(run).speedup.median == pytest.approx(3.0 / 1.3)
    assert recommended(run).speedup.low is not None


def test_every_round_holds_both_once_in_an_order_that_depends_on_the_seed() -> None:
    orders = set()
    for seed in range(8):
        start = replace(make_run([LOKY, THREADING], rounds=CEILING), seed=seed)
        run = whole(start, taking({"as-written": 3.0, "serial": 9.0, THREADING.id: 9.0}))
        found = rounds_of(run)
        assert [r for r in found if r > CEILING] == [CEILING + 1, CEILING + 2, CEILING + 3]
        assert all(sorted(found[CEILING + n]) == BOTH for n in (1, 2, 3))
        orders.add(tuple(found[CEILING + 1]))
    assert len(orders) == 2


def test_a_round_that_was_interrupted_is_completed_first() -> None:
    run = confirmed(run_of(*RACE), [], [1.0])
    trial = next_to_confirm(run, [AS_WRITTEN, LOKY])
    assert (trial.round, trial.setting) == (CEILING + 1, AS_WRITTEN)
    full = confirmed(run_of(*RACE), [3.0], [1.0])
    assert next_to_confirm(full, [AS_WRITTEN, LOKY]).round == CEILING + 2


@pytest.mark.parametrize(("minimize", "repeats"), [("first_fit", 0), ("fit", 4), ("memory", 4)])
def test_warm_fits_are_only_run_where_they_are_looked_at(minimize: str, repeats: int) -> None:
    run = run_of(*RACE, repeats=4, objective=objective(minimize))
    trial = next_to_confirm(run, [AS_WRITTEN, LOKY])
    assert (trial.repeats, trial.number) == (repeats, 1)


def figures(run: Run, setting: Setting) -> tuple[Any, Any]:
    row = analyse(run).row(setting.id)
    assert row is not None
    return row.measures, row.status


def test_confirming_trials_do_not_count_in_rows_but_do_in_the_speedup() -> None:
    run = run_of(*RACE)
    after = confirmed(run, [2.0] * 3, [1.0] * 3)
    assert recommended(run).speedup.median == 3.0
    assert recommended(after).speedup.median == 2.0
    for setting in (AS_WRITTEN, LOKY):
        assert figures(run, setting) == figures(after, setting)


def test_a_figure_that_cannot_be_had_when_confirming_is_not_asked_for_again_and_again() -> None:
    def script(trial: Trial, _: object) -> Outcome:
        memory = {"as-written": 3e8, LOKY.id: 1e8}.get(trial.setting.id, 5e8)
        known = None if trial.round > CEILING else memory
        fit = make_fit(memory_bytes=known)
        return make_sample(trial.setting, trial.round, fit, trial=trial.number)

    run = whole(make_run([LOKY], rounds=CEILING, objective=objective("memory")), script)
    assert recommended(run).setting == LOKY.id
    assert recommended(run).speedup.median == pytest.approx(3.0)
    assert {r: len(ids) for r, ids in rounds_of(run).items() if r > CEILING} == {6: 2, 7: 2, 8: 2}
