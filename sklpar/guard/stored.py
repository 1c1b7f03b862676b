"""What a stored row gives to compare with: its estimate, and the single values behind it."""

from __future__ import annotations

import math
from collections.abc import Mapping
from statistics import median

from sklpar.analysis.statistics import estimate
from sklpar.model import Estimate, SettingReport

# Two computations of one figure differ by less.
_SAME = 1e-6


def with_interval(row: SettingReport | None, measure: str) -> Estimate | None:
    """Return a measure of a row; None where it has no interval above 0."""
    found = None if row is None else row.measures.get(measure)
    return found if isinstance(found, Estimate) and (found.low or 0.0) > 0 else None


def values_of(row: SettingReport, measure: str) -> Mapping[int, float]:
    """Return the single values of a measure by round; none where they are not those of its row.

    Whoever edits the row means the row.
    """
    found = with_interval(row, measure)
    if found is None:
        return {}
    values = {int(r): v for r, v in row.values.get(measure, {}).items() if r.isdecimal()}
    if len(values) != found.n or min(values.values()) <= 0:
        return {}
    # An interval takes its time, and there may be thousands of rows.
    if not math.isclose(median(values.values()), found.median, rel_tol=_SAME):
        return {}
    made = estimate(list(values.values()), "")
    same = all(
        mine is not None and theirs is not None and math.isclose(mine, theirs, rel_tol=_SAME)
        for mine, theirs in (
            (made.median, found.median),
            (made.low, found.low),
            (made.high, found.high),
        )
    )
    return values if same else {}
