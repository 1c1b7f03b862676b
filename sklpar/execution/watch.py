"""Watching a trial: where it is, how much it uses, and whether it has had its time."""

from __future__ import annotations

import contextlib
import json
import os
import select
import subprocess
import sys
import time
from dataclasses import asdict
from typing import Any

from sklpar.execution.burial import bury, sweep_shared_memory
from sklpar.execution.launch import Watchword
from sklpar.execution.sampler import Sampler
from sklpar.quantities import proc
from sklpar.trial import events
from sklpar.trial.events import encode_snapshot, encode_threads

# An interpreter that reported its end but does not go is not waited for longer than this.
_EXIT_S = 5.0


class Watcher:
    """Watches one trial from its start to the end of its tree."""

    def __init__(self, word: Watchword, trial: subprocess.Popen[bytes], started: float) -> None:
        self._word = word
        self._trial = trial
        self._started = started
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
            it and the ``machine`` then), ``fits`` (a Watch each).
        """
        trial = self._trial
        self._sampler.attach(trial.pid)
        cut_off = self._until_end(trial)
        if cut_off and self._stage == "fit":
            cut_off["seen"] = self._seen()
            cut_off["machine"] = encode_snapshot(proc.machine())
        code = None if cut_off else trial.wait()
        seen = self._sampler.pids | {trial.pid}
        bury(trial)
        self._read_events()
        sweep_shared_memory(seen, self._word.environment)
        return {
            "exit": code,
            "cut_off": cut_off,
            "fits": self._fits,
            "trial_s": time.monotonic() - self._started,
        }

    def _until_end(self, trial: subprocess.Popen[bytes]) -> dict[str, Any] | None:
        """Return None when the trial ended by itself, else the bound that it hit."""
        ended = _end_of(trial)
        parent = sys.stdin.fileno()
        wait_for = [parent] if ended is None else [parent, ended]
        while trial.poll() is None:
            readable, _, _ = select.select(wait_for, [], [], self._sampler.interval_s)
            if parent in readable and not os.read(parent, 4096):
                return {"bound": "parent", "after_s": time.monotonic() - self._started}
            self._read_events()
            if self._stage == "fit":
                self._sampler.sample()
            hit = self._bound_hit()
            # What was reported between the two looks counts, or a fit could be lost to a race.
            if hit and trial.poll() is None:
                return hit
        return None

    def _bound_hit(self) -> dict[str, Any] | None:
        now = time.monotonic()
        after = now - self._stage_since
        word = self._word
        limit_s = word.warm_s if self._fits_ended else word.first_s
        if self._stage == "fit" and limit_s is not None and after > limit_s:
            return {"bound": "fit", "after_s": after, "limit_s": limit_s}
        if self._stage == "tail" and after > word.tail_s:
            return {"bound": "tail", "after_s": after}
        if self._stage == "done" and after > _EXIT_S:
            return {"bound": "exit", "after_s": after}
        if word.deadline_s is not None and now - self._started > word.deadline_s:
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
            say({"fit": event["index"]})
        elif name == events.FIT_END:
            self._fits.append(self._seen())
            self._fits_ended += 1
            say({"fit": None})
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


def say(document: dict[str, Any]) -> None:
    """Tell sklpar; when it is gone there is nobody to tell, and the loop sees that by itself."""
    with contextlib.suppress(OSError):
        os.write(1, (json.dumps(document) + "\n").encode())
