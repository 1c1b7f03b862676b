"""Rounds of made-up trials, looked at until they decide: no process, no clock."""

from __future__ import annotations

import json
import math
import random
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pytest

from sklpar.errors import StoreError
from sklpar.guard.against import AgainstQuestion
from sklpar.guard.against import plan_for as against_plan
from sklpar.guard.pinned import PinnedQuestion
from sklpar.guard.question import Question
from sklpar.guard.recording import RecordingQuestion
from sklpar.guard.verdict import conclusion_of
from sklpar.guarding.ask import Asked, Side, ask
from sklpar.model import Bound, DataFacts, Difference, Outcome, Run, Trial, TrialEnded
from sklpar.store.folder import RunFolder
from tests.unit.builders import LOKY, THREADING, cut_off, make_failure, make_run
from tests.unit.guard.measured import (
    PLAN,
    SAME,
    a_baseline,
    a_trial,
    baseline_question,
    policy,
)

Times = Callable[[Trial], float]


def script_of(times: Times, **changes: Any) -> Callable[[Trial], Outcome]:
    def play(trial: Trial) -> Outcome:
        first_s = times(trial)
        return a_trial(trial.setting, trial.round, first_s, trial=trial.number, **changes)

    return play


def noisy(noise: float, *, seed: int = 3, **middles: Any) -> Times:
    """Times about those of `SAME`, or what is named with ``_`` for ``-``."""
    named = {name.replace("_", "-"): value for name, value in middles.items()}
    draw = random.Random(seed)
    return lambda trial: {**SAME, **named}[trial.setting.id] * math.exp(draw.gauss(0.0, noise))


@dataclass
class FakeRunner:
    """Plays a script instead of processes."""

    script: Callable[[Trial], Outcome]
    trials: list[Trial] = field(default_factory=list)
    bounds: list[Bound] = field(default_factory=list)

    def run(self, trial: Trial, bound: Bound, on_fit: Callable[[int], None]) -> Outcome:
        self.trials.append(trial)
        self.bounds.append(bound)
        on_fit(0)
        return self.script(trial)


@dataclass
class Listener:
    """Hears of trials and of further rounds."""

    rounds: list[int] = field(default_factory=list)
    ended: list[str] = field(default_factory=list)

    def run_starts(self, run: Run, folder: RunFolder) -> None:
        self.rounds.append(run.spec.measure.rounds)

    def trial_starts(self, trial: Trial, bound: Bound) -> None: ...

    def in_fit(self, index: int | None) -> None: ...

    def trial_ended(self, ended: TrialEnded) -> None:
        self.ended.append(ended.outcome.setting)

    def goes_on(self, rounds: int, why: str) -> None:
        self.rounds.append(rounds)


@dataclass(frozen=True)
class Played:
    asked: Asked
    runners: list[FakeRunner]
    heard: Listener

    @property
    def rounds(self) -> int:
        return max((one.round for one in self.asked.runs[0].outcomes), default=0)

    def stored(self, side: int = 0) -> list[Outcome]:
        folder = self.asked.folder.parent / f"run{side}"
        return list(RunFolder(path=folder, run_id=f"run{side}").outcomes())


def play(
    question: Question,
    tmp_path: Path,
    *scripts: Callable[[Trial], Outcome],
    rounds: int = 3,
    capped: frozenset[str] = frozenset(),
    **spec: Any,
) -> Played:
    runners = [FakeRunner(script) for script in scripts]
    run = make_run([LOKY, THREADING], **spec)
    if isinstance(question, AgainstQuestion):
        run = replace(run, plan=against_plan(PLAN, question.policy))
    sides = [
        Side(
            run=run,
            runner=runner,
            folder=RunFolder.create(tmp_path / f"run{index}", run_id=f"run{index}"),
        )
        for index, runner in enumerate(runners)
    ]
    heard = Listener()
    asked = ask(question, sides, rounds=rounds, listener=heard, capped=capped)
    return Played(asked, runners, heard)


BEFORE = a_baseline()


def pinned(**changes: Any) -> PinnedQuestion:
    return PinnedQuestion(pin=LOKY, policy=policy(**changes))


# --------------------------------------------------------------------------- how far it goes


def test_what_three_rounds_decide_is_not_asked_again(tmp_path: Path) -> None:
    found = play(baseline_question(BEFORE), tmp_path, script_of(noisy(0.002)))
    assert conclusion_of(found.asked.checks) == "passed"
    assert (found.rounds, found.asked.status) == (3, "complete")
    assert found.heard.rounds == [3]


def test_what_is_open_gets_twice_the_rounds_at_each_look(tmp_path: Path) -> None:
    found = play(pinned(), tmp_path, script_of(noisy(0.06, threading_j2_t1=1.0)))
    assert found.heard.rounds[:2] == [3, 6]
    assert found.rounds == found.heard.rounds[-1] <= 12


def test_only_what_is_open_is_measured_further(tmp_path: Path) -> None:
    found = play(pinned(), tmp_path, script_of(noisy(0.06, threading_j2_t1=1.0, serial=9.0)))
    further = {one.setting for one in found.asked.runs[0].outcomes if one.round > 3}
    assert further == {"loky-j2-t1", "threading-j2-t1"}


@pytest.mark.parametrize("budget_s", [None, 1e7])
def test_a_guard_comes_to_an_end_though_nothing_is_decided(
    tmp_path: Path, budget_s: float | None
) -> None:
    wild = noisy(1.5, seed=2, threading_j2_t1=1.0)
    found = play(pinned(), tmp_path, script_of(wild), budget_s=budget_s)
    assert found.rounds <= 3 * (64 if budget_s else 4)
    assert found.asked.status == "complete"


def test_a_regression_against_a_baseline_is_confirmed_by_as_many_rounds_again(
    tmp_path: Path,
) -> None:
    slow = script_of(noisy(0.002, loky_j2_t1=2.0))
    found = play(baseline_question(BEFORE), tmp_path, slow)
    assert conclusion_of(found.asked.checks) == "failed"
    assert found.rounds == 6


def test_a_regression_beside_its_reference_ends_it_at_once(tmp_path: Path) -> None:
    question = AgainstQuestion(policy=policy())
    slow = script_of(noisy(0.002, serial=9.0))
    found = play(question, tmp_path, slow, script_of(noisy(0.002)))
    assert conclusion_of(found.asked.checks) == "failed"
    assert found.rounds == 3


def test_a_spell_of_a_slow_machine_is_no_regression(tmp_path: Path) -> None:
    """All of the first rounds fell into it: there is nothing in them to tell it by."""
    steady = noisy(0.002)

    def spell(trial: Trial) -> float:
        return steady(trial) * (1.6 if trial.round <= 3 else 1.0)

    found = play(baseline_question(BEFORE), tmp_path, script_of(spell))
    assert "regressed" not in {one.ruling for one in found.asked.checks}


def test_a_failure_ends_it_at_the_first_look_and_costs_its_setting_no_second_trial(
    tmp_path: Path,
) -> None:
    def script(trial: Trial) -> Outcome:
        if trial.setting == LOKY:
            return make_failure(LOKY, trial.round, trial=trial.number)
        return script_of(noisy(0.3))(trial)

    found = play(baseline_question(BEFORE), tmp_path, script)
    assert conclusion_of(found.asked.checks) == "failed"
    assert found.rounds == 3
    assert sum(one.setting == LOKY.id for one in found.asked.runs[0].outcomes) == 1


def failing_late(trial: Trial) -> Outcome:
    """Loky's memory is too noisy for one look, and in the fifth round loky crashes."""
    if trial.setting == LOKY and trial.round == 5:
        return make_failure(LOKY, 5, trial=trial.number)
    memory = 100e6
    if trial.setting == LOKY:
        memory *= math.exp(0.2 * (-1) ** trial.round)
    return a_trial(
        trial.setting,
        trial.round,
        SAME[trial.setting.id] * (1 + trial.round / 1000),
        trial=trial.number,
        memory_bytes=memory,
    )


def test_a_setting_that_fails_after_the_first_look_has_failed(tmp_path: Path) -> None:
    found = play(baseline_question(BEFORE), tmp_path, failing_late)
    assert found.rounds == 6
    assert conclusion_of(found.asked.checks) == "failed"


def test_where_no_rounds_would_decide_none_are_taken(tmp_path: Path) -> None:
    """Just at the limit: what was seen will not change with more of it."""
    question = baseline_question(BEFORE, metrics={"speedup": None, "memory": None})
    at_limit: dict[str, Any] = {name.replace("-", "_"): 1.1 * SAME[name] for name in SAME}
    found = play(question, tmp_path, script_of(noisy(1e-9, **at_limit)))
    assert conclusion_of(found.asked.checks) == "inconclusive"
    assert found.rounds == 3


# --------------------------------------------------------------------------- the budget


def test_rounds_that_cannot_be_afforded_are_not_begun(tmp_path: Path) -> None:
    """Each trial says that it took 50 s: of a budget of 100 s there is no second look."""
    times = noisy(0.06, threading_j2_t1=1.0)
    found = play(pinned(), tmp_path, script_of(times, trial_s=50.0), budget_s=100.0)
    assert conclusion_of(found.asked.checks) == "inconclusive"
    assert (found.rounds, found.heard.rounds) == (3, [3])
    cheap = play(pinned(), tmp_path / "b", script_of(noisy(0.06, threading_j2_t1=1.0),
                                                      trial_s=0.01), budget_s=100.0)  # fmt: skip
    assert cheap.rounds > 3


def test_without_any_time_nothing_is_measured_and_nothing_passes(tmp_path: Path) -> None:
    found = play(pinned(), tmp_path, script_of(noisy(0.01)), budget_s=1e-9)
    assert found.asked.status == "partial"
    assert found.runners[0].trials == []
    assert conclusion_of(found.asked.checks) == "inconclusive"


def test_a_trial_that_only_ran_out_of_budget_is_not_stored_and_blames_nobody(
    tmp_path: Path,
) -> None:
    def script(trial: Trial) -> Outcome:
        if trial.round == 4:
            return cut_off(trial.setting, 2.0, 4, trial=trial.number, cut_off_by="budget")
        return script_of(noisy(0.01))(trial)

    found = play(baseline_question(BEFORE), tmp_path, script, rounds=6, budget_s=600.0)
    assert found.asked.status == "partial"
    assert found.rounds == 3
    assert "failed" not in {one.ruling for one in found.asked.checks}


@pytest.mark.parametrize("name", list(SAME))
def test_a_share_of_the_budget_that_was_too_small_is_no_failure_of_who_ran_before(
    tmp_path: Path, name: str
) -> None:
    """Near its end half of what is left is less than a fit takes, whatever the setting."""

    def script(trial: Trial) -> Outcome:
        if trial.round == 5 and trial.setting.id == name:
            return cut_off(trial.setting, 0.4, 5, trial=trial.number, cut_off_by="fit")
        return script_of(noisy(0.01))(trial)

    found = play(baseline_question(BEFORE), tmp_path, script, rounds=6, budget_s=600.0)
    assert found.asked.status == "partial"
    assert "failed" not in {one.ruling for one in found.asked.checks}


def test_a_users_timeout_is_a_failure(tmp_path: Path) -> None:
    def script(trial: Trial) -> Outcome:
        if trial.round == 2 and trial.setting == LOKY:
            return cut_off(LOKY, 9.0, 2, trial=trial.number)
        return script_of(noisy(0.01))(trial)

    found = play(baseline_question(BEFORE), tmp_path, script, timeout_s=9.0)
    assert conclusion_of(found.asked.checks) == "failed"


# --------------------------------------------------------------------------- Ctrl-C


@pytest.mark.parametrize("at", [0, 1, 7, 12])
def test_ctrl_c_keeps_what_was_measured_and_says_interrupted(tmp_path: Path, at: int) -> None:
    def script(trial: Trial) -> Outcome:
        if trial.number == at:
            raise KeyboardInterrupt
        return script_of(noisy(0.01))(trial)

    found = play(baseline_question(BEFORE), tmp_path, script)
    assert found.asked.status == "interrupted"
    assert len(found.stored()) == at
    document = json.loads((found.asked.folder / "run.json").read_text())
    assert document["status"] == "interrupted"


def test_another_error_goes_on_its_way_and_lets_go_of_the_folder(tmp_path: Path) -> None:
    def script(trial: Trial) -> Outcome:
        raise StoreError("no room")

    with pytest.raises(StoreError):
        play(baseline_question(BEFORE), tmp_path, script)
    with RunFolder(path=tmp_path / "run0", run_id="run0").lock():
        pass


# --------------------------------------------------------------------------- objections


@dataclass(frozen=True)
class Objecting(PinnedQuestion):
    def objections(self, runs: Sequence[Run]) -> tuple[Difference, ...]:
        return (Difference(field="data.shape", before="9 x 2", now="8 x 2", blocking=True),)


def test_what_objects_after_the_warm_up_ends_it_before_the_first_round(tmp_path: Path) -> None:
    found = play(Objecting(pin=LOKY, policy=policy()), tmp_path, script_of(noisy(0.01)))
    assert [one.round for one in found.asked.runs[0].outcomes] == [0]
    assert found.asked.objections
    assert found.asked.checks == ()


def test_other_data_are_seen_once_both_environments_have_loaded_theirs(tmp_path: Path) -> None:
    scripts = [
        script_of(noisy(0.01), data=DataFacts(shape=(9, 2), digest=digest)) for digest in "ab"
    ]
    found = play(AgainstQuestion(policy=policy()), tmp_path, *scripts)
    assert [len(run.outcomes) for run in found.asked.runs] == [1, 1]
    assert [one.field for one in found.asked.objections] == ["data"]


def test_a_baseline_of_other_data_is_seen_after_the_warm_up(tmp_path: Path) -> None:
    then, now = (DataFacts(shape=(9, 2), digest=digest) for digest in "ab")
    question = baseline_question(replace(BEFORE, data=then))
    found = play(question, tmp_path, script_of(noisy(0.01), data=now))
    assert "data.digest" in {one.field for one in found.asked.objections}
    assert len(found.asked.runs[0].outcomes) == 1


# --------------------------------------------------------------------------- what is kept


def test_every_outcome_is_in_the_journal_as_it_ended(tmp_path: Path) -> None:
    found = play(baseline_question(BEFORE), tmp_path, script_of(noisy(0.01)))
    stored = found.stored()
    assert [one.trial for one in stored] == [one.number for one in found.runners[0].trials]
    assert stored == list(found.asked.runs[0].outcomes)
    assert found.heard.ended == [one.setting for one in stored]


def test_both_sides_have_a_journal_of_their_own(tmp_path: Path) -> None:
    found = play(AgainstQuestion(policy=policy()), tmp_path, *[script_of(noisy(0.01))] * 2)
    for side, run in enumerate(found.asked.runs):
        assert found.stored(side) == list(run.outcomes)
        assert {one.setting for one in run.outcomes} == {"as-written", "serial"}
    assert found.heard.ended.count("serial (other)") == found.heard.ended.count("serial") > 0
    assert conclusion_of(found.asked.checks) == "passed"


def test_a_guard_against_another_environment_runs_whatever_the_policy_ignores(
    tmp_path: Path,
) -> None:
    question = AgainstQuestion(policy=policy(settings={"serial": None}))
    found = play(question, tmp_path, *[script_of(noisy(0.01))] * 2)
    assert {one.setting for one in found.asked.checks} == {"as-written"}
    assert conclusion_of(found.asked.checks) == "passed"


def test_a_recording_measures_its_rounds_and_looks_no_further(tmp_path: Path) -> None:
    found = play(RecordingQuestion(), tmp_path, script_of(noisy(0.05)), rounds=4)
    assert found.rounds == 4
    assert found.asked.checks == ()
    (report,) = found.asked.reports
    assert report.status == "complete"
    rounds = {row.id for row in report.settings if row.status == "ok"}
    assert rounds >= {"as-written", "serial"}


def test_a_stored_report_is_that_of_the_rounds_that_were_run(tmp_path: Path) -> None:
    found = play(baseline_question(BEFORE), tmp_path, script_of(noisy(0.002)))
    (run,) = found.asked.runs
    assert run.spec.measure.rounds == 3
    assert run.finished_at is not None


def test_capped_settings_are_bounded_by_the_best_and_the_others_are_not(tmp_path: Path) -> None:
    capped = frozenset({"threading-j2-t1"})
    found = play(pinned(), tmp_path, script_of(noisy(0.002)), capped=capped, budget_s=1e6)
    runner = found.runners[0]
    statuses = {
        (trial.setting.id, bound.status)
        for trial, bound in zip(runner.trials, runner.bounds, strict=True)
    }
    assert ("threading-j2-t1", "stopped_early") in statuses
    assert {status for name, status in statuses if name != "threading-j2-t1"} == {"timeout"}
