"""Reading a process tree from /proc, cheaply: this runs many times a second beside a timed fit."""

from __future__ import annotations

import os
import resource
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from typing import NamedTuple

from sklpar.host.cgroups import throttled
from sklpar.host.load import read_cpu_times
from sklpar.quantities.interface import Snapshot, ThreadUse

AVAILABLE = sys.platform == "linux"
_TICKS = os.sysconf("SC_CLK_TCK") if AVAILABLE else 100
_PAGE_BYTES = os.sysconf("SC_PAGE_SIZE")


class ProcessStat(NamedTuple):
    """The fields of /proc/<pid>/stat that are used: parent, own CPU, CPU of what it reaped."""

    parent: int
    cpu_s: float
    children_cpu_s: float


def read_bytes(path: str) -> bytes | None:
    """Return a /proc file's content, or None where the process went away meanwhile."""
    try:
        fd = os.open(path, os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return None
    try:
        return os.read(fd, 65536)
    except OSError:
        return None
    finally:
        os.close(fd)


def process_stat(pid: int) -> ProcessStat | None:
    """Read one process; its name may hold brackets, so fields count from the last one."""
    content = read_bytes(f"/proc/{pid}/stat")
    if content is None:
        return None
    fields = content[content.rindex(b")") + 2 :].split()
    return ProcessStat(
        parent=int(fields[1]),
        cpu_s=(int(fields[11]) + int(fields[12])) / _TICKS,
        children_cpu_s=(int(fields[13]) + int(fields[14])) / _TICKS,
    )


def descendants(root: int) -> list[int]:
    """Return the living processes below `root`, which is not among them, parents first."""
    found: list[int] = []
    queue = [root]
    while queue:
        pid = queue.pop()
        for tid in thread_ids(pid):
            content = read_bytes(f"/proc/{pid}/task/{tid}/children")
            if content is None and not _has_children_files():
                return _descendants_by_scan(root)
            children = [int(child) for child in (content or b"").split()]
            found += children
            queue += children
    return found


def _has_children_files() -> bool:
    # CONFIG_PROC_CHILDREN is missing in some container kernels.
    return os.path.exists(f"/proc/self/task/{os.getpid()}/children")  # noqa: PTH110


def _descendants_by_scan(root: int) -> list[int]:
    parents: dict[int, list[int]] = {}
    for entry in os.listdir("/proc"):  # noqa: PTH208
        if entry.isdigit():
            stat = process_stat(int(entry))
            if stat is not None:
                parents.setdefault(stat.parent, []).append(int(entry))
    found: list[int] = []
    queue = [root]
    while queue:
        children = parents.get(queue.pop(), [])
        found += children
        queue += children
    return found


def thread_ids(pid: int) -> list[int]:
    """Return the thread ids of a process; empty where it is gone."""
    try:
        return [int(tid) for tid in os.listdir(f"/proc/{pid}/task")]  # noqa: PTH208
    except OSError:
        return []


def thread_uses(pid: int) -> Iterator[tuple[tuple[int, int], ThreadUse]]:
    """Yield CPU time and run-queue wait of each thread of a process (schedstat, nanoseconds)."""
    for tid in thread_ids(pid):
        content = read_bytes(f"/proc/{pid}/task/{tid}/schedstat")
        if content:
            cpu, wait, _ = content.split()
            yield (pid, tid), ThreadUse(cpu_s=int(cpu) / 1e9, wait_s=int(wait) / 1e9)


def runnable_threads(pid: int) -> tuple[int, int]:
    """Return (threads, threads running or waiting for a CPU) of a process."""
    tids = thread_ids(pid)
    runnable = 0
    for tid in tids:
        content = read_bytes(f"/proc/{pid}/task/{tid}/stat")
        if content is not None and content[content.rindex(b")") + 2 :][:1] == b"R":
            runnable += 1
    return len(tids), runnable


def cpu_clock_s(pid: int) -> float | None:
    """CPU seconds of one process, all threads, ended ones included, to the nanosecond.

    The clock id of another process is ``(~pid << 3) | 2`` (CPUCLOCK_SCHED; see
    ``clock_getcpuclockid(3)``); it counts while the process is alive or a zombie.
    """
    try:
        return time.clock_gettime((~pid << 3) | 2)
    except OSError:
        return None


def is_tracker(pid: int) -> bool:
    """Tell whether a process is a resource tracker of multiprocessing or loky: no worker."""
    return b"resource_tracker" in (read_bytes(f"/proc/{pid}/cmdline") or b"")


def proportional_bytes(pid: int) -> int | None:
    """PSS of a process without file pages: shared pages are divided among who maps them."""
    content = read_bytes(f"/proc/{pid}/smaps_rollup")
    if not content or b"Pss_Anon" not in content:
        return None
    total = 0
    for line in content.splitlines():
        if line.startswith((b"Pss_Anon:", b"Pss_Shmem:")):
            total += int(line.split()[1]) * 1024
    return total


def resident_bytes(pid: int) -> int | None:
    """RSS of a process without file pages: shared pages count once for each who maps them."""
    content = read_bytes(f"/proc/{pid}/status")
    if not content:
        return None
    total = 0
    for line in content.splitlines():
        if line.startswith((b"RssAnon:", b"RssShmem:")):
            total += int(line.split()[1]) * 1024
    return total


def machine() -> Snapshot:
    """Read what the machine did so far, and nothing of the tree.

    CPU times are of the CPUs that this process may use.
    """
    if not AVAILABLE:
        return Snapshot()
    times = read_cpu_times(cpus=os.sched_getaffinity(0))
    throttling = throttled()
    return Snapshot(
        machine_busy_s=None if times is None else times.busy_s + times.steal_s,
        steal_s=None if times is None else times.steal_s,
        throttled_s=None if throttling is None else throttling.throttled_s,
        swapped_bytes=swapped_bytes(read_bytes("/proc/vmstat") or b""),
    )


def swapped_bytes(vmstat: bytes) -> int | None:
    """Return the bytes moved to and from swap, of ``/proc/vmstat``; None where it has no count."""
    counts = dict(line.split() for line in vmstat.splitlines())
    try:
        return (int(counts[b"pswpin"]) + int(counts[b"pswpout"])) * _PAGE_BYTES
    except KeyError:  # a kernel without swap, or no such file
        return None


def snapshot(memory_bytes: int | None, *, opening: bool) -> Snapshot:
    """Read the tree below this very process, itself included.

    `opening` is a fit's start: the machine, the costliest to read, is read outside the fit's CPU
    time, so first there and last at the end.
    """
    if not AVAILABLE:
        return Snapshot()
    before = machine() if opening else None
    own, reaped = (
        resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)
    )
    cpu = time.process_time() + reaped.ru_utime + reaped.ru_stime
    switches = own.ru_nivcsw + reaped.ru_nivcsw
    threads = dict(thread_uses(os.getpid()))
    workers = 0
    for pid in descendants(os.getpid()):
        clock, stat = cpu_clock_s(pid), process_stat(pid)
        if stat is None:
            continue
        # Some sandboxes have no clocks of other processes; the ticks are right to 10 ms.
        cpu += (stat.cpu_s if clock is None else clock) + stat.children_cpu_s
        switches += _involuntary_switches(pid)
        if not is_tracker(pid):
            workers += 1
            threads.update(thread_uses(pid))
    return replace(
        before or machine(),
        cpu_s=cpu,
        involuntary_switches=switches,
        memory_bytes=memory_bytes,
        workers=workers,
        threads=threads,
    )


def _involuntary_switches(pid: int) -> int:
    total = 0
    for tid in thread_ids(pid):
        content = read_bytes(f"/proc/{pid}/task/{tid}/status") or b""
        position = content.rfind(b"nonvoluntary_ctxt_switches:")
        if position >= 0:
            total += int(content[position:].split()[1])
    return total
