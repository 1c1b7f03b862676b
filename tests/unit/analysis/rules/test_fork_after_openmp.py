"""Forked workers and OpenMP."""

from __future__ import annotations

from typing import Any

import pytest

from sklpar.model import Caps, Outcome, Run, Setting
from tests.unit.analysis.rules.judging import (
    OPENMP,
    PROCESSES,
    SEARCH,
    job,
    layer,
    said,
    severities,
)
from tests.unit.builders import SERIAL, cut_off, make_fit, make_sample, make_setting

RULE = "fork_after_openmp"
WIDE = make_setting("multiprocessing", 2, "default")
KMEANS = layer("openmp")
FORK = {"versions": {"python": "3.13.1"}}


def forked(*outcomes: Outcome, setting: Setting = WIDE, **more: Any) -> Run:
    options = {"layers": [SEARCH, KMEANS], "host": FORK, **more}
    return job([setting], [make_sample(SERIAL), *outcomes], **options)


def hung(setting: Setting = WIDE) -> Outcome:
    idle = make_fit(10.0, cpu_s=0.05)
    return cut_off(setting, 10.0, fits=(make_fit(1.0),), unfinished=idle, observed=PROCESSES)


def fine(setting: Setting = WIDE) -> list[Outcome]:
    return [make_sample(setting, n, observed=PROCESSES) for n in (1, 2, 3)]


def test_a_fit_that_stood_still_is_an_error_with_its_cures() -> None:
    found = said(RULE, forked(hung()))[WIDE.id]
    assert found.severity == "error"
    assert found.evidence["hanging_cpu_s"] == 0.05
    assert found.evidence["fits_before"] == 1
    for cure in ("loky", "OMP_NUM_THREADS=1", "JOBLIB_START_METHOD=spawn", "__main__"):
        assert cure in found.advice


def test_fits_that_ended_are_a_risk_all_the_same() -> None:
    found = said(RULE, forked(*fine()))[WIDE.id]
    assert found.severity == "warning"
    assert "KMeans" in found.advice
    assert found.evidence["fits_that_ended"] == 6


def test_a_fit_that_was_only_slow_does_not_hang_but_may() -> None:
    busy = cut_off(WIDE, 10.0, unfinished=make_fit(10.0, cpu_s=15.0), observed=PROCESSES)
    assert severities(RULE, forked(busy)) == {WIDE.id: "warning"}


@pytest.mark.parametrize("inner", [1, Caps(blas=2, openmp=1)])
def test_one_thread_of_openmp_is_no_risk(inner: Any) -> None:
    setting = make_setting("multiprocessing", 2, inner)
    assert not severities(RULE, forked(*fine(setting), setting=setting))


def test_a_pool_that_no_cap_reaches_is_one_under_a_cap_too() -> None:
    setting = make_setting("multiprocessing", 2, 1)
    own = layer("own", "LGBMClassifier", parameter="estimator__n_jobs")
    run = forked(*fine(setting), setting=setting, layers=[SEARCH, own])
    assert severities(RULE, run) == {setting.id: "warning"}
    one = layer("own", "LGBMClassifier", parameter="estimator__n_jobs", as_written=1)
    assert not severities(RULE, forked(*fine(setting), setting=setting, layers=[SEARCH, one]))


@pytest.mark.parametrize(
    "host",
    [
        {**FORK, "environment": {"JOBLIB_START_METHOD": "spawn"}},
        {**FORK, "environment": {"JOBLIB_START_METHOD": "forkserver"}},
        {"versions": {"python": "3.14.0"}},
        {**FORK, "usable_cpus": 1},
    ],
)
def test_without_a_fork_or_a_second_cpu_there_is_none(host: dict[str, Any]) -> None:
    assert not severities(RULE, forked(hung(), host=host))


def test_other_backends_do_not_fork() -> None:
    loky = make_setting("loky", 2, "default")
    assert not severities(RULE, forked(*fine(loky), setting=loky))


def test_a_job_without_openmp_may_hang_for_another_reason() -> None:
    assert not severities(RULE, forked(hung(), layers=[SEARCH]))
    assert not severities(RULE, forked(*fine(), layers=[SEARCH]))


def test_a_layer_that_may_not_be_reached_is_no_risk_but_a_cause() -> None:
    unsure = [SEARCH, layer("openmp", certain=False)]
    assert not severities(RULE, forked(*fine(), layers=unsure))
    assert severities(RULE, forked(hung(), layers=unsure)) == {WIDE.id: "error"}


def test_a_callable_that_hangs_with_openmp_loaded_is_suspected() -> None:
    callable_ = {"is_callable": True, "pools": (OPENMP,)}
    assert severities(RULE, forked(hung(), layers=[], inspection=callable_)) == {WIDE.id: "error"}
    assert not severities(RULE, forked(*fine(), layers=[], inspection=callable_))


def test_a_setting_that_started_no_worker_is_none() -> None:
    one = make_setting("multiprocessing", 1, "default")
    assert not severities(RULE, forked(*(make_sample(one, n) for n in (1, 2)), setting=one))
