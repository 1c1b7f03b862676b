"""The process between sklpar and a trial: starts it, samples it, bounds it, and buries it.

It is the trial's parent and its subreaper, so that the whole tree stays below it whatever forks or
daemonizes. It holds a pipe to sklpar: when that closes, for whatever reason (SIGKILL included), the
tree goes at once; loky's workers alone would live on for minutes. Being a process of its own, its
sampling shares no interpreter lock with a progress display.
"""

from __future__ import annotations

import contextlib
import ctypes
import json
import os
import select
import signal
import subprocess
import sys
import time
from dataclasses import asdict, dataclass
from typing import Any

from sklpar.execution.burial import bury, sweep_shared_memory
from sklpar.execution.sampler import Sampler
from sklpar.quantities import proc
from sklpar.trial import events
from sklpar.trial.events import encode_threads

_PR_SET_PDEATHSIG, _PR_SET_CHILD_SUBREAPER = 1, 36
# The trial goes first when the machine runs out of memory, not sklpar or the user's desktop.
_OOM_SCORE = "800"
# An interpreter that reported its end but does not go is not waited for longer than this.
_EXIT_S = 5.0


@dataclass(frozen=True, kw_only=True)
class Watchword:
    """What to start and how to bound it; seconds, None is no bound.

    `deadline_s` bounds the whole trial (what is left of the budget); `tail_s` what comes after the
    last fit; `fit_s` each fit.
    """

    argv: list[str]
    environment: dict[str, str]
    log: str
    report: str
    fits: int
    group: str | None = None
    group_version: int | None = None
    procs_file: str | None = None
    fit_s: float | None = None
    tail_s: float = 20.0
    deadline_s: float | None = None


class Guardian:
    """Watches one trial from its start to the end of its tree."""

    def __init__(self, word: Watchword) -> None:
        self._word = word
        self._sampler = Sampler(word.group, word.group_version)
        self._report_fd = os.open(word.report, os.O_RDONLY | os.O_CREAT | os.O_CLOEXEC, 0o644)
        self._torn = b""
        self._stage = "setup"
        self._stage_since = time.monotonic()
        self._fits_ended = 0
        self._fits: list[dict[str, Any]] = []

    def watch(self) -> dict[str, Any]:
        """Run the trial to its end, natural or not, and return what was seen.

        Returns
        -------
        dict
            ``exit`` (status, negative a signal, None when killed here), ``cut_off`` (None, or the
            ``bound`` that was hit, ``after_s`` of its stage, and for a fit what was ``seen`` of
            it), ``fits`` (a Watch each).
        """
        started = time.monotonic()
        trial = self._start()
        self._sampler.attach(trial.pid)
        cut_off = self._until_end(trial, started)
        if cut_off and self._stage == "fit":
            cut_off["seen"] = self._seen()
            cut_off["machine_busy_s"] = proc.machine_busy_s()
        code = None if cut_off else trial.wait()
        seen = self._sampler.pids | {trial.pid}
        bury(trial)
        self._read_events()
        sweep_shared_memory(seen, self._word.environment)
        return {
            "exit": code,
            "cut_off": cut_off,
            "fits": self._fits,
            "trial_s": time.monotonic() - started,
        }

    def _start(self) -> subprocess.Popen[bytes]:
        libc = ctypes.CDLL(None)
        libc.prctl(_PR_SET_CHILD_SUBREAPER, 1, 0, 0, 0)
        procs_file = self._word.procs_file

        def enter() -> None:
            libc.prctl(_PR_SET_PDEATHSIG, signal.SIGKILL, 0, 0, 0)
            for path, text in ((procs_file, "0"), ("/proc/self/oom_score_adj", _OOM_SCORE)):
                if path:
                    with contextlib.suppress(OSError):
                        _write(path, text)

        with open(self._word.log, "ab") as log:  # noqa: PTH123
            return subprocess.Popen(
                self._word.argv,
                env=self._word.environment,
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                preexec_fn=enter,  # noqa: PLW1509  this process has one thread
            )

    def _until_end(self, trial: subprocess.Popen[bytes], started: float) -> dict[str, Any] | None:
        """Return None when the trial ended by itself, else the bound that it hit."""
        ended = _end_of(trial)
        parent = sys.stdin.fileno()
        wait_for = [parent] if ended is None else [parent, ended]
        while trial.poll() is None:
            readable, _, _ = select.select(wait_for, [], [], self._sampler.interval_s)
            if parent in readable and not os.read(parent, 4096):
                return {"bound": "parent", "after_s": time.monotonic() - started}
            self._read_events()
            if self._stage == "fit":
                self._sampler.sample()
            hit = self._bound_hit(started)
            # What was reported between the two looks counts, or a fit could be lost to a race.
            if hit and trial.poll() is None:
                return hit
        return None

    def _bound_hit(self, started: float) -> dict[str, Any] | None:
        now = time.monotonic()
        after = now - self._stage_since
        word = self._word
        if self._stage == "fit" and word.fit_s is not None and after > word.fit_s:
            return {"bound": "fit", "after_s": after, "index": self._fits_ended}
        if self._stage == "tail" and after > word.tail_s:
            return {"bound": "tail", "after_s": after}
        if self._stage == "done" and after > _EXIT_S:
            return {"bound": "exit", "after_s": after}
        if word.deadline_s is not None and now - started > word.deadline_s:
            return {"bound": "budget", "after_s": after, "stage": self._stage}
        return None

    def _read_events(self) -> None:
        while chunk := os.read(self._report_fd, 1 << 20):
            *lines, self._torn = (self._torn + chunk).split(b"\n")
            for line in lines:
                self._follow(json.loads(line))

    def _follow(self, event: dict[str, Any]) -> None:
        name = event["event"]
        if name == events.FIT_START:
            self._enter("fit", event["at"])
            self._sampler.begin()
            _say({"fit": event["index"]})
        elif name == events.FIT_END:
            self._fits.append(self._seen())
            self._fits_ended += 1
            self._enter("tail" if self._fits_ended == self._word.fits else "setup", event["at"])
        elif name in {events.DONE, events.ERROR}:
            self._enter("done", time.monotonic())

    def _seen(self) -> dict[str, Any]:
        return {
            **asdict(self._sampler.end()),
            "threads": encode_threads(self._sampler.threads),
        }

    def _enter(self, stage: str, at: float) -> None:
        self._stage, self._stage_since = stage, at


def _end_of(trial: subprocess.Popen[bytes]) -> int | None:
    """Return a descriptor that is readable when the trial ends; None costs a sampling interval."""
    try:
        return os.pidfd_open(trial.pid)
    except (AttributeError, OSError):
        return None


def _write(path: str, text: str) -> None:
    fd = os.open(path, os.O_WRONLY)
    try:
        os.write(fd, text.encode())
    finally:
        os.close(fd)


def _say(document: dict[str, Any]) -> None:
    """Tell sklpar; when it is gone there is nobody to tell, and the loop sees that by itself."""
    with contextlib.suppress(OSError):
        os.write(1, (json.dumps(document) + "\n").encode())


def main() -> int:
    """Read the orders from the first line of stdin, watch, and write the result to stdout."""
    line = b""
    while not line.endswith(b"\n"):
        chunk = os.read(0, 1 << 16)
        if not chunk:
            return 1
        line += chunk
    result = Guardian(Watchword(**json.loads(line))).watch()
    _say({"result": result})
    return 0


if __name__ == "__main__":
    sys.exit(main())
