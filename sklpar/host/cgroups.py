"""Control groups of Linux: CPU quotas, memory limits, and a memory group for a trial.

A quota may sit on any ancestor of a process's group (a systemd slice, a SLURM job, a container),
so every reader here walks from the own group up to the top of what is mounted.
"""

from __future__ import annotations

import os
import re
import time
from dataclasses import dataclass
from pathlib import Path

from sklpar.host.cgroup_tree import ROOT, Group, groups, read_text

_UNLIMITED_BYTES = 2**62  # version 1 writes "no limit" as the largest multiple of a page
_GROUP_NAME = re.compile(r"sklpar-(\d+)-\d+")


@dataclass(frozen=True, kw_only=True)
class Quota:
    """A CPU quota as a number of CPUs (such as 1.5), and the file that holds it."""

    cpus: float
    source: str


@dataclass(frozen=True, kw_only=True)
class Throttling:
    """How often, and for how long, groups with a quota were stopped since they were made.

    `throttled_s` adds up over CPUs, so it can grow faster than the clock.
    """

    nr_throttled: int
    throttled_s: float


def cpu_quota(root: Path = ROOT, pid: int | None = None) -> Quota | None:
    """Return the least CPU quota over a process's group and all its ancestors, None without one."""
    quotas = [quota for group in groups("cpu", root, pid) if (quota := _quota_of(group, root))]
    return min(quotas, key=lambda quota: quota.cpus, default=None)


def memory_limit(root: Path = ROOT, pid: int | None = None) -> int | None:
    """Return the least memory limit in bytes over the group and its ancestors, or None."""
    limits: list[int] = []
    for group in groups("memory", root, pid):
        name = "memory.limit_in_bytes" if group.version == 1 else "memory.max"
        value = _integer(read_text(group.folder / name))
        if value is not None and value < _UNLIMITED_BYTES:
            limits.append(value)
    return min(limits, default=None)


def throttled(root: Path = ROOT, pid: int | None = None) -> Throttling | None:
    """Return how much the groups that hold a quota over a process were throttled.

    None where no quota is in force: nothing can be throttled then. The counts are the kernel's,
    since each group was made, so take a difference.
    """
    total, seconds, seen = 0, 0.0, False
    for group in groups("cpu", root, pid):
        if _quota_of(group, root) is None:
            continue
        stat = dict(
            line.partition(" ")[::2] for line in read_text(group.folder / "cpu.stat").splitlines()
        )
        count = _integer(stat.get("nr_throttled", ""))
        if count is None:
            continue
        nanoseconds = _integer(stat.get("throttled_time", "")) or 0
        microseconds = _integer(stat.get("throttled_usec", "")) or 0
        total, seen = total + count, True
        seconds += nanoseconds / 1e9 + microseconds / 1e6
    return Throttling(nr_throttled=total, throttled_s=seconds) if seen else None


def group_name(number: int) -> str:
    """Return a name for a memory group that tells whose it is: ``sklpar-<pid>-<number>``."""
    return f"sklpar-{os.getpid()}-{number}"


class MemoryGroup:
    """A memory control group around a process tree; rebuilt from its path in any process.

    Attributes
    ----------
    path : Path
        Folder of the group.
    version : int
        1 or 2.
    procs_file : Path
        A process joins by writing its id (or 0 for itself) here. Only what is touched after
        that is charged to the group, so join before the work begins.
    """

    def __init__(self, path: Path, version: int) -> None:
        self.path = path
        self.version = version
        self.procs_file = path / "cgroup.procs"
        self._stat_fd: int | None = None

    @classmethod
    def at(cls, path: Path | str, version: int) -> MemoryGroup:
        """Return the group that another process made at `path`."""
        return cls(Path(path), version)

    @classmethod
    def create(cls, name: str, root: Path = ROOT) -> MemoryGroup | None:
        """Make a child of this process's own group, in the memory controller alone.

        None where that cannot be done: no right to, or the child would come with the cpu
        controller too, which would change the scheduling that is measured.
        """
        own = _own_memory_group(root)
        if own is None:
            return None
        group = cls(own.folder / name, own.version)
        try:
            if group.path.exists() and not group.remove():
                return None
            group.path.mkdir()
        except OSError:
            return None
        if group.usage_bytes() is None or not os.access(group.procs_file, os.W_OK):
            group.remove()
            return None
        return group

    def usage_bytes(self) -> int | None:
        """Return anonymous and shared memory of the tree now; None when it cannot be read.

        Pages that several processes share count once, cached files do not count.
        """
        try:
            if self._stat_fd is None:
                self._stat_fd = os.open(self.path / "memory.stat", os.O_RDONLY | os.O_CLOEXEC)
            data = os.pread(self._stat_fd, 1 << 15, 0)
        except OSError:
            return None
        return stat_usage_bytes(data, self.version)

    def oom_kills(self) -> int | None:
        """Return how many processes of the group the kernel killed for want of memory."""
        name = "memory.oom_control" if self.version == 1 else "memory.events"
        for line in read_text(self.path / name).splitlines():
            key, _, value = line.partition(" ")
            if key == "oom_kill":
                return _integer(value)
        return None

    def close(self) -> None:
        """Close the file that `usage_bytes` keeps open; a later read opens it again."""
        if self._stat_fd is not None:
            os.close(self._stat_fd)
            self._stat_fd = None

    def remove(self) -> bool:
        """Remove the group and those below it; False while processes are still in it.

        The kernel lets go of a killed process a moment after it was waited for, hence the
        retries, a fifth of a second in all.
        """
        self.close()
        for _ in range(10):
            if _remove_tree(self.path):
                return True
            time.sleep(0.02)
        return _remove_tree(self.path)


def stat_usage_bytes(data: bytes, version: int) -> int | None:
    """Return anonymous + shared memory from the bytes of a ``memory.stat``, None if not there."""
    names = (b"\ntotal_rss ", b"\ntotal_shmem ") if version == 1 else (b"\nanon ", b"\nshmem ")
    data, total = b"\n" + data, 0
    for name in names:
        start = data.find(name)
        end = data.find(b"\n", start + len(name))
        if start < 0 or end < 0:
            return None
        total += int(data[start + len(name) : end])
    return total


def sweep_stale(root: Path = ROOT) -> int:
    """Remove the empty memory groups that killed sklpar processes left; return how many."""
    own = _own_memory_group(root)
    if own is None:
        return 0
    removed = 0
    for folder in own.folder.iterdir():
        match = _GROUP_NAME.fullmatch(folder.name)
        if match and not (root / "proc" / match[1]).exists():
            removed += _remove_tree(folder)
    return removed


def _own_memory_group(root: Path) -> Group | None:
    """Return the group below which a memory group may be made, or None."""
    own = next(iter(groups("memory", root)), None)
    if own is None or "cpu" in own.controllers:
        return None
    # A container's view can show a group that is not ours; ours lists this process.
    if str(os.getpid()) not in read_text(own.folder / "cgroup.procs").splitlines():
        return None
    return own if own.version == 1 or _hands_down_memory(own.folder) else None


def _hands_down_memory(folder: Path) -> bool:
    """Say whether children of this version 2 group have the memory controller and not the cpu."""
    enabled = read_text(folder / "cgroup.subtree_control").split()
    if "cpu" in enabled:
        return False
    if "memory" in enabled:
        return True
    if "memory" not in read_text(folder / "cgroup.controllers").split():
        return False
    try:  # refused (EBUSY) where the group itself holds processes, except at the very top
        (folder / "cgroup.subtree_control").write_text("+memory", encoding="ascii")
    except OSError:
        return False
    return True


def _quota_of(group: Group, root: Path) -> Quota | None:
    if group.version == 1:
        source = group.folder / "cpu.cfs_quota_us"
        quota, period = read_text(source), read_text(group.folder / "cpu.cfs_period_us")
    else:
        source = group.folder / "cpu.max"
        quota, _, period = read_text(source).strip().partition(" ")
    allowed, length = _integer(quota), _integer(period)
    if not allowed or not length or allowed < 0 or length < 0:
        return None
    return Quota(cpus=allowed / length, source=f"/{source.relative_to(root)}")


def _remove_tree(folder: Path) -> bool:
    try:
        for child in [entry for entry in folder.iterdir() if entry.is_dir()]:
            _remove_tree(child)
        folder.rmdir()
    except FileNotFoundError:
        return True
    except OSError:
        return False
    return True


def _integer(text: str) -> int | None:
    try:
        return int(text)
    except ValueError:
        return None
