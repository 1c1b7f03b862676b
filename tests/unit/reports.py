"""Reports built by hand: what the reporting side is tested on, no process started."""

from __future__ import annotations

import math
import typing
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sklpar.model import (
    Bounded,
    BreakEven,
    Caps,
    Cost,
    Estimate,
    Finding,
    Host,
    InnerThreads,
    Ladder,
    Noise,
    Observed,
    Recommendation,
    Rejected,
    Report,
    Rung,
    Scaling,
    ScalingLaw,
    ScalingPoint,
    ScalingSeries,
    SettingReport,
    Speedup,
    Status,
    Unavailable,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

HOSTILE = (
    "evil\n\x1b[2J\x1b]0;pwned\x07[bold red]x[/] \u202etxt.exe\u2028\x00 é 漢字 " + "long " * 300
)

QUANTITIES = ("first_fit_s", "fit_s", "first_fit_cpu_s", "cpu_s", "peak_memory_bytes")


def estimate(median: float, *, spread: float | None = 0.05, n: int = 5) -> Estimate:
    """An estimate with an interval of `spread` to both sides, or without one."""
    low, high = (None, None) if spread is None else (median * (1 - spread), median * (1 + spread))
    return Estimate(median=median, low=low, high=high, n=n, method="median")


def measures(
    first_fit_s: float | None,
    *,
    fit_s: float | None = None,
    cpu: float = 1.0,
    memory_bytes: float | None = 254e6,
    spread: float | None = 0.05,
    why: str = "repeats is 0",
    at_least: float | None = None,
) -> dict[str, Estimate | Unavailable]:
    """The measures of a row: `cpu` is CPU seconds for each second of wall-clock.

    `at_least` is how long a first fit had run that was stopped.
    """
    values = {
        "first_fit_s": first_fit_s,
        "fit_s": fit_s,
        "first_fit_cpu_s": None if first_fit_s is None else first_fit_s * cpu,
        "cpu_s": None if fit_s is None else fit_s * cpu,
        "peak_memory_bytes": memory_bytes if first_fit_s is not None else None,
    }
    return {
        name: Unavailable(unavailable=why, at_least=at_least if name == "first_fit_s" else None)
        if value is None
        else estimate(value, spread=spread)
        for name, value in values.items()
    }


def row(
    setting: str,
    first_fit_s: float | None = 1.0,
    *,
    n_jobs: int | None = None,
    backend: str | None = None,
    inner_threads: InnerThreads | None = None,
    params: Mapping[str, Any] | None = None,
    resolved: Mapping[str, Any] | None = None,
    status: Status = "ok",
    reason: str | None = None,
    findings: tuple[Finding, ...] = (),
    ladder: Ladder | None = None,
    **figures: Any,
) -> SettingReport:
    """One setting of a report."""
    if resolved is None:
        resolved = {} if n_jobs is None else {"n_jobs": n_jobs}
    return SettingReport(
        id=setting,
        n_jobs=n_jobs,
        backend=backend,
        inner_threads=inner_threads,
        params=params or {},
        resolved=resolved,
        status=status,
        reason=reason,
        measures=measures(first_fit_s, **figures),
        observed=Observed(processes=1, caps="verified"),
        findings=findings,
        ladder=ladder,
        ladder_unavailable=None if ladder else "not taken apart",
    )


def ladder(wall_s: float, *, cpus: int = 2, **parts: float) -> Ladder:
    """A ladder of the first fit of these parts in CPU-seconds; what is missing is unexplained."""
    whole = cpus * wall_s
    given = {**parts, "unexplained": whole - sum(parts.values())}
    names = typing.get_args(typing.get_type_hints(Rung)["part"])
    useful, busy = given["useful"], given["useful"] + given.get("inflation", 0.0)
    return Ladder(
        fit="first",
        cpus=cpus,
        wall_s=wall_s,
        whole_s=whole,
        efficiency=useful / whole,
        serial_busy=1.0,
        work_ratio=useful / busy,
        utilisation=busy / whole,
        rungs=tuple(
            Rung(part=name, cpu_s=given.get(name, 0.0), share=given.get(name, 0.0) / whole)
            for name in names
        ),
    )


def bounded(value: float, spread: float | None = 0.5) -> Bounded:
    """A fitted value with an interval of `spread` to both sides, or without one."""
    low, high = (None, None) if spread is None else (value * (1 - spread), value * (1 + spread))
    return Bounded(value=value, low=low, high=high)


def law(
    parallel_s: float = 9.2, serial_s: float = 0.8, per_worker_s: float = 0.256, **changes: Any
) -> ScalingLaw:
    """A law of these coefficients, from five rounds."""
    alone = parallel_s + serial_s
    best = (parallel_s / per_worker_s) ** 0.5 if per_worker_s else None
    found = ScalingLaw(
        parallel_s=bounded(parallel_s),
        serial_s=bounded(serial_s),
        per_worker_s=bounded(per_worker_s),
        serial_share=bounded(serial_s / alone),
        coherency=bounded(per_worker_s / alone),
        best_n_jobs=None if best is None else bounded(best, 0.2),
        tasks=None,
        error=0.02,
        extrapolates=False,
    )
    return replace(found, **changes)


def series(
    backend: str = "threading",
    inner_threads: InnerThreads = 1,
    *,
    law: ScalingLaw | None = None,
    times_s: Mapping[str, float] | None = None,
    **params: Any,
) -> ScalingSeries:
    """A series of settings by id, whose n_jobs are 1, 2, ..."""
    times = {f"{backend}-j{n}": 8.0 / n for n in (1, 2, 4, 8)} if times_s is None else times_s
    alone = next(iter(times.values()))
    return ScalingSeries(
        backend=backend,
        inner_threads=inner_threads,
        params=params,
        points=tuple(
            ScalingPoint(
                n_jobs=2**index,
                setting=setting,
                median_s=time,
                speedup=alone / time,
                efficiency=alone / time / 2**index,
            )
            for index, (setting, time) in enumerate(times.items())
        ),
        law=law,
        law_unavailable=None if law else "the law needs four values of n_jobs, two were measured",
    )


CAP = "2 times the best so far and a trial's own start"
HANGS = "it used no CPU meanwhile: it waits, or hangs"


def stopped(
    setting: str, after_s: float, *, why: str = CAP, findings: tuple[Finding, ...] = ()
) -> SettingReport:
    """A setting whose first fit was stopped, 10 ms after it should have been."""
    backend, jobs, inner = setting.split("-")
    return row(
        setting,
        None,
        why="no trial ran to its end: stopped_early",
        at_least=after_s + 0.01,
        n_jobs=int(jobs[1:]),
        backend=backend,
        inner_threads="default" if inner == "tdefault" else int(inner[1:]),
        status="stopped_early",
        reason=f"the first fit was stopped after {after_s:.3g} s, {why}",
        findings=findings,
    )


def oversubscription(runnable: int = 8) -> Finding:
    """The finding that the table marks."""
    return Finding(
        rule="oversubscription",
        severity="warning",
        evidence={
            "usable_cpus": 2,
            "runnable_peak": runnable,
            "runnable_mean": 0.9 * runnable,
            "run_queue_wait_s": 3.456,
            "run_queue_wait_share": 0.337,
            "cpu_inflation": None,
            "slowdown": 38.75,
        },
        advice="more threads want to run than there are CPUs: cap the inner threads at 1",
    )


def recommendation(setting: str, **changes: Any) -> Recommendation:
    """A sure recommendation, 38.2 times faster unless told otherwise."""
    sure = Recommendation(
        setting=setting,
        provisional=False,
        speedup=Speedup(median=38.2, low=35.1, high=41.0),
        tied=(),
        reasons=("the least first-fit time",),
        rejected=(),
    )
    return replace(sure, **changes)


HOST = Host(
    cpu_model="Imaginary CPU @ 3.0GHz",
    logical_cpus=4,
    physical_cpus=2,
    usable_cpus=2,
    usable_cpus_source="affinity",
    memory_bytes=8_000_000_000,
    versions={"scikit-learn": "1.9.1", "joblib": "1.6.0", "numpy": "2.4.6", "python": "3.11.7"},
)


def report(*settings: SettingReport, **changes: Any) -> Report:
    """A complete report of these settings; every field can be changed by name."""
    whole = Report(
        sklpar_version="0.1.0",
        run_id="20260102-030405-abcdef",
        name="digits search",
        started_at="2026-01-02T03:04:05+00:00",
        finished_at="2026-01-02T03:05:09+00:00",
        status="complete",
        spec={"version": 1, "estimator": {"class": "GridSearchCV"}},
        seed=7,
        host=HOST,
        settings=settings,
        recommendation=None,
        recommendation_unavailable="fewer than two settings were measured",
        scaling=Scaling(series=()),
        noise=Noise(level=0.031, findings=()),
        cost=Cost(trials=35, wall_s=64.2, exhaustive_estimate_s=None),
    )
    return replace(whole, **changes)


def digits() -> Report:
    """The run of the README: default BLAS threads hurt, two threading workers of one thread win."""
    caps = Caps(blas=1, openmp=2)
    return report(
        row(
            "as-written",
            12.4,
            fit_s=12.1,
            cpu=1.9,
            findings=(oversubscription(4),),
            ladder=ladder(12.4, useful=0.391, inflation=23.2, waiting=0.9, serial=0.2),
        ),
        row("serial", 0.391, fit_s=0.372, n_jobs=1, backend="sequential", inner_threads=1),
        row(
            "threading-j2-t1",
            0.32,
            fit_s=0.301,
            cpu=1.8,
            n_jobs=2,
            backend="threading",
            inner_threads=1,
            ladder=ladder(0.32, useful=0.391, inflation=0.185, serial=0.051, imbalance=0.004),
        ),
        row(
            "threading-j2-tblas1-openmp2",
            0.33,
            fit_s=0.305,
            cpu=1.9,
            n_jobs=2,
            backend="threading",
            inner_threads=caps,
        ),
        row(
            "loky-j2-t1",
            1.31,
            fit_s=0.1,
            cpu=1.5,
            memory_bytes=612e6,
            n_jobs=2,
            backend="loky",
            inner_threads=1,
        ),
        row(
            "loky-j4-tdefault",
            2.5,
            fit_s=0.9,
            cpu=2.0,
            memory_bytes=1.1e9,
            n_jobs=4,
            backend="loky",
            inner_threads="default",
            findings=(oversubscription(8),),
        ),
        stopped("threading-j2-tdefault", 2.96, findings=(oversubscription(4),)),
        stopped("loky-j2-tdefault", 2.9),
        stopped("multiprocessing-j2-tdefault", 2.92, why=f"{CAP}; {HANGS}"),
        row(
            "threading-j4-t1",
            None,
            why="skipped",
            n_jobs=4,
            backend="threading",
            inner_threads=1,
            status="skipped",
            reason="4 jobs on 2 usable CPUs",
        ),
        spec={"version": 1, "objective": {"minimize": "first_fit", "within": "5%"}},
        recommendation=recommendation(
            "threading-j2-t1",
            tied=("threading-j2-t1", "threading-j2-tblas1-openmp2"),
            reasons=(
                "threading-j2-t1 has the shortest first fit",
                "2 settings are within 5% of it",
            ),
            rejected=(
                Rejected(setting="loky-j2-tdefault", why=f"stopped_early: {CAP}"),
                Rejected(
                    setting="as-written",
                    why="first fit 38.8 times that of threading-j2-t1 (at least 35.1)",
                ),
                Rejected(
                    setting="loky-j2-t1",
                    why="first fit 4.09 times that of threading-j2-t1 (at least 3.8)",
                ),
                Rejected(
                    setting="serial",
                    why="first fit 1.22 times that of threading-j2-t1, which is not decided "
                    "(0.96 to 1.4)",
                ),
            ),
            break_even=BreakEven(setting="loky-j2-t1", fits=6),
        ),
        recommendation_unavailable=None,
        scaling=Scaling(
            series=(
                series(
                    law=law(0.36, 0.031, 0.003, extrapolates=True),
                    times_s={
                        "serial": 0.391,
                        "threading-j2-t1": 0.32,
                        "threading-j4-t1": 0.34,
                        "threading-j8-t1": 0.37,
                    },
                ),
                series("loky", times_s={"serial": 0.391, "loky-j2-t1": 1.31}),
            )
        ),
        cost=Cost(trials=35, wall_s=64.2, exhaustive_estimate_s=143.0),
    )


def large(settings: int, rounds: int, *, threads: int = 1, backends: int = 1) -> Report:
    """A run of many samples, every value of every quantity kept, of odd lengths as they come.

    The settings differ in n_jobs, or in backend and threads as well.
    """
    rows = []
    for number in range(settings):
        first_fit_s = 0.2 + 0.37 * number
        part, inner = divmod(number, threads)
        jobs, which = divmod(part, backends)
        backend = ("loky", "threading", "multiprocessing", "sequential")[which]
        one = row(
            f"{backend}-j{jobs + 2}-t{inner + 1}",
            first_fit_s,
            fit_s=0.8 * first_fit_s,
            n_jobs=jobs + 2,
            backend=backend,
            inner_threads=inner + 1,
            memory_bytes=2e8 + 1e6 * number,
            findings=(oversubscription(number),) if number % 3 else (),
            ladder=ladder(first_fit_s, useful=0.3 * first_fit_s, waiting=0.4 * first_fit_s),
        )
        values = {
            name: {
                str(count): found.median * (1 + math.sin(count * number) / 10)
                for count in range(1, rounds + 1)
            }
            for name, found in one.measures.items()
            if isinstance(found, Estimate)
        }
        rows.append(replace(one, values=values))
    rows[-1] = replace(rows[-1], id="as-written")
    rows[-2] = replace(rows[-2], id="serial")
    times = {one.id: 0.2 + 0.37 * number for number, one in enumerate(rows[:9])}
    return report(
        *rows,
        recommendation=recommendation(rows[0].id),
        scaling=Scaling(series=(series("loky", law=law(), times_s=times),)),
    )
