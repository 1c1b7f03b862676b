"""Wall-clock of a fit."""

from __future__ import annotations

from typing import Literal

from sklpar.model import Measured, Reading
from sklpar.quantities.interface import FitTrace


class Wall:
    """Seconds on the monotonic clock, from just before ``fit`` to just after."""

    name = "wall_s"
    label = "wall-clock"
    unit: Literal["s", "bytes", "count"] = "s"
    better: Literal["lower", "none"] = "lower"

    def read(self, trace: FitTrace) -> Measured:
        """Return the wall-clock of the fit in seconds."""
        return Reading(value=trace.wall_s, method="monotonic clock")
