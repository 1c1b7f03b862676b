"""Handing data to worker processes costs more than it should.

Tasks that are too fine cost the same way but have another cure: `cpu_inflation` speaks of those,
and `pool_startup` of a fit that had to start its workers. Only of data that is large enough to be
seen as the cause does this rule speak all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sklpar.analysis.case import Case, slowdown
from sklpar.analysis.evidence import Evidence
from sklpar.analysis.factors import uses_processes
from sklpar.analysis.rules.oversubscription import harmed
from sklpar.analysis.rules.pool_startup import forks_again, handing_s, hands_out
from sklpar.analysis.thresholds import (
    FINE_PART,
    FINE_TASK_S,
    FINE_TASKS,
    HANDING_S,
    MEMMAP_BYTES,
    SLOWDOWN,
    TAKING_IN,
    TAKING_TIMES,
)
from sklpar.model import Finding, SettingReport

RULE = "pickling"


def pickling(case: Case) -> Mapping[str, Sequence[Finding]]:
    """Tell of a setting whose caller, or whose workers, were busy with moving data."""
    found_of = {row.id: pickling_of(case, row, found) for row, found in case.seen()}
    return {setting: [found] for setting, found in found_of.items() if found}


def pickling_of(case: Case, row: SettingReport, found: Evidence) -> Finding | None:
    """Return the finding on one setting, None where moving data costs it little."""
    if not uses_processes(found, row) or harmed(case, row, found):
        return None
    work, serial = found.typical, case.serial(row)
    large = (found.data_bytes or 0) >= MEMMAP_BYTES
    other = forks_again(case, row, found) or fine_task_s(case, row, found)
    if not work.wall_s or not work.outer or (other and not large):
        return None
    needed_s, taking_s = (serial.cpu_s if serial else None) or 0.0, _taken_in(found, serial)
    takes_in = taking_s >= max(HANDING_S, TAKING_IN * needed_s) and needed_s > 0
    takes_in = takes_in and (large or handing_s(work) >= HANDING_S)
    takes_in = takes_in and taking_s <= TAKING_TIMES * handing_s(work)
    if not (hands_out(work) or takes_in):
        return None
    times = slowdown(found, serial)
    pays = times is not None and times < 1 / SLOWDOWN
    return Finding(
        rule=RULE,
        severity="info" if pays else "warning",
        evidence={
            "fit": found.kind,
            "handing_out_cpu_s": handing_s(work),
            **({"taking_in_cpu_s": taking_s} if takes_in else {}),
            "wall_s": work.wall_s,
            "data_bytes": found.data_bytes,
            "tasks": sum(call.tasks for call in work.outer),
            "slowdown_to_serial": times,
        },
        advice=_advice(large=large, pays=pays),
    )


def _advice(*, large: bool, pays: bool) -> str:
    mapped = (
        "numpy arrays above 1 MB go to workers as memory maps, lists and columns of objects are "
        "copied for every task: pass X as one numeric numpy array, and put JOBLIB_TEMP_FOLDER on a "
        "tmpfs with room for it"
        if large
        else "what each task takes and gives back is copied: pass and return less"
    )
    all_the_same = ", though they are faster than serial all the same" if pays else ""
    costs = f"moving data to and from worker processes costs{all_the_same}"
    return f"{costs}; backend: threading avoids it; {mapped}"


def _taken_in(found: Evidence, serial: Evidence | None) -> float:
    """Return the workers' CPU beyond what serial needs, the caller's own apart.

    Forked workers import nothing; those of loky do, in a first fit, and then nobody can tell.
    """
    work = found.typical
    forked = all(call.backend == "multiprocessing" for call in work.outer)
    if serial is None or not serial.cpu_s or work.cpu_s is None or not (found.warm or forked):
        return 0.0
    own_s = sum(call.own_cpu_s for call in work.outer)
    return max(0.0, work.cpu_s - own_s - serial.cpu_s)


def fine_task_s(case: Case, row: SettingReport, found: Evidence) -> float | None:
    """Return how long a task takes where that is too short to hand out; None where it is not.

    The tasks are those of the call that has most of them, be it within the outermost one, where
    it takes up much of the fit.
    """
    work, reference = found.typical, case.serial(row) or case.leanest(row)
    most = max(work.shared, key=lambda call: call.tasks, default=None)
    if most is None or reference is None or not reference.cpu_s or most.tasks < FINE_TASKS:
        return None
    side_by_side = max((call.n_jobs for call in work.outer), default=1) if most.depth else 1
    if most.wall_s < FINE_PART * side_by_side * work.wall_s:
        return None
    task_s = reference.cpu_s / most.tasks
    return task_s if task_s <= FINE_TASK_S else None
