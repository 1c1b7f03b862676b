"""More CPU than serial needs, without a crowd."""

from __future__ import annotations

from typing import Any

import pytest

from sklpar.model import Finding, Layer, Observed, Pool
from tests.unit.analysis.rules.finding import case, found
from tests.unit.builders import SERIAL, make_call, make_fit, make_setting

OMP = Pool(user_api="openmp", internal_api="openmp", num_threads=2)
SPINNING = make_setting("sequential", 1, 2)
LOKY = make_setting("loky", 2)
THREADS = make_setting("threading", 2)


def spinning(
    *, wall_s: float = 1.1, cpu_s: float = 2.2, outside_s: float = 0.0, pools: Any = (OMP,)
) -> Finding | None:
    fit = make_fit(wall_s, cpu_s=cpu_s, outside_s=outside_s, wait_s=outside_s)
    observed = Observed(runnable_peak=2, pools=pools)
    made = case([(SERIAL, [make_fit(1.0)]), (SPINNING, [fit])], observed=observed)
    return found("cpu_inflation", made, SPINNING)


def test_threads_that_burn_cpu_for_no_gain_are_a_warning() -> None:
    finding = spinning()
    assert finding is not None
    assert finding.severity == "warning"
    assert finding.evidence["inflation_to_serial"] == pytest.approx(2.2)
    assert finding.evidence["slowdown_to_serial"] == pytest.approx(1.1)
    assert "OMP_NUM_THREADS=1" in finding.advice
    assert "OMP_WAIT_POLICY=passive" in finding.advice


def test_beside_others_it_is_told_and_nobody_is_blamed() -> None:
    finding = spinning(cpu_s=2.6, outside_s=0.3)
    assert finding is not None
    assert finding.severity == "info"
    assert finding.evidence["inflation_to_serial"] == pytest.approx(2.3)


def test_the_wait_policy_is_advised_for_openmp_alone() -> None:
    blas = Pool(user_api="blas", internal_api="openblas", num_threads=2)
    finding = spinning(pools=(blas,))
    assert finding is not None
    assert "OPENBLAS_NUM_THREADS=1" in finding.advice
    assert "OMP_WAIT_POLICY" not in finding.advice


def test_cpu_that_bought_time_is_only_told() -> None:
    finding = spinning(wall_s=0.8, cpu_s=1.6)
    assert finding is not None
    assert finding.severity == "info"


@pytest.mark.parametrize(
    "healthy",
    [
        {"wall_s": 0.6, "cpu_s": 1.2},
        {"outside_s": 1.0},
        {"pools": ()},
    ],
    ids=["ordinary", "they spun for one that others displaced", "no such threads"],
)
def test_whatever_else_explains_it_is_not_told(healthy: dict[str, Any]) -> None:
    assert spinning(**healthy) is None


def test_a_fit_of_milliseconds_wastes_too_little_to_be_told() -> None:
    observed = Observed(runnable_peak=2, pools=(OMP,))
    short = make_fit(0.005, cpu_s=0.01)
    made = case([(SERIAL, [make_fit(0.004)]), (SPINNING, [short])], observed=observed)
    assert found("cpu_inflation", made, SPINNING) is None


def fine(*, tasks: int = 6000, cpu_s: float = 2.0, backend: str = "threading") -> Finding | None:
    setting = make_setting(backend, 2)
    call = make_call(backend, 2, tasks, 1.0, own_cpu_s=0.9)
    alone = make_call("sequential", 1, tasks, 0.2)
    fit = make_fit(1.1, cpu_s=cpu_s, calls=[call])
    made = case([(SERIAL, [make_fit(0.2, calls=[alone])]), (setting, [fit])])
    return found("cpu_inflation", made, setting)


@pytest.mark.parametrize("backend", ["threading", "loky"])
def test_tasks_too_fine_are_told_by_name(backend: str) -> None:
    finding = fine(backend=backend)
    assert finding is not None
    assert finding.severity == "warning"
    assert finding.evidence["task_s"] == pytest.approx(0.2 / 6000)
    assert "fewer, larger" in finding.advice


def test_few_tasks_are_never_too_fine_and_a_start_is_no_inflation() -> None:
    """Without a warm fit the CPU of workers is that of their imports as well."""
    assert fine(tasks=4, backend="loky", cpu_s=5.0) is None


def test_a_crowd_that_costs_is_told_by_its_own_rule_alone() -> None:
    fit = make_fit(2.0, cpu_s=4.0, wait_s=6.0)
    crowd = make_setting("threading", 2, 2)
    observed = Observed(runnable_peak=6, pools=(OMP,))
    made = case([(SERIAL, [make_fit(1.0)]), (crowd, [fit])], observed=observed)
    assert found("oversubscription", made, crowd) is not None
    assert found("cpu_inflation", made, crowd) is None


def test_workers_that_share_caches_are_no_fault_below_twice_the_cpu() -> None:
    for cpu_s, told in ((1.8, False), (2.4, True)):
        fit = make_fit(1.2, cpu_s=cpu_s, calls=[make_call()])
        made = case([(SERIAL, [make_fit(1.0)]), (THREADS, [fit])])
        finding = found("cpu_inflation", made, THREADS)
        assert (finding is not None) is told
        assert finding is None or finding.severity == "info"


def test_serial_itself_is_the_measure_and_has_no_finding() -> None:
    made = case([(SERIAL, [make_fit(1.0, cpu_s=3.0)]), (LOKY, [make_fit(1.0)])])
    assert found("cpu_inflation", made, SERIAL) is None


def test_fine_tasks_of_a_nested_call_are_told_with_its_own_parameter() -> None:
    alone = make_setting("threading", 1, 1)
    calls = [make_call(n_jobs=4, tasks=400)]
    made = case(
        [(SERIAL, [make_fit(0.4)]), (alone, [make_fit(0.6, cpu_s=0.8, calls=calls)])],
        inspection={"nested_n_jobs": {"estimator__n_jobs": 4}},
    )
    finding = found("cpu_inflation", made, alone)
    assert finding is not None
    assert "estimator__n_jobs: 1" in finding.advice


def test_a_package_with_threads_of_its_own_is_told_by_its_own_parameter() -> None:
    """No cap of OpenMP reaches them, though OpenMP it is."""
    alone = make_setting("threading", 1, "default")
    layer = Layer(
        place="", owner="LGBMClassifier", kind="own", depth=0, parameter="estimator__n_jobs"
    )
    made = case(
        [(SERIAL, [make_fit(0.4)]), (alone, [make_fit(0.6, cpu_s=1.0)])],
        inspection={"nested_n_jobs": {"estimator__n_jobs": 4}, "layers": (layer,)},
        observed=Observed(runnable_peak=2, pools=(OMP,)),
    )
    finding = found("cpu_inflation", made, alone)
    assert finding is not None
    assert finding.severity == "warning"
    assert finding.advice.startswith("4 threads by estimator__n_jobs, which")
    assert finding.advice.endswith("set estimator__n_jobs: 1")
