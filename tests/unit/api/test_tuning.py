"""The arguments of `sklpar.tune` are those of a spec, held to the same rules."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy.sparse import csr_matrix
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.preprocessing import FunctionTransformer

import sklpar
from sklpar.api.described import by_argument, described, spec_of
from sklpar.emit import fingerprint_of
from sklpar.errors import Problem, SpecError, UsageError
from sklpar.model import Spec
from sklpar.session import resume
from sklpar.spec.loader import parse_spec
from sklpar.store.folder import RunFolder
from sklpar.store.plan_file import PlanFile
from tests.unit.reports import report

HANDED = Path("/tmp/handed")
JOB = {"estimator": {"python": "Ridge()"}, "data": {"python": {"X": "ndarray (3, 2) float64"}}}


def spec(defaults: dict[str, Any] | None = None, **given: Any) -> Spec:
    return spec_of(given, JOB, HANDED, defaults or {})


def refusal(**given: Any) -> str:
    with pytest.raises(SpecError) as caught:
        spec(**given)
    return str(by_argument(caught.value))


def written(text: str) -> Spec:
    head = "version: 1\nestimator: {class: Ridge}\ndata: {sklearn: iris}\n"
    return parse_spec(head + text, file="spec.yaml")


def test_arguments_mean_what_the_keys_of_a_spec_mean() -> None:
    called = spec(
        name="churn",
        n_jobs=[1, 2, "all"],
        backend=["loky", "threading"],
        inner_threads=[1, "default", {"blas": 1, "openmp": 2}],
        params={"alpha": [0.1, 1]},
        repeats=2,
        rounds=3,
        budget="5m",
        timeout=120,
        exhaustive=True,
        minimize="fit",
        within="10%",
        then=["memory"],
        memory_limit="4GB",
    )
    read = written("""
name: churn
sweep:
  n_jobs: [1, 2, all]
  backend: [loky, threading]
  inner_threads: [1, default, {blas: 1, openmp: 2}]
  params: {alpha: [0.1, 1]}
measure: {repeats: 2, rounds: 3, budget: 5m, timeout: 120s, exhaustive: true}
objective: {minimize: fit, within: 10%, then: [memory]}
limits: {memory: 4GB}
""")
    for part in ("name", "sweep", "measure", "objective", "memory_limit_bytes", "guard"):
        assert getattr(called, part) == getattr(read, part), part


def test_a_single_value_is_an_axis_of_one() -> None:
    called = spec(n_jobs=2, backend="loky", inner_threads={"blas": 1, "openmp": 1})
    assert called.sweep.n_jobs == (2,)
    assert called.sweep.backend == ("loky",)
    assert called.sweep.inner_threads is not None
    assert len(called.sweep.inner_threads) == 1


def test_numbers_of_numpy_and_any_sequence_are_taken() -> None:
    called = spec(
        n_jobs=np.array([1, 2]), params={"alpha": np.logspace(0, 1, 2)}, rounds=np.int64(2)
    )
    assert called.sweep.n_jobs == (1, 2)
    assert called.sweep.params == {"alpha": (1.0, 10.0)}
    assert called.measure.rounds == 2
    assert spec(n_jobs=range(1, 3)).sweep.n_jobs == spec(n_jobs=(1, 2)).sweep.n_jobs == (1, 2)


def test_what_is_left_out_comes_from_the_project() -> None:
    called = spec({"measure": {"rounds": 9, "repeats": 0}, "sweep": {"n_jobs": [2]}}, rounds=3)
    assert (called.measure.rounds, called.measure.repeats) == (3, 0)
    assert called.sweep.n_jobs == (2,)
    assert called.document["measure"] == {"rounds": 3}


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"n_jobs": 0}, "sklpar.tune(n_jobs=...): n_jobs cannot be 0\n    write whole numbers"),
        ({"n_jobs": [1, 2.5]}, "sklpar.tune(n_jobs=...): expected a number of workers, got 2.5"),
        ({"backend": "lokky"}, "sklpar.tune(backend=...): 'lokky' is not a backend"),
        ({"budget": "soon"}, "sklpar.tune(budget=...): expected a duration, got 'soon'"),
        ({"within": 5}, "sklpar.tune(within=...): must be from 0 to under 100%, got 5"),
        ({"memory_limit": "much"}, "sklpar.tune(memory_limit=...): expected a size"),
        ({"inner_threads": {"blas": 1}}, "sklpar.tune(inner_threads=...): a cap by library"),
        ({"params": {"memory": ["x"]}}, "sklpar.tune(params=...): memory: memory= caches fits"),
        ({"params": [1]}, "sklpar.tune(params=...): expected a map of set_params paths"),
        ({"minimize": "fit", "repeats": 0}, "sklpar.tune(minimize=...): minimize: fit compares"),
        ({"name": ""}, "sklpar.tune(name=...): expected one line"),
        (
            {"params": {"clf": [LogisticRegression()]}},
            "sklpar.tune(params=...): LogisticRegression() is no plain value",
        ),
    ],
)
def test_a_wrong_argument_is_named(given: dict[str, Any], message: str) -> None:
    assert refusal(**given).startswith(message)


def test_everything_that_is_wrong_is_told_at_once() -> None:
    told = refusal(n_jobs=0, rounds=0)
    assert "sklpar.tune(n_jobs=...)" in told
    assert "sklpar.tune(rounds=...)" in told


def test_what_the_inspection_says_of_the_job_is_said_of_the_argument() -> None:
    found = [
        Problem(
            message="estimator: sklpar.trial.handed:estimator raised HandedError: no",
            path=("estimator",),
        ),
        Problem(message="sweep.n_jobs: Ridge has no n_jobs", path=("sweep", "n_jobs")),
        Problem(message="estimator.param_grid.C: no", path=("estimator", "param_grid", "C")),
    ]
    told = str(by_argument(SpecError(found, file="sklpar.tune")))
    assert told.splitlines() == [
        "sklpar.tune(estimator=...): no",
        "sklpar.tune(n_jobs=...): Ridge has no n_jobs",
        "sklpar.tune(estimator=...): param_grid.C: no",
    ]


def test_an_error_of_the_project_file_stays_its_own() -> None:
    error = SpecError([Problem(message="tool.sklpar: no")], file="/x/pyproject.toml")
    assert by_argument(error) is error


# --- what is stored


def test_the_stored_spec_says_what_the_job_was_and_no_temporary_folder() -> None:
    called = spec(n_jobs=[1, 2], name="churn")
    assert called.document == {"version": 1, "name": "churn", **JOB, "sweep": {"n_jobs": [1, 2]}}
    assert str(HANDED) not in called.text
    assert called.text.startswith("#")
    assert "Ridge()" in called.text


def test_the_stored_spec_cannot_be_mistaken_for_one_that_runs() -> None:
    with pytest.raises(
        SpecError, match=r"given to sklpar\.tune from Python, and is not in this file"
    ):
        parse_spec(spec(n_jobs=2).text, file="spec.yaml")


@pytest.mark.parametrize(
    ("value", "kind"),
    [
        (np.zeros((3, 2), dtype=np.float32), "ndarray (3, 2) float32"),
        (pd.DataFrame({"a": [1], "b": [1.5]}), "DataFrame (1, 2) float64, int64"),
        (pd.Series([1, 2]), "Series (2,) int64"),
        (csr_matrix((3, 2)), "csr_matrix (3, 2) float64"),
        (["a", "b"], "list (2,)"),
    ],
)
def test_data_are_described_by_type_shape_and_element_type(value: Any, kind: str) -> None:
    assert described(None, value, None, None)["data"] == {"python": {"X": kind}}


def test_a_description_is_the_same_in_every_process() -> None:
    """An address in memory would make of each run another job."""
    shown = described(FunctionTransformer(np.log1p), [], None, None)["estimator"]["python"]
    assert "0x" not in shown
    assert "FunctionTransformer" in shown


def test_a_long_estimator_is_described_whole_and_on_one_line() -> None:
    grid = {f"C{i}": [float(i)] * 3 for i in range(40)}
    shown = described(GridSearchCV(LogisticRegression(), grid), [], None, None)
    text = shown["estimator"]["python"]
    assert len(text) > 700
    assert "\n" not in text


def test_an_estimator_whose_repr_fails_is_described_by_its_type() -> None:
    class Broken:
        def __repr__(self) -> str:
            raise RuntimeError

    shown = described(Broken(), [], None, None)["estimator"]["python"]
    assert shown == "<Broken whose repr raises RuntimeError>"


def test_the_digest_of_the_job_does_not_depend_on_how_it_is_measured() -> None:
    few, many = (
        fingerprint_of(report(spec=spec(rounds=rounds).document))["spec_sha256"]
        for rounds in (1, 5)
    )
    assert few == many


def test_a_run_from_python_cannot_be_gone_on_with(tmp_path: Path) -> None:
    folder = RunFolder.create(tmp_path / "run")
    folder.write_spec(spec().text)
    folder.write_plan(
        PlanFile(
            sklpar_version="0",
            run_id="20260102-030405-abcd",
            name=None,
            started_at="",
            seed=1,
            spec_file="sklpar.tune",
            folder="/",
            from_python=True,
        )
    )
    with pytest.raises(UsageError, match="was started from Python") as caught:
        resume(str(folder.path), None, [], [])
    assert "call sklpar.tune again" in caught.value.remedy


# --- the package itself


def test_every_public_name_is_there_and_listed() -> None:
    assert {"tune", "load", "applied", "Result", "SklparError", "__version__"} == set(
        sklpar.__all__
    )
    for name in sklpar.__all__:
        assert getattr(sklpar, name) is not None
    assert set(sklpar.__all__) <= set(dir(sklpar))


def test_a_name_that_there_is_not_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="no attribute 'tunes'"):
        _ = sklpar.tunes  # type: ignore[attr-defined]
