"""CPU time that the hypervisor gave to other guests during a fit."""

from __future__ import annotations

from typing import Literal

from sklpar.model import Measured, Reading, Unavailable
from sklpar.quantities.interface import FitTrace


class Steal:
    """CPU seconds that this machine wanted and did not get, summed over the usable CPUs."""

    name = "steal_s"
    label = "stolen CPU"
    unit: Literal["s", "bytes", "count"] = "s"
    better: Literal["lower", "none"] = "none"

    def read(self, trace: FitTrace) -> Measured:
        """Return the seconds; the kernel counts them in ticks of 10 ms."""
        start, end = trace.start.steal_s, trace.end.steal_s
        if start is None or end is None:
            return Unavailable(
                unavailable="the machine's CPU times were not read at the end of the fit"
            )
        return Reading(value=max(0.0, end - start), method="/proc/stat")
