"""What fixed work took over a run, by which two runs of one machine can be compared."""

from __future__ import annotations

import statistics
from typing import Literal

from sklpar.analysis.disturbance import void_rounds
from sklpar.model import Run

Pace = Literal["pace_s", "interpreter_pace_s"]


def mean_pace_s(run: Run, name: Pace) -> float | None:
    """Return the geometric mean over the trials that count; None where none knows it."""
    void = void_rounds(run)
    known = [getattr(one, name) for one in run.outcomes if one.round not in {0, *void}]
    paces = [pace for pace in known if pace]
    return statistics.geometric_mean(paces) if paces else None
