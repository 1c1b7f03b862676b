"""A job that becomes slower, or breaks, by the environment: the spec and the code stay the same."""

from __future__ import annotations

import os
import time


def fit(_: object = None) -> float:
    """Be busy for ``BUSY_S`` seconds; ``BREAKS`` names who fails, ``all`` or ``capped``."""
    breaks = os.environ.get("BREAKS", "")
    if breaks == "all" or (breaks == "capped" and os.environ.get("OMP_NUM_THREADS") == "1"):
        raise ValueError("the sky is falling")
    until = time.process_time() + float(os.environ.get("BUSY_S", "0.05"))
    while time.process_time() < until:
        pass
    return 1.0
