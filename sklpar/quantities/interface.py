"""What was seen of one fit, and what a measured quantity makes of it.

The raw side (`Snapshot` by the trial itself at the fit's two ends, `Watch` by the sampler outside
between them) is collected once; each quantity is a pure function of the resulting `FitTrace`.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal, Protocol

from sklpar.model import Measured

# A fit shorter than this many sampling intervals has no run-queue wait: threads that came and
# went between two samples were never seen.
MIN_SAMPLES = 10


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
        CPU time so far that the CPUs of the trial were not idle, summed over them.
    memory_bytes : int or None
        Anonymous and shared memory of the tree, where a memory group tells it in one read.
    workers : int
        Processes below the trial's own, resource trackers aside.
    threads : mapping
        ``(pid, tid)`` to its use, for each thread alive.
    """

    cpu_s: float | None = None
    involuntary_switches: int | None = None
    machine_busy_s: float | None = None
    memory_bytes: int | None = None
    workers: int = 0
    threads: Mapping[tuple[int, int], ThreadUse] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Watch:
    """What the sampler outside saw between a fit's two ends.

    `threads` holds the last use seen of each thread. Counts are peaks over the samples.
    `concurrent` is, by process, how many threads at once wanted a CPU (ran or waited for one) over
    a sustained part of the fit.
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


@dataclass(frozen=True, kw_only=True)
class FitTrace:
    """All that is known of one fit.

    `pid` is the trial's own process; `handlers` and `pool_threads` are ids of the Python threads
    that joblib started in it so far: its helpers, and the workers of its thread pools.
    """

    wall_s: float
    pid: int
    start: Snapshot
    end: Snapshot
    watch: Watch
    handlers: frozenset[int] = frozenset()
    pool_threads: frozenset[int] = frozenset()

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


class Quantity(Protocol):
    """One measured quantity: a key of `Fit.readings`, and how tables speak of it."""

    name: str
    label: str
    unit: Literal["s", "bytes", "count"]
    better: Literal["lower", "none"]

    def read(self, trace: FitTrace) -> Measured:
        """Return the reading of this fit, or why there is none."""
