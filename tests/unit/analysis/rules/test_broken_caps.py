"""Caps that did not hold: one cause is `own_threads`, of every other `cap_violated` speaks."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from sklpar.model import Caps, Observed, Pool, Run, Setting
from tests.unit.analysis.rules.judging import SEARCH, job, layer, said, severities
from tests.unit.builders import LOKY, SERIAL, make_sample, make_setting

BUSY = Observed(processes=3, workers=2, busy_threads=5, caps="violated")
BLAS = Pool(user_api="blas", internal_api="openblas", num_threads=1, library="numpy")
LIGHTGBM = layer("own", "LGBMClassifier", parameter="estimator__n_jobs")


def broken(setting: Setting = LOKY, pools: Sequence[Pool] = (), **more: Any) -> Run:
    seen = replace(BUSY, pools=tuple(pools))
    resolved = more.pop("resolved", {"n_jobs": 2})
    outcomes = [
        make_sample(
            setting,
            n,
            observed=seen,
            status="not_as_requested",
            reason="3 threads",
            resolved=resolved,
        )
        for n in (1, 2, 3)
    ]
    return job([setting], [make_sample(SERIAL), *outcomes], **more)


def test_a_pool_of_its_own_is_named_with_its_parameter() -> None:
    run = broken(layers=[SEARCH, LIGHTGBM])
    found = said("own_threads", run)[LOKY.id]
    assert found.severity == "warning"
    assert found.evidence["busy_threads"] == 5
    assert "estimator__n_jobs" in found.advice
    assert "OMP_THREAD_LIMIT" in found.advice
    assert not severities("cap_violated", run)


def test_of_a_job_whose_layers_are_not_known_the_innermost_parameter_is_named() -> None:
    paths = {"n_jobs": 1, "estimator__n_jobs": 1}
    run = broken(inspection={"opaque": True, "serial_params": paths})
    assert "estimator__n_jobs" in said("own_threads", run)[LOKY.id].advice
    assert not severities("cap_violated", run)


@pytest.mark.parametrize(
    "more",
    [
        {"layers": [SEARCH]},  # no such layer
        {"layers": [SEARCH, replace(LIGHTGBM, as_written=1)]},  # its parameter is 1 already
        {"layers": [LIGHTGBM], "resolved": {"estimator__n_jobs": 1}},
        {"layers": [LIGHTGBM], "pools": [replace(BLAS, num_threads=2)]},  # it is another's pool
        {},
    ],
)
def test_any_other_reason_is_a_cap_that_was_violated(more: dict[str, Any]) -> None:
    run = broken(**more)
    assert not severities("own_threads", run)
    assert severities("cap_violated", run) == {LOKY.id: "warning"}


def test_a_pool_that_was_widened_is_named() -> None:
    found = said("cap_violated", broken(pools=[replace(BLAS, num_threads=2)]))[LOKY.id]
    assert "openblas" in found.advice
    assert found.evidence["pool_threads"] == 2


def test_several_pools_that_each_obey_are_told_apart_from_one_that_does_not() -> None:
    two = make_setting("threading", 2, 2)
    blas = {"pools": (BLAS, replace(BLAS, library="scipy"))}
    assert "inner_threads: 1" in said("cap_violated", broken(two, inspection=blas))[two.id].advice
    assert "OMP_THREAD_LIMIT" in said("cap_violated", broken(inspection=blas))[LOKY.id].advice


def test_a_cap_by_library_is_held_against_its_own_pools() -> None:
    caps = make_setting("loky", 2, Caps(blas=1, openmp=2))
    openmp = Pool(user_api="openmp", internal_api="openmp", num_threads=2)
    found = said("cap_violated", broken(caps, pools=[openmp, BLAS]))[caps.id]
    assert "pool_threads" not in found.evidence
    wide = said("cap_violated", broken(caps, pools=[replace(BLAS, num_threads=2)]))[caps.id]
    assert wide.evidence["pool_threads"] == 2


def test_caps_that_held_are_none() -> None:
    run = job([LOKY], [make_sample(LOKY, n) for n in (1, 2, 3)], layers=[SEARCH, LIGHTGBM])
    assert not severities("own_threads", run)
    assert not severities("cap_violated", run)
