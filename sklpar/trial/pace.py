"""How fast a CPU runs just now: hashing, which tells its clock, and the interpreter's own work."""

from __future__ import annotations

import hashlib
import time

# Each block's hash needs the one before: such a chain takes as long as the clock says, whoever runs
# on the other hardware thread of the core. Interpreter work does not: that takes 1.6 times as long
# beside a busy sibling, which comes and goes within seconds and says little of the fit to come.
_BLOCK = bytes(1 << 16)
# 1 ms on a CPU with instructions for it, 10 ms on one without.
_BLOCKS = 32
_TRIES = 3
# About 2 ms.
_STEPS = 50_000


def pace_s() -> float:
    """Return what hashing 2 MB takes, in CPU-seconds; the least of three.

    Of a CPU that is clocked lower in one round than in another it tells that much, whatever the
    setting. Wall-clock would tell of others that had the CPU meanwhile as well, but these have
    findings of their own.
    """
    return min(_hashing_s() for _ in range(_TRIES))


def interpreter_pace_s() -> float:
    """Return what a loop in Python takes, in CPU-seconds; the least of three.

    Over the trials of a run it tells whether the machine was in the same state as on another day.
    """
    return min(_looping_s() for _ in range(_TRIES))


def _hashing_s() -> float:
    before = time.thread_time()
    digest = hashlib.sha256()
    for _ in range(_BLOCKS):
        digest.update(_BLOCK)
    return time.thread_time() - before


def _looping_s() -> float:
    before = time.thread_time()
    total = 0
    for step in range(_STEPS):
        total += step
    return time.thread_time() - before
