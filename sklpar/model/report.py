"""The report: what was concluded, and all that `show`, `emit` and a CI job read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from sklpar.model.host import Host
from sklpar.model.law import parallel_part
from sklpar.model.outcome import DataFacts, Observed, Unavailable
from sklpar.model.spec import InnerThreads

SCHEMA_VERSION = 1


@dataclass(frozen=True, kw_only=True)
class Estimate:
    """An aggregate over trials: low and high are None where there are too few of them."""

    median: float
    low: float | None
    high: float | None
    n: int
    method: str


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One diagnosis: a stable rule id, the numbers that prove it, and the knob to turn."""

    rule: str
    severity: Literal["info", "warning", "error"]
    evidence: Mapping[str, Any]
    advice: str


# In the order in which a ladder shows them.
RungPart: TypeAlias = Literal[
    "useful",
    "inflation",
    "waiting",
    "imbalance",
    "start_up",
    "serial",
    "blocked",
    "unexplained",
]


@dataclass(frozen=True, kw_only=True)
class Rung:
    """One part of what a fit cost.

    Attributes
    ----------
    part : str
        ``useful`` is what serial needs; ``inflation`` CPU beyond that; ``waiting`` for a CPU that
        others or a quota kept, or behind its own threads while another CPU was idle; ``imbalance``
        workers without a task while others finish; ``start_up`` of workers and pools; ``serial``
        stretches that ask for fewer CPUs than there are, such as a refit; ``blocked`` workers that
        wait for each other (the GIL, a lock) or for a disk; ``unexplained`` the rest.
    cpu_s : float
        In CPU-seconds, 0 or more.
    share : float
        Of the whole, 0 to 1.
    """

    part: RungPart
    cpu_s: float
    share: float


@dataclass(frozen=True, kw_only=True)
class Ladder:
    """Where the CPU-seconds of a fit went: the rungs add up to `whole_s`.

    With T the wall-clock and W the CPU of serial (1) and of the setting (P), and `cpus` CPUs,
    efficiency is (T1/W1) (W1/WP) (WP/(P TP)) = T1 / (P TP).

    Attributes
    ----------
    fit : str
        Which fit it is of, ``first`` or ``warm``.
    cpus : int
        CPUs that the setting could use: what it asks for, the usable ones at most.
    whole_s : float
        `cpus` times the wall-clock.
    serial_busy, work_ratio, utilisation : float
        The three factors of `efficiency`, in this order.
    """

    fit: Literal["first", "warm"]
    cpus: int
    wall_s: float
    whole_s: float
    efficiency: float
    serial_busy: float
    work_ratio: float
    utilisation: float
    rungs: tuple[Rung, ...]


Status: TypeAlias = Literal[
    "ok",
    "failed",
    "timeout",
    "out_of_memory",
    "not_as_requested",
    "differs",
    "stopped_early",
    "skipped",
]


@dataclass(frozen=True, kw_only=True)
class SettingReport:
    """One row of the result: what was asked, what was measured, what is concluded.

    `measures` maps the document's field (``first_fit_s``, ``cpu_s``, ...) to its estimate; in the
    document each is a field of its own with ``<name>_unavailable`` beside a null. `values` maps the
    same fields to what they were made of, the value of each counted round by its number as text;
    `confirming` is the same of the rounds that were run after the choice, which count in the gain
    of the recommended setting alone.
    """

    id: str
    n_jobs: int | None
    backend: str | None
    inner_threads: InnerThreads | None
    params: Mapping[str, Any]
    resolved: Mapping[str, Any]
    status: Status
    reason: str | None
    measures: Mapping[str, Estimate | Unavailable]
    observed: Observed | None
    findings: tuple[Finding, ...] = ()
    ladder: Ladder | None = None
    ladder_unavailable: str | None = None
    values: Mapping[str, Mapping[str, float]] = field(default_factory=dict)
    confirming: Mapping[str, Mapping[str, float]] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Speedup:
    """As-written over a setting, above 1 is faster; only `low` where as-written was cut off."""

    median: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class Rejected:
    """A setting that was not recommended, and why."""

    setting: str
    why: str


@dataclass(frozen=True, kw_only=True)
class BreakEven:
    """Where two settings change places: the one has the shorter first fit, the other warm ones.

    `setting` is the rival of the recommended one; from `fits` fits in one process on, the one with
    the shorter warm fit takes less time in total.
    """

    setting: str
    fits: int


@dataclass(frozen=True, kw_only=True)
class Recommendation:
    """The setting to run with, and why this one.

    `confirmed` counts the rounds of both that were run after the choice; where there are any,
    `speedup` is from them, so that the luck which made the choice does not count in the gain.
    """

    setting: str
    provisional: bool
    speedup: Speedup
    tied: tuple[str, ...]
    reasons: tuple[str, ...]
    rejected: tuple[Rejected, ...]
    confirmed: int = 0
    break_even: BreakEven | None = None


@dataclass(frozen=True, kw_only=True)
class ScalingPoint:
    """One n_jobs of a series: speedup and efficiency against the series' own n_jobs = 1."""

    n_jobs: int
    setting: str
    median_s: float
    speedup: float | None
    efficiency: float | None


@dataclass(frozen=True, kw_only=True)
class Bounded:
    """A fitted value and its 95% interval; the bounds are None where rounds were too few."""

    value: float
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class ScalingLaw:
    """T(N) = A/N + B + C (N - 1), which is Gunther's universal scalability law in seconds.

    Attributes
    ----------
    parallel_s, serial_s, per_worker_s : Bounded
        A, B and C, none below 0.
    serial_share : Bounded
        B / (A + B): Amdahl's serial share, the law's contention.
    coherency : Bounded
        C / (A + B): what each further worker costs.
    best_n_jobs : Bounded or None
        The N from which on time no longer falls, sqrt(A/C); None where C is 0.
    tasks : int or None
        Where the work comes in that many equal tasks, A/N is taken in whole waves of them.
    error : float
        Root mean square of the fit's relative errors.
    extrapolates : bool
        True where `best_n_jobs` lies beyond the largest N measured, or the usable CPUs.
    """

    parallel_s: Bounded
    serial_s: Bounded
    per_worker_s: Bounded
    serial_share: Bounded
    coherency: Bounded
    best_n_jobs: Bounded | None
    tasks: int | None
    error: float
    extrapolates: bool

    def time_s(self, n_jobs: float, usable_cpus: int) -> float:
        """Return what the law gives `n_jobs` workers, a whole number of them where `tasks` is."""
        left = self.parallel_s.value * parallel_part(n_jobs, usable_cpus, self.tasks)
        return left + self.serial_s.value + self.per_worker_s.value * (n_jobs - 1)


@dataclass(frozen=True, kw_only=True)
class ScalingSeries:
    """Time against n_jobs with backend, cap and params held."""

    backend: str
    inner_threads: InnerThreads
    params: Mapping[str, Any]
    points: tuple[ScalingPoint, ...]
    law: ScalingLaw | None = None
    law_unavailable: str | None = None


@dataclass(frozen=True, kw_only=True)
class Scaling:
    """How time goes with n_jobs: one series for each backend and cap."""

    series: tuple[ScalingSeries, ...]


@dataclass(frozen=True, kw_only=True)
class Noise:
    """How still the machine was. level is the median relative spread of a setting over rounds.

    `void_rounds` were too disturbed to count: no figure of the report is of them. `pace_s` and
    `interpreter_pace_s` are what fixed work before each trial took, the geometric mean over trials:
    by these the machine's state is compared with that of another day.
    """

    level: float | None
    findings: tuple[Finding, ...]
    void_rounds: tuple[int, ...] = ()
    pace_s: float | None = None
    interpreter_pace_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class Cost:
    """What the run cost, and what every setting in every round would have."""

    trials: int
    wall_s: float
    exhaustive_estimate_s: float | None


@dataclass(frozen=True, kw_only=True)
class Report:
    """The result document: everything that `show`, `emit` and a CI job read.

    `memory_limit_bytes` is what ``limits.memory`` of the spec comes to, None where it sets none.
    """

    sklpar_version: str
    run_id: str
    name: str | None
    started_at: str
    finished_at: str | None
    status: Literal["complete", "interrupted", "partial"]
    spec: Mapping[str, Any]
    seed: int
    host: Host
    settings: tuple[SettingReport, ...]
    recommendation: Recommendation | None
    recommendation_unavailable: str | None
    scaling: Scaling
    noise: Noise
    cost: Cost
    data: DataFacts | None = None
    data_unavailable: str | None = None
    memory_limit_bytes: int | None = None
    schema_version: int = SCHEMA_VERSION

    def row(self, setting_id: str) -> SettingReport | None:
        """Return the row of that id, or None."""
        return next((row for row in self.settings if row.id == setting_id), None)
