"""Whether a cap held: the pools that were read, and the threads that really ran."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from sklpar.backends import BACKENDS
from sklpar.model import Caps, Setting
from sklpar.quantities.interface import MIN_SAMPLES, FitTrace

# A thread is busy from this share of a fit's wall-clock on; idle pool threads stay far below.
BUSY_SHARE = 0.10
# In a fit shorter than this a share of 10% is a few clock readings: no thread is blamed for it.
_MIN_WALL_S = 0.05


@dataclass(frozen=True, kw_only=True)
class CapVerdict:
    """What became of a cap; `violation` says in words what contradicts the request."""

    caps: Literal["verified", "unverified", "violated"]
    busy_threads: int | None
    violation: str | None = None
    # Workers that can be threads of the trial's own process.
    thread_workers: int = 0


def judge_caps(
    setting: Setting,
    jobs_by_depth: Sequence[int],
    traces: Sequence[FitTrace],
    proof: Mapping[str, Any] | None,
) -> CapVerdict:
    """Hold the request against the pools and the busy threads.

    Parameters
    ----------
    jobs_by_depth : sequence of int
        n_jobs at each depth, outermost first: an inner one is honoured in full in every worker.
    proof : mapping or None
        Pools of the trial and of its workers; None where the trial did not get there.
    """
    outer = jobs_by_depth[0] if jobs_by_depth else 1
    nested = math.prod(jobs_by_depth[1:])
    in_process = setting.backend is None or BACKENDS[setting.backend].in_process
    cap = _largest(setting)
    counted = [trace for trace in traces if trace.wall_s >= _MIN_WALL_S and trace.thread_uses()]
    # An n_jobs that started no worker process (a booster's own) stands for threads of this one.
    alone = not any(trace.watch.workers_peak or trace.end.workers for trace in traces)
    main_workers = nested * (outer if in_process or alone else 1)
    busy = max((sum(busy_threads(t, main_workers).values()) for t in counted), default=None)
    # Workers that ended with the fit can only have been seen by the sampler.
    watched = alone or _stay(setting) or any(t.watch.samples >= MIN_SAMPLES for t in traces)
    proven = proof is not None and "unproven" not in proof and watched
    violation = None
    if cap is not None:
        request = _Request(cap=cap, main_workers=main_workers, nested=nested)
        violation = _pools_above(setting, proof) or next(
            (text for trace in counted if (text := _threads_above(trace, request))), None
        )
    return CapVerdict(
        caps="violated" if violation else "verified" if proven else "unverified",
        busy_threads=busy,
        violation=violation,
        thread_workers=main_workers if in_process or alone else 0,
    )


def _stay(setting: Setting) -> bool:
    return setting.backend is None or BACKENDS[setting.backend].workers_stay


@dataclass(frozen=True, kw_only=True)
class _Request:
    """Threads asked for: `cap` for each of the workers of a process."""

    cap: int
    main_workers: int
    nested: int


def _largest(setting: Setting) -> int | None:
    inner = setting.inner_threads
    if isinstance(inner, Caps):
        return max(inner.blas, inner.openmp)
    return inner if isinstance(inner, int) else None


def _pools_above(setting: Setting, proof: Mapping[str, Any] | None) -> str | None:
    """Name the first pool with more threads than its cap, here or in a worker."""
    if proof is None:
        return None
    inner = setting.inner_threads
    places = [("the process", proof["pools"]), *(("a worker", w) for w in proof["workers"])]
    for place, pools in places:
        for pool in pools:
            if isinstance(inner, Caps):
                cap = inner.blas if pool["user_api"] == "blas" else inner.openmp
            else:
                cap = int(inner or 0)
            if pool["num_threads"] > cap:
                return (
                    f"{pool['internal_api']} in {place} had {pool['num_threads']} threads, "
                    f"{cap} asked"
                )
    return None


def busy_threads(trace: FitTrace, main_workers: int) -> dict[int, int]:
    """Count the threads above 10% CPU of one fit, by process.

    joblib's handlers are no worker's. Its pool threads come and go with each call, and the main
    thread rests while they work: together they count as the workers that they are, at most.
    """
    counts: dict[int, int] = {}
    workers = 0
    for (pid, tid), use in trace.thread_uses().items():
        if use.cpu_s <= BUSY_SHARE * trace.wall_s or tid in trace.handlers:
            continue
        if pid == trace.pid and (tid == pid or tid in trace.pool_threads):
            workers += 1
        else:
            counts[pid] = counts.get(pid, 0) + 1
    counts[trace.pid] = counts.get(trace.pid, 0) + min(workers, main_workers)
    return counts


def _threads_above(trace: FitTrace, request: _Request) -> str | None:
    """Name the process that ran more threads than it was allowed.

    Where pools of threads are made and ended within the fit (a cap above 1, nested jobs), more
    threads may have been busy in turn than ever were at once: there, the sampler must have seen
    them at once. In a worker of one job, having been seen at once is proof enough: threads that
    come and go with each task are busy for too short a part of the fit.
    """
    busy = busy_threads(trace, request.main_workers)
    for pid in busy.keys() | trace.watch.concurrent.keys():
        is_main = pid == trace.pid
        workers = request.main_workers if is_main else request.nested
        allowed = workers * request.cap
        at_once = trace.watch.concurrent.get(pid, 0)
        in_turn = request.cap > 1 or request.nested > 1
        if at_once > allowed and not is_main and not in_turn:
            counted = f"{at_once} threads of a worker wanted a CPU at once"
        elif busy.get(pid, 0) > allowed and (at_once > allowed or not in_turn):
            where = "the process" if is_main else "a worker"
            counted = f"{busy[pid]} threads of {where} were above {BUSY_SHARE:.0%} CPU"
        else:
            continue
        return (
            f"{counted}, {allowed} asked ({workers} × {request.cap}): a library ignores the cap, "
            "or several pools have it each"
        )
    return None
