"""Which trial comes next: who is in, who is out, in which order, and when it is over."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sklpar.model import Bound, Outcome, Run, Trial
from sklpar.race.rounds import live, next_of_race
from tests.unit.builders import (
    AS_WRITTEN,
    LOKY,
    SERIAL,
    THREADING,
    answer,
    cut_off,
    make_failure,
    make_fit,
    make_run,
    make_sample,
    make_samples,
    make_setting,
    objective,
    stopped_early,
)
from tests.unit.race.playing import Script, added, race, rounds_of, taking

MORE = tuple(make_setting("loky", n_jobs) for n_jobs in (4, 8, 16, 32))
EVERY = (AS_WRITTEN, SERIAL, LOKY, THREADING, *MORE)
IDS = [setting.id for setting in EVERY]
# Who is far behind, near, and best: as-written 40% and serial 3 times behind threading.
TIMES = {"as-written": 1.4, "serial": 3.0, LOKY.id: 1.05, THREADING.id: 1.0}
TIMES |= {MORE[0].id: 1.2, MORE[1].id: 1.7, MORE[2].id: 2.5, MORE[3].id: 50.0}


def start(seed: int = 7, **spec: Any) -> Run:
    return replace(make_run([LOKY, THREADING, *MORE], **spec), seed=seed)


def played(*, noise: float = 0.02, seed: int = 7, **spec: Any) -> dict[int, list[str]]:
    return rounds_of(race(start(seed, **spec), taking(TIMES, noise)))


def ids_live(run: Run, round_: int) -> set[str]:
    return {setting.id for setting in live(run, round_)}


# --------------------------------------------------------------------------- order


def test_serial_comes_first_in_a_round_that_does_not_count() -> None:
    trial = next_of_race(start(repeats=3))
    assert trial == Trial(number=0, round=0, setting=SERIAL, repeats=0)


def test_round_one_holds_every_setting_once_and_as_written_opens_it() -> None:
    first = played()[1]
    assert first[0] == "as-written"
    assert sorted(first) == sorted(IDS)


def test_as_written_opens_no_later_round_by_right() -> None:
    orders = [played(seed=seed, exhaustive=True)[2] for seed in range(10)]
    assert any(order[0] != "as-written" for order in orders)


def test_the_order_depends_on_the_seed_and_the_round_alone() -> None:
    one = played(exhaustive=True)
    assert one == played(exhaustive=True)
    assert one[1] != played(exhaustive=True, seed=8)[1]
    assert len({tuple(order) for order in one.values()}) == len(one)


def test_the_order_does_not_hang_on_the_order_of_the_plan() -> None:
    run = start()
    turned = replace(run, plan=replace(run.plan, settings=run.plan.settings[::-1]))
    script = taking(TIMES)
    assert rounds_of(race(turned, script)) == rounds_of(race(run, script))


def test_trials_are_numbered_without_a_gap_and_have_the_warm_fits_asked_for() -> None:
    seen: list[Trial] = []

    def script(trial: Trial, bound: Bound) -> Outcome:
        seen.append(trial)
        return taking(TIMES)(trial, bound)

    race(start(repeats=3), script)
    assert [trial.number for trial in seen] == list(range(len(seen)))
    assert {trial.repeats for trial in seen[1:]} == {3}


# --------------------------------------------------------------------------- who leaves

SAME = [make_sample(setting, 1) for setting in EVERY if setting != LOKY]
SERIALS = [make_sample(SERIAL, n, answer=answer(1.0, 2.0)) for n in (0, 1)]
OUT: dict[str, tuple[list[Outcome], dict[str, Any]]] = {
    "failed": ([make_failure(LOKY)], {}),
    "out of memory": ([make_failure(LOKY, 1, "out_of_memory")], {}),
    "timeout": ([cut_off(LOKY, 9.0)], {}),
    "stopped": ([stopped_early(LOKY, 9.0)], {}),
    "not as requested": ([make_sample(LOKY, status="not_as_requested", reason="4")], {}),
    "differs": ([*SERIALS, make_sample(LOKY, answer=answer(1.0, 9.0))], {}),
    "too large": (
        [make_sample(LOKY, 1, make_fit(memory_bytes=9e9))],
        {"memory_limit_bytes": 10**9},
    ),
    "far behind the best": ([make_sample(LOKY, first_s=2.2)], {}),
}


@pytest.mark.parametrize("why", OUT)
def test_what_cannot_be_recommended_is_measured_once(why: str) -> None:
    outcomes, spec = OUT[why]
    run = added(start(**spec), *SAME, *outcomes)
    assert LOKY.id not in ids_live(run, 2)
    assert ids_live(run, 2) == set(IDS) - {LOKY.id}


@pytest.mark.parametrize("why", OUT)
def test_an_exhaustive_run_measures_it_in_every_round(why: str) -> None:
    outcomes, spec = OUT[why]
    run = added(start(exhaustive=True, **spec), *SAME, *outcomes)
    assert [ids_live(run, round_) for round_ in (2, 5)] == [set(IDS)] * 2


def test_a_failure_of_the_discarded_trial_gives_nothing_up() -> None:
    run = race(added(start(), make_failure(SERIAL, 0)), taking({}))
    assert "serial" in rounds_of(run)[3]


def test_one_look_that_may_be_an_outlier_is_no_proof() -> None:
    run = added(start(), *SAME, make_sample(LOKY, first_s=1.9))
    assert LOKY.id in ids_live(run, 2)


def test_a_setting_that_is_worse_after_two_looks_is_out() -> None:
    twice = [one for s in EVERY if s != LOKY for one in make_samples(s, [1.0, 1.0])]
    assert LOKY.id not in ids_live(added(start(), *twice, *make_samples(LOKY, [1.5, 1.5])), 3)
    # One of the two may be an outlier.
    assert LOKY.id in ids_live(added(start(), *twice, *make_samples(LOKY, [1.5, 1.0])), 3)


def test_who_is_in_is_measured_three_times_and_the_tied_rest_from_then_on() -> None:
    """Loky is 7% behind: neither tied nor worse."""
    times = {LOKY.id: 1.07, "as-written": 3.0, "serial": 3.0}
    found = rounds_of(race(start(), taking(times)))
    tied = {THREADING.id, *(one.id for one in MORE)}
    assert set(found[2]) == set(found[3]) == tied | {LOKY.id}
    best = set(found[4]) - {LOKY.id}
    assert len(best) == 1
    assert best < tied
    assert LOKY.id in found[4]


def test_the_race_is_over_when_only_the_tied_are_left() -> None:
    found = rounds_of(race(start(rounds=20), taking({}, noise=0.005)))
    assert max(found) < 8
    assert sorted(found[1]) == sorted(found[2]) == sorted(found[3]) == sorted(IDS)


def test_a_clear_winner_is_measured_three_times_for_its_interval() -> None:
    found = rounds_of(race(start(), taking({LOKY.id: 0.2}, otherwise=1.0)))
    assert found[2] == found[3] == [LOKY.id]
    assert 4 not in found


@pytest.mark.parametrize("rounds", [1, 2, 4])
def test_the_ceiling_holds_whatever_is_undecided(rounds: int) -> None:
    found = played(noise=0.3, rounds=rounds, objective=objective(within=0.0))
    assert max(found) == rounds


def test_a_race_spends_its_time_where_the_decision_is() -> None:
    found = played()
    trials = {name: sum(name in ids for ids in found.values()) for name in IDS}
    assert trials["loky-j32-t1"] == 1
    assert trials["loky-j8-t1"] == 2
    assert trials[THREADING.id] >= 3
    assert sum(trials.values()) < 0.6 * 5 * len(IDS)


def test_where_nothing_ran_to_its_end_the_race_is_over_after_a_round() -> None:
    run = race(start(), lambda t, _: make_failure(t.setting, t.round, trial=t.number))
    assert len(run.outcomes) == 1 + len(IDS)


@pytest.mark.parametrize(
    ("minimize", "leaves"), [("first_fit", "slow"), ("fit", "cold"), ("memory", "large")]
)
def test_who_leaves_is_decided_by_what_is_minimized(minimize: str, leaves: str) -> None:
    fits = {
        "slow": (make_fit(3.0), make_fit(1.0)),
        "cold": (make_fit(1.0), make_fit(3.0)),
        "large": (make_fit(1.0, memory_bytes=3e8), make_fit(1.0)),
    }
    settings = dict(zip(fits, (LOKY, THREADING, MORE[0]), strict=True))
    plain = (make_fit(1.0), make_fit(1.0))
    outcomes = [make_sample(s, 1, *fits[name]) for name, s in settings.items()]
    outcomes += [make_sample(s, 1, *plain) for s in EVERY if s not in settings.values()]
    run = added(start(objective=objective(minimize)), *outcomes)
    assert set(IDS) - ids_live(run, 2) == {settings[leaves].id}


# --------------------------------------------------------------------------- going on


def noisy(seed: int) -> Script:
    """A script whose times depend on the trial alone, in whichever order it is asked."""

    def script(trial: Trial, bound: Bound) -> Outcome:
        slow = 1 + 0.1 * ((hash((seed, trial.round)) + len(trial.setting.id)) % 5)
        return taking({k: v * slow for k, v in TIMES.items()})(trial, bound)

    return script


@pytest.mark.parametrize("at", [0, 1, 5, 9, 12, 15])
def test_the_same_outcomes_give_the_same_next_trial(at: int) -> None:
    run = race(start(), noisy(1))
    there = race(start(), noisy(1), upto=at)
    assert there.outcomes == run.outcomes[:at]
    assert race(there, noisy(1)).outcomes == run.outcomes


@pytest.mark.parametrize("hole", [0, 3, 8, 10])
def test_a_trial_that_the_journal_lost_is_measured_again(hole: int) -> None:
    run = race(start(), noisy(1))
    lost = run.outcomes[hole]
    holed = replace(run, outcomes=(*run.outcomes[:hole], *run.outcomes[hole + 1 :]))
    trial = next_of_race(holed)
    assert trial is not None
    assert (trial.round, trial.setting.id) == (lost.round, lost.setting)
    assert trial.number == len(run.outcomes)
    again = race(holed, noisy(1))
    assert rounds_of(again).keys() == rounds_of(run).keys()
    assert {(o.round, o.setting) for o in again.outcomes} == {
        (o.round, o.setting) for o in run.outcomes
    }
