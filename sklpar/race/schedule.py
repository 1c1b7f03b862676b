"""What comes next in a run: a trial of the race, one that confirms its winner, or the end."""

from __future__ import annotations

import statistics
from dataclasses import dataclass
from typing import Literal

from sklpar.model import Bound, Run, Trial
from sklpar.race.bounds import bound_of
from sklpar.race.confirmation import Confirmation, confirmation_of, next_to_confirm
from sklpar.race.rounds import next_of_race


@dataclass(frozen=True, kw_only=True)
class Step:
    """The trial to run next, and how long its fits may take."""

    trial: Trial
    bound: Bound


@dataclass(frozen=True, kw_only=True)
class End:
    """Nothing is left to run, or, where the status is ``partial``, no budget to run it with."""

    status: Literal["complete", "partial"]


def next_step(run: Run, budget_left_s: float | None) -> Step | End:
    """Return what comes next, by the outcomes so far and what is left of the budget, in seconds.

    What confirming the choice will cost is kept back from the race once there is a choice.
    """
    racing = next_of_race(run)
    if budget_left_s is not None and budget_left_s <= 0:
        return End(status="partial") if racing or confirmation_of(run) else End(status="complete")
    if racing is not None and not _is_time_to_confirm(run, budget_left_s):
        return Step(trial=racing, bound=bound_of(run, racing, budget_left_s))
    confirmation = confirmation_of(run)
    if confirmation is not None:
        trial = next_to_confirm(run, confirmation.settings)
        return Step(trial=trial, bound=bound_of(run, trial, budget_left_s))
    return End(status="complete")


def _is_time_to_confirm(run: Run, budget_left_s: float | None) -> bool:
    if budget_left_s is None:
        return False
    confirmation = confirmation_of(run)
    if confirmation is None:
        return False
    return confirmation.begun or confirmation_s(run, confirmation) >= budget_left_s


def confirmation_s(run: Run, confirmation: Confirmation) -> float:
    """Return how long confirming will take, by what its settings took so far."""
    return confirmation.rounds * sum(
        typical_trial_s(run, setting.id) or 0.0 for setting in confirmation.settings
    )


def typical_trial_s(run: Run, setting: str) -> float | None:
    """Return the median time of a setting's trials, all of it; None before the first."""
    times = [o.trial_s for o in run.outcomes if o.setting == setting and o.round > 0]
    return statistics.median(times) if times else None
