"""The story of `tune`: spec, plan, rounds of trials, journal, report.

Nothing here is measured, decided or drawn: each step is one call into the room that does it.
"""

from __future__ import annotations

import os
import random
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Literal, Protocol

from sklpar import __version__
from sklpar.analysis.analyse import analyse
from sklpar.execution.runner import Bound, ProcessRunner, Runner
from sklpar.host.cgroups import sweep_stale
from sklpar.host.fingerprint import describe_host
from sklpar.model import (
    Failure,
    Host,
    Inspection,
    Measure,
    Outcome,
    Plan,
    Report,
    Run,
    Sample,
    Spec,
    Trial,
)
from sklpar.race.plan import make_plan
from sklpar.race.rounds import Budget, fit_bound, next_trial, remaining_estimate_s, schedule
from sklpar.spec.checking import inspect_spec
from sklpar.spec.job import encode_job
from sklpar.store.folder import RunFolder, new_run_id
from sklpar.store.plan_file import PlanFile


class Observer(Protocol):
    """Hears how a run goes; the progress display is one."""

    def run_starts(self, run: Run, folder: RunFolder, trials: int) -> None:
        """Hear of the run, and how many trials it has at most."""

    def trial_starts(self, trial: Trial, bound: Bound) -> None:
        """Hear of the trial that is started now."""

    def fit_starts(self, index: int) -> None:
        """Hear of a fit within it: 0 is the first."""

    def trial_ended(self, outcome: Outcome, report: Report, time_left_s: float | None) -> None:
        """Hear what it gave, what the run says so far, and how long the rest will take."""


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Everything that is known before the first trial."""

    spec: Spec
    trust: tuple[str, ...]
    defaults: Mapping[str, Any]
    inspection: Inspection
    host: Host
    plan: Plan


@dataclass(frozen=True, kw_only=True)
class Started:
    """A run with a folder: new, or gone on with."""

    prepared: Prepared
    run: Run
    folder: RunFolder


def prepare(spec: Spec, *, trust: Sequence[str], defaults: Mapping[str, Any]) -> Prepared:
    """Look at the job and the machine, and plan the settings. No fit is run."""
    inspection = inspect_spec(spec, trust)
    host = describe_host(os.environ, inspection.versions, inspection.pools)
    plan = make_plan(spec, inspection, host.usable_cpus)
    return Prepared(
        spec=spec,
        trust=tuple(trust),
        defaults=defaults,
        inspection=inspection,
        host=host,
        plan=plan,
    )


def start(prepared: Prepared, overrides: Sequence[str], output: Path | None) -> Started:
    """Make the folder of a new run and write into it all that going on with it later needs."""
    run_id = new_run_id()
    folder = RunFolder.create(output, run_id=run_id)
    spec, plan = prepared.spec, prepared.plan
    seed = random.SystemRandom().randrange(2**32)
    stored = PlanFile(
        sklpar_version=__version__,
        run_id=run_id,
        name=spec.name,
        started_at=_now(),
        seed=seed,
        spec_file=spec.file if spec.file == "-" else str(Path(spec.file).absolute()),
        folder=spec.folder,
        overrides=tuple(overrides),
        defaults=prepared.defaults,
        settings=tuple(setting.id for setting in plan.settings),
        exhaustive=spec.measure.exhaustive,
    )
    folder.write_spec(spec.text)
    folder.write_plan(stored)
    return Started(prepared=prepared, run=run_of(prepared, stored), folder=folder)


def run_of(prepared: Prepared, stored: PlanFile) -> Run:
    """Return a run in which nothing has been measured yet."""
    return Run(
        run_id=stored.run_id,
        sklpar_version=__version__,
        seed=stored.seed,
        started_at=stored.started_at,
        spec=prepared.spec,
        host=prepared.host,
        plan=prepared.plan,
        inspection=prepared.inspection,
    )


def process_runner(started: Started) -> Runner:
    """Return the runner that measures in fresh processes, with its files in the run's folder."""
    sweep_stale()
    prepared = started.prepared
    return ProcessRunner(
        job=encode_job(prepared.spec, prepared.trust),
        inspection=prepared.inspection,
        repeats=prepared.spec.measure.repeats,
        folder=lambda trial: started.folder.new_trial_folder(trial.number, trial.setting.id),
        environ=os.environ,
    )


def measure(run: Run, runner: Runner, folder: RunFolder, observer: Observer) -> Report:
    """Run what is left of a run's trials, storing each as it ends, and conclude.

    Ctrl-C ends the trial in flight and concludes from what was measured: the report's status is
    ``interrupted`` then, and ``partial`` where the budget ended the run.
    """
    status: Literal["complete", "interrupted", "partial"] = "interrupted"
    with folder.lock(), suppress(KeyboardInterrupt):
        run = replace(run, outcomes=tuple(folder.outcomes()))
        folder.write_report(analyse(run))

        def store(outcome: Outcome) -> Report:
            nonlocal run
            folder.append(_without_known_values(outcome, run.outcomes))
            run = replace(run, outcomes=(*run.outcomes, outcome))
            report = analyse(run)
            folder.write_report(report)
            return report

        status = _trials(run, runner, folder, observer, store)
    report = analyse(replace(run, status=status, finished_at=_now()))
    folder.write_report(report)
    return report


def _trials(
    run: Run,
    runner: Runner,
    folder: RunFolder,
    observer: Observer,
    store: Callable[[Outcome], Report],
) -> Literal["complete", "partial"]:
    rules, outcomes = run.spec.measure, list(run.outcomes)
    trials = list(schedule(run.plan, rules.rounds, run.seed))
    budget = Budget(rules)
    observer.run_starts(run, folder, len(trials))
    while trial := next_trial(trials, outcomes, exhaustive=rules.exhaustive):
        left_s = budget.left_s()
        if left_s is not None and left_s <= 0:
            return "partial"
        fit = fit_bound(trial, outcomes, rules, left_s)
        bound = Bound(fit_s=fit.seconds, fit_why=fit.why, trial_s=left_s)
        observer.trial_starts(trial, bound)
        outcome = runner.run(trial, bound, observer.fit_starts)
        if _ended_by_budget(trial, outcome, outcomes, rules):
            return "partial"
        outcomes.append(outcome)
        rest_s = remaining_estimate_s(trials, outcomes, exhaustive=rules.exhaustive)
        observer.trial_ended(outcome, store(outcome), budget.at_most_s(rest_s))
    return "complete"


def _ended_by_budget(
    trial: Trial, outcome: Outcome, before: Sequence[Outcome], rules: Measure
) -> bool:
    """Tell a trial that only ran out of budget: nothing is held against its setting.

    Where a fit's bound is a share of the budget (as-written and serial, unless the user gave a
    timeout), the first look, cut off, is a result: it bounds the speedup from below.
    """
    if not isinstance(outcome, Failure) or outcome.cut_off_by is None:
        return False
    is_swept = trial.setting.kind == "swept"
    if outcome.cut_off_by == "fit" and (
        rules.timeout_s is not None or (is_swept and not rules.exhaustive)
    ):
        return False
    if (is_swept and outcome.cut_off_by == "budget") or outcome.cut_off_s is None:
        return True
    return any(isinstance(o, Sample) and o.setting == outcome.setting for o in before)


def _without_known_values(outcome: Outcome, before: Sequence[Outcome]) -> Outcome:
    """Drop an answer's values where the journal holds them already, under the same digest."""
    if not isinstance(outcome, Sample) or outcome.answer is None:
        return outcome
    known = {o.answer.digest for o in before if isinstance(o, Sample) and o.answer}
    if outcome.answer.digest not in known:
        return outcome
    return replace(outcome, answer=replace(outcome.answer, values=None))


def _now() -> str:
    return datetime.now(UTC).isoformat(timespec="seconds")
