"""Room for temporary files, and where joblib puts its memory maps, by which workers get data."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

from sklpar.host.cgroup_tree import ROOT, read_text
from sklpar.model import Space

# joblib takes /dev/shm only with more than this free in it, and says so nowhere.
SHM_MIN_BYTES = 2_000_000_000
_SHM = "dev/shm"


def memmap_space(environ: Mapping[str, str], root: Path = ROOT) -> Space:
    """Return the folder in which joblib makes its memory maps, by the rules of joblib."""
    shm = shm_space(root)
    if shm and shm.writable and (shm.free_bytes or 0) > SHM_MIN_BYTES:
        return temp_space(environ, root) if "JOBLIB_TEMP_FOLDER" in environ else shm
    return temp_space(environ, root)


def temp_space(environ: Mapping[str, str], root: Path = ROOT) -> Space:
    """Return the folder that joblib takes where /dev/shm has no room: JOBLIB_TEMP_FOLDER if set."""
    named = environ.get("JOBLIB_TEMP_FOLDER")
    if named is None:
        return space_of(Path(temp_folder(environ)), root)
    # An empty one is the current folder: joblib takes it as it is.
    return space_of(Path(os.path.expanduser(named)).absolute(), root)  # noqa: PTH111 - never raises


def shm_space(root: Path = ROOT) -> Space | None:
    """Return /dev/shm, None where there is none."""
    folder = root / _SHM
    return space_of(folder, root) if folder.is_dir() else None


def temp_folder(environ: Mapping[str, str]) -> str:
    """Return the folder for temporary files, as Python's tempfile chooses it."""
    named = [environ[name] for name in ("TMPDIR", "TEMP", "TMP") if environ.get(name)]
    for candidate in (*named, "/tmp", "/var/tmp", "/usr/tmp"):  # noqa: S108 - tempfile's own list
        if Path(candidate).is_dir() and os.access(candidate, os.W_OK | os.X_OK):
            return str(Path(candidate).absolute())
    return str(Path.cwd())


def space_of(folder: Path, root: Path = ROOT) -> Space:
    """Ask a folder for its room; one that is not there yet would be made in its nearest parent."""
    there = folder
    try:
        while not there.exists() and there != there.parent:
            there = there.parent
        room = os.statvfs(there)
        is_folder = there.is_dir()
    except OSError:  # no right to look, or no name of a file at all
        return Space(path=str(folder), filesystem=None, free_bytes=None, writable=False)
    return Space(
        path=str(folder),
        filesystem=_filesystem(there, root),
        free_bytes=room.f_frsize * room.f_bavail,
        writable=is_folder and os.access(there, os.W_OK | os.X_OK),
    )


def _filesystem(folder: Path, root: Path) -> str | None:
    """Return the type of the file system that a folder's device is mounted as."""
    device = folder.stat().st_dev
    wanted = f"{os.major(device)}:{os.minor(device)}"
    for line in read_text(root / "proc/self/mountinfo").splitlines():
        left, _, right = line.partition(" - ")
        fields = left.split(" ")
        if len(fields) > 2 and fields[2] == wanted and right:
            return right.split(" ")[0]
    return None
