"""The story of `tune`: rounds of trials, each stored as it ends, and what they mean.

Nothing here is measured, decided or drawn: each step is one call into the room that does it.
"""

from __future__ import annotations

import os
from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import UTC, datetime
from typing import Literal, Protocol

from sklpar.analysis.analyse import analyse
from sklpar.execution.budget import Budget
from sklpar.execution.runner import ProcessRunner, Runner
from sklpar.host.cgroups import sweep_stale
from sklpar.host.interpreter import Interpreter
from sklpar.model import Bound, Outcome, Report, Run, Trial, TrialEnded
from sklpar.race.bounds import ended_by_budget
from sklpar.race.dropping import dropped_from
from sklpar.race.forecast import time_left_s
from sklpar.race.schedule import Step, next_step
from sklpar.session import Started
from sklpar.spec.job import encode_job
from sklpar.store.folder import RunFolder
from sklpar.store.journal import without_known_values


class Observer(Protocol):
    """Hears how a run goes; the progress display is one."""

    def run_starts(self, run: Run, folder: RunFolder) -> None:
        """Hear of the run."""

    def trial_starts(self, trial: Trial, bound: Bound) -> None:
        """Hear of the trial that is started now."""

    def in_fit(self, index: int | None) -> None:
        """Hear which of its fits runs now: 0 is the first, None that one has ended."""

    def trial_ended(self, ended: TrialEnded) -> None:
        """Hear what it gave, and what the run says so far."""


def measure(run: Run, runner: Runner, folder: RunFolder, observer: Observer) -> Report:
    """Run what is left of a run's trials, storing each as it ends, and conclude.

    Ctrl-C ends the trial in flight and concludes from what was measured: the report's status is
    ``interrupted`` then, and ``partial`` where the budget ended the run.
    """
    status: Literal["complete", "interrupted", "partial"] = "interrupted"
    with folder.lock(), suppress(KeyboardInterrupt):
        run = replace(run, outcomes=tuple(folder.outcomes()))
        folder.write_report(analyse(run))

        def store(outcome: Outcome) -> tuple[Run, Report]:
            nonlocal run
            folder.append(without_known_values(outcome, run.outcomes))
            run = replace(run, outcomes=(*run.outcomes, outcome))
            report = analyse(run)
            folder.write_report(report)
            return run, report

        observer.run_starts(run, folder)
        status = _trials(run, runner, observer, store)
    report = analyse(replace(run, status=status, finished_at=_now()))
    folder.write_report(report)
    return report


def _trials(
    run: Run, runner: Runner, observer: Observer, store: Callable[[Outcome], tuple[Run, Report]]
) -> Literal["complete", "partial"]:
    budget = Budget(run.spec.measure)
    while isinstance(step := next_step(run, budget.left_s()), Step):
        observer.trial_starts(step.trial, step.bound)
        outcome = runner.run(step.trial, step.bound, observer.in_fit)
        if ended_by_budget(step.trial, outcome, run.outcomes, run.spec.measure):
            return "partial"
        run, report = store(outcome)
        left_s, out = budget.at_most_s(time_left_s(run)), dropped_from(run)
        observer.trial_ended(
            TrialEnded(outcome=outcome, report=report, time_left_s=left_s, dropped=out)
        )
    return step.status


def process_runner(started: Started, interpreter: Interpreter | None = None) -> Runner:
    """Return the runner that measures in fresh processes, with its files in the run's folder."""
    sweep_stale()
    prepared = started.prepared
    return ProcessRunner(
        job=encode_job(prepared.spec, prepared.trust),
        inspection=prepared.inspection,
        folder=lambda trial: started.folder.new_trial_folder(trial.number, trial.setting.id),
        environ=os.environ,
        interpreter=interpreter,
    )


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
