"""The race on a machine that others use during one of its rounds."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

import pytest

from sklpar.analysis.analyse import analyse
from sklpar.analysis.disturbance import MOST_CONFIRMING, void_rounds
from sklpar.model import Bound, Fit, Outcome, Run, Sample, Setting, Trial
from sklpar.race.forecast import time_left_s
from sklpar.race.schedule import Step, next_step
from tests.unit.builders import LOKY, THREADING, make_fit, make_run, make_setting
from tests.unit.race.playing import Script, rounds_of, taking, whole

FASTER = make_setting("threading", 2, "default")
SETTINGS = [LOKY, THREADING, FASTER]
TIMES = {"as-written": 20.0, "serial": 30.0, LOKY.id: 10.0, THREADING.id: 18.0, FASTER.id: 14.0}


def beside_a_neighbour(
    rounds: Collection[int], slowed: Collection[Setting] = (), by: float = 1.5
) -> Script:
    """A script in which others take a CPU in some rounds, and some settings suffer more for it."""
    quiet = taking(TIMES, noise=0.01)

    def script(trial: Trial, bound: Bound) -> Outcome:
        if trial.round not in rounds:
            return quiet(trial, bound)
        factor = 4 * by if trial.setting in slowed else by
        outcome = taking({name: seconds * factor for name, seconds in TIMES.items()})(trial, bound)
        if isinstance(outcome, Sample):
            busy = _busy(TIMES[outcome.setting] * factor)
            return replace(outcome, fits=tuple(busy for _ in outcome.fits))
        return replace(outcome, unfinished=_busy(bound.first_s or 0.0))

    return script


def _busy(wall_s: float) -> Fit:
    return make_fit(wall_s, outside_s=0.9 * wall_s)


def ended(run: Run) -> Run:
    return replace(run, finished_at="2026-01-02T04:00:00+00:00")


@pytest.mark.parametrize("loaded", [1, 2, 3])
def test_the_race_goes_on_until_three_rounds_count(loaded: int) -> None:
    run = ended(whole(make_run(SETTINGS), beside_a_neighbour([loaded])))
    assert void_rounds(run) == {loaded}
    report = analyse(run)
    assert report.noise.void_rounds == (loaded,)
    assert {finding.rule for finding in report.noise.findings} == {"outside_load"}
    assert not any(row.findings for row in report.settings)
    assert report.recommendation is not None
    assert report.recommendation.setting == LOKY.id
    assert not report.recommendation.provisional
    quiet = whole(make_run(SETTINGS), beside_a_neighbour([]))
    assert max(r for r in rounds_of(quiet) if r <= 5) == 3
    assert max(r for r in rounds_of(run) if r <= 5) == 4


def test_who_was_only_seen_in_a_void_round_is_looked_at_again() -> None:
    script = beside_a_neighbour([1], slowed=[FASTER])
    run = ended(whole(make_run(SETTINGS), script))
    rounds = rounds_of(run)
    assert FASTER.id in rounds[1]
    assert FASTER.id not in rounds[2]
    assert FASTER.id in rounds[3]
    row = analyse(run).row(FASTER.id)
    assert row is not None
    assert row.status == "ok"


def test_a_neighbour_all_along_adds_no_round() -> None:
    always = ended(whole(make_run(SETTINGS), beside_a_neighbour(range(1, 20))))
    quiet = whole(make_run(SETTINGS), beside_a_neighbour([]))
    assert void_rounds(always) == frozenset()
    assert sorted(rounds_of(always)) == sorted(rounds_of(quiet))


def test_rounds_stay_a_ceiling() -> None:
    run = ended(whole(make_run(SETTINGS, rounds=3), beside_a_neighbour([2])))
    assert void_rounds(run) == frozenset()
    assert max(r for r in rounds_of(run) if r <= 3) == 3


def test_an_exhaustive_run_measures_what_it_promised_and_no_more() -> None:
    run = ended(whole(make_run(SETTINGS, rounds=5, exhaustive=True), beside_a_neighbour([2])))
    assert void_rounds(run) == {2}
    assert {r: len(those) for r, those in rounds_of(run).items() if r} == dict.fromkeys(
        range(1, 6), 5
    )


def test_a_confirming_round_that_was_spoilt_is_run_again() -> None:
    run = ended(whole(make_run(SETTINGS), beside_a_neighbour([7])))
    assert void_rounds(run) == {7}
    assert [r for r in rounds_of(run) if r > 5] == [6, 7, 8, 9]
    found = analyse(run).recommendation
    assert found is not None
    assert found.confirmed == 3


def test_confirming_ends_however_often_it_is_spoilt() -> None:
    for spoilt in ([6, 7], [6, 8, 9], [7, 8, 9, 10]):
        run = whole(make_run(SETTINGS), beside_a_neighbour(spoilt))
        assert len([r for r in rounds_of(run) if r > 5]) <= MOST_CONFIRMING


def test_the_same_outcomes_give_the_same_next_step() -> None:
    run = whole(make_run(SETTINGS), beside_a_neighbour([1, 7], slowed=[FASTER]))
    for done, outcome in enumerate(run.outcomes):
        so_far = replace(run, outcomes=run.outcomes[:done])
        step = next_step(so_far, None)
        assert isinstance(step, Step)
        assert (step.trial.round, step.trial.setting.id) == (outcome.round, outcome.setting)
        left = time_left_s(so_far)
        assert left is None or left >= 0
