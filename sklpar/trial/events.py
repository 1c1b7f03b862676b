"""The report file of a trial: events appended as JSON lines, each flushed before work goes on.

A file outlives every way in which the child can die, and needs no reader that keeps up.
"""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from typing import Any

from sklpar.quantities.interface import Snapshot, ThreadUse

# The names of the events, in the order in which they come.
READY = "ready"
FIT_START = "fit_start"
FIT_END = "fit_end"
PROOF = "proof"
ANSWER = "answer"
DONE = "done"
ERROR = "error"


class EventWriter:
    """Appends events; one write call each, so that a line is whole or absent."""

    def __init__(self, path: str) -> None:
        self._fd = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)

    def write(self, event: str, **fields: Any) -> None:
        """Append one event."""
        line = json.dumps({"event": event, **fields}, default=str) + "\n"
        os.write(self._fd, line.encode())


def encode_snapshot(snapshot: Snapshot) -> dict[str, Any]:
    """Return a snapshot as JSON values; thread keys become ``pid:tid``."""
    return {
        "cpu_s": snapshot.cpu_s,
        "involuntary_switches": snapshot.involuntary_switches,
        "machine_busy_s": snapshot.machine_busy_s,
        "steal_s": snapshot.steal_s,
        "throttled_s": snapshot.throttled_s,
        "swapped_bytes": snapshot.swapped_bytes,
        "memory_bytes": snapshot.memory_bytes,
        "workers": snapshot.workers,
        "threads": encode_threads(snapshot.threads),
    }


def decode_snapshot(document: Mapping[str, Any]) -> Snapshot:
    """Undo `encode_snapshot`."""
    return Snapshot(**{**document, "threads": decode_threads(document["threads"])})


def encode_threads(threads: Mapping[tuple[int, int], ThreadUse]) -> dict[str, list[float]]:
    """Return thread uses as ``{"pid:tid": [cpu_s, wait_s]}``."""
    return {f"{pid}:{tid}": [use.cpu_s, use.wait_s] for (pid, tid), use in threads.items()}


def decode_threads(document: Mapping[str, Any]) -> dict[tuple[int, int], ThreadUse]:
    """Undo `encode_threads`."""
    uses = {}
    for key, (cpu_s, wait_s) in document.items():
        pid, tid = key.split(":")
        uses[int(pid), int(tid)] = ThreadUse(cpu_s=cpu_s, wait_s=wait_s)
    return uses
