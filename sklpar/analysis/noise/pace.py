"""What fixed work took over a run, by which two runs of one machine can be compared."""

from __future__ import annotations

import math
import statistics
from typing import Literal

from sklpar.analysis.disturbance import void_rounds
from sklpar.model import Run

Pace = Literal["pace_s", "interpreter_pace_s"]

# So far the pace of two days may be apart: a CPU's boost comes and goes by a few per cent.
_SAME_PACE = 0.08


def mean_pace_s(run: Run, name: Pace) -> float | None:
    """Return the geometric mean over the trials that count; None where none knows it."""
    void = void_rounds(run)
    known = [getattr(one, name) for one in run.outcomes if one.round not in {0, *void}]
    paces = [pace for pace in known if pace]
    return statistics.geometric_mean(paces) if paces else None


def pace_change(then_s: float | None, now_s: float | None) -> float:
    """Return the logarithm of how many times as long fixed work took; 0 where none is told."""
    change = math.log(now_s / then_s) if now_s and then_s else 0.0
    return change if abs(change) > math.log(1 + _SAME_PACE) else 0.0
