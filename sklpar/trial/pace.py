"""How fast a CPU runs just now."""

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


def pace_s() -> float:
    """Return what hashing 2 MB takes, in CPU-seconds; the least of three.

    Of a CPU that is clocked lower in one round than in another it tells that much, whatever the
    setting. Wall-clock would tell of others that had the CPU meanwhile as well, but these have
    findings of their own.
    """
    return min(_work_s() for _ in range(_TRIES))


def _work_s() -> float:
    before = time.thread_time()
    digest = hashlib.sha256()
    for _ in range(_BLOCKS):
        digest.update(_BLOCK)
    return time.thread_time() - before
