"""Involuntary context switches of a fit."""

from __future__ import annotations

from typing import Literal

from sklpar.model import Measured, Reading, Unavailable
from sklpar.quantities.interface import FitTrace


class InvoluntarySwitches:
    """How often the scheduler took the CPU from a thread of the tree that wanted to go on."""

    name = "involuntary_switches"
    label = "involuntary switches"
    unit: Literal["s", "bytes", "count"] = "count"
    better: Literal["lower", "none"] = "lower"

    def read(self, trace: FitTrace) -> Measured:
        """Return the number of switches of the fit."""
        start, end = trace.start.involuntary_switches, trace.end.involuntary_switches
        if start is None or end is None:
            return Unavailable(unavailable="the process tree was not read at the end of the fit")
        return Reading(
            value=float(max(0, end - start)), method="rusage and /proc/<pid>/task/*/status"
        )
