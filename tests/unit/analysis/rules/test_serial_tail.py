"""A stretch of the fit that n_jobs does not reach."""

from __future__ import annotations

from typing import Any

import pytest

from sklpar.model import Finding
from tests.unit.analysis.rules.finding import case, found
from tests.unit.builders import SERIAL, make_call, make_fit, make_setting

TWO = make_setting("threading", 2)


def of(
    calls_s: float, *, wall_s: float = 1.0, label: str = "GridSearchCV(SVC)", **fit: Any
) -> Finding | None:
    calls = fit.pop("calls", [make_call(wall_s=calls_s)])
    made = case(
        [(SERIAL, [make_fit(2 * wall_s)]), (TWO, [make_fit(wall_s, calls=calls, **fit)])],
        inspection={"label": label},
    )
    return found("serial_tail", made, TWO)


def test_a_refit_that_takes_long_is_told_with_the_bound_that_it_sets() -> None:
    finding = of(0.6)
    assert finding is not None
    assert finding.severity == "info"
    assert finding.evidence["serial_s"] == pytest.approx(0.4)
    assert finding.evidence["amdahl_bound"] == pytest.approx(2.5)
    assert "refit: false" in finding.advice


def test_one_of_more_than_half_is_a_warning() -> None:
    finding = of(0.3)
    assert finding is not None
    assert finding.severity == "warning"


def test_what_is_no_search_has_no_refit() -> None:
    finding = of(0.6, label="BaggingClassifier")
    assert finding is not None
    assert "refit" not in finding.advice


@pytest.mark.parametrize(
    "healthy",
    [
        {"calls_s": 0.9},
        {"calls_s": 0.02, "wall_s": 0.04},
        {"calls_s": 0.5, "widths_s": (0.0, 0.05, 0.95)},
        {"calls_s": 0.5, "calls": []},
        {"calls_s": 0.5, "calls": [make_call("sequential", 1)]},
    ],
    ids=[
        "a short end",
        "too short to matter",
        "the refit uses both CPUs",
        "nothing in parallel",
        "one worker",
    ],
)
def test_an_end_that_holds_nothing_up_is_not_told(healthy: dict[str, Any]) -> None:
    assert of(**healthy) is None


def test_a_job_that_asks_for_one_worker_has_no_end_that_they_do_not_reach() -> None:
    """Histogram gradient boosting bins its columns in threads, whatever n_jobs is."""
    alone = make_setting("sequential", 1, 2)
    fit = make_fit(1.0, calls=[make_call(wall_s=0.2, tasks=4)])
    assert found("serial_tail", case([(SERIAL, [make_fit(1.0)]), (alone, [fit])]), alone) is None
