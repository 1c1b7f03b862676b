"""How busy the machine is, so that other people's load is not blamed on a setting."""

from __future__ import annotations

import os
from collections.abc import Collection
from dataclasses import dataclass
from pathlib import Path

from sklpar.host.cgroup_tree import ROOT, read_text


@dataclass(frozen=True, kw_only=True)
class CpuTimes:
    """What the CPUs did since the machine started, in seconds summed over CPUs.

    steal_s is what a hypervisor gave to other guests; waiting for a disk counts as idle.
    """

    busy_s: float
    steal_s: float
    idle_s: float

    def since(self, earlier: CpuTimes) -> CpuTimes:
        """Return what was done between an earlier reading and this one."""
        return CpuTimes(
            busy_s=max(0.0, self.busy_s - earlier.busy_s),
            steal_s=max(0.0, self.steal_s - earlier.steal_s),
            idle_s=max(0.0, self.idle_s - earlier.idle_s),
        )


def read_cpu_times(root: Path = ROOT, cpus: Collection[int] | None = None) -> CpuTimes | None:
    """Return the CPUs' times so far, None where the kernel does not tell.

    Parameters
    ----------
    root : Path
        Where the file tree with ``proc`` begins.
    cpus : collection of int, optional
        Of these CPUs alone, such as those of the affinity mask; of all unless given.
    """
    return parse_cpu_times(read_text(root / "proc/stat"), os.sysconf("SC_CLK_TCK"), cpus)


def parse_cpu_times(
    text: str, ticks_per_s: int, cpus: Collection[int] | None = None
) -> CpuTimes | None:
    """Read the cpu lines of ``/proc/stat``: user nice system idle iowait irq softirq steal."""
    wanted = {"cpu"} if cpus is None else {f"cpu{cpu}" for cpu in cpus}
    busy = idle = steal = 0
    found = False
    for line in text.splitlines():
        name, *fields = line.split()
        if name not in wanted or len(fields) < 4:
            continue
        # Guest time (fields 9 and 10) is in user and nice already.
        ticks = [int(field) for field in fields[:8]] + [0] * (8 - len(fields[:8]))
        found = True
        busy += ticks[0] + ticks[1] + ticks[2] + ticks[5] + ticks[6]
        idle += ticks[3] + ticks[4]
        steal += ticks[7]
    if not found:
        return None
    return CpuTimes(
        busy_s=busy / ticks_per_s, steal_s=steal / ticks_per_s, idle_s=idle / ticks_per_s
    )


def idle_share(before: CpuTimes, after: CpuTimes) -> float | None:
    """Return the idle part (0 to 1) of the time between two readings, None if none went by."""
    between = after.since(before)
    total = between.busy_s + between.steal_s + between.idle_s
    return between.idle_s / total if total > 0 else None


def outside_busy_s(before: CpuTimes, after: CpuTimes, own_cpu_s: float) -> float:
    """Return the CPU seconds that others took between two readings, stolen ones included.

    Parameters
    ----------
    own_cpu_s : float
        User and system seconds of the measured process tree in the same time.
    """
    between = after.since(before)
    return max(0.0, between.busy_s - own_cpu_s) + between.steal_s


def load_average() -> tuple[float, float, float] | None:
    """Return the load averages over 1, 5 and 15 minutes, None where there are none."""
    try:
        return os.getloadavg()
    except OSError:
        return None
