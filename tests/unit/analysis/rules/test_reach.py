"""Why an axis changed nothing: told where the layers know."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sklpar.model import Layer, Part, Setting
from tests.unit.analysis.rules.judging import SEARCH, THREADS, job, layer
from tests.unit.analysis.rules.judging import said as found_by
from tests.unit.builders import make_samples, make_setting

ONE, TWO = make_setting("loky", 1), make_setting("loky", 2)
OTHER = make_setting("threading", 2)
WIDE = make_setting("loky", 2, 2)
HGB = layer("openmp", "HistGradientBoostingClassifier", place="", depth=0)
IGNORED = Layer(
    place="",
    owner="LogisticRegression",
    kind="joblib",
    depth=0,
    methods=(),
    parameter="n_jobs",
    ignored=True,
)


def advice(a: Setting, b: Setting, layers: list[Layer], **more: Any) -> str:
    sample = more.pop("sample", {})
    outcomes = [one for s in (a, b) for one in make_samples(s, [1.0, 1.02, 0.99], **sample)]
    return found_by("no_effect", job([a, b], outcomes, layers=layers, **more))[a.id].advice


def test_an_n_jobs_that_its_class_does_not_read_is_named() -> None:
    text = advice(ONE, TWO, [IGNORED])
    assert "LogisticRegression has an n_jobs that its fit does not read" in text
    assert "warns" not in text


def test_that_the_sweep_itself_makes_it_warn_is_said() -> None:
    warned = {"FutureWarning: 'n_jobs' has no effect since 1.8 and will be removed in 1.10.": 3}
    assert "warns" in advice(ONE, TWO, [IGNORED], sample={"warnings": warned})


@pytest.mark.parametrize("calls", [[], [replace(SEARCH, n_jobs_from="openmp")]])
def test_openmp_hears_no_backend_and_the_advice_contradicts_the_tutorials(calls: Any) -> None:
    text = advice(TWO, OTHER, [*calls, HGB])
    assert "OpenMP" in text
    assert "loky no more than the others" in text


def test_a_pool_of_its_own_hears_none_either() -> None:
    own = layer("own", "LGBMClassifier", place="", depth=0, parameter="n_jobs")
    assert "threads of its own" in advice(TWO, OTHER, [own])


def test_a_call_that_names_its_backend_is_told() -> None:
    text = advice(TWO, OTHER, [replace(SEARCH, owner="SGDClassifier", require="sharedmem")])
    assert "SGDClassifier names its own backend" in text


def test_a_backend_without_workers_has_nothing_to_do() -> None:
    assert "more than one worker" in advice(TWO, OTHER, [SEARCH])
    assert "since" not in advice(TWO, OTHER, [SEARCH], sample={"observed": THREADS})


def test_a_cap_on_what_has_no_native_threads_is_told() -> None:
    assert "OpenMP or BLAS" in advice(TWO, WIDE, [SEARCH])
    unsure = [Part(place="", owner="Own", note="its source was not to be had")]
    assert "since" not in advice(TWO, WIDE, [SEARCH], parts=unsure)
    own = layer("own", "LGBMClassifier", parameter="estimator__n_jobs")
    assert "estimator__n_jobs" in advice(TWO, WIDE, [SEARCH, own])
    assert "since" not in advice(TWO, WIDE, [SEARCH, layer("blas")])


def test_where_layers_are_not_known_nothing_is_said() -> None:
    assert (
        advice(ONE, TWO, [])
        == "n_jobs changed neither time nor CPU here: leave it out of the sweep"
    )
    callable_ = {"inspection": {"is_callable": True}}
    assert "since" not in advice(ONE, TWO, [], **callable_)


def test_a_path_of_params_that_is_no_n_jobs_needs_no_reason() -> None:
    a, b = (make_setting("loky", 2, 1, C=value) for value in (0.1, 1.0))
    assert "since" not in advice(a, b, [SEARCH])
