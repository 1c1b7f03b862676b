"""A job and a noisy machine that only exist on paper: what trials of the one give on the other."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Literal

from benchmarks.simulation import AS_WRITTEN, SERIAL
from benchmarks.strategies import START_S
from sklpar.model import Bound, Failure, Fit, Observed, Outcome, Reading, Sample, Setting, Trial

# A spell of other load, or of a lowered clock: everything takes this many times as long.
SLOW = 1.6
# Trials that such a spell lasts, on average.
_SPELL = 7.0
# Rounds after which a machine that warms up does not get any slower.
_WARM = 5
# The time of a first fit, for each second of a warm one.
_FIRST = 1.2
_MEMORY_BYTES = 1e8
_NOW = "2026-01-02T03:04:05+00:00"
_SWEPT = (
    Setting(backend="threading", n_jobs=2, inner_threads=1),
    Setting(backend="loky", n_jobs=2, inner_threads=1),
    Setting(backend="threading", n_jobs=4, inner_threads=1),
    Setting(backend="loky", n_jobs=4, inner_threads=1),
    Setting(backend="threading", n_jobs=2, inner_threads="default"),
)


@dataclass(frozen=True, kw_only=True)
class Noise:
    """What makes one trial differ from the next.

    Attributes
    ----------
    wall, fit, cpu, memory : float
        Standard deviations of logarithms: of a process's wall-clock, of a fit within it, of its
        CPU and of its peak memory.
    slow : float
        Part of the time in which everything is `SLOW` times slower, in spells.
    tells : bool
        Whether a trial's pace, the time of a fixed piece of work, tells such a spell.
    outliers : float
        Part of the trials that take 10% to 40% longer.
    drift : float
        By how much a session slows from round to round, in its first five, at most: each session
        draws its own.
    day : float
        Standard deviation of the logarithm of a session's level.
    """

    wall: float = 0.03
    fit: float = 0.01
    cpu: float = 0.02
    memory: float = 0.003
    slow: float = 0.1
    tells: bool = False
    outliers: float = 0.05
    drift: float = 0.05
    day: float = 0.02


@dataclass(frozen=True, kw_only=True)
class Truth:
    """What a setting really takes: seconds and CPU-seconds of a warm fit, bytes, threads."""

    wall_s: float
    cpu_s: float
    memory_bytes: float
    threads: int


@dataclass(frozen=True, kw_only=True)
class Change:
    """How many times more wall-clock or memory a setting takes than it did; its CPU is the same."""

    wall: float = 1.0
    memory: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Times:
    """True times beside a pinned setting, as times of the pin's own."""

    as_written: float = 1.0
    rival: float = 1.0
    others: float = 1.0


@dataclass(frozen=True, kw_only=True)
class Job:
    """A job and a sweep of it, as-written and serial first; `truths` are by the settings' ids."""

    settings: tuple[Setting, ...]
    truths: Mapping[str, Truth]

    @property
    def swept(self) -> list[str]:
        """Ids of the swept settings."""
        return [one.id for one in self.settings if one.kind == "swept"]

    @property
    def best(self) -> Setting:
        """The fastest of the swept settings."""
        name = min(self.swept, key=lambda name: self.truths[name].wall_s)
        return next(one for one in self.settings if one.id == name)

    def changed(self, setting: str, change: Change) -> Job:
        """Return the job as it is after a change of its code that tells under one setting."""
        truth = self.truths[setting]
        now = replace(
            truth,
            wall_s=truth.wall_s * change.wall,
            memory_bytes=truth.memory_bytes * change.memory,
        )
        return replace(self, truths={**self.truths, setting: now})

    @property
    def rival(self) -> Setting:
        """The first swept setting beside the best."""
        best = self.best.id
        return next(one for one in self.settings if one.kind == "swept" and one.id != best)

    def with_times(self, times: Times) -> Job:
        """Return it with other true times."""
        best, rival = self.best.id, self.rival.id
        known = {best: 1.0, rival: times.rival, AS_WRITTEN.id: times.as_written}
        wall_s = self.truths[best].wall_s
        return replace(
            self,
            truths={
                name: replace(truth, wall_s=wall_s * known.get(name, times.others))
                for name, truth in self.truths.items()
            },
        )


def simulated_job(seed: int) -> Job:
    """Return a job whose fastest fit takes 0.3 to 2 s; a tie and a near tie are among the rest."""
    rng = random.Random(f"guard/{seed}")
    swept = rng.sample(_SWEPT, rng.randint(3, 5))
    scale = math.exp(rng.uniform(math.log(0.3), math.log(2)))
    times = [rng.uniform(1.2, 3), rng.uniform(1.2, 3), 1.0, 1.0, 1.03]
    times += [rng.uniform(1.05, 1.3), rng.uniform(1.3, 3)]
    settings = (AS_WRITTEN, SERIAL, *swept)
    truths = zip(settings, times, strict=False)
    return Job(settings=settings, truths={one.id: _truth(one, scale * t) for one, t in truths})


def _truth(setting: Setting, wall_s: float) -> Truth:
    jobs = setting.n_jobs or 1
    return Truth(
        wall_s=wall_s, cpu_s=0.8 * wall_s * jobs, memory_bytes=_MEMORY_BYTES * jobs, threads=jobs
    )


class Session:
    """A stretch of time on a machine: how slow it is at each trial, whoever asks for that."""

    def __init__(self, noise: Noise, seed: str) -> None:
        self.noise = noise
        self._rng = random.Random(seed)
        self._level = self._rng.lognormvariate(0.0, noise.day)
        self._drift = self._rng.uniform(0.0, noise.drift)
        self._is_slow = self._rng.random() < noise.slow
        self.clock_s = 0.0

    def pace(self, when: float) -> float:
        """Return how many times as long everything takes in the next trial, `when` in rounds."""
        slow = self.noise.slow
        # A chain of two states that is slow for its part of the time.
        turn = 1 / _SPELL if self._is_slow else slow / (1 - slow) / _SPELL
        if self._rng.random() < turn:
            self._is_slow = not self._is_slow
        slower = (1 + self._drift) ** min(when, _WARM)
        level: float = self._level * slower * (SLOW if self._is_slow else 1.0)
        return level

    def fits(self, truth: Truth, pace: float, count: int) -> list[Fit]:
        """Return what the fits of one process take."""
        rng, noise = self._rng, self.noise
        process = rng.lognormvariate(0.0, noise.wall)
        if rng.random() < noise.outliers:
            process *= rng.uniform(1.1, 1.4)
        cpu_s = truth.cpu_s * pace * rng.lognormvariate(0.0, noise.cpu)
        memory_bytes = truth.memory_bytes * rng.lognormvariate(0.0, noise.memory)
        found = []
        for index in range(count):
            times = 1.0 if index else _FIRST
            wall_s = truth.wall_s * times * pace * process * rng.lognormvariate(0.0, noise.fit)
            found.append(_fit(wall_s, cpu_s * times, memory_bytes))
        return found


def _fit(wall_s: float, cpu_s: float, memory_bytes: float) -> Fit:
    values = {
        "wall_s": wall_s,
        "cpu_s": cpu_s,
        "peak_memory_bytes": memory_bytes,
        "run_queue_wait_s": 0.0,
        "involuntary_switches": 0.0,
        "outside_cpu_s": 0.0,
    }
    return Fit(readings={name: Reading(value=v, method="simulated") for name, v in values.items()})


@dataclass(kw_only=True)
class SimulatedRunner:
    """Runs trials of a job within a session; two may share one, as two environments do."""

    job: Job
    session: Session
    last_round: int = -1
    trials: int = 0

    def run(self, trial: Trial, bound: Bound, on_fit: Callable[[int], None]) -> Outcome:  # noqa: ARG002
        """Return what a process would give, up to the first fit that is stopped."""
        self.trials = 0 if trial.round != self.last_round else self.trials + 1
        self.last_round = trial.round
        when = max(0, trial.round - 1) + self.trials / len(self.job.settings)
        pace = self.session.pace(when)
        fits = self.session.fits(self.job.truths[trial.setting.id], pace, 1 + trial.repeats)
        done, cut = _up_to(bound, fits)
        trial_s = START_S + sum(map(_wall_s, done)) + (cut.after_s if cut else 0.0)
        self.session.clock_s += trial_s
        # The fixed work takes a hundredth of a second of CPU.
        pace_s = 0.01 * pace if self.session.noise.tells else None
        if cut is not None:
            return Failure(
                status=bound.status if cut.by == "fit" else "timeout",
                trial=trial.number,
                round=trial.round,
                setting=trial.setting.id,
                started_at=_NOW,
                trial_s=trial_s,
                reason=bound.why,
                cut_off_s=cut.after_s,
                cut_off_by=cut.by,
                fits=tuple(done),
                pace_s=pace_s,
            )
        threads = self.job.truths[trial.setting.id].threads
        return Sample(
            status="ok",
            trial=trial.number,
            round=trial.round,
            setting=trial.setting.id,
            started_at=_NOW,
            trial_s=trial_s,
            fits=tuple(done),
            observed=Observed(threads_peak=threads, caps="verified"),
            pace_s=pace_s,
        )


@dataclass(frozen=True, kw_only=True)
class Cut:
    """After how long a fit was stopped, by its own bound or by the end of the budget."""

    after_s: float
    by: Literal["fit", "budget"]


def _up_to(bound: Bound, fits: list[Fit]) -> tuple[list[Fit], Cut | None]:
    """Return the fits that ended, and how the next one was stopped, if it was."""
    began_s = START_S
    for index, fit in enumerate(fits):
        own_s = (bound.warm_s if index else bound.first_s) or math.inf
        left_s = math.inf if bound.trial_s is None else max(0.0, bound.trial_s - began_s)
        if _wall_s(fit) > min(own_s, left_s):
            cut = Cut(after_s=min(own_s, left_s), by="fit" if own_s < left_s else "budget")
            return fits[:index], cut
        began_s += _wall_s(fit)
    return fits, None


def _wall_s(fit: Fit) -> float:
    reading = fit.readings["wall_s"]
    return reading.value if isinstance(reading, Reading) else 0.0
