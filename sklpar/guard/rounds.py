"""Which trial of a guard comes next: whole rounds, in random order, two environments in turns.

Pure, from the outcomes so far. A round that the machine spoilt is run again, but no more rounds are
run than twice those that were planned.
"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace

from sklpar.analysis.disturbance import void_rounds
from sklpar.guard.question import Question
from sklpar.model import Bound, Run, Setting, Trial
from sklpar.race.bounds import bound_of
from sklpar.race.rounds import shuffled
from sklpar.race.schedule import typical_trial_s

# Of all planned rounds as many may be spoilt.
_AT_MOST = 2


@dataclass(frozen=True, kw_only=True)
class Turn:
    """The trial to run next: in which of the runs, and how long its fits may take."""

    side: int
    trial: Trial
    bound: Bound


@dataclass(frozen=True, kw_only=True)
class Course:
    """How far a guard is to go.

    Attributes
    ----------
    rounds : int
        How many rounds are to count.
    capped : frozenset of str
        Settings whose fits are stopped where they take far longer than the best: what is guarded
        is measured to its end.
    open_ : collection of str or None
        The settings that are measured in rounds after `since`; None for all.
    since : int
        The round of the last look.
    """

    rounds: int
    capped: frozenset[str] = frozenset()
    open_: Collection[str] | None = None
    since: int = 0


def with_room(run: Run, rounds: int) -> Run:
    """Return the run with room for `rounds` rounds that count, and as many that do not."""
    return _with_rounds(run, _AT_MOST * rounds)


def as_measured(run: Run) -> Run:
    """Return the run as one that was planned for just the rounds that were run."""
    return _with_rounds(run, max(1, last_round([run])))


def _with_rounds(run: Run, rounds: int) -> Run:
    measure = replace(run.spec.measure, rounds=rounds)
    return replace(run, spec=replace(run.spec, measure=measure))


def last_round(runs: Sequence[Run]) -> int:
    """Return the number of the last round that was begun."""
    return max((outcome.round for run in runs for outcome in run.outcomes), default=0)


def spoilt_rounds(runs: Sequence[Run]) -> frozenset[int]:
    """Return the rounds that do not count: those spoilt in either run."""
    return frozenset().union(*(void_rounds(run) for run in runs))


def next_turn(
    question: Question, runs: Sequence[Run], course: Course, budget_left_s: float | None
) -> Turn | None:
    """Return the next turn, or None when as many rounds count as were planned."""
    found = _next_trial(question, runs, course)
    if found is None:
        return None
    side, trial = found
    run = runs[side]
    if trial.setting.id not in course.capped:
        measure = replace(run.spec.measure, exhaustive=True)
        run = replace(run, spec=replace(run.spec, measure=measure))
    return Turn(side=side, trial=trial, bound=bound_of(run, trial, budget_left_s))


def _next_trial(
    question: Question, runs: Sequence[Run], course: Course
) -> tuple[int, Trial] | None:
    for side, run in enumerate(runs):
        if not run.outcomes:
            serial = next(one for one in run.plan.settings if one.kind == "serial")
            return side, Trial(number=0, round=0, setting=serial)
    # Rounds before the last are over: who was in them is not asked again.
    for round_ in range(max(1, last_round(runs)), _AT_MOST * course.rounds + 1):
        for side, setting in _turns(_settings(question, runs, course, round_), runs, round_):
            run = runs[side]
            if not any(o.round == round_ and o.setting == setting.id for o in run.outcomes):
                number = 1 + max(outcome.trial for outcome in run.outcomes)
                repeats = run.spec.measure.repeats
                return side, Trial(number=number, round=round_, setting=setting, repeats=repeats)
        if round_ - len(spoilt_rounds(runs)) >= course.rounds:
            return None
    return None


def _settings(
    question: Question, runs: Sequence[Run], course: Course, round_: int
) -> list[Setting]:
    """Return who is in a round, by the rounds before it: so it stays as it began."""
    before = [
        replace(run, outcomes=tuple(one for one in run.outcomes if one.round < round_))
        for run in runs
    ]
    return question.participants(before, round_, course.open_ if round_ > course.since else None)


def _turns(
    settings: Sequence[Setting], runs: Sequence[Run], round_: int
) -> Iterator[tuple[int, Setting]]:
    """Yield a round's trials: of two environments side by side, each setting AB and BA in turns."""
    sides = len(runs)
    place = {setting.id: index for index, setting in enumerate(runs[0].plan.settings)}
    for setting in shuffled(settings, runs[0].seed, round_):
        for step in range(sides):
            yield (round_ + place[setting.id] + step) % sides, setting


def time_left_s(question: Question, runs: Sequence[Run], course: Course) -> float | None:
    """Return how long the planned rounds will still take, by what trials took so far; or None."""
    round_ = last_round(runs)
    if round_ == 0:
        return None
    rounds_left = max(0, course.rounds + len(spoilt_rounds(runs)) - round_)
    total_s = 0.0
    for run in runs:
        done = {one.setting for one in run.outcomes if one.round == round_}
        for setting in _settings(question, runs, course, round_):
            times = rounds_left + (setting.id not in done)
            total_s += times * (typical_trial_s(run, setting.id) or 0.0)
    return total_s
