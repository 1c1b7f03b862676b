"""What the machine moved to and from swap during a fit."""

from __future__ import annotations

from typing import Literal

from sklpar.model import Measured, Reading, Unavailable
from sklpar.quantities.interface import FitTrace


class Swapped:
    """Bytes of memory written to swap or read back, by any process of the machine."""

    name = "swapped_bytes"
    label = "swapped"
    unit: Literal["s", "bytes", "count"] = "bytes"
    better: Literal["lower", "none"] = "none"

    def read(self, trace: FitTrace) -> Measured:
        """Return the bytes."""
        start, end = trace.start.swapped_bytes, trace.end.swapped_bytes
        if start is None or end is None:
            return Unavailable(unavailable="/proc/vmstat was not read at the end of the fit")
        return Reading(value=float(max(0, end - start)), method="/proc/vmstat")
