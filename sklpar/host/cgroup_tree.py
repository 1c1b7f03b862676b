"""Where a process's control groups are: memberships, mounts, and the line of ancestors.

Version 1, version 2 and both at once are read alike. Where there are no control groups, nothing
is found.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal

ROOT = Path("/")


@dataclass(frozen=True, kw_only=True)
class Mount:
    """A mounted control group hierarchy: `root` is the group that shows at `point`."""

    root: str
    point: str
    version: Literal[1, 2]
    controllers: frozenset[str]


@dataclass(frozen=True, kw_only=True)
class Group:
    """A folder of a control group; `controllers` are those mounted with it (version 1)."""

    folder: Path
    version: Literal[1, 2]
    controllers: frozenset[str] = frozenset()


def parse_mounts(text: str) -> tuple[Mount, ...]:
    """Read the control group mounts of a ``mountinfo``; of two at one point the later is seen."""
    seen: dict[str, Mount] = {}
    for line in text.splitlines():
        left, _, right = line.partition(" - ")
        head, tail = left.split(" "), right.split(" ")
        if len(head) < 5 or len(tail) < 3:
            continue
        top, point = _unescape(head[3]), _unescape(head[4])
        seen.pop(point, None)
        if tail[0] == "cgroup":
            controllers = frozenset(tail[2].split(","))
            seen[point] = Mount(root=top, point=point, version=1, controllers=controllers)
        elif tail[0] == "cgroup2":
            seen[point] = Mount(root=top, point=point, version=2, controllers=frozenset())
    return tuple(seen.values())


def parse_memberships(text: str) -> dict[str, str]:
    """Read ``/proc/<pid>/cgroup``: controller to path, version 2 under the empty name."""
    paths: dict[str, str] = {}
    for line in text.splitlines():
        _, _, rest = line.partition(":")
        controllers, colon, path = rest.partition(":")
        if colon:
            paths.update(dict.fromkeys(controllers.split(","), path))
    return paths


def groups(controller: str, root: Path = ROOT, pid: int | None = None) -> tuple[Group, ...]:
    """Return the group of a process for a controller, then its ancestors as far as they show.

    Parameters
    ----------
    controller : str
        Such as ``cpu`` or ``memory``.
    root : Path
        Where the file tree with ``proc`` and ``sys`` begins.
    pid : int, optional
        Of this process unless given.

    Returns
    -------
    tuple of Group
        Innermost first; of version 1, then of version 2. Empty where there are none.
    """
    process = "self" if pid is None else str(pid)
    mounts = parse_mounts(read_text(root / "proc/self/mountinfo"))
    memberships = parse_memberships(read_text(root / "proc" / process / "cgroup"))
    found: list[Group] = []
    if controller in memberships:
        v1 = [m for m in mounts if m.version == 1 and controller in m.controllers]
        found += _longest_line(v1, memberships[controller], root)
    if "" in memberships:
        found += _longest_line([m for m in mounts if m.version == 2], memberships[""], root)
    return tuple(found)


def read_text(path: Path) -> str:
    """Return a kernel file's text, empty where it cannot be read."""
    try:
        return path.read_bytes().decode("utf-8", "surrogateescape")
    except OSError:
        return ""


def _longest_line(mounts: Sequence[Mount], path: str, root: Path) -> list[Group]:
    """Return the line of groups from `path` upwards in the mount that shows the most of it."""
    lines = [_line(mount, path, root) for mount in mounts]
    return max(lines, key=len, default=[])


def _line(mount: Mount, path: str, root: Path) -> list[Group]:
    top = root / mount.point.lstrip("/")
    below = _below(path, mount.root)
    if below is None:
        if _below(mount.root, path) is not None:
            return []  # the mount shows a group beneath ours: its limits are not ours
        below = ""  # a view that hides our own path: its top is what the container was given
    folder = top / below
    line = [folder, *folder.parents[: len(Path(below).parts)]]
    return [
        Group(folder=step, version=mount.version, controllers=mount.controllers)
        for step in line
        if step.is_dir()
    ]


def _below(path: str, top: str) -> str | None:
    """Return `path` relative to `top`, or None where it is not in it."""
    prefix = top.rstrip("/") + "/"
    if path != top and not path.startswith(prefix):
        return None
    rest = path[len(prefix) :].strip("/")
    return None if ".." in rest.split("/") else rest


def _unescape(text: str) -> str:
    """Undo the kernel's octal escapes for space, tab, newline and backslash."""
    return re.sub(r"\\([0-7]{3})", lambda match: chr(int(match[1], 8)), text)
