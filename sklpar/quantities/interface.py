"""What was seen of one fit, and what a measured quantity makes of it.

The raw side (`Snapshot` by the trial itself at the fit's two ends, `Watch` by the sampler outside
between them) is collected once; each quantity is a pure function of the resulting `FitTrace`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from sklpar.model import Measured, ParallelCall

# In a fit shorter than this many sampling intervals threads may have come and gone between two
# samples, unseen.
MIN_SAMPLES = 10
# Threads that were seen to use this part of the fit's CPU are as good as all of them.
MIN_COVERAGE = 0.8


@dataclass(frozen=True, kw_only=True)
class ThreadUse:
    """CPU time and run-queue wait of one thread, in seconds, since it started."""

    cpu_s: float
    wait_s: float


@dataclass(frozen=True, kw_only=True)
class Snapshot:
    """The trial's process tree at one instant, read from inside the trial.

    Attributes
    ----------
    cpu_s : float or None
        User + system time of every process of the tree so far, ended ones included.
    involuntary_switches : int or None
        Of every thread of the tree so far.
    machine_busy_s : float or None
        CPU time so far that the CPUs of the trial were not idle, summed over them; what the
        hypervisor gave to others counts.
    steal_s : float or None
        The part of it that the hypervisor gave to others.
    throttled_s : float or None
        How long so far CPU quotas stopped the trial's control group and those above it, summed over
        CPUs; None where there is no quota.
    swapped_bytes : int or None
        What the machine has moved to and from swap so far.
    memory_bytes : int or None
        Anonymous and shared memory of the tree, where a memory group tells it in one read.
    workers : int
        Processes below the trial's own, resource trackers aside.
    threads : mapping
        ``(pid, tid)`` to its use, for each thread alive, those of resource trackers aside.
    """

    cpu_s: float | None = None
    involuntary_switches: int | None = None
    machine_busy_s: float | None = None
    steal_s: float | None = None
    throttled_s: float | None = None
    swapped_bytes: int | None = None
    memory_bytes: int | None = None
    workers: int = 0
    threads: Mapping[tuple[int, int], ThreadUse] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Watch:
    """What the sampler outside saw between a fit's two ends.

    `threads` holds the last use seen of each thread. Counts are peaks over the samples.
    `concurrent` is, by process, how many threads at once wanted a CPU (ran or waited for one) over
    a sustained part of the fit. `widths_s` are the seconds in which about 0, 1, 2, ... threads of
    the tree wanted a CPU, the last item that many or more.
    """

    samples: int = 0
    interval_s: float = 0.0
    workers_peak: int = 0
    threads_peak: int = 0
    runnable_peak: int = 0
    memory_peak_bytes: int | None = None
    memory_method: str | None = None
    concurrent: Mapping[int, int] = field(default_factory=dict)
    threads: Mapping[tuple[int, int], ThreadUse] = field(default_factory=dict)
    widths_s: tuple[float, ...] = ()


@dataclass(frozen=True, kw_only=True)
class FitTrace:
    """All that is known of one fit.

    `pid` is the trial's own process; `handlers` and `pool_threads` are ids of the Python threads
    that joblib started in it so far: its helpers, and the workers of its thread pools. `calls` are
    its calls of joblib within the fit.
    """

    wall_s: float
    pid: int
    start: Snapshot
    end: Snapshot
    watch: Watch
    handlers: frozenset[int] = frozenset()
    pool_threads: frozenset[int] = frozenset()
    calls: tuple[ParallelCall, ...] = ()

    def thread_uses(self) -> dict[tuple[int, int], ThreadUse]:
        """CPU and wait of each thread within this fit, in seconds.

        A thread that ended inside the fit counts up to the last sample that saw it.
        """
        last = {**self.watch.threads, **self.end.threads}
        zero = ThreadUse(cpu_s=0.0, wait_s=0.0)
        uses = {}
        for key, use in last.items():
            first = self.start.threads.get(key, zero)
            uses[key] = ThreadUse(
                cpu_s=max(0.0, use.cpu_s - first.cpu_s),
                wait_s=max(0.0, use.wait_s - first.wait_s),
            )
        return uses

    @property
    def covered(self) -> bool:
        """True where few threads, by the CPU that they used, can have been missed.

        Pools of BLAS and OpenMP and the workers of loky outlive a fit, so that its end shows them
        however short it is; joblib's threads do not.
        """
        if self.watch.samples >= MIN_SAMPLES:
            return True
        if self.start.cpu_s is None or self.end.cpu_s is None:
            return False
        seen_s = sum(use.cpu_s for use in self.thread_uses().values())
        return seen_s >= MIN_COVERAGE * (self.end.cpu_s - self.start.cpu_s)

    def widths_s(self) -> tuple[float, ...]:
        """Seconds in which about 0, 1, 2, ... threads wanted a CPU, without the fit's two edges.

        Empty for a fit too short to have been sampled.
        """
        return self.watch.widths_s if self.watch.samples >= MIN_SAMPLES else ()

    def worker_cpu_s(self) -> tuple[float, ...]:
        """CPU of each worker process, or where there are none of each pool thread, most first.

        Of a fit too short to have been sampled, of those alone that were there at its end.
        """
        uses = self.thread_uses()
        if self.watch.samples < MIN_SAMPLES:
            uses = {key: use for key, use in uses.items() if key in self.end.threads}
        processes: dict[int, float] = {}
        for (pid, _), use in uses.items():
            if pid != self.pid:
                processes[pid] = processes.get(pid, 0.0) + use.cpu_s
        pool = [use.cpu_s for (_, tid), use in uses.items() if tid in self.pool_threads]
        return tuple(sorted(processes.values() if processes else pool, reverse=True))


class Quantity(Protocol):
    """One measured quantity: a key of `Fit.readings`, and how tables speak of it."""

    name: str
    label: str
    unit: Literal["s", "bytes", "count"]
    better: Literal["lower", "none"]

    def read(self, trace: FitTrace) -> Measured:
        """Return the reading of this fit, or why there is none."""
