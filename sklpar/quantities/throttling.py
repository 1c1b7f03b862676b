"""How long a CPU quota stopped a fit."""

from __future__ import annotations

from typing import Literal

from sklpar.model import Measured, Reading, Unavailable
from sklpar.quantities.interface import FitTrace


class Throttled:
    """Time that a quota stopped the trial's control group, or one above it, summed over CPUs.

    Whatever else runs in such a group is stopped with it, and counts.
    """

    name = "throttled_s"
    label = "throttled by quota"
    unit: Literal["s", "bytes", "count"] = "s"
    better: Literal["lower", "none"] = "lower"

    def read(self, trace: FitTrace) -> Measured:
        """Return the seconds; none where no quota is in force."""
        start, end = trace.start.throttled_s, trace.end.throttled_s
        if start is None:
            return Unavailable(unavailable="no CPU quota")
        if end is None:
            return Unavailable(unavailable="the control groups were not read at the fit's end")
        return Reading(value=max(0.0, end - start), method="cpu.stat of each group with a quota")
