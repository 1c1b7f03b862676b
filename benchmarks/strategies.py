"""Ways to find the best setting of a machine that is simulated: the race, and three by hand.

What a simulated trial gives goes into the same `Run` that a measured one does, and sklpar's own
code decides: nothing of it is written a second time here.
"""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from benchmarks.simulation import Machine
from sklpar.analysis.answers import check_answers
from sklpar.analysis.recommend import Choice, Contest, contest, recommend
from sklpar.analysis.rows import row_of
from sklpar.model import (
    Bound,
    DataSpec,
    Failure,
    Fit,
    Host,
    Inspection,
    Measure,
    Objective,
    ObjectNode,
    Observed,
    Outcome,
    Plan,
    Reading,
    Run,
    Sample,
    Setting,
    Spec,
    Trial,
)
from sklpar.race.rounds import live
from sklpar.race.schedule import Step, next_step

ROUNDS = 5
# Importing scikit-learn and loading the data: what a trial takes beside its fits.
START_S = 1.0
# After how many times the best's time a sweep by hand is taken to stop a setting that hangs.
PATIENCE = 50.0
_NOW = "2026-01-02T03:04:05+00:00"


@dataclass(frozen=True, kw_only=True)
class Found:
    """What a way picked, the seconds that it took, and those of them spent on `pathological`."""

    setting: str
    cost_s: float
    pathological_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class Raced:
    """A race that has ended: the run, how its settings stand, and what is concluded."""

    run: Run
    found: Contest | None
    choice: Choice

    @property
    def setting(self) -> str | None:
        """What is recommended, or, where the gain is left open, what would be."""
        if self.choice.recommendation is not None:
            return self.choice.recommendation.setting
        return None if self.found is None else self.found.chosen.id

    def cost_s(self, *, confirming: bool) -> float:
        """Return the time of all trials, or of those of the race alone."""
        last = math.inf if confirming else self.run.spec.measure.rounds
        return sum(outcome.trial_s for outcome in self.run.outcomes if outcome.round <= last)


def race(
    machine: Machine,
    *,
    within: float = 0.0,
    rounds: int = ROUNDS,
    minimize: str = "first_fit",
    hear: Callable[[Run], None] = lambda _run: None,
) -> Raced:
    """Let sklpar decide what to run until it has enough; `hear` hears of every outcome."""
    run = empty_run(machine, within=within, rounds=rounds, minimize=minimize)
    round_, size, position = 0, 1, 0
    while isinstance(step := next_step(run, None), Step):
        if step.trial.round != round_:
            round_, position = step.trial.round, 0
            size = len(live(run, round_)) if round_ <= rounds else 2
        when = max(0, round_ - 1) + position / size
        position += 1
        run = replace(run, outcomes=(*run.outcomes, trial(machine, step.trial, step.bound, when)))
        hear(run)
    check = check_answers(run)
    rows = [row_of(run, setting, check) for setting in run.plan.settings]
    return Raced(run=run, found=contest(run, rows), choice=recommend(run, rows))


def empty_run(machine: Machine, *, within: float, rounds: int, minimize: str) -> Run:
    """Return a run of a machine's settings in which nothing was measured yet."""
    spec = Spec(
        file="job.yaml",
        folder=".",
        text="version: 1\n",
        document={"version": 1},
        positions={},
        estimator=ObjectNode(path="GridSearchCV"),
        data=DataSpec(source="sklearn", options={"name": "digits"}),
        measure=Measure(rounds=rounds, repeats=machine.fits - 1),
        objective=Objective(minimize=minimize, within=within),  # type: ignore[arg-type]
    )
    host = Host(
        cpu_model="simulated",
        logical_cpus=16,
        physical_cpus=16,
        usable_cpus=16,
        usable_cpus_source="simulated",
        memory_bytes=None,
    )
    return Run(
        run_id="20260102-030405-abcd",
        sklpar_version="0",
        seed=machine.seed,
        started_at=_NOW,
        spec=spec,
        host=host,
        plan=Plan(settings=machine.settings),
        inspection=Inspection(label="GridSearchCV"),
    )


def trial(machine: Machine, asked: Trial, bound: Bound, when: float) -> Outcome:
    """Return what a runner would: the fits of one process, up to the first that is stopped."""
    setting = asked.setting.id
    fits: list[float] = []
    for index, seconds in enumerate(machine.process_s(setting, asked.round, when)):
        limit = bound.warm_s if index else bound.first_s
        if limit is not None and seconds > limit:
            return _failure(asked, bound, fits, limit)
        if setting in machine.fails_s:
            failed = _failure(asked, bound, fits, seconds)
            return replace(failed, status="failed", cut_off_s=None, cut_off_by=None)
        if math.isinf(seconds):
            raise AssertionError(f"{setting} hangs, and nothing bounds it")
        fits.append(seconds)
    return Sample(
        status="ok",
        trial=asked.number,
        round=asked.round,
        setting=setting,
        started_at=_NOW,
        trial_s=START_S + sum(fits),
        fits=tuple(_fit(seconds, asked.setting) for seconds in fits),
        observed=Observed(caps="verified"),
    )


def _failure(asked: Trial, bound: Bound, fits: Sequence[float], last_s: float) -> Failure:
    return Failure(
        status=bound.status,
        trial=asked.number,
        round=asked.round,
        setting=asked.setting.id,
        started_at=_NOW,
        trial_s=START_S + sum(fits) + last_s,
        reason=bound.why,
        cut_off_s=last_s,
        cut_off_by="fit",
        fits=tuple(_fit(seconds, asked.setting) for seconds in fits),
    )


def _fit(seconds: float, setting: Setting) -> Fit:
    inner = setting.inner_threads if isinstance(setting.inner_threads, int) else 1
    values = {
        "wall_s": seconds,
        "cpu_s": seconds * (setting.n_jobs or 1) * inner,
        "peak_memory_bytes": 1e8 * (setting.n_jobs or 1),
        "run_queue_wait_s": 0.0,
        "involuntary_switches": 0.0,
        "outside_cpu_s": 0.0,
    }
    return Fit(readings={name: Reading(value=v, method="simulated") for name, v in values.items()})


class ByHand:
    """Trials as a script would run them, counted: to their end, to an error, or out of patience."""

    def __init__(self, machine: Machine) -> None:
        self._machine = machine
        self.cost_s = self.pathological_s = 0.0

    def look(self, settings: Sequence[str], round_: int) -> dict[str, float]:
        """Run each setting once, in order; an error counts for the time until it."""
        seen = {}
        for position, setting in enumerate(settings):
            when = round_ - 1 + position / len(settings)
            taken = self._machine.process_s(setting, round_, when)[0]
            seen[setting] = min(taken, PATIENCE * self._machine.best_s)
            self.cost_s += START_S + seen[setting]
            if setting in self._machine.pathological:
                self.pathological_s += START_S + seen[setting]
        return seen

    def found(self, times: dict[str, float]) -> Found:
        """Return the fastest of some settings, and what it cost to find."""
        return Found(
            setting=min(times, key=lambda setting: times[setting]),
            cost_s=self.cost_s,
            pathological_s=self.pathological_s,
        )


def grid(machine: Machine, rounds: int) -> Found:
    """Run every setting in order, once a round, and take the least median."""
    hand, names = ByHand(machine), [setting.id for setting in machine.settings]
    looks = [hand.look(names, round_) for round_ in range(1, rounds + 1)]
    return hand.found({name: statistics.median(look[name] for look in looks) for name in names})


def successive_halving(machine: Machine) -> Found:
    """Keep the faster half by one look at each, of those by two more looks, by four, and so on."""
    hand, names = ByHand(machine), [setting.id for setting in machine.settings]
    looks, round_, times = 1, 0, {}
    while len(names) > 1:
        rung = []
        for _ in range(looks):
            round_ += 1
            rung.append(hand.look(names, round_))
        times = {name: statistics.median(look[name] for look in rung) for name in names}
        names = sorted(names, key=lambda name: times[name])[: math.ceil(len(names) / 2)]
        looks *= 2
    return hand.found({name: times[name] for name in names})
