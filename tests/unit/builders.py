"""Runs built by hand: what planning, measuring and concluding are tested on, no process started."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, Literal

from sklpar.model import (
    Answer,
    DataSpec,
    Failure,
    Fit,
    InnerThreads,
    Inspection,
    Measure,
    Measured,
    Objective,
    ObjectNode,
    Observed,
    Outcome,
    ParallelCall,
    Plan,
    Reading,
    Run,
    Sample,
    Setting,
    Spec,
    Unavailable,
)
from sklpar.quantities.interface import FitTrace, Snapshot, ThreadUse, Watch
from tests.unit.reports import HOST

AS_WRITTEN = Setting(kind="as-written")
SERIAL = Setting(kind="serial", n_jobs=1, backend="sequential", inner_threads=1)

MAIN = 100  # the process of a made-up trial


def make_setting(
    backend: str = "loky",
    n_jobs: int | None = 2,
    inner_threads: InnerThreads = 1,
    **params: Any,
) -> Setting:
    return Setting(backend=backend, n_jobs=n_jobs, inner_threads=inner_threads, params=params)


LOKY = make_setting("loky")
THREADING = make_setting("threading")


def make_spec(**changes: Any) -> Spec:
    """A spec as the loader gives it; `rounds` and the like are taken for those of `measure`."""
    names = {"repeats", "rounds", "timeout_s", "budget_s", "exhaustive"}
    measure = Measure(**{name: changes.pop(name) for name in names & set(changes)})
    spec = Spec(
        file="job.yaml",
        folder=".",
        text="version: 1\n",
        document={"version": 1},
        positions={},
        estimator=ObjectNode(path="GridSearchCV"),
        data=DataSpec(source="sklearn", options={"name": "digits"}),
        measure=measure,
    )
    return replace(spec, **changes)


def make_run(settings: Sequence[Setting], outcomes: Sequence[Outcome] = (), **changes: Any) -> Run:
    """A run on two CPUs of as-written, serial and these settings; the rest changes its spec."""
    return Run(
        run_id="20260102-030405-abcd",
        sklpar_version="0.1.0",
        seed=7,
        started_at="2026-01-02T03:04:05+00:00",
        spec=make_spec(**changes),
        host=HOST,
        plan=Plan(settings=(AS_WRITTEN, SERIAL, *settings)),
        inspection=Inspection(label="GridSearchCV", n_jobs_paths=("n_jobs",)),
        outcomes=tuple(outcomes),
    )


def objective(
    minimize: Any = "first_fit", within: float = 0.05, then: Any = ("cpu", "memory")
) -> Objective:
    return Objective(minimize=minimize, within=within, then=tuple(then))


def make_fit(
    wall_s: float = 1.0,
    *,
    cpu_s: float | None = None,
    memory_bytes: float | None = 100e6,
    wait_s: float | None = 0.0,
    outside_s: float | None = 0.0,
    switches: float | None = 10.0,
    calls: Sequence[ParallelCall] = (),
    widths_s: Sequence[float] = (),
    worker_cpu_s: Sequence[float] = (),
    **more: float | None,
) -> Fit:
    """A fit; None is a quantity that could not be measured, CPU is the wall-clock unless given.

    What `more` does not name, such as `steal_s`, is missing, as in fits of older runs.
    """
    values = {
        "wall_s": wall_s,
        "cpu_s": wall_s if cpu_s is None else cpu_s,
        "peak_memory_bytes": memory_bytes,
        "run_queue_wait_s": wait_s,
        "involuntary_switches": switches,
        "outside_cpu_s": outside_s,
        **more,
    }
    return Fit(
        readings={name: _measured(value) for name, value in values.items()},
        calls=tuple(calls),
        widths_s=tuple(widths_s),
        worker_cpu_s=tuple(worker_cpu_s),
    )


def make_call(
    backend: str = "threading",
    n_jobs: int = 2,
    tasks: int = 8,
    wall_s: float = 1.0,
    **changes: Any,
) -> ParallelCall:
    """An outermost call of joblib whose workers are all busy until its end."""
    call = ParallelCall(
        depth=0,
        backend=backend,
        n_jobs=n_jobs,
        calls=1,
        tasks=tasks,
        wall_s=wall_s,
        own_cpu_s=0.02 * wall_s,
        first_done_s=wall_s * n_jobs / max(1, tasks),
        tail_idle_s=0.0,
    )
    return replace(call, **changes)


def _measured(value: float | None) -> Measured:
    if value is None:
        return Unavailable(unavailable="not to be had")
    return Reading(value=value, method="by hand")


def make_sample(
    setting: Setting,
    round_: int = 1,
    *fits: Fit,
    first_s: float = 1.0,
    trial: int = 0,
    runnable: int | None = 2,
    **changes: Any,
) -> Sample:
    """A good trial: of these fits, or of one that took `first_s` and a warm one of half of it."""
    sample = Sample(
        status="ok",
        trial=trial,
        round=round_,
        setting=setting.id,
        started_at="2026-01-02T03:04:06+00:00",
        trial_s=2.0,
        fits=fits or (make_fit(first_s), make_fit(first_s / 2)),
        observed=Observed(processes=1, workers=0, runnable_peak=runnable, caps="verified"),
    )
    return replace(sample, **changes)


def make_samples(setting: Setting, firsts: Sequence[float], **changes: Any) -> list[Sample]:
    """A good trial a round, with these first fits."""
    return [
        make_sample(setting, number, first_s=first_s, **changes)
        for number, first_s in enumerate(firsts, start=1)
    ]


def make_failure(
    setting: Setting,
    round_: int = 1,
    status: Literal["failed", "timeout", "out_of_memory", "stopped_early"] = "failed",
    **changes: Any,
) -> Failure:
    failure = Failure(
        status=status,
        trial=0,
        round=round_,
        setting=setting.id,
        started_at="2026-01-02T03:04:06+00:00",
        trial_s=3.0,
        reason="ValueError: no",
    )
    return replace(failure, **changes)


def cut_off(setting: Setting, after_s: float, round_: int = 1, **changes: Any) -> Failure:
    """A trial whose fit hit its bound."""
    options = {"cut_off_s": after_s, "cut_off_by": "fit", **changes}
    return make_failure(setting, round_, "timeout", reason="stopped", **options)


def stopped_early(setting: Setting, after_s: float, round_: int = 1, **changes: Any) -> Failure:
    """A trial whose fit took longer than could still be best."""
    return replace(cut_off(setting, after_s, round_, **changes), status="stopped_early")


def answer(
    *values: Any, kind: str = "numbers", scores: Sequence[float] = (), digest: str | None = None
) -> Answer:
    """An answer whose digest is its content, unless told otherwise."""
    return Answer(
        kind=kind,
        digest=digest or repr((kind, values, tuple(scores))),
        values=tuple(values),
        scores=tuple(scores),
    )


def threads(uses: Mapping[tuple[int, int], float]) -> dict[tuple[int, int], ThreadUse]:
    """Thread uses by ``(pid, tid)``, of CPU seconds alone."""
    return {key: ThreadUse(cpu_s=cpu_s, wait_s=0.0) for key, cpu_s in uses.items()}


def make_trace(
    uses: Mapping[tuple[int, int], float] | None = None,
    *,
    wall_s: float = 1.0,
    handlers: Sequence[int] = (),
    pool_threads: Sequence[int] = (),
    concurrent: Mapping[int, int] | None = None,
    start: Snapshot | None = None,
    end: Snapshot | None = None,
    watch: Watch | None = None,
) -> FitTrace:
    """What is known of one fit of process `MAIN`; `uses` are the CPU seconds of its threads."""
    return FitTrace(
        wall_s=wall_s,
        pid=MAIN,
        start=start or Snapshot(),
        end=end or Snapshot(threads=threads(uses or {})),
        watch=watch or Watch(samples=20, interval_s=0.05, concurrent=concurrent or {}),
        handlers=frozenset(handlers),
        pool_threads=frozenset(pool_threads),
    )
