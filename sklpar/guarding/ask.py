"""Rounds of trials of what is guarded, looked at until they decide.

As in the pipeline of `tune`, each step is one call into the room that does it: who is measured and
what follows from it is decided in `guard`.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from contextlib import ExitStack, suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Literal, Protocol

from sklpar.analysis.analyse import analyse
from sklpar.execution.budget import Budget
from sklpar.execution.runner import Runner
from sklpar.guard.question import Question
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
from sklpar.guard.verdict import (
    LOOKS,
    may_be_decided,
    open_settings,
    still_decided,
)
from sklpar.model import (
    Check,
    Difference,
    Failure,
    Measure,
    Outcome,
    Report,
    Run,
    TrialEnded,
)
from sklpar.pipeline import Observer
from sklpar.race.bounds import ended_by_budget
from sklpar.store.folder import RunFolder
from sklpar.store.journal import without_known_values

Status = Literal["complete", "partial", "interrupted"]


class Listener(Observer, Protocol):
    """Hears how a guard goes."""

    def goes_on(self, rounds: int, why: str) -> None:
        """Hear that there will be that many rounds."""


@dataclass(frozen=True, kw_only=True)
class Side:
    """One environment: its run, what runs its trials, and the folder that they go to."""

    run: Run
    runner: Runner
    folder: RunFolder


@dataclass(frozen=True, kw_only=True)
class Asked:
    """What a guard measured, and what its question made of it.

    `reports` are of `runs`, in the order of the sides; `void_rounds` count in no check; `folder`
    is that of the first side.
    """

    runs: tuple[Run, ...]
    reports: tuple[Report, ...]
    checks: tuple[Check, ...]
    status: Status
    objections: tuple[Difference, ...]
    void_rounds: frozenset[int]
    folder: Path


def ask(
    question: Question,
    sides: Sequence[Side],
    *,
    rounds: int,
    listener: Listener,
    capped: frozenset[str] = frozenset(),
) -> Asked:
    """Measure until the question is decided, or no more rounds can be had.

    Every trial is stored as it ends. Ctrl-C ends the trial in flight; what was measured is kept.
    """
    asking = _Asking(question, sides, Course(rounds=rounds, capped=capped), listener)
    with ExitStack() as locks:
        for side in sides:
            locks.enter_context(side.folder.lock())
        with suppress(KeyboardInterrupt):
            asking.until_decided()
        return asking.finished()


def _ran_out_of_budget(outcome: Outcome, rules: Measure) -> bool:
    """Tell a trial that was stopped for want of budget, at its end or at a fit's share of it."""
    if not isinstance(outcome, Failure) or outcome.cut_off_by is None:
        return False
    return outcome.cut_off_by == "budget" or (rules.timeout_s is None and rules.exhaustive)


class _Asking:
    """A guard on its way: the runs grow by each trial, the course by each look."""

    def __init__(
        self, question: Question, sides: Sequence[Side], course: Course, listener: Listener
    ) -> None:
        self._question, self._sides, self._listener = question, sides, listener
        self._course = course
        self._runs = [with_room(side.run, course.rounds) for side in sides]
        self._budget = Budget(sides[0].run.spec.measure)
        self._most = course.rounds << (LOOKS - 1)
        self._shown = course.rounds
        self._checks: list[Check] = []
        self._objections: tuple[Difference, ...] = ()
        self._status: Status = "interrupted"

    def until_decided(self) -> None:
        """Take rounds and look, until nothing is open that further rounds would decide."""
        self._listener.run_starts(self._planned(), self._sides[0].folder)
        for look in range(1, LOOKS + 1):
            status = self._take_rounds()
            if self._objections:
                self._status = "complete"
                return
            found = self._question.checks(self._runs, look)
            self._checks = still_decided(self._checks, found)
            if status == "complete" and self._is_to_be_confirmed(look):
                continue
            if status == "partial" or not self._goes_on(look):
                self._status = status
                return

    def _take_rounds(self) -> Literal["complete", "partial"]:
        while True:
            left_s = self._budget.left_s()
            turn = next_turn(self._question, self._runs, self._course, left_s)
            if turn is None:
                return "complete"
            if (left_s is not None and left_s <= 0) or not self._take(turn):
                return "partial"
            if turn.trial.round == 0 and turn.side == len(self._sides) - 1:
                self._objections = self._question.objections(self._runs)
                if self._objections:
                    return "complete"

    def _take(self, turn: Turn) -> bool:
        """Run one trial and store what it gave; False where the budget ended it."""
        side, run = self._sides[turn.side], self._runs[turn.side]
        if turn.trial.round > self._shown:
            self._shown = turn.trial.round
            self._listener.goes_on(self._shown, "a round was spoilt by the machine")
        self._listener.trial_starts(turn.trial, turn.bound)
        outcome = side.runner.run(turn.trial, turn.bound, self._listener.in_fit)
        # What is not capped is bounded by a share of the budget, as in an exhaustive run.
        capped = turn.trial.setting.id in self._course.capped
        rules = replace(run.spec.measure, exhaustive=not capped)
        if ended_by_budget(turn.trial, outcome, run.outcomes, rules):
            return False
        if not self._question.takes_bounds and _ran_out_of_budget(outcome, rules):
            return False
        side.folder.append(without_known_values(outcome, run.outcomes))
        run = replace(run, outcomes=(*run.outcomes, outcome))
        self._runs[turn.side] = run
        report = analyse(run)
        side.folder.write_report(report)
        left_s = time_left_s(self._question, self._runs, self._course)
        shown = self._named(outcome, turn.side)
        left_s = self._budget.at_most_s(left_s)
        self._listener.trial_ended(TrialEnded(outcome=shown, report=report, time_left_s=left_s))
        return True

    def _named(self, outcome: Outcome, side: int) -> Outcome:
        return outcome if side == 0 else replace(outcome, setting=f"{outcome.setting} (other)")

    def _goes_on(self, look: int) -> bool:
        """Plan twice the rounds, where they would decide what is open and nothing has failed."""
        rulings = {one.ruling for one in self._checks}
        if look == LOOKS or rulings & {"failed", "regressed"}:
            return False
        # With a budget of the user's own it goes on while there is any: a forecast from few rounds
        # is easily wrong. Without, no minutes are spent on what looks hopeless.
        named = self._sides[0].run.spec.measure.budget_s is not None
        affordable = self._affordable()
        if affordable <= last_round(self._runs) or not may_be_decided(
            self._checks, min(self._most, affordable), hopeful=named
        ):
            return False
        self._plan_on(open_settings(self._checks), "what was measured does not decide")
        return True

    def _is_to_be_confirmed(self, look: int) -> bool:
        """Plan twice the rounds for what is regressed at the first look, where that is asked for.

        It is forgotten until then, and decided anew by all rounds together.
        """
        regressed = open_settings(self._checks, "regressed")
        if not self._question.confirms or look > 1 or not regressed:
            return False
        if any(one.ruling == "failed" for one in self._checks):
            return False
        also = open_settings(self._checks)
        self._checks = [one for one in self._checks if one.ruling != "regressed"]
        self._plan_on({*regressed, *also}, "a regression is to be confirmed")
        return True

    def _plan_on(self, settings: Collection[str], why: str) -> None:
        self._course = replace(
            self._course,
            rounds=2 * self._course.rounds,
            open_=settings,
            since=last_round(self._runs),
        )
        self._runs = [with_room(run, self._course.rounds) for run in self._runs]
        self._shown = self._course.rounds + len(spoilt_rounds(self._runs))
        self._listener.goes_on(self._shown, why)

    def _affordable(self) -> int:
        """Return how many rounds there will be when the budget is spent, as rounds went so far."""
        left_s, rounds = self._budget.left_s(), last_round(self._runs)
        took_s = sum(one.trial_s for run in self._runs for one in run.outcomes if one.round > 0)
        if left_s is None or not rounds or took_s <= 0:
            return self._most
        return rounds + math.floor(left_s * rounds / took_s)

    def _planned(self) -> Run:
        measure = replace(self._runs[0].spec.measure, rounds=self._course.rounds)
        return replace(self._runs[0], spec=replace(self._runs[0].spec, measure=measure))

    def finished(self) -> Asked:
        """Store the reports of the runs as they are, and return them."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        runs = tuple(
            replace(as_measured(run), status=self._status, finished_at=now) for run in self._runs
        )
        reports = tuple(analyse(run) for run in runs)
        for side, report in zip(self._sides, reports, strict=True):
            side.folder.write_report(report)
        return Asked(
            runs=runs,
            reports=reports,
            checks=tuple(self._checks),
            status=self._status,
            objections=self._objections,
            void_rounds=spoilt_rounds(self._runs),
            folder=self._sides[0].folder.path,
        )
