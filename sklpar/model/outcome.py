"""What trials gave: raw, every value kept."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias

from sklpar.model.host import Host, Pool
from sklpar.model.plan import Inspection, Plan
from sklpar.model.spec import Spec


@dataclass(frozen=True, kw_only=True)
class Reading:
    """One measured value and how it was measured; the unit is in the quantity's name."""

    value: float
    method: str


@dataclass(frozen=True, kw_only=True)
class Unavailable:
    """A value that could not be measured, and why; `at_least` where a bound of it is known."""

    unavailable: str
    at_least: float | None = None


Measured: TypeAlias = Reading | Unavailable


@dataclass(frozen=True, kw_only=True)
class ParallelCall:
    """joblib's calls of one kind within a fit, as the trial's own process made them, summed up.

    Calls that workers make in processes of their own are not seen; those of worker threads are.

    Attributes
    ----------
    depth : int
        Calls of more than one job that enclose it: 0 is outermost. What a pool thread calls is 1
        at least.
    backend : str
        What it ended up with: ``loky``, ``threading``, ``multiprocessing``, ``sequential``, or the
        name of a backend's class.
    n_jobs : int
        Workers it ended up with.
    calls, tasks : int
        How often it was made, and how many tasks that were in total.
    wall_s : float
        In these calls, summed; calls of depth 0 and more than one job do not overlap.
    own_cpu_s : float
        CPU of the trial's own process meanwhile: under process workers it is what handing out
        and collecting cost.
    first_done_s : float
        From a call's start to the end of its first batch of tasks, summed over calls.
    tail_idle_s : float
        Worker-seconds in which workers had nothing left to do while the call's last tasks ran,
        workers that never got a task included, summed over calls.
    """

    depth: int
    backend: str
    n_jobs: int
    calls: int
    tasks: int
    wall_s: float
    own_cpu_s: float
    first_done_s: float
    tail_idle_s: float


@dataclass(frozen=True, kw_only=True)
class Fit:
    """One timed fit.

    Attributes
    ----------
    readings : mapping
        A key of ``QUANTITIES`` to its reading.
    calls : tuple of ParallelCall
        joblib's calls, by kind.
    widths_s : tuple of float
        Seconds in which about 0, 1, 2, ... threads of the tree wanted a CPU (ran or waited for
        one), the last item that many or more; empty for a fit too short to have been sampled.
    worker_cpu_s : tuple of float
        CPU of each worker, process or pool thread, most first.
    """

    readings: Mapping[str, Measured]
    calls: tuple[ParallelCall, ...] = ()
    widths_s: tuple[float, ...] = ()
    worker_cpu_s: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class Observed:
    """What ran, as against what was asked.

    processes and workers are peaks over the trial's fits (resource trackers aside); threads_peak
    and runnable_peak count threads of the whole tree; busy_threads those above 10% CPU.
    """

    processes: int | None = None
    workers: int | None = None
    threads_peak: int | None = None
    runnable_peak: int | None = None
    busy_threads: int | None = None
    pools: tuple[Pool, ...] = ()
    caps: Literal["verified", "unverified", "violated"] = "unverified"


@dataclass(frozen=True, kw_only=True)
class Answer:
    """What the fitted job answers, so that settings can be held against `serial`.

    kind is ``labels`` or ``numbers`` for predictions, ``result`` for a callable. `values` is None
    where an earlier sample of the run already carries the values of the same digest.
    """

    kind: str
    digest: str
    values: tuple[Any, ...] | None = None
    scores: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DataFacts:
    """What tells data apart: `shape` is of X; `digest` of a sample of what X and y hold.

    `digest` is None where it was not the same in every trial of a run.
    """

    shape: tuple[int, ...]
    digest: str | None


@dataclass(frozen=True, kw_only=True)
class Sample:
    """What a trial gave that ran to its end.

    `data_bytes` is the size of X in memory, `data` what tells the data apart; `pace_s` the CPU
    that a fixed piece of work took just before the first fit, which tells a slower machine from a
    slower setting.
    """

    status: Literal["ok", "not_as_requested"]
    trial: int
    round: int
    setting: str
    started_at: str
    trial_s: float
    fits: tuple[Fit, ...]
    observed: Observed
    resolved: Mapping[str, Any] = field(default_factory=dict)
    answer: Answer | None = None
    answer_unavailable: str | None = None
    warnings: Mapping[str, int] = field(default_factory=dict)
    reason: str | None = None
    data_bytes: int | None = None
    data: DataFacts | None = None
    pace_s: float | None = None
    interpreter_pace_s: float | None = None


@dataclass(frozen=True, kw_only=True)
class Failure:
    """A trial that did not run to its end: it failed, or was stopped.

    ``stopped_early`` is a censored observation and no fault of the job: the fit took longer than
    could still be best, so all that is known of it is `cut_off_s`, a lower bound.

    `fits` holds those it finished; `cut_off_s` is how long the one that was cut off had run,
    `cut_off_by` whether its own bound or the end of the budget did it, and `unfinished` what it
    had used by then.
    """

    status: Literal["failed", "timeout", "out_of_memory", "stopped_early"]
    trial: int
    round: int
    setting: str
    started_at: str
    trial_s: float
    reason: str
    cut_off_s: float | None = None
    cut_off_by: Literal["fit", "budget"] | None = None
    fits: tuple[Fit, ...] = ()
    unfinished: Fit | None = None
    observed: Observed | None = None
    resolved: Mapping[str, Any] = field(default_factory=dict)
    warnings: Mapping[str, int] = field(default_factory=dict)
    data_bytes: int | None = None
    data: DataFacts | None = None
    pace_s: float | None = None
    interpreter_pace_s: float | None = None


Outcome: TypeAlias = Sample | Failure


@dataclass(frozen=True, kw_only=True)
class Run:
    """A run as it stands: what was asked, on which machine, and every outcome so far."""

    run_id: str
    sklpar_version: str
    seed: int
    started_at: str
    spec: Spec
    host: Host
    plan: Plan
    inspection: Inspection
    outcomes: tuple[Outcome, ...] = ()
    finished_at: str | None = None
    status: Literal["complete", "interrupted", "partial"] = "partial"
