"""Starting worker processes takes a large part of the fit.

It explains dear CPU and idle workers, so of a first fit under processes that has no warm one to be
held against, `cpu_inflation`, `imbalance` and `pickling` tell only what starting cannot explain.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sklpar.analysis.case import Case, slowdown
from sklpar.analysis.evidence import Evidence, Work
from sklpar.analysis.factors import n_jobs_knob, uses_processes
from sklpar.analysis.products import PROCESSES
from sklpar.analysis.rules.oversubscription import explains_first_fit, harmed
from sklpar.analysis.thresholds import (
    FORK_S,
    HANDING_S,
    HANDING_SHARE,
    SLOWDOWN,
    START_UP_S,
    START_UP_SHARE,
)
from sklpar.model import Finding, ParallelCall, SettingReport

RULE = "pool_startup"


def pool_startup(case: Case) -> Mapping[str, Sequence[Finding]]:
    """Tell of a setting under processes whose workers took long to start."""
    found_of = {row.id: startup_of(case, row, found) for row, found in case.seen()}
    return {setting: [found] for setting, found in found_of.items() if found}


def startup_of(case: Case, row: SettingReport, found: Evidence) -> Finding | None:
    """Return the finding on one setting, None where its workers start soon enough."""
    if found.first is None or not uses_processes(found, row):
        return None
    if explains_first_fit(case, row, found):
        return None
    cold = _until_first_task if found.warm is None else _cold
    again = None if harmed(case, row, found) else forks_again(case, row, found)
    return again or cold(case, row, found)


def _matters(start_up_s: float, work: Work) -> bool:
    return start_up_s >= max(START_UP_S, START_UP_SHARE * work.wall_s)


def _cold(case: Case, row: SettingReport, found: Evidence) -> Finding | None:
    """Hold the first fit against warm ones, less what serial's first fit costs more as well."""
    first, warm, serial = found.first, found.warm, case.serial(row)
    alone = serial.first if serial else None
    if first is None or warm is None or serial is None or alone is None:
        return None
    if found.start_up_s is None or serial.start_up_s is None:
        return None
    noise_s = max(0.0, first.displaced_s - warm.displaced_s)
    start_up_s = found.start_up_s - max(0.0, serial.start_up_s) - noise_s
    if not _matters(start_up_s, first):
        return None
    return Finding(
        rule=RULE,
        severity="warning" if first.wall_s >= alone.wall_s else "info",
        evidence={
            "start_up_s": start_up_s,
            "first_fit_s": first.wall_s,
            "fit_s": warm.wall_s,
            "serial_first_fit_s": alone.wall_s,
        },
        advice="starting the worker processes is a large part of the first fit: fit several times "
        "in one process, where loky keeps them; or use backend: threading, which starts none; for "
        f"a single fit as short as this, {n_jobs_knob(case)}: 1 may do",
    )


def _until_first_task(case: Case, row: SettingReport, found: Evidence) -> Finding | None:
    """Take, where there is no warm fit, what came before the first task was done.

    Workers of loky import, and take in their first task's data, in that time as well.
    """
    work, serial = found.typical, case.serial(row)
    start_up_s = _before_tasks_s(work, "loky", serial)
    if serial is None or not _matters(start_up_s, work):
        return None
    return Finding(
        rule=RULE,
        severity="warning" if work.wall_s >= serial.wall_s else "info",
        evidence={
            "start_up_s": start_up_s,
            "first_fit_s": work.wall_s,
            "serial_first_fit_s": serial.wall_s,
        },
        advice="starting the worker processes, and moving the first data to them, is a large part "
        "of the first fit: fit several times in one process, where loky keeps them (measure with "
        "--repeats 1 to see by how much), or use backend: threading, which starts none; for a "
        f"single fit as short as this, {n_jobs_knob(case)}: 1 may do",
    )


def forks_again(case: Case, row: SettingReport, found: Evidence) -> Finding | None:
    """Tell of workers that are forked anew for each call, in warm fits too."""
    work, serial = found.typical, case.serial(row)
    calls = [call for call in work.outer if call.backend == "multiprocessing"]
    if not calls or serial is None:
        return None
    times = slowdown(found, serial)
    start_up_s = _before_tasks_s(work, "multiprocessing", serial)
    if not _matters(start_up_s, work):
        return None
    if hands_out(work):
        return None  # the caller was busy with data, which is more than forking takes
    return Finding(
        rule=RULE,
        severity="warning" if (times or 0.0) >= 1 / SLOWDOWN else "info",
        evidence={
            "start_up_s": start_up_s,
            "fit_s": work.wall_s,
            "serial_fit_s": serial.wall_s,
            "parallel_calls": sum(call.calls for call in calls),
        },
        advice="multiprocessing forks its workers anew for each call, in warm fits too: use "
        "backend: loky, which keeps them, or threading, which starts none",
    )


def handing_s(work: Work) -> float:
    """Return the caller's CPU in its calls of processes, less what forking them takes."""
    return sum(
        max(0.0, call.own_cpu_s - _forks(call) * FORK_S)
        for call in work.outer
        if call.backend in PROCESSES
    )


def hands_out(work: Work) -> bool:
    """Tell whether the caller was busy with handing out and collecting."""
    return handing_s(work) >= max(HANDING_S, HANDING_SHARE * work.wall_s)


def _forks(call: ParallelCall) -> int:
    return call.calls * call.n_jobs if call.backend == "multiprocessing" else 0


def _before_tasks_s(work: Work, backend: str, serial: Evidence | None) -> float:
    """Return what came before the first tasks of a backend's calls, less what others explain."""
    calls = [call for call in work.outer if call.backend == backend]
    return sum(before_first_task_s(call, serial) for call in calls) - work.displaced_s


def before_first_task_s(call: ParallelCall, serial: Evidence | None) -> float:
    """Return what came before a call's first task, which is thought to take what serial needs."""
    task_s = ((serial.cpu_s if serial else None) or 0.0) / max(1, call.tasks)
    return max(0.0, call.first_done_s - call.calls * task_s)
