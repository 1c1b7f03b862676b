"""Ending a process tree so that nothing of it is left: no worker, no semaphore, no memmap."""

from __future__ import annotations

import contextlib
import glob
import os
import re
import shutil
import signal
import subprocess
import time
from collections.abc import Iterable, Mapping
from pathlib import Path

from sklpar.quantities import proc

# Resource trackers unlink what the dead left behind, within this long, before they are killed too.
_TRACKERS_S = 1.0
_REAP_S = 3.0


def bury(trial: subprocess.Popen[bytes]) -> None:
    """Kill every descendant of this process and reap it.

    Workers first, then the trial, resource trackers last: killing all at once leaks loky's
    semaphores and memmap folders, which the trackers remove once their pipes close.
    """
    deadline = time.monotonic() + _REAP_S
    trackers_until = time.monotonic() + _TRACKERS_S
    while time.monotonic() < deadline:
        living = proc.descendants(os.getpid())
        trackers = [pid for pid in living if proc.is_tracker(pid)]
        doomed = [pid for pid in living if pid not in trackers and pid != trial.pid]
        if time.monotonic() > trackers_until:
            doomed += trackers
        for pid in [*reversed(doomed), *([trial.pid] if trial.poll() is None else [])]:
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        if _reap(trial) and not proc.descendants(os.getpid()):
            return
        time.sleep(0.005)


def _reap(trial: subprocess.Popen[bytes]) -> bool:
    """Reap whatever ended; return True when there is no child left."""
    trial.poll()
    while True:
        try:
            pid, _ = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return True
        if pid == 0:
            return False


def sweep_shared_memory(pids: Iterable[int], environment: Mapping[str, str]) -> None:
    """Remove what joblib and loky named after processes that are dead: semaphores, memmaps."""
    dead = set(pids)
    temp = environment.get("TMPDIR") or "/tmp"  # noqa: S108  where tempfile looks first
    folders = {"/dev/shm", temp, environment.get("JOBLIB_TEMP_FOLDER") or temp}  # noqa: S108
    named = re.compile(r"^(?:sem\.loky-|loky-|joblib_memmapping_folder_)(\d+)[-_]")
    for folder in folders:
        for path in glob.glob(f"{glob.escape(folder)}/*"):  # noqa: PTH207
            match = named.match(Path(path).name)
            if match and int(match.group(1)) in dead:
                _remove(Path(path))


def _remove(path: Path) -> None:
    with contextlib.suppress(OSError):
        if path.is_dir() and not path.is_symlink():
            shutil.rmtree(path, ignore_errors=True)
        else:
            path.unlink()
