"""Memory that is multiplied by the number of workers."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sklpar.analysis.case import Case
from sklpar.analysis.factors import n_jobs_knob
from sklpar.analysis.thresholds import (
    FORKED_WORKER_BYTES,
    MEMORY_GROWTH,
    NEAR_MEMORY,
    NOTABLE_MEMORY,
    WORKER_BYTES,
    WORKER_COPIES_BYTES,
    WORKERS_PART,
)
from sklpar.analysis.work import work_of
from sklpar.model import Estimate, Finding, SettingReport

RULE = "memory_per_worker"


def memory_per_worker(case: Case) -> Mapping[str, Sequence[Finding]]:
    """Hold the peak of each setting with workers against that of serial.

    An interpreter with its imports in each worker process is what processes cost, and is told only
    where it adds up.
    """
    serial = next((row for row in case.rows if row.id == "serial"), None)
    alone = _peak(serial) if serial else None
    if alone is None:
        return {}
    findings = {}
    for row in case.rows:
        if row.id != "serial" and not work_of(case.run, row):
            found = _killed(case, row, alone) or _judged(case, row, alone)
            if found is not None:
                findings[row.id] = [found]
    return findings


def _judged(case: Case, row: SettingReport, alone: float) -> Finding | None:
    peak, room = _peak(row), _room(case)
    processes, workers = _workers(row)
    if peak is None or workers < 2:
        return None
    growth = peak - alone
    near = room is not None and peak >= NEAR_MEMORY * room and growth >= WORKERS_PART * peak
    harm = near or (processes and _copies(row, growth / workers, peak / alone))
    if not harm and (room is None or growth < NOTABLE_MEMORY * room):
        return None
    return Finding(
        rule=RULE,
        severity="warning" if harm else "info",
        evidence={
            "peak_memory_bytes": peak,
            "serial_memory_bytes": alone,
            "worker_count": workers,
            "per_worker_bytes": growth / workers,
            "data_bytes": case.evidence[row.id].data_bytes if row.id in case.evidence else None,
            "memory_room_bytes": room,
        },
        advice=_advice(case, processes=processes),
    )


def _copies(row: SettingReport, per_worker: float, times: float) -> bool:
    base = FORKED_WORKER_BYTES if row.backend == "multiprocessing" else WORKER_BYTES
    return per_worker - base >= WORKER_COPIES_BYTES and times >= MEMORY_GROWTH


def _killed(case: Case, row: SettingReport, alone: float) -> Finding | None:
    """Tell of workers that together ran out of memory, where one alone did not."""
    if row.status != "out_of_memory" or (row.id != "as-written" and (row.n_jobs or 1) == 1):
        return None
    return Finding(
        rule=RULE,
        severity="error",
        evidence={
            "serial_memory_bytes": alone,
            "worker_count": row.n_jobs,
            "memory_room_bytes": _room(case),
        },
        advice=_advice(case, processes=row.backend != "threading"),
    )


def _advice(case: Case, *, processes: bool) -> str:
    if not processes:
        return (
            "each worker makes its own copies of its folds or blocks, all at the same time: lower "
            f"{n_jobs_knob(case)}, or hold X as float32 instead of float64"
        )
    return (
        "each worker process holds an interpreter and its own copies of the data it works on: use "
        f"backend: threading, whose workers share them; or lower {n_jobs_knob(case)}; X as float32 "
        "halves each copy, and a search with pre_dispatch: n_jobs queues fewer of them"
    )


def _workers(row: SettingReport) -> tuple[bool, int]:
    """Tell whether the workers were processes, and how many there were."""
    observed = row.observed
    processes = (observed.processes or 1) - 1 if observed else 0
    if processes > 0:
        return True, processes
    return False, (observed.workers or 0) if observed else 0


def _peak(row: SettingReport) -> float | None:
    measured = row.measures["peak_memory_bytes"]
    return measured.median if isinstance(measured, Estimate) and measured.median > 0 else None


def _room(case: Case) -> float | None:
    known = (case.run.host.memory_bytes, case.run.spec.memory_limit_bytes)
    return min((one for one in known if one is not None), default=None)
