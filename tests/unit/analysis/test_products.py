"""Workers times threads of a setting, from layers made by hand."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sklpar.analysis.products import product_of
from sklpar.model import Caps, Inspection, Layer, Product, Setting
from tests.unit.analysis.layered import (
    BOOSTER,
    BOOSTING,
    FOREST,
    OPENBLAS,
    SEARCH,
    answers,
    inspection,
)
from tests.unit.builders import AS_WRITTEN, SERIAL, make_setting


def product(setting: Setting, *layers: Layer, **environ: str) -> Product:
    return product_of(setting, inspection(*layers), 4, environ)


def test_nested_workers_multiply() -> None:
    found = product(make_setting("loky", 2), FOREST)
    assert (found.workers, found.threads, found.total) == (6, 1, 6)
    assert found.layers == ("2 processes of GridSearchCV", "3 Python threads of Forest")
    assert found.words == "1.5 times too much"
    assert found.certain


def test_a_swept_parameter_takes_the_place_of_what_was_written() -> None:
    found = product(make_setting("loky", 2, estimator__n_jobs=1), FOREST)
    assert (found.total, found.words) == (2, "2 CPUs unused")


def test_all_cpus_are_all_cpus_again_inside_a_worker() -> None:
    assert product(make_setting("loky", 2, estimator__n_jobs=-1), FOREST).total == 8


def test_serial_is_one_of_each() -> None:
    found = product(SERIAL, FOREST, BOOSTING, BOOSTER)
    assert (found.total, found.words) == (1, "3 CPUs unused")


@pytest.mark.parametrize(
    ("backend", "n_jobs", "inner", "total"),
    [
        ("loky", 2, "default", 4),  # loky caps its workers at the CPUs divided by n_jobs
        ("loky", 4, "default", 4),
        ("threading", 2, "default", 8),  # nobody caps these
        ("threading", 2, 1, 2),
        ("loky", 1, "default", 4),  # one job is no worker, and has no cap
        ("loky", 2, Caps(blas=1, openmp=3), 6),
    ],
)
def test_native_threads_multiply_as_the_backend_caps_them(
    backend: str, n_jobs: int, inner: Any, total: int
) -> None:
    assert product(make_setting(backend, n_jobs, inner), BOOSTING).total == total


def test_as_written_inherits_the_environment() -> None:
    assert product(AS_WRITTEN, BOOSTING).total == 4
    assert product(AS_WRITTEN, BOOSTING, OMP_NUM_THREADS="2").total == 2
    written = replace(SEARCH, as_written=2, resolutions=answers(2, 0))
    whole = inspection(BOOSTING, layers=(written, BOOSTING))
    assert product_of(AS_WRITTEN, whole, 4, {"OMP_NUM_THREADS": "4"}).total == 8


def test_loky_fills_in_the_variables_that_are_not_set() -> None:
    written = replace(SEARCH, as_written=2, resolutions=answers(2, 0))
    blas = replace(BOOSTING, kind="blas")
    whole = inspection(layers=(written, blas))
    assert product_of(AS_WRITTEN, whole, 4, {"OMP_NUM_THREADS": "1"}).total == 4


def test_no_cap_reaches_a_pool_of_its_own() -> None:
    found = product(make_setting("loky", 2, 1), BOOSTER)
    assert (found.total, found.words) == (8, "2 times too much")
    assert product(make_setting("loky", 2, 1, estimator__n_jobs=2), BOOSTER).total == 4


def test_what_is_only_possible_is_said_to_be() -> None:
    found = product(make_setting("threading", 4, "default"), replace(BOOSTING, certain=False))
    assert not found.certain
    assert found.words == "up to 4 times too much"


def test_ignored_and_unreached_layers_count_nothing() -> None:
    ignored = replace(FOREST, ignored=True, resolutions=())
    predicting = replace(FOREST, place="", methods=("predict",), parameter="estimator__n_jobs")
    assert product(make_setting("loky", 2), ignored, predicting).total == 2


def test_no_more_workers_are_counted_than_there_are_tasks() -> None:
    found = product_of(make_setting("loky", 4), inspection(tasks=3), 4, {})
    assert (found.workers, found.words) == (3, "1 CPU unused")


def test_a_callable_may_use_whatever_it_is_given() -> None:
    whole = Inspection(label="mine:fit", is_callable=True, pools=(OPENBLAS,))
    found = product_of(make_setting("threading", 2, "default"), whole, 4, {})
    assert (found.workers, found.threads, found.certain) == (2, 4, False)
