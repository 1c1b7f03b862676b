"""CI guards of a simulated job: sklpar's own loop decides, trials are made up.

A simulated `Runner` stands where processes would be started. The loop that drives it, the three
questions, the recorded baseline on its way through JSON, and the verdict are sklpar's own. Run
folders are kept in memory, reports are made at the end alone, and the budget is of simulated time.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field, replace
from pathlib import Path
from types import SimpleNamespace
from typing import Literal
from unittest.mock import patch

from benchmarks.guard_trials import (
    Change,
    Job,
    Noise,
    Session,
    SimulatedRunner,
    Times,
    simulated_job,
)
from benchmarks.simulation import AS_WRITTEN, Machine
from benchmarks.strategies import empty_run
from sklpar.analysis.analyse import analyse
from sklpar.cli.progress.display import Display
from sklpar.execution import budget
from sklpar.guard import against, baseline, pinned
from sklpar.guard.question import Question
from sklpar.guard.recording import RecordingQuestion
from sklpar.guard.standard import plan_of, standard_of
from sklpar.guarding import ask as asking
from sklpar.guarding.ask import Asked, Side
from sklpar.guarding.conclude import Opening, not_comparable, verdict_of
from sklpar.model import (
    Check,
    GuardPolicy,
    Metric,
    Outcome,
    Plan,
    Report,
    Run,
    Verdict,
)
from sklpar.store.document import parse_report, report_text
from sklpar.store.folder import RunFolder

Mode = Literal["config", "baseline", "against"]
# As `--update` does without --rounds, a baseline is measured in twice the rounds of a guard.
ROUNDS, RECORDED = 5, 10
_NOW = "2026-01-02T03:04:05+00:00"


@dataclass(frozen=True, kw_only=True)
class Case:
    """What is guarded how, and what is to be found.

    Attributes
    ----------
    change : Change or None
        What has become worse; None is same against same.
    times : Times or None
        True times around the pin; None leaves those of the job, of which the pin is the best.
    wanted : tuple of str
        Metrics of which one must be named; none where nothing may be.
    recorded : int
        Rounds of the baseline.
    """

    name: str
    mode: Mode
    noise: Noise = field(default_factory=Noise)
    policy: GuardPolicy = field(default_factory=GuardPolicy)
    budget_s: float | None = None
    change: Change | None = None
    times: Times | None = None
    wanted: tuple[Metric, ...] = ()
    recorded: int = 2 * ROUNDS


@dataclass(frozen=True, kw_only=True)
class Guarded:
    """How one guard ended: whether what was wanted was named, and what else was called worse."""

    exit_code: int
    named: bool
    others: tuple[str, ...]
    rounds: int
    void: int


def guarded(case: Case, seed: int) -> Guarded:
    """Run one guard and hold what it says against what is true."""
    job = simulated_job(seed)
    verdict = _GUARDS[case.mode](case, job, f"{case.name}/{case.mode}/{seed}", seed)
    if verdict.outcome == "interrupted":
        raise KeyboardInterrupt  # the loop has taken it for the user's
    worse = [one for one in verdict.checks if one.ruling in {"regressed", "failed"}]
    right = [one for one in worse if _is_right(one, job, case)]
    return Guarded(
        exit_code=verdict.exit_code,
        named=verdict.exit_code == 1 and any(one.metric in case.wanted for one in right),
        others=tuple(f"{o.setting} {o.metric} {o.ruling}" for o in worse if o not in right),
        rounds=verdict.rounds,
        void=len(verdict.void_rounds),
    )


def _is_right(check: Check, job: Job, case: Case) -> bool:
    """Tell whether what is called worse is; with its first fit a setting's speedup is, too."""
    if not case.wanted or check.setting != job.best.id or check.ruling == "failed":
        return False
    if case.mode == "config":
        against_ = AS_WRITTEN.id if "speedup" in case.wanted else job.rival.id
        return check.metric in case.wanted and check.against == against_
    return check.metric in case.wanted or (check.metric == "speedup" and "first_fit" in case.wanted)


def _pinned(case: Case, job: Job, seed: str, number: int) -> Verdict:
    run, pin = _run(case, job, number, repeats=0), job.best
    plan = pinned.plan_for(run.plan, pin)
    rivals = frozenset(one.id for one in plan.settings if one.kind == "swept") - {pin.id}
    question = pinned.PinnedQuestion(pin=pin, policy=case.policy)
    now = job if case.times is None else job.with_times(case.times)
    session = Session(case.noise, seed)
    asked = _asked(question, [replace(run, plan=plan)], [now], session, capped=rivals)
    return verdict_of(_opening(run, "config"), question, asked, ())


def _baseline(case: Case, job: Job, seed: str, number: int) -> Verdict:
    run = _run(case, job, number)
    before = _recorded(case, job, seed, run)
    standard = standard_of(before, run.plan, case.policy)
    opening = _opening(run, "baseline")
    if standard.objections:
        return not_comparable(opening, standard.objections)
    question = baseline.BaselineQuestion(
        before=before, standard=standard, policy=case.policy, ratios_only=False
    )
    run = replace(run, plan=plan_of(run.plan, standard), seed=run.seed + 1)
    now = _changed(case, job)
    asked = _asked(question, [run], [now], Session(case.noise, f"{seed}/now"))
    return verdict_of(opening, question, asked, ())


def _recorded(case: Case, job: Job, seed: str, run: Run) -> Report:
    """Return the baseline that was measured on another day, as it is read from its file."""
    swept = frozenset(job.swept)
    session = Session(case.noise, f"{seed}/before")
    question = RecordingQuestion()
    asked = _asked(question, [run], [job], session, rounds=case.recorded, capped=swept)
    return parse_report(report_text(analyse(asked.runs[0])), "the baseline")


def _against(case: Case, job: Job, seed: str, number: int) -> Verdict:
    policy = replace(case.policy, settings=dict.fromkeys(job.swept, case.policy.threshold))
    run = _run(case, job, number)
    run = replace(run, plan=against.plan_for(run.plan, policy))
    question = against.AgainstQuestion(policy=policy)
    session = Session(case.noise, seed)
    asked = _asked(question, [run, run], [_changed(case, job), job], session)
    return verdict_of(_opening(run, "against"), question, asked, ())


_GUARDS: Mapping[Mode, Callable[[Case, Job, str, int], Verdict]] = {
    "config": _pinned,
    "baseline": _baseline,
    "against": _against,
}


def _changed(case: Case, job: Job) -> Job:
    if case.change is None:
        return job
    return job.changed(job.best.id, case.change)


def _run(case: Case, job: Job, seed: int, repeats: int = 1) -> Run:
    machine = Machine(seed=seed, settings=job.settings, fit_s={}, fits=1 + repeats)
    run = empty_run(machine, within=0.05, rounds=ROUNDS, minimize="first_fit")
    measure = replace(run.spec.measure, budget_s=case.budget_s)
    return replace(
        run,
        spec=replace(run.spec, measure=measure, guard=case.policy),
        plan=Plan(settings=job.settings),
    )


def _asked(
    question: Question,
    runs: list[Run],
    jobs: list[Job],
    session: Session,
    *,
    rounds: int = ROUNDS,
    capped: frozenset[str] = frozenset(),
) -> Asked:
    sides = [
        Side(run=run, runner=SimulatedRunner(job=job, session=session), folder=MemoryFolder.made())
        for run, job in zip(runs, jobs, strict=True)
    ]
    clock = SimpleNamespace(monotonic=lambda: session.clock_s)
    with ExitStack() as stack:
        stack.enter_context(patch.object(budget, "time", clock))
        # What is shown and stored after each trial decides nothing, and takes half of the time.
        for progress in ("analyse", "time_left_s"):
            stack.enter_context(patch.object(asking, progress, lambda *_: None))
        asked = asking.ask(question, sides, rounds=rounds, listener=Display(), capped=capped)
    return replace(asked, reports=())


def _opening(run: Run, mode: Mode) -> Opening:
    return Opening(spec=run.spec, mode=mode, subject="simulated", started_at=_NOW, began=0.0)


class MemoryFolder(RunFolder):
    """A run folder that keeps nothing: each trial would cost two writes to the disk."""

    @classmethod
    def made(cls) -> MemoryFolder:
        """Return one."""
        return cls(path=Path("/nowhere"), run_id="simulated")

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Lock nothing."""
        yield

    def append(self, outcome: Outcome) -> None:
        """Keep nothing: the loop has it."""

    def write_report(self, report: Report) -> None:
        """Keep nothing."""
