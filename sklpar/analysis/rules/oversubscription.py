"""More runnable work than CPUs, at a cost."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sklpar.analysis.case import Case
from sklpar.analysis.evidence import Evidence
from sklpar.analysis.thresholds import CPU_INFLATION, DEMAND, SLOWDOWN, WAIT_SHARE
from sklpar.model import Finding, Run, SettingReport

RULE = "oversubscription"

# No more threads than this for each worker want a CPU where the workers alone are the crowd.
_EXPLAINS = 1.2


def oversubscription(case: Case) -> Mapping[str, Sequence[Finding]]:
    """Blame a setting whose threads outnumbered the CPUs, waited for them, and cost more for it.

    All three are needed: many threads that sleep harm nobody, waiting alone may be others' load
    (which is taken off first), and dearer alone has many causes.
    """
    run, evidence = case.run, case.evidence
    best_s = min((e.wall_s for e in evidence.values() if e.finished), default=None)
    leanest_s = min((e.cpu_s for e in evidence.values() if e.finished and e.cpu_s), default=None)
    findings = {}
    for row, found in case.seen():
        if not _crowded(found, run.host.usable_cpus):
            continue
        slowdown = found.wall_s / best_s if best_s else None
        inflation = found.cpu_s / leanest_s if leanest_s and found.cpu_s else None
        if (slowdown or 0) >= SLOWDOWN or (inflation or 0) >= CPU_INFLATION:
            findings[row.id] = [_finding(run, row, found, slowdown, inflation)]
    return findings


def _crowded(found: Evidence, usable_cpus: int) -> bool:
    return (
        found.runnable_peak is not None
        and found.runnable_peak > usable_cpus
        and (found.demand or 0.0) >= DEMAND * usable_cpus
        and (found.wait_share or 0.0) >= WAIT_SHARE
    )


def _finding(
    run: Run,
    row: SettingReport,
    found: Evidence,
    slowdown: float | None,
    inflation: float | None,
) -> Finding:
    return Finding(
        rule=RULE,
        severity="warning",
        evidence={
            "usable_cpus": run.host.usable_cpus,
            "runnable_peak": found.runnable_peak,
            "runnable_mean": found.demand,
            "run_queue_wait_s": found.wait_s,
            "run_queue_wait_share": found.wait_share,
            "cpu_s": found.cpu_s,
            "cpu_inflation": inflation,
            "slowdown": slowdown,
            "outside_cpu_s": found.outside_cpu_s,
            **({} if found.finished else {"cut_off": True}),
        },
        advice=_advice(run, row, found),
    )


def _advice(run: Run, row: SettingReport, found: Evidence) -> str:
    """Name the layer that multiplies, and its knob."""
    cpus, workers = run.host.usable_cpus, row.n_jobs or 1
    if workers > cpus and (found.demand or 0.0) <= _EXPLAINS * workers:
        return f"{workers} workers share {cpus} usable CPUs: lower n_jobs to {cpus} or fewer"
    # A fit that was cut off never came to its proof: the pools are those of an uncapped process.
    pools = (row.observed.pools if row.observed else ()) or run.inspection.pools
    wide = sorted({pool.internal_api for pool in pools if pool.num_threads > 1})
    if row.inner_threads != 1 and wide:
        return (
            f"native threads ({', '.join(wide)}) multiply with the workers: cap them at 1 per "
            "worker (inner_threads: 1 sets OMP_NUM_THREADS, OPENBLAS_NUM_THREADS and their like)"
        )
    return f"keep workers × threads within the {cpus} usable CPUs: lower a nested n_jobs or a cap"
