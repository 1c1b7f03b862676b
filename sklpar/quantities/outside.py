"""CPU time that others took on the machine during a fit."""

from __future__ import annotations

from typing import Literal

from sklpar.model import Measured, Reading, Unavailable
from sklpar.quantities.interface import FitTrace


class OutsideCpu:
    """Busy CPU seconds of the machine that were not the fit's own.

    It says nothing about the setting; it is what is taken off a setting's run-queue wait before
    the setting is blamed for it.
    """

    name = "outside_cpu_s"
    label = "CPU of others"
    unit: Literal["s", "bytes", "count"] = "s"
    better: Literal["lower", "none"] = "none"

    def read(self, trace: FitTrace) -> Measured:
        """Return the seconds, summed over CPUs."""
        times = (
            trace.start.machine_busy_s,
            trace.end.machine_busy_s,
            trace.start.cpu_s,
            trace.end.cpu_s,
        )
        if any(time is None for time in times):
            return Unavailable(
                unavailable="the machine's CPU times were not read at the end of the fit"
            )
        busy_start, busy_end, own_start, own_end = (time or 0.0 for time in times)
        return Reading(
            value=max(0.0, (busy_end - busy_start) - (own_end - own_start)), method="/proc/stat"
        )
