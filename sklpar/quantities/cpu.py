"""CPU time of the whole tree of a fit."""

from __future__ import annotations

from typing import Literal

from sklpar.model import Measured, Reading, Unavailable
from sklpar.quantities.interface import FitTrace


class Cpu:
    """User + system seconds of every process of the tree, workers alive and unreaped included.

    ``RUSAGE_CHILDREN`` alone says 0 for loky's workers, which outlive the fit: each living process
    is read through its own CPU clock instead.
    """

    name = "cpu_s"
    label = "CPU"
    unit: Literal["s", "bytes", "count"] = "s"
    better: Literal["lower", "none"] = "lower"

    def read(self, trace: FitTrace) -> Measured:
        """Return the CPU seconds of the fit."""
        start, end = trace.start.cpu_s, trace.end.cpu_s
        if start is None or end is None:
            return Unavailable(unavailable="the process tree was not read at the end of the fit")
        return Reading(value=max(0.0, end - start), method="process CPU clocks of the tree")
