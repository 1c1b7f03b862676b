"""Threads that take turns: Python's global interpreter lock lets one of them run at a time.

Tasks that are too fine keep threads waiting as well, and no backend helps them: `cpu_inflation`
speaks of those. Workers without a task are `imbalance`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sklpar.analysis.case import Case, slowdown
from sklpar.analysis.evidence import Evidence
from sklpar.analysis.factors import asked_jobs, n_jobs_knob
from sklpar.analysis.products import PROCESSES
from sklpar.analysis.rules.oversubscription import harmed
from sklpar.analysis.rules.pickling import fine_task_s
from sklpar.analysis.thresholds import (
    BOUGHT,
    GIL_BUSY,
    GIL_CPUS,
    GIL_PART,
    GIL_TAIL,
    OUTSIDE_CPUS,
)
from sklpar.model import Finding, SettingReport

RULE = "gil_bound"


def gil_bound(case: Case) -> Mapping[str, Sequence[Finding]]:
    """Tell of settings under threads that kept about one CPU busy though tasks were left."""
    found_of = {row.id: _gil_of(case, row, found) for row, found in case.seen()}
    return {setting: [found] for setting, found in found_of.items() if found}


def _gil_of(case: Case, row: SettingReport, found: Evidence) -> Finding | None:
    work, cpus = found.typical, case.run.host.usable_cpus
    calls = [c for c in work.outer if c.backend == "threading" and c.tasks >= 2 * c.calls > 0]
    if asked_jobs(case, row) == 1:
        calls = []  # those of nested calls are not this n_jobs' threads
    wall_s = sum(call.wall_s for call in calls)
    if not (wall_s and work.wall_s) or wall_s < work.wall_s / 2 or harmed(case, row, found):
        return None
    workers = max(call.n_jobs for call in calls)
    capacity = min(workers, cpus, max(call.tasks // call.calls for call in calls))
    used = sum(call.own_cpu_s for call in calls) / wall_s
    tail = sum(c.tail_idle_s for c in calls) / sum(c.n_jobs * c.wall_s for c in calls)
    most = max(GIL_CPUS, GIL_PART * capacity)
    # Threads that waited for a CPU were ready to run, whoever had it: no lock held them.
    width = work.mean_width
    wanted = used + (work.raw_wait_s or 0.0) / work.wall_s
    if width is not None:
        wanted = max(used, min(wanted, width))
    elif work.raw_wait_s is None and (work.outside_cpu_s or 0.0) > OUTSIDE_CPUS * work.wall_s:
        return None  # too short to tell who kept the threads from a CPU
    if not (capacity > 1 and GIL_BUSY <= wanted <= most and tail < GIL_TAIL):
        return None
    times = slowdown(found, case.serial(row))
    if fine_task_s(case, row, found) or (times is not None and times < 1 / (BOUGHT * BOUGHT)):
        return None
    return Finding(
        rule=RULE,
        severity="warning",
        evidence={
            "fit": found.kind,
            "workers": workers,
            "cpus_used": used,
            "slowdown_to_serial": times,
            "tasks": sum(call.tasks for call in calls),
            "runnable_mean": width,
            "run_queue_wait_s": work.raw_wait_s,
            "outside_cpu_s": work.outside_cpu_s,
        },
        advice=f"{workers} threads kept {used:.2g} CPUs busy together: their work holds Python's "
        f"global interpreter lock, or another; use {_way_out(case, row, found)}",
    )


def _way_out(case: Case, row: SettingReport, found: Evidence) -> str:
    """Return what to use: processes, unless those with as many workers were measured as slower."""
    alone = f"{n_jobs_knob(case)}: 1"
    same = [
        (other.id, times)
        for other, its in case.seen()
        if other.backend in PROCESSES and its.finished and other.params == row.params
        if other.n_jobs == row.n_jobs and other.inner_threads == row.inner_threads
        if (times := slowdown(its, found)) is not None
    ]
    if not same:
        return f"backend: loky, whose workers are processes, or {alone}"
    setting, times = min(same, key=lambda one: one[1])
    fits = found.of_warm
    if times < 1:
        return f"processes ({setting} was {1 / times:.3g} times as fast{fits}), or {alone}"
    return f"{alone} (processes do not pay: {setting} took {times:.3g} times as long{fits})"
