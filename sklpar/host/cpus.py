"""How many CPUs a process may really use, where the figure comes from, and what they are."""

from __future__ import annotations

import math
import os
import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sklpar.host.cgroup_tree import ROOT, read_text
from sklpar.host.cgroups import cpu_quota


@dataclass(frozen=True, kw_only=True)
class UsableCpus:
    """CPUs that this process may use.

    Attributes
    ----------
    count : int
        1 or more.
    source : str
        What sets the limit, such as ``affinity (2 CPUs)``.
    note : str
        Something odd that the user should know of; mostly empty.
    """

    count: int
    source: str
    note: str = ""


def usable_cpus(
    environ: Mapping[str, str], root: Path = ROOT, *, affinity: int | None = None
) -> UsableCpus:
    """Return the least of affinity, control group quota, LOKY_MAX_CPU_COUNT and the CPU count.

    Parameters
    ----------
    environ : mapping
        The environment; ``LOKY_MAX_CPU_COUNT`` in it can lower the figure, never raise it.
    root : Path
        Where the file tree with ``proc`` and ``sys`` begins.
    affinity : int, optional
        CPUs that this thread may run on; asked of the kernel unless given.
    """
    allowed = affinity if affinity is not None else _affinity()
    limits: list[tuple[int, str]] = []
    if allowed is not None:
        limits.append((allowed, f"affinity ({_cpus(allowed)})"))
    quota = cpu_quota(root)
    if quota is not None:
        count = max(1, math.ceil(quota.cpus))  # as joblib rounds: 1.5 CPUs keep two workers busy
        limits.append((count, f"cgroup quota {quota.source} ({round(quota.cpus, 2)} CPUs)"))
    asked, note = _loky_limit(environ)
    if asked is not None:
        limits.append((asked, f"LOKY_MAX_CPU_COUNT ({_cpus(asked)})"))
    total = os.cpu_count() or 1
    limits.append((total, f"os.cpu_count ({_cpus(total)})"))
    count, source = min(limits, key=lambda limit: limit[0])  # the first named where several bind
    return UsableCpus(count=count, source=source, note=note)


def logical_cpus(root: Path = ROOT) -> int:
    """Return the number of CPUs of the machine that are online, whoever may use them."""
    online = len(_processors(read_text(root / "proc/cpuinfo")))
    return online or os.cpu_count() or 1


def physical_cpus(root: Path = ROOT) -> int | None:
    """Return the number of cores of the machine, None where it does not tell."""
    topology = (root / "sys/devices/system/cpu").glob("cpu[0-9]*/topology/thread_siblings_list")
    siblings = {read_text(path).strip() for path in topology} - {""}
    if siblings:
        return len(siblings)
    cores = {
        (entry.get("physical id"), entry["core id"])
        for entry in _processors(read_text(root / "proc/cpuinfo"))
        if "core id" in entry
    }
    return len(cores) or None


def cpu_model(root: Path = ROOT) -> str:
    """Return the CPU's name as the kernel gives it, or the machine type where it gives none."""
    text = read_text(root / "proc/cpuinfo")
    for key in ("model name", "cpu model", "cpu", "Model", "Hardware"):
        match = re.search(rf"^{key}[ \t]*:[ \t]*(\S.*)$", text, re.MULTILINE)
        if match:
            return " ".join(match[1].split())
    return os.uname().machine


def _affinity() -> int | None:
    if not hasattr(os, "sched_getaffinity"):
        return None
    return len(os.sched_getaffinity(0))


def _loky_limit(environ: Mapping[str, str]) -> tuple[int | None, str]:
    text = environ.get("LOKY_MAX_CPU_COUNT")
    if text is None:
        return None, ""
    try:
        return max(1, int(text)), ""  # loky too takes 0 and below for 1
    except ValueError:
        return None, f"LOKY_MAX_CPU_COUNT is {text!r}, not a whole number: joblib will reject it"


def _cpus(count: int) -> str:
    return "1 CPU" if count == 1 else f"{count} CPUs"


def _processors(text: str) -> list[dict[str, str]]:
    """Return the blocks of /proc/cpuinfo that describe a processor."""
    blocks: list[dict[str, str]] = []
    for block in text.split("\n\n"):
        pairs = (line.partition(":") for line in block.splitlines())
        entry = {key.strip(): value.strip() for key, _, value in pairs}
        if "processor" in entry:
            blocks.append(entry)
    return blocks
