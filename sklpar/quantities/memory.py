"""Peak memory of the whole tree of a fit."""

from __future__ import annotations

from typing import Literal

from sklpar.model import Measured, Reading, Unavailable
from sklpar.quantities.interface import FitTrace


class PeakMemory:
    """Anonymous and shared memory of the tree: absolute, shared pages once, no file cache."""

    name = "peak_memory_bytes"
    label = "memory"
    unit: Literal["s", "bytes", "count"] = "bytes"
    better: Literal["lower", "none"] = "lower"

    def read(self, trace: FitTrace) -> Measured:
        """Return the largest reading of the fit in bytes."""
        method = trace.watch.memory_method
        readings = [
            value
            for value in (
                trace.start.memory_bytes,
                trace.watch.memory_peak_bytes,
                trace.end.memory_bytes,
            )
            if value is not None
        ]
        if method is None or not readings:
            return Unavailable(unavailable="memory of a process tree is read from /proc on Linux")
        return Reading(value=float(max(readings)), method=method)
