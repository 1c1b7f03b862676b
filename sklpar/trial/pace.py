"""How fast the interpreter runs just now."""

from __future__ import annotations

import time

# About 3 ms of it on a CPU of 2020: long beside a timer tick, short beside a trial.
_STEPS = 80_000
_TRIES = 3


def pace_s() -> float:
    """Return what a fixed piece of interpreter work takes, in seconds; the least of three.

    Of a machine that is slower in one round than in another it tells that much, whatever the
    setting.
    """
    return min(_work_s() for _ in range(_TRIES))


def _work_s() -> float:
    before = time.perf_counter()
    total = 0
    for step in range(_STEPS):
        total += step * step % 7
    return time.perf_counter() - before
