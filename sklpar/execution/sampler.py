"""Looking at a process tree from outside, as often as a hundredth of one CPU allows."""

from __future__ import annotations

import os
import time
from collections.abc import Mapping
from pathlib import Path

from sklpar.execution.demand import Demand
from sklpar.host.cgroups import MemoryGroup
from sklpar.quantities import proc
from sklpar.quantities.interface import ThreadUse, Watch

_INTERVAL_S = 0.025
# A sample's own CPU, times this, is the least time to the next: sampling stays under 1% of a CPU.
# Its wall-clock would not do: it is longest, and samples would be rarest, where threads queue.
_REST = 100
# A process that was no tracker so often will not become one.
_SURE_LOOKS = 4
# Without a memory group each process is asked by itself, which costs milliseconds a process.
_WALK_INTERVAL_S = 0.2


class Sampler:
    """Samples the tree below one process while a fit runs."""

    def __init__(self, group: str | None, group_version: int | None) -> None:
        self._group = (
            MemoryGroup.at(Path(group), group_version) if group and group_version else None
        )
        self._cpus = len(os.sched_getaffinity(0))
        self._root = 0
        self._looks: dict[int, int] = {}
        self.pids: set[int] = set()
        self.interval_s = _INTERVAL_S
        self._reset()

    def attach(self, root: int) -> None:
        """Name the process whose tree is sampled."""
        self._root = root

    @property
    def threads(self) -> Mapping[tuple[int, int], ThreadUse]:
        """Last use seen of each thread since `begin`."""
        return self._demand.threads

    def begin(self) -> None:
        """Start a fit: forget what was seen before."""
        self._reset()

    def _reset(self) -> None:
        self._demand = Demand(self._cpus)
        self._began = self._looked_at = time.monotonic()
        self._samples = 0
        self._workers = self._threads = self._runnable = 0
        self._memory: int | None = None
        self._memory_method = "cgroup" if self._group else None
        self._memory_next = 0.0

    def sample(self) -> None:
        """Look once; the next look is due after `interval_s`."""
        before, own_cpu_s = time.monotonic(), time.thread_time()
        below = proc.descendants(self._root)
        self.pids.update(below)
        workers = [pid for pid in below if self._is_worker(pid)]
        watched = [self._root, *workers]
        self._demand.look(
            {pid: dict(proc.thread_uses(pid)) for pid in watched}, before - self._looked_at
        )
        self._looked_at = before
        threads = runnable = 0
        for pid in watched:
            alive, running = proc.runnable_threads(pid)
            threads += alive
            runnable += running
        self._samples += 1
        self._workers = max(self._workers, len(workers))
        self._threads = max(self._threads, threads)
        self._runnable = max(self._runnable, runnable)
        self._read_memory([self._root, *below])
        self.interval_s = max(_INTERVAL_S, _REST * (time.thread_time() - own_cpu_s))

    def _is_worker(self, pid: int) -> bool:
        """Tell a worker from a resource tracker, once it has been seen twice.

        Between fork and exec a tracker still looks like its parent.
        """
        looks = self._looks.get(pid, 0)
        if looks < _SURE_LOOKS:
            looks = -1 if looks < 0 or proc.is_tracker(pid) else looks + 1
            self._looks[pid] = looks
        return looks > 1

    def _read_memory(self, pids: list[int]) -> None:
        if self._group is not None:
            usage = self._group.usage_bytes()
        elif time.monotonic() >= self._memory_next:
            usage = self._walk_memory(pids)
        else:
            return
        if usage is not None:
            self._memory = max(self._memory or 0, usage)

    def _walk_memory(self, pids: list[int]) -> int | None:
        before = time.thread_time()
        readings = [proc.proportional_bytes(pid) for pid in pids]
        self._memory_method = "pss"
        if readings[0] is None:
            readings = [proc.resident_bytes(pid) for pid in pids]
            self._memory_method = "rss"
        cost = time.thread_time() - before
        self._memory_next = time.monotonic() + max(_WALK_INTERVAL_S, _REST * cost)
        known = [reading for reading in readings if reading is not None]
        return sum(known) if known else None

    def end(self) -> Watch:
        """Return what was seen since `begin`; one more look catches what only the end shows."""
        elapsed = time.monotonic() - self._began
        self._read_memory([self._root, *proc.descendants(self._root)])
        return Watch(
            samples=self._samples,
            interval_s=elapsed / self._samples if self._samples else self.interval_s,
            workers_peak=self._workers,
            threads_peak=self._threads,
            runnable_peak=self._runnable,
            memory_peak_bytes=self._memory,
            memory_method=self._memory_method,
            concurrent=self._demand.sustained(),
            widths_s=self._demand.widths_s(),
        )
