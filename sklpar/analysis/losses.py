"""What kept CPUs idle within one fit, each cause by itself, as its own numbers tell."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sklpar.analysis.products import PROCESSES
from sklpar.model import Fit, ParallelCall, Reading


@dataclass(frozen=True, kw_only=True)
class Losses:
    """CPU-seconds that a fit left idle, by cause; together they may come to more than it did.

    Attributes
    ----------
    waiting_s : float
        Its threads waited while others, a quota or the hypervisor had the CPU.
    imbalance_s : float
        Workers had no task left, or never got one, while others finished.
    serial_s : float
        The program asked for fewer CPUs than there are: outside of its parallel calls, in calls of
        fewer workers than CPUs, or while its own process hands tasks out and no worker has one.
    blocked_s : float
        Nothing wanted a CPU, or workers of a thread pool that had tasks did not.
    queued_s : float
        Its threads waited for a CPU that nobody else had: more of them than CPUs queue behind each
        other, and now and then one CPU has a queue while another has nothing to do.
    """

    waiting_s: float
    imbalance_s: float
    serial_s: float
    blocked_s: float
    queued_s: float = 0.0


@dataclass(frozen=True, kw_only=True)
class _Demand:
    """Idle capacity for want of threads that want it, as sampled.

    `none_s` while none did, `narrow_s` while some did, but fewer than CPUs; `alone_s` is the part
    of `narrow_s` while about one did.
    """

    none_s: float
    narrow_s: float
    alone_s: float


@dataclass(frozen=True, kw_only=True)
class _InCalls:
    """What the outermost calls of more than one job come to.

    `threads` is how many threads a busy worker kept running, 1 at least. `own_cpu_s` is that of the
    trial's own process under process workers, `cpu_s` that of the workers.
    """

    calls: tuple[ParallelCall, ...]
    wall_s: float
    cpu_s: float
    own_cpu_s: float
    threads: float


def losses_of(fit: Fit, cpus: int) -> Losses:
    """Return what kept `cpus` CPUs idle in a fit.

    A fit that was too short to be sampled has no widths and no run-queue wait: what rests on them
    is 0 then.
    """
    wall, cpu = reading(fit, "wall_s") or 0.0, reading(fit, "cpu_s") or 0.0
    demand = _demand(fit.widths_s, cpus, wall)
    inside = _inside(fit, cpus)
    waiting = _waiting(fit)
    imbalance = sum(_tail(call, cpus, inside.threads) for call in inside.calls)
    if not inside.calls:
        return _without_calls(fit, cpus, demand, waiting)
    outside_s = max(0.0, wall - inside.wall_s)
    serial = _stretches(outside_s, _cpu_outside(fit, inside, cpu, outside_s), cpus)
    serial += sum(_unasked(call, cpus, inside.threads) for call in inside.calls)
    if demand is not None:
        handing_out = min(inside.own_cpu_s * (cpus - 1), demand.alone_s)
        serial += max(0.0, min(handing_out, demand.narrow_s - serial - imbalance))
    return Losses(
        waiting_s=waiting,
        imbalance_s=imbalance,
        serial_s=serial,
        blocked_s=_blocked(inside, cpus, demand, imbalance, waiting=waiting, serial=serial),
        queued_s=_queued(fit),
    )


def _without_calls(fit: Fit, cpus: int, demand: _Demand | None, waiting: float) -> Losses:
    """One thread that works leaves the other CPUs idle, whatever it is that it works on.

    But where there were workers all the same, their calls went unseen, and what was not sampled
    is not known.
    """
    if demand is not None:
        serial, blocked = demand.narrow_s, demand.none_s
    else:
        wall, cpu = reading(fit, "wall_s") or 0.0, reading(fit, "cpu_s") or 0.0
        serial, blocked = 0.0 if fit.worker_cpu_s else _stretches(wall, cpu, cpus), 0.0
    return Losses(
        waiting_s=waiting,
        imbalance_s=0.0,
        serial_s=serial,
        blocked_s=blocked,
        queued_s=_queued(fit),
    )


def reading(fit: Fit, quantity: str) -> float | None:
    """Return the value of a quantity, None where it was not measured."""
    found = fit.readings.get(quantity)
    return found.value if isinstance(found, Reading) else None


def process_calls(fit: Fit) -> tuple[ParallelCall, ...]:
    """Return the outermost calls whose workers are processes."""
    return tuple(call for call in _outermost(fit) if call.backend in PROCESSES)


def _outermost(fit: Fit) -> tuple[ParallelCall, ...]:
    return tuple(call for call in fit.calls if call.depth == 0 and call.n_jobs > 1)


def _waiting(fit: Fit) -> float:
    """Others' CPU, as far as own threads waited for one: on CPUs left idle they took nothing away.

    What the hypervisor takes is part of others' CPU, but a thread does not wait for it in the run
    queue: it counts as running.
    """
    outside = reading(fit, "outside_cpu_s") or 0.0
    stolen = min(outside, reading(fit, "steal_s") or 0.0)
    throttled = reading(fit, "throttled_s") or 0.0
    waited = reading(fit, "run_queue_wait_s")
    if waited is None:
        return stolen + throttled  # a quota only stops threads that want to run
    return stolen + min(outside - stolen + throttled, waited)


def _queued(fit: Fit) -> float:
    others = (reading(fit, "outside_cpu_s") or 0.0) + (reading(fit, "throttled_s") or 0.0)
    return max(0.0, (reading(fit, "run_queue_wait_s") or 0.0) - others)


def _demand(widths_s: Sequence[float], cpus: int, wall_s: float) -> _Demand | None:
    total = sum(widths_s)
    if total <= 0:
        return None
    # Samples begin after the fit does and end before it: they stand for the whole of it.
    seconds = [width * wall_s / total for width in widths_s]
    narrow = [s * (cpus - n) for n, s in enumerate(seconds[:cpus]) if n]
    return _Demand(
        none_s=seconds[0] * cpus, narrow_s=sum(narrow), alone_s=narrow[0] if narrow else 0.0
    )


def _inside(fit: Fit, cpus: int) -> _InCalls:
    calls, in_processes = _outermost(fit), process_calls(fit)
    own = sum(call.own_cpu_s for call in in_processes)
    cpu = sum(call.own_cpu_s for call in calls) - own
    if in_processes:
        cpu = max(cpu, sum(fit.worker_cpu_s))  # of pool threads it is own CPU as well
    busy_s = sum(max(0.0, call.n_jobs * call.wall_s - call.tail_idle_s) for call in calls)
    return _InCalls(
        calls=calls,
        wall_s=sum(call.wall_s for call in calls),
        cpu_s=cpu,
        own_cpu_s=own,
        threads=min(max(1.0, cpu / busy_s), float(cpus)) if busy_s > 0 else 1.0,
    )


def _width(call: ParallelCall, cpus: int, threads: float) -> float:
    """Return how many CPUs a call can keep busy."""
    return min(float(cpus), call.n_jobs * threads)


def _tail(call: ParallelCall, cpus: int, threads: float) -> float:
    """Return the CPU-seconds lost for want of tasks.

    More workers than CPUs share them: as long as as many still work as there are CPUs, those that
    ran out cost nothing. Of n workers that end one after the other at equal distances,
    P (P - 1) / (n (n - 1)) of their idle time is that of the last P.
    """
    surplus = max(0, call.n_jobs - cpus)
    if not surplus:
        return call.tail_idle_s * _width(call, cpus, threads) / call.n_jobs
    # Workers that never got a task are idle throughout; those beyond the CPUs are no loss.
    never_used = max(0, call.n_jobs - call.tasks // max(1, call.calls))
    removed = min(surplus, never_used)
    left, idle_s = call.n_jobs - removed, call.tail_idle_s - removed * call.wall_s
    return max(0.0, idle_s) * cpus * (cpus - 1) / (left * (left - 1)) if left > 1 else 0.0


def _unasked(call: ParallelCall, cpus: int, threads: float) -> float:
    return (cpus - _width(call, cpus, threads)) * call.wall_s


def _cpu_outside(fit: Fit, inside: _InCalls, cpu_s: float, outside_s: float) -> float:
    """Return the CPU used outside of parallel calls."""
    left = max(0.0, cpu_s - inside.cpu_s - inside.own_cpu_s)
    if process_calls(fit) and not fit.worker_cpu_s:
        return min(left, outside_s)  # what the workers used is not known: one thread is assumed
    return left


def _stretches(wall_s: float, cpu_s: float, cpus: int) -> float:
    """Return what is idle beside the threads that work; while none works, it is no stretch."""
    return max(0.0, min(wall_s, cpu_s) * cpus - cpu_s)


def _blocked(
    inside: _InCalls,
    cpus: int,
    demand: _Demand | None,
    imbalance: float,
    *,
    waiting: float,
    serial: float,
) -> float:
    """Return what is idle since workers wait for each other, or for a disk.

    A CPU that no one else took is only left idle by threads that do not want it. So what a thread
    pool's workers left idle while they had tasks is the interpreter's lock, another, or a disk;
    those of processes may have waited for their tasks as well, so there only the time counts in
    which nothing wanted a CPU.
    """
    unwanted = None
    if demand is not None:
        unwanted = max(0.0, demand.none_s + demand.narrow_s - imbalance - serial)
    if any(call.backend in PROCESSES for call in inside.calls):
        return 0.0 if demand is None or unwanted is None else min(demand.none_s, unwanted)
    capacity = sum(_width(call, cpus, inside.threads) * call.wall_s for call in inside.calls)
    short = max(0.0, capacity - inside.cpu_s - imbalance - waiting)
    if demand is None or unwanted is None:
        return short
    return max(min(short, unwanted), min(demand.none_s, unwanted))
