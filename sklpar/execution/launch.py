"""Starting a trial: in a session and a memory group of its own, and never to outlive its parent."""

from __future__ import annotations

import contextlib
import ctypes
import os
import signal
import subprocess
from typing import NamedTuple

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
# The trial goes first when the machine runs out of memory, not sklpar or the user's desktop.
_OOM_SCORE = "800"


class Watchword(NamedTuple):
    """What to start and how to bound it; seconds, None is no bound.

    `deadline_s` bounds the whole trial (what is left of the budget); `tail_s` what comes after the
    last fit; `first_s` the first fit, `warm_s` each later one. A named tuple, since
    importing dataclasses would delay each trial.
    """

    argv: list[str]
    environment: dict[str, str]
    log: str
    report: str
    fits: int
    group: str | None = None
    group_version: int | None = None
    procs_file: str | None = None
    first_s: float | None = None
    warm_s: float | None = None
    tail_s: float = 20.0
    deadline_s: float | None = None


def launch(word: Watchword) -> subprocess.Popen[bytes]:
    """Start the trial as a child of this process, which becomes the reaper of its whole tree.

    What forks, daemonizes or is orphaned below the trial stays below this process; should this
    process die, the trial dies with it.
    """
    libc = ctypes.CDLL(None)
    libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)

    def enter() -> None:
        libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
        for path, text in ((word.procs_file, "0"), ("/proc/self/oom_score_adj", _OOM_SCORE)):
            if path:
                with contextlib.suppress(OSError):
                    _write(path, text)

    with open(word.log, "ab") as log:  # noqa: PTH123  pathlib is another import
        return subprocess.Popen(
            word.argv,
            env=word.environment,
            stdin=subprocess.DEVNULL,
            stdout=log,
            stderr=log,
            start_new_session=True,
            preexec_fn=enter,  # noqa: PLW1509  this process has one thread
        )


def _write(path: str, text: str) -> None:
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)
