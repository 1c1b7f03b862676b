"""The story of a run with made-up trials: what is stored, what is gone on with, how it ends."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest

from sklpar.errors import MeasurementError, StoreError
from sklpar.model import Answer, Bound, Outcome, Report, Run, Trial, TrialEnded, Unavailable
from sklpar.pipeline import measure
from sklpar.store.folder import RunFolder
from tests.unit.builders import (
    AS_WRITTEN,
    LOKY,
    THREADING,
    answer,
    cut_off,
    make_failure,
    make_fit,
    make_run,
    make_sample,
    stopped_early,
)

Script = Callable[[Trial], Outcome]


def good(trial: Trial) -> Outcome:
    return make_sample(trial.setting, trial.round, trial=trial.number)


@dataclass
class FakeRunner:
    """Plays a script instead of processes; Ctrl-C comes at a trial if it is told so."""

    script: Script = good
    interrupt_at: int | None = None
    trials: list[Trial] = field(default_factory=list)
    bounds: list[Bound] = field(default_factory=list)

    def run(self, trial: Trial, bound: Bound, on_fit: Callable[[int], None]) -> Outcome:
        if trial.number == self.interrupt_at:
            raise KeyboardInterrupt
        self.trials.append(trial)
        self.bounds.append(bound)
        on_fit(0)
        return self.script(trial)


@dataclass
class Listener:
    heard: list[Any] = field(default_factory=list)
    out: list[list[str]] = field(default_factory=list)

    def run_starts(self, run: Run, folder: RunFolder) -> None:
        self.heard.append(("run", len(run.outcomes), folder.path.name))

    def trial_starts(self, trial: Trial, bound: Bound) -> None:
        self.heard.append(("start", trial.number))

    def in_fit(self, index: int | None) -> None:
        self.heard.append(("fit", index))

    def trial_ended(self, ended: TrialEnded) -> None:
        trials = ended.report.cost.trials
        self.heard.append(("end", ended.outcome.trial, trials, ended.time_left_s))
        self.out.append([one.setting for one in ended.dropped])


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "run", run_id="r")


def run_of(**spec: Any) -> Run:
    return make_run([LOKY, THREADING], **{"rounds": 3, **spec})


def play(
    folder: RunFolder, script: Script = good, interrupt_at: int | None = None, **spec: Any
) -> tuple[Report, FakeRunner]:
    runner = FakeRunner(script, interrupt_at)
    return measure(run_of(**spec), runner, folder, Listener()), runner


def stored(folder: RunFolder) -> list[int]:
    return [outcome.trial for outcome in folder.outcomes()]


WHOLE = list(range(1 + 3 * 4))


def test_every_trial_is_in_the_journal_once_and_the_run_is_complete(folder: RunFolder) -> None:
    report, runner = play(folder)
    assert stored(folder) == [trial.number for trial in runner.trials] == WHOLE
    assert report.status == "complete"
    assert report.finished_at is not None
    assert folder.read_report() == report
    assert report.recommendation is not None


def test_the_observer_hears_of_the_run_as_it_goes(folder: RunFolder) -> None:
    listener = Listener()
    measure(run_of(rounds=1), FakeRunner(), folder, listener)
    begun = [("run", 0, "run"), ("start", 0), ("fit", 0), ("end", 0, 1, None), ("start", 1)]
    assert listener.heard[:5] == begun
    assert listener.heard[-1] == ("end", 4, 5, 0.0)


def test_the_observer_hears_who_is_out_as_it_happens(folder: RunFolder) -> None:
    def script(trial: Trial) -> Outcome:
        if trial.setting.id == LOKY.id:
            return make_failure(LOKY, trial.round, trial=trial.number)
        return good(trial)

    listener = Listener()
    runner = FakeRunner(script)
    measure(run_of(), runner, folder, listener)
    failed = next(trial.number for trial in runner.trials if trial.setting.id == LOKY.id)
    assert [LOKY.id in out for out in listener.out] == [
        n >= failed for n in WHOLE[: len(listener.out)]
    ]


def test_a_report_is_stored_before_the_first_trial_and_after_each(folder: RunFolder) -> None:
    seen: list[int] = []

    def script(trial: Trial) -> Outcome:
        report = folder.read_report()
        assert report.status == "partial"
        seen.append(report.cost.trials)
        return good(trial)

    play(folder, script)
    assert seen == WHOLE


def test_ctrl_c_ends_the_run_with_what_was_measured(folder: RunFolder) -> None:
    report, _ = play(folder, interrupt_at=7)
    assert report.status == "interrupted"
    assert stored(folder) == WHOLE[:7]
    assert folder.read_report() == report
    assert report.recommendation is not None


def test_a_run_goes_on_in_the_same_order_and_ends_with_every_trial_once(
    folder: RunFolder, tmp_path: Path
) -> None:
    _, before = play(folder, interrupt_at=5)
    report, after = play(folder)
    whole = RunFolder.create(tmp_path / "whole", run_id="r")
    assert before.trials + after.trials == play(whole)[1].trials
    assert stored(folder) == WHOLE
    assert report.status == "complete"
    assert report.cost.trials == len(WHOLE)


def test_going_on_with_a_complete_run_measures_nothing(folder: RunFolder) -> None:
    play(folder)
    report, again = play(folder)
    assert not again.trials
    assert report.status == "complete"


def test_a_line_that_a_kill_left_torn_is_measured_again(folder: RunFolder) -> None:
    play(folder, interrupt_at=5)
    journal = folder.path / "samples.jsonl"
    journal.write_bytes(journal.read_bytes()[:-10])
    _, again = play(folder)
    assert again.trials[0].number == 4
    assert stored(folder) == WHOLE


def test_a_setting_that_failed_is_not_tried_again_after_going_on(folder: RunFolder) -> None:
    def script(trial: Trial) -> Outcome:
        if trial.setting == LOKY and trial.round:
            return make_failure(LOKY, trial.round, trial=trial.number)
        return good(trial)

    _, before = play(folder, script, interrupt_at=6)
    report, after = play(folder, script)
    tried = [trial for trial in before.trials + after.trials if trial.setting == LOKY]
    assert len(tried) == 1
    row = report.row(LOKY.id)
    assert row is not None
    assert row.status == "failed"
    assert report.status == "complete"


def test_an_exhaustive_run_tries_it_in_every_round(folder: RunFolder) -> None:
    def script(trial: Trial) -> Outcome:
        return make_failure(trial.setting, trial.round, trial=trial.number)

    _, runner = play(folder, script, exhaustive=True)
    assert [trial.number for trial in runner.trials] == WHOLE


def test_a_run_in_which_everything_fails_still_has_a_report(folder: RunFolder) -> None:
    report, _ = play(folder, lambda t: make_failure(t.setting, t.round, trial=t.number))
    assert report.recommendation is None
    assert report.recommendation_unavailable == "no setting ran to its end"
    assert report.status == "complete"


# --------------------------------------------------------------------------- the budget


def test_a_budget_that_is_spent_starts_no_trial(folder: RunFolder) -> None:
    report, runner = play(folder, budget_s=0.0)
    assert (report.status, runner.trials) == ("partial", [])
    assert folder.read_report() == report


def test_trials_are_bounded_by_what_is_left_of_the_budget(folder: RunFolder) -> None:
    _, runner = play(folder, budget_s=1000.0)
    left = [bound.trial_s for bound in runner.bounds]
    assert all(one is not None and 900 < one <= 1000 for one in left)
    by_kind = {t.setting.kind: b.first_s for t, b in zip(runner.trials, runner.bounds, strict=True)}
    # A good trial takes 1 s, and a half beside its fits; all have been seen to end before.
    assert by_kind["swept"] == pytest.approx(4 * 1.0 + 0.5, rel=0.2)
    assert by_kind["serial"] == pytest.approx(500, rel=0.1)


def ended(setting: Any, round_: int, **changes: Any) -> Script:
    """A script in which a trial is cut off, and every other is good."""

    def script(trial: Trial) -> Outcome:
        if (trial.setting, trial.round) == (setting, round_):
            return cut_off(setting, 20.0, round_, trial=trial.number, **changes)
        return good(trial)

    return script


def test_a_setting_that_the_budget_cut_off_is_not_blamed_for_it(folder: RunFolder) -> None:
    report, runner = play(folder, ended(LOKY, 2, cut_off_by="budget"))
    assert report.status == "partial"
    assert stored(folder) == [trial.number for trial in runner.trials[:-1]]
    row = report.row(LOKY.id)
    assert row is not None
    assert row.status == "ok"


def test_a_fit_beyond_its_own_bound_is_a_result_and_the_run_goes_on(folder: RunFolder) -> None:
    report, _ = play(folder, ended(LOKY, 2))
    row = report.row(LOKY.id)
    assert row is not None
    assert (report.status, row.status) == ("complete", "timeout")


@pytest.mark.parametrize("by", ["fit", "budget"])
def test_a_first_look_at_as_written_is_a_result_even_if_it_is_cut_off(
    folder: RunFolder, by: str
) -> None:
    report, _ = play(folder, ended(AS_WRITTEN, 1, cut_off_by=by))
    assert report.status == "complete"
    assert report.recommendation is not None
    assert report.recommendation.speedup.low == 20.0


def test_a_later_look_at_as_written_is_only_short_of_budget(folder: RunFolder) -> None:
    report, _ = play(folder, ended(AS_WRITTEN, 2))
    row = report.row("as-written")
    assert row is not None
    assert (report.status, row.status) == ("partial", "ok")


def test_with_a_timeout_of_the_users_own_a_later_look_is_a_result_too(folder: RunFolder) -> None:
    """Else the run would end there, and again whenever it is gone on with."""
    report, _ = play(folder, ended(AS_WRITTEN, 2), timeout_s=20.0)
    row = report.row("as-written")
    assert row is not None
    assert (report.status, row.status) == ("complete", "timeout")


def test_a_budget_that_ended_while_data_was_loaded_says_nothing_of_as_written(
    folder: RunFolder,
) -> None:
    report, _ = play(folder, ended(AS_WRITTEN, 1, cut_off_by="budget", cut_off_s=None))
    row = report.row("as-written")
    assert row is not None
    assert (report.status, row.status) == ("partial", "stopped_early")


@pytest.mark.parametrize(("round_", "status"), [(1, "timeout"), (2, "ok")])
def test_a_share_of_the_budget_gives_up_nothing_that_an_exhaustive_run_has_seen_finish(
    folder: RunFolder, round_: int, status: str
) -> None:
    report, _ = play(folder, ended(LOKY, round_), exhaustive=True)
    row = report.row(LOKY.id)
    assert row is not None
    assert row.status == status


# --------------------------------------------------------------------------- the race

FIRSTS = {"as-written": 4.0, "serial": 3.0, LOKY.id: 1.0, THREADING.id: 2.2}


def racing(trial: Trial) -> Outcome:
    """Loky is four times as fast as as-written: the race is over when it has its three rounds."""
    first_s = FIRSTS[trial.setting.id]
    return make_sample(trial.setting, trial.round, first_s=first_s, trial=trial.number)


RACED = [1, 1, 1, 1, 2, 3]
CONFIRMED = [4, 4, 5, 5, 6, 6]


def test_a_run_races_and_then_confirms_what_it_recommends(folder: RunFolder) -> None:
    report, runner = play(folder, racing)
    assert [trial.round for trial in runner.trials] == [0, *RACED, *CONFIRMED]
    assert {t.setting.id for t in runner.trials if t.round > 3} == {"as-written", LOKY.id}
    assert report.recommendation is not None
    assert report.recommendation.setting == LOKY.id
    assert report.recommendation.speedup.median == pytest.approx(4.0)
    assert report.status == "complete"


@pytest.mark.parametrize("at", [3, 6, 8, 9, 12])
def test_a_race_that_was_interrupted_anywhere_goes_on_as_it_would_have(
    folder: RunFolder, tmp_path: Path, at: int
) -> None:
    _, before = play(folder, racing, interrupt_at=at)
    report, after = play(folder, racing)
    expected, whole = play(RunFolder.create(tmp_path / "whole", run_id="r"), racing)
    assert before.trials + after.trials == whole.trials
    assert report.settings == expected.settings
    assert report.recommendation == expected.recommendation


def test_a_swept_setting_that_is_too_slow_is_stopped_early_and_the_run_goes_on(
    folder: RunFolder,
) -> None:
    def script(trial: Trial) -> Outcome:
        if trial.setting == THREADING:
            return stopped_early(THREADING, 6.0, trial.round, trial=trial.number)
        return racing(trial)

    report, runner = play(folder, script)
    row = report.row(THREADING.id)
    assert row is not None
    assert row.status == "stopped_early"
    assert row.measures["first_fit_s"] == Unavailable(
        unavailable="stopped: at least 6 s", at_least=6.0
    )
    assert sum(trial.setting == THREADING for trial in runner.trials) == 1
    assert report.status == "complete"


def test_the_time_left_falls_to_nothing(folder: RunFolder) -> None:
    listener = Listener()
    measure(run_of(), FakeRunner(racing), folder, listener)
    left = [one[3] for one in listener.heard if one[0] == "end"]
    assert left[0] is None
    assert left[1] > left[4] > left[-2] > left[-1] == 0.0


def test_a_budget_that_ends_while_confirming_leaves_the_run_partial(folder: RunFolder) -> None:
    def script(trial: Trial) -> Outcome:
        if trial.round == 5:
            ended = {"trial": trial.number, "cut_off_by": "budget"}
            return cut_off(trial.setting, 0.1, trial.round, **ended)
        return racing(trial)

    report, runner = play(folder, script)
    assert runner.trials[-1].round == 5
    assert stored(folder) == [trial.number for trial in runner.trials[:-1]]
    assert report.status == "partial"
    assert report.recommendation is not None
    assert report.recommendation.speedup.median == pytest.approx(4.0)


# --------------------------------------------------------------------------- answers, faults


def test_the_values_of_an_answer_are_stored_once_for_each_digest(folder: RunFolder) -> None:
    def script(trial: Trial) -> Outcome:
        found = answer(1.0, 2.0) if trial.setting != LOKY else answer(1.0, 9.0)
        return make_sample(trial.setting, trial.round, trial=trial.number, answer=found)

    report, _ = play(folder, script, interrupt_at=6)
    resumed, _ = play(folder, script)
    answers = [outcome.answer for outcome in folder.outcomes() if hasattr(outcome, "answer")]
    carried = [one.values for one in answers if isinstance(one, Answer) and one.values is not None]
    assert sorted(carried) == [(1.0, 2.0), (1.0, 9.0)]
    for one in (report, resumed):
        row = one.row(LOKY.id)
        assert row is not None
        assert row.status == "differs"


def test_two_at_once_on_one_folder_are_refused(folder: RunFolder) -> None:
    with folder.lock(), pytest.raises(StoreError, match="being written by another"):
        play(folder)


def test_a_fault_of_the_machinery_itself_is_raised_and_what_was_measured_is_stored(
    folder: RunFolder,
) -> None:
    def script(trial: Trial) -> Outcome:
        if trial.number == 3:
            raise MeasurementError("the guardian is broken")
        return good(trial)

    with pytest.raises(MeasurementError):
        play(folder, script)
    assert stored(folder) == [0, 1, 2]
    assert folder.read_report().cost.trials == 3


def test_a_run_without_warm_fits_recommends_by_the_first(folder: RunFolder) -> None:
    def script(trial: Trial) -> Outcome:
        wall_s = 1.0 if trial.setting == LOKY else 2.0
        fit = make_fit(wall_s)
        return make_sample(trial.setting, trial.round, fit, trial=trial.number)

    report, _ = play(folder, script, repeats=0)
    assert report.recommendation is not None
    assert report.recommendation.setting == LOKY.id
    assert report.row("serial") is not None
    assert report.recommendation.speedup.median == 2.0
