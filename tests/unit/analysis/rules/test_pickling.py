"""Data that has to go to worker processes."""

from __future__ import annotations

from typing import Any

import pytest

from sklpar.model import Finding
from tests.unit.analysis.rules.finding import case, found
from tests.unit.builders import SERIAL, make_call, make_fit, make_setting

LOKY = make_setting("loky", 2)


def of(
    *,
    handing_s: float = 0.5,
    cpu_s: float = 1.5,
    tasks: int = 8,
    serial_s: float = 1.0,
    backend: str = "loky",
    warm: bool = True,
    **sample: Any,
) -> Finding | None:
    call = make_call(backend, 2, tasks, 1.0, own_cpu_s=handing_s)
    setting = make_setting(backend, 2)
    fits = [make_fit(1.1, cpu_s=cpu_s, calls=[call])] * (2 if warm else 1)
    alone = [make_fit(serial_s)] * (2 if warm else 1)
    made = case([(SERIAL, alone), (setting, fits)], **sample)
    return found("pickling", made, setting)


@pytest.mark.parametrize("warm", [True, False])
def test_a_caller_that_is_busy_handing_out_is_told(warm: bool) -> None:
    finding = of(warm=warm)
    assert finding is not None
    assert finding.severity == "warning"
    assert finding.evidence["handing_out_cpu_s"] == 0.5
    assert "pass and return less" in finding.advice


def test_large_data_gets_the_advice_on_memory_maps() -> None:
    finding = of(data_bytes=200_000_000)
    assert finding is not None
    assert finding.evidence["data_bytes"] == 200_000_000
    assert "JOBLIB_TEMP_FOLDER" in finding.advice
    assert "threading" in finding.advice


def test_workers_that_take_in_large_data_are_told_by_their_cpu() -> None:
    finding = of(handing_s=0.15, cpu_s=1.5, data_bytes=200_000_000)
    assert finding is not None
    assert finding.evidence["taking_in_cpu_s"] == pytest.approx(0.35)
    assert of(handing_s=0.03, cpu_s=1.1, data_bytes=1000) is None


def test_workers_take_in_no_more_than_three_times_what_handing_out_takes() -> None:
    assert of(handing_s=0.15, cpu_s=1.65, data_bytes=200_000_000) is None


def test_where_the_setting_gains_all_the_same_it_is_only_told() -> None:
    finding = of(serial_s=4.0)
    assert finding is not None
    assert finding.severity == "info"


@pytest.mark.parametrize(
    "healthy",
    [
        {"handing_s": 0.03},
        {"backend": "threading"},
        {"handing_s": 0.04, "cpu_s": 1.2, "data_bytes": 10**9},
        {"tasks": 5000},
    ],
    ids=["a caller that waits", "threads", "mapped, and cheap", "fine tasks have another cure"],
)
def test_whoever_moves_little_is_left_alone(healthy: dict[str, Any]) -> None:
    assert of(**healthy) is None


def test_the_cpu_of_a_start_is_not_that_of_taking_in() -> None:
    assert of(handing_s=0.05, cpu_s=3.0, data_bytes=200_000_000, warm=False) is None


def test_runs_without_calls_tell_nothing() -> None:
    made = case([(SERIAL, [make_fit(1.0)] * 2), (LOKY, [make_fit(1.0, cpu_s=9.0)] * 2)])
    assert found("pickling", made, LOKY) is None


def test_what_forking_takes_is_not_handing_out() -> None:
    """Two workers were forked, which takes the caller a tenth of a second."""
    assert of(handing_s=0.25, cpu_s=1.25, backend="multiprocessing") is None
    assert of(handing_s=0.45, cpu_s=1.25, backend="multiprocessing") is not None


def test_forked_workers_import_nothing_so_their_cpu_tells_without_a_warm_fit() -> None:
    made = of(handing_s=0.25, cpu_s=1.6, backend="multiprocessing", warm=False)
    assert made is not None
    assert made.evidence["taking_in_cpu_s"] == pytest.approx(0.35)
