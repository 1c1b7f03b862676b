"""The interpreter's pace."""

from __future__ import annotations

import time

from sklpar.trial.pace import pace_s


def test_the_pace_is_the_least_of_three_tries() -> None:
    before = time.perf_counter()
    pace = pace_s()
    took = time.perf_counter() - before
    assert 0 < pace <= took / 3
