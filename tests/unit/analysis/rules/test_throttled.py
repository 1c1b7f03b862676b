"""A quota that held the fit."""

from __future__ import annotations

import pytest

from sklpar.model import Finding, Observed, Pool
from tests.unit.analysis.rules.finding import case, found
from tests.unit.builders import SERIAL, make_fit, make_setting

TWO = make_setting("threading", 2, "default")
POOL = Pool(user_api="openmp", internal_api="openmp", num_threads=2)


def of(throttled_s: float | None, wall_s: float = 1.0) -> Finding | None:
    fit = make_fit(wall_s, cpu_s=wall_s, throttled_s=throttled_s)
    return found(
        "throttled",
        case([(SERIAL, [make_fit(1.0)]), (TWO, [fit])], usable_cpus=1, observed=Observed(
            runnable_peak=2, pools=(POOL,)
        )),
        TWO,
    )  # fmt: skip


def test_a_fit_that_a_quota_held_for_long_is_told_with_the_quota() -> None:
    finding = of(0.5)
    assert finding is not None
    assert finding.severity == "warning"
    assert finding.evidence["throttled_s"] == 0.5
    assert finding.evidence["limit"] == "affinity"
    assert "quota" in finding.advice
    assert "OMP_NUM_THREADS=1" in finding.advice
    assert "lower n_jobs" in finding.advice


@pytest.mark.parametrize("throttled_s", [None, 0.0, 0.05], ids=["no quota", "not held", "a burst"])
def test_a_quota_that_held_nothing_is_no_news(throttled_s: float | None) -> None:
    assert of(throttled_s) is None


def test_a_fit_of_no_time_is_not_held() -> None:
    assert of(0.0, wall_s=0.0) is None


def test_fits_of_older_runs_have_no_such_reading() -> None:
    assert found("throttled", case([(TWO, [make_fit(1.0)])]), TWO) is None
