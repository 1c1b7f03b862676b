"""Much more CPU than serial needs for the same work, without a crowd.

`oversubscription` explains dear CPU by a crowd, `pool_startup` that of a first fit under processes,
`pickling` that of moving data, `own_threads` that of threads beyond the cap: this rule gives way.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from sklpar.analysis.case import Case, alike, inflation, slowdown
from sklpar.analysis.evidence import Evidence
from sklpar.analysis.factors import Factors, factors_of, n_jobs_knob, uses_processes
from sklpar.analysis.rules.oversubscription import harmed
from sklpar.analysis.rules.own_threads import own_threads_of
from sklpar.analysis.rules.pickling import fine_task_s, pickling_of
from sklpar.analysis.thresholds import (
    BOUGHT,
    HANDING_S,
    INFLATED,
    INFLATED_ANYHOW,
    INFLATED_ANYHOW_S,
    INFLATED_S,
    OUTSIDE_CPUS,
)
from sklpar.model import Finding, SettingReport

RULE = "cpu_inflation"


def cpu_inflation(case: Case) -> Mapping[str, Sequence[Finding]]:
    """Tell of settings that spend CPU on waiting busily, or on handing out tasks too fine."""
    found_of = {row.id: _inflation_of(case, row, found) for row, found in case.seen()}
    return {setting: [found] for setting, found in found_of.items() if found}


def _inflation_of(case: Case, row: SettingReport, found: Evidence) -> Finding | None:
    reference = case.serial(row) or case.leanest(row)
    if reference is None or reference is found or not found.finished:
        return None
    factors = factors_of(case, row, found)
    if uses_processes(found, row) and found.warm is None:
        factor = _handing_out(case, row, found, reference)
    else:
        factor = _less_outside(found, reference, factors)
    if factor is None or factor < INFLATED or harmed(case, row, found):
        return None
    if pickling_of(case, row, found) or own_threads_of(case, row):
        return None
    layered = factors.threads > 1 or factors.own_pool
    known = layered or fine_task_s(case, row, found) is not None
    extra_s = (factor - 1) * (alike(found, reference)[1].cpu_s or 0.0)
    if not known and (factor < INFLATED_ANYHOW or extra_s < INFLATED_ANYHOW_S):
        return None
    advice = _advice(case, row, found, factors)
    if advice is None:
        return None
    times = slowdown(found, reference)
    bought = times is not None and times < 1 / BOUGHT
    work = found.typical
    # Of threads that wait for one that others displaced, nobody can say how much is their own.
    disturbed = factors.threads > 1 and work.displaced_s >= OUTSIDE_CPUS * work.wall_s
    blamed = known and not bought and not disturbed
    severity: Literal["info", "warning"] = "warning" if blamed else "info"
    return Finding(
        rule=RULE,
        severity=severity,
        evidence={
            "fit": found.kind,
            "inflation_to_serial": factor,
            "slowdown_to_serial": times,
            "cpu_s": work.cpu_s,
            "serial_cpu_s": reference.cpu_s,
            "cpus_used": (work.cpu_s or 0.0) / work.wall_s if work.wall_s else None,
            "native_threads": factors.threads,
            "workers": factors.workers,
            "tasks": sum(call.tasks for call in work.outer) or None,
            "task_s": fine_task_s(case, row, found),
            "outside_cpu_s": work.outside_cpu_s,
        },
        advice=advice,
    )


def _handing_out(
    case: Case, row: SettingReport, found: Evidence, reference: Evidence
) -> float | None:
    """Return the inflation by handing out fine tasks alone, None where they are not fine.

    Workers that start import scikit-learn each: CPU that only a first fit spends, and that says
    nothing. The caller's own is known apart from theirs.
    """
    if fine_task_s(case, row, found) is None or not reference.cpu_s:
        return None
    handing_s = sum(call.own_cpu_s for call in found.typical.outer)
    return 1 + handing_s / reference.cpu_s if handing_s >= HANDING_S else None


def _less_outside(found: Evidence, reference: Evidence, factors: Factors) -> float | None:
    """Return the inflation less what others' load explains; None where too little is left.

    Where one thread of a team is kept from a CPU, all others of it spin until it is back.
    """
    factor = inflation(found, reference)
    ours, theirs = alike(found, reference)
    if factor is None or not ours.cpu_s or not theirs.cpu_s:
        return None
    extra_s = (factor - 1) * theirs.cpu_s
    if factors.threads > 1:
        extra_s -= ours.displaced_s * (factors.threads - 1)
    return 1 + extra_s / theirs.cpu_s if extra_s >= INFLATED_S else None


def _advice(case: Case, row: SettingReport, found: Evidence, factors: Factors) -> str | None:
    """Name what burns the CPU, and its knob; None where it may be the machine's own nature."""
    task_s = fine_task_s(case, row, found)
    knob = factors.nested_path if factors.nested > 1 else None
    knob = knob or n_jobs_knob(case)
    if factors.threads > 1 and not (task_s and factors.own > 1):
        sets = f" ({factors.variables})" if factors.variables else ""
        passive = (
            "; OMP_WAIT_POLICY=passive lets OpenMP's threads sleep, and may change the last digits"
            if "OpenMP" in factors.libraries
            else ""
        )
        several = factors.own > 1
        return (
            f"{factors.product()}{', which' if several else ''} find too little work and wait "
            f"busily for each other: cap {'the native ones' if several else 'them'} at 1 with "
            f"inner_threads: 1{sets}{passive}"
        )
    if task_s:
        return (
            "the tasks are so short that handing them out costs more than it saves: make fewer, "
            f"larger ones, or set {knob}: 1"
        )
    if factors.own_pool:
        return (
            f"{factors.product()}, which find too little work and wait busily for each other: "
            f"set {factors.nested_path}: 1"
        )
    if factors.own > 1:
        return (
            "the workers use far more CPU together than one alone, for shared caches, memory or "
            f"locks: a smaller {knob} wastes less"
        )
    return None
