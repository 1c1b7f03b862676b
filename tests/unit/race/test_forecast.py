"""How long the rest of a run will take."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from sklpar.model import Outcome, Run, Trial
from sklpar.race.forecast import time_left_s
from tests.unit.builders import (
    AS_WRITTEN,
    LOKY,
    SERIAL,
    THREADING,
    make_failure,
    make_fit,
    make_run,
    make_sample,
    make_setting,
    objective,
)
from tests.unit.race.playing import BESIDE_S, added, race, taking, whole

MORE = tuple(make_setting("loky", n) for n in (4, 8, 16))


def start(**spec: Any) -> Run:
    return make_run([LOKY, THREADING, *MORE], **{"repeats": 0, **spec})


def truth(run: Run, done: int) -> float:
    return sum(outcome.trial_s for outcome in run.outcomes[done:])


def forecast(run: Run, done: int) -> float:
    found = time_left_s(added(start(), *run.outcomes[:done]))
    assert found is not None
    return found


def test_before_any_trial_that_counts_nobody_knows() -> None:
    assert time_left_s(start()) is None
    assert time_left_s(added(start(), make_sample(SERIAL, 0))) is None


def test_at_the_end_nothing_is_left() -> None:
    run = whole(start(), taking({"as-written": 3.0}))
    assert time_left_s(run) == 0.0


def test_after_the_race_what_is_left_is_the_confirming_trials() -> None:
    run = race(start(), taking({"as-written": 3.0, "serial": 3.0, LOKY.id: 0.9}))
    left = 3 * (3.0 + BESIDE_S + 0.9 + BESIDE_S)
    assert time_left_s(run) == pytest.approx(left)
    assert truth(whole(run, taking({"as-written": 3.0, LOKY.id: 0.9})), len(run.outcomes)) == left


def test_an_exhaustive_run_takes_every_setting_in_every_round() -> None:
    run = make_run([LOKY], rounds=4, repeats=0, exhaustive=True)
    play = taking({"as-written": 3.0, "serial": 2.0, LOKY.id: 1.0})
    first = race(run, play, upto=1 + 3)
    assert time_left_s(first) == pytest.approx(3 * (6.0 + 3 * BESIDE_S))
    assert time_left_s(race(run, play)) == 0.0


def test_what_was_not_looked_at_yet_is_taken_for_the_average() -> None:
    run = make_run([LOKY, THREADING], rounds=1, repeats=0)
    seen = [make_sample(SERIAL, 0), make_sample(AS_WRITTEN, 1, trial_s=5.0)]
    assert time_left_s(added(run, *seen)) == pytest.approx(3 * 5.0)
    seen.append(make_sample(LOKY, 1, trial_s=1.0))
    assert time_left_s(added(run, *seen)) == pytest.approx(2 * 3.0)


SHAPES: dict[str, Mapping[str, float]] = {
    "a clear winner": {LOKY.id: 0.3, "as-written": 2.0},
    "all alike": {},
    "as-written is slow": {"as-written": 10.0},
    "a wide field": {
        "as-written": 4.0,
        "serial": 3.0,
        LOKY.id: 1.0,
        THREADING.id: 1.4,
        MORE[0].id: 1.1,
        MORE[1].id: 1.9,
        MORE[2].id: 2.4,
    },
}


@pytest.mark.parametrize("shape", [name for name in SHAPES if name != "all alike"])
def test_from_the_second_round_on_it_is_not_far_from_the_truth(shape: str) -> None:
    run = whole(start(), taking(SHAPES[shape], noise=0.02))
    total = truth(run, 0)
    for done in range(9, len(run.outcomes) + 1):
        assert abs(forecast(run, done) - truth(run, done)) < 0.3 * total, done


def test_where_all_are_alike_it_is_a_guess_between_three_rounds_and_all_of_them() -> None:
    run = whole(start(), taking(SHAPES["all alike"], noise=0.02))
    each = 1.0 + BESIDE_S
    for done in range(8, len(run.outcomes) + 1):
        most = 5 * 7 + 1 - done + 6
        assert -0.1 <= forecast(run, done) <= 1.1 * each * most


def test_a_setting_whose_figure_cannot_be_had_is_left_out() -> None:
    run = start(objective=objective("memory"))
    seen = [make_sample(AS_WRITTEN), make_sample(LOKY, 1, make_fit(memory_bytes=None))]
    assert time_left_s(added(run, make_sample(SERIAL, 0), *seen)) is not None


def test_a_run_in_which_all_fail_has_nothing_left_after_its_first_round() -> None:
    def script(trial: Trial, _: object) -> Outcome:
        return make_failure(trial.setting, trial.round, trial=trial.number)

    assert time_left_s(whole(start(), script)) == 0.0


def test_it_is_never_negative_and_never_fails_however_far_the_run_is() -> None:
    run = whole(start(), taking(SHAPES["a wide field"], noise=0.2))
    assert all(forecast(run, done) >= 0 for done in range(2, len(run.outcomes) + 1))
