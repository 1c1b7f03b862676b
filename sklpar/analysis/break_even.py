"""After how many fits in one process a setting that starts slower has paid for itself."""

from __future__ import annotations

import math
from collections.abc import Sequence

from sklpar.analysis.objective import median
from sklpar.model import BreakEven, Estimate, SettingReport, Spec

# A difference of fewer standard errors may be noise.
_SURE_ERRORS = 2.0


def break_even(
    spec: Spec, chosen: SettingReport, rivals: Sequence[SettingReport], noise: float
) -> BreakEven | None:
    """Return the rival that the chosen setting changes places with, and when.

    Where the first fit is minimized, the rival is the one with the shortest warm fit, if that is
    shorter by more than ``within``; where warm fits are, the one with the shortest first fit.
    None where nobody is, where the objective is not a time, and where the difference may be noise.

    Parameters
    ----------
    noise : float
        Standard deviation of one trial's logarithm.
    """
    goal = spec.objective.minimize
    own = _times(chosen)
    if own is None or goal not in {"first_fit", "fit"}:
        return None
    timed = [(row.id, times) for row in rivals if (times := _times(row)) is not None]
    by = 1 if goal == "first_fit" else 0
    setting, times = min(timed, key=lambda pair: pair[1][by], default=(chosen.id, own))
    if own[by] <= times[by] * (1 + spec.objective.within):
        return None
    rival = next((row for row in rivals if row.id == setting), chosen)
    field = ("first_fit_s", "fit_s")[by]
    error = noise * math.sqrt(1 / _trials(chosen, field) + 1 / _trials(rival, field))
    if math.log(own[by] / times[by]) <= _SURE_ERRORS * error:
        return None
    quick, lasting = (own, times) if goal == "first_fit" else (times, own)
    if quick[0] >= lasting[0] or lasting[1] >= quick[1]:
        return None
    return BreakEven(setting=setting, fits=fits_to_pay(quick, lasting))


def fits_to_pay(quick: tuple[float, float], lasting: tuple[float, float]) -> int:
    """Return the number of fits from which `lasting` takes less in total than `quick`.

    Each is the seconds of a first and of a warm fit; `quick` has the shorter first one, `lasting`
    the shorter warm one. A total of k fits takes first + (k - 1) warm.
    """
    return math.floor((lasting[0] - quick[0]) / (quick[1] - lasting[1])) + 2


def _trials(row: SettingReport, field: str) -> int:
    found = row.measures[field]
    return found.n if isinstance(found, Estimate) else 1


def _times(row: SettingReport) -> tuple[float, float] | None:
    first, warm = median(row, "first_fit_s"), median(row, "fit_s")
    return None if first is None or warm is None else (first, warm)
