"""The machine's pace."""

from __future__ import annotations

import time
from collections.abc import Callable

import pytest

from sklpar.trial.pace import interpreter_pace_s, pace_s


@pytest.mark.parametrize("measured", [pace_s, interpreter_pace_s])
def test_the_pace_is_the_least_of_three_tries(measured: Callable[[], float]) -> None:
    before = time.perf_counter()
    pace = measured()
    took = time.perf_counter() - before
    assert 0 < pace <= took / 3
