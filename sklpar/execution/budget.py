"""The time that a run may take."""

from __future__ import annotations

import time

from sklpar.model import Measure

# A sweep without a budget of its own ends after this long, an exhaustive one when it is done.
DEFAULT_BUDGET_S = 600.0


class Budget:
    """What is left of the time that a session may take, on the monotonic clock."""

    def __init__(self, measure: Measure) -> None:
        budget_s = measure.budget_s
        if budget_s is None and not measure.exhaustive:
            budget_s = DEFAULT_BUDGET_S
        self._end = None if budget_s is None else time.monotonic() + budget_s

    def left_s(self) -> float | None:
        """Return the seconds left, negative when it is overdrawn; None is no budget."""
        return None if self._end is None else self._end - time.monotonic()

    def at_most_s(self, seconds: float | None) -> float | None:
        """Bound an estimate of the time to come by what is left."""
        left = self.left_s()
        return seconds if left is None or seconds is None else max(0.0, min(seconds, left))
