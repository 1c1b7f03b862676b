"""Races played with made-up trials: what comes next is run until nothing does."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import replace

from sklpar.model import Bound, Outcome, Run, Trial
from sklpar.race.bounds import bound_of
from sklpar.race.rounds import next_of_race
from sklpar.race.schedule import Step, next_step
from tests.unit.builders import make_fit, make_sample, stopped_early

Script = Callable[[Trial, Bound], Outcome]

# What a made-up trial takes beside its fits.
BESIDE_S = 0.5


def taking(times: Mapping[str, float], noise: float = 0.0, otherwise: float = 1.0) -> Script:
    """A script in which a setting's fits take its time, and are stopped at their bound."""
    draw = random.Random(11)

    def script(trial: Trial, bound: Bound) -> Outcome:
        wall_s = times.get(trial.setting.id, otherwise) * math.exp(draw.gauss(0, noise))
        if bound.first_s is not None and wall_s > bound.first_s:
            trial_s = bound.first_s + BESIDE_S
            return stopped_early(
                trial.setting, bound.first_s, trial.round, trial=trial.number, trial_s=trial_s
            )
        fits = (make_fit(wall_s),) * (1 + trial.repeats)
        trial_s = sum([wall_s] * len(fits)) + BESIDE_S
        return make_sample(trial.setting, trial.round, *fits, trial=trial.number, trial_s=trial_s)

    return script


def race(run: Run, script: Script, upto: int | None = None) -> Run:
    """Play a race without confirming, to its end or up to a number of trials."""
    while (trial := next_of_race(run)) is not None and len(run.outcomes) != upto:
        run = added(run, script(trial, bound_of(run, trial, None)))
        assert len(run.outcomes) < 1000
    return run


def whole(run: Run, script: Script) -> Run:
    """Play a run to its end, without a budget."""
    while isinstance(step := next_step(run, None), Step):
        run = added(run, script(step.trial, step.bound))
        assert len(run.outcomes) < 1000
    return run


def added(run: Run, *outcomes: Outcome) -> Run:
    return replace(run, outcomes=(*run.outcomes, *outcomes))


def rounds_of(run: Run) -> dict[int, list[str]]:
    """The settings of each round, in the order in which they were measured."""
    found: dict[int, list[str]] = {}
    for outcome in run.outcomes:
        found.setdefault(outcome.round, []).append(outcome.setting)
    return found
