from __future__ import annotations

import io
import sys
from pathlib import Path

import pytest

from sklpar.errors import SpecError, UsageError
from sklpar.model import CallableSpec, Caps, DataSpec, Measure, Objective, ObjectNode, Sweep
from sklpar.spec import load_spec
from sklpar.spec.loader import parse_spec

FULL = """\
version: 1
name: churn search
estimator:
  class: GridSearchCV
  cv: 3
  estimator:
    class: Pipeline
    steps:
      scale: {class: StandardScaler}
      clf: {class: LogisticRegression, max_iter: 500}
  param_grid: {clf__C: [1e-2, 1, 1e2]}
data:
  synthetic: classification
  n_samples: 20000
sweep:
  n_jobs: [1, 2, all]
  backend: [sequential, threading, loky, multiprocessing]
  inner_threads: [1, default, {blas: 1, openmp: 2}]
  params: {estimator__clf__n_jobs: [1, 2]}
measure: {repeats: 0, rounds: 3, timeout: 120s, budget: 10m}
objective: {minimize: first_fit, within: 5%, then: [cpu, memory]}
limits: {memory: 4GB}
"""
JOB = "version: 1\nestimator: SVC\ndata: {sklearn: digits}\n"


def test_a_whole_spec_is_read() -> None:
    spec = parse_spec(FULL, file="churn.yaml")
    assert spec.name == "churn search"
    assert spec.data == DataSpec(
        source="synthetic", options={"synthetic": "classification", "n_samples": 20000}
    )
    assert spec.sweep == Sweep(
        n_jobs=(1, 2, "all"),
        backend=("sequential", "threading", "loky", "multiprocessing"),
        inner_threads=(1, "default", Caps(blas=1, openmp=2)),
        params={"estimator__clf__n_jobs": (1, 2)},
    )
    assert spec.measure == Measure(repeats=0, rounds=3, timeout_s=120.0, budget_s=600.0)
    assert spec.objective == Objective()
    assert spec.memory_limit_bytes == 4_000_000_000
    assert isinstance(spec.estimator, ObjectNode)
    assert spec.document["estimator"]["param_grid"] == {"clf__C": [0.01, 1, 100.0]}


def test_an_estimator_and_data_alone_leave_every_axis_open() -> None:
    spec = parse_spec(JOB, file="a.yaml")
    assert spec.sweep == Sweep()
    assert spec.measure == Measure()


def test_empty_sections_are_as_if_left_out() -> None:
    spec = parse_spec(JOB + "sweep:\nmeasure:\nobjective: {}\nlimits:\nname:\n", file="a.yaml")
    assert spec.sweep == Sweep()
    assert spec.name is None


def test_a_callable_stands_instead_of_estimator_and_data() -> None:
    text = "version: 1\ncallable: {setup: 'm:setup', fit: 'm.sub:fit', args: {n: 3}}"
    spec = parse_spec(text, file="a.yaml")
    assert spec.callable == CallableSpec(fit="m.sub:fit", setup="m:setup", args={"n": 3})
    assert spec.estimator is None


def test_a_scalar_is_an_axis_of_one_and_minus_one_is_all() -> None:
    text = JOB + "sweep: {n_jobs: -1, backend: loky, inner_threads: 2, params: {C: 1}}"
    sweep = parse_spec(text, file="a.yaml").sweep
    assert sweep == Sweep(
        n_jobs=("all",), backend=("loky",), inner_threads=(2,), params={"C": (1,)}
    )


def test_repeated_values_of_an_axis_count_once_and_other_negatives_stay() -> None:
    sweep = parse_spec(JOB + "sweep: {n_jobs: [all, -1, 2, 2, -2]}", file="a.yaml").sweep
    assert sweep.n_jobs == ("all", 2, -2)


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("120s", 120),
        ("5m", 300),
        ("1h30m", 5400),
        ("2.5", 2.5),
        ("'2.5'", 2.5),
        ("1m30s", 90),
        ("7", 7),
        ("0.5h", 1800),
        ("1h", 3600),
    ],
)
def test_durations(text: str, seconds: float) -> None:
    assert parse_spec(JOB + f"measure: {{budget: {text}}}", file="a").measure.budget_s == seconds


@pytest.mark.parametrize(
    ("text", "size"),
    [("4GB", 4 * 10**9), ("512MiB", 2**29), ("1.5 kB", 1500), ("100B", 100), ("77", 77)],
)
def test_sizes(text: str, size: int) -> None:
    assert parse_spec(JOB + f"limits: {{memory: {text}}}", file="a").memory_limit_bytes == size


@pytest.mark.parametrize(
    ("text", "part"), [("5%", 0.05), ("0.05", 0.05), ("0", 0.0), ("12.5%", 0.125)]
)
def test_shares(text: str, part: float) -> None:
    assert parse_spec(JOB + f"objective: {{within: {text}}}", file="a").objective.within == part


def test_the_document_is_plain_json() -> None:
    text = (
        "version: 1\ndata: {sklearn: digits}\n"
        "estimator: {class: X, a: .nan, b: -.inf, class_weight: {0: 1.0}}\n"
    )
    document = parse_spec(text, file="a.yaml").document
    assert document["estimator"] == {
        "class": "X",
        "a": ".nan",
        "b": "-.inf",
        "class_weight": {"0": 1.0},
    }


def test_overrides_come_before_validation() -> None:
    spec = parse_spec(
        FULL,
        file="a.yaml",
        overrides=[
            "measure.rounds=7",
            "estimator.param_grid.clf__C=[1, 2]",
            "sweep.n_jobs.0=4",
            "objective.minimize=cpu",
            "name=other",
            "estimator.estimator.steps.clf.max_iter=5",
        ],
    )
    assert spec.measure.rounds == 7
    assert spec.sweep.n_jobs == (4, 2, "all")
    assert spec.objective.minimize == "cpu"
    assert spec.document["estimator"]["param_grid"]["clf__C"] == [1, 2]
    assert spec.document["name"] == "other"


def test_an_override_makes_the_sections_it_needs() -> None:
    spec = parse_spec(JOB, file="a", overrides=["sweep.params.C=[1, 2]", "measure.rounds=2"])
    assert spec.sweep.params == {"C": (1, 2)}
    assert spec.measure.rounds == 2


def test_an_override_of_an_alias_changes_one_place_only() -> None:
    text = "version: 1\nestimator: {class: A, x: &a {class: B, C: 1}, y: *a}\ndata: {sklearn: iris}"
    spec = parse_spec(text, file="a", overrides=["estimator.x.C=2"])
    assert spec.document["estimator"]["y"]["C"] == 1


@pytest.mark.parametrize(
    ("override", "message"),
    [
        ("estimator.C=1", "which has no 'C' inside"),
        ("estmator.C=1", "did you mean 'estimator'"),
        ("data.sklearn.x=1", "has no 'x' inside"),
        ("sweep.n_jobs.5=1", "is a list of 2"),
        ("sweep.n_jobs.x=1", "is a list of 2"),
        ("measure.rounds=0", "must be from 1"),
        ("measure.rounds=[", "not valid YAML"),
        ("measure.rounds=!!int 3", "tag"),
        ("measure.rouns=3", "did you mean 'rounds'"),
        ("nme=3", "unknown key"),
    ],
)
def test_a_bad_override_is_refused_without_a_place_in_the_file(override: str, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse_spec(JOB + "sweep: {n_jobs: [1, 2]}", file="a.yaml", overrides=[override])
    assert message in str(caught.value)
    assert f"--set {override}" in str(caught.value)
    assert "a.yaml:1" not in str(caught.value)


@pytest.mark.parametrize("override", ["measure.rounds", "=3", ""])
def test_an_override_without_path_or_value_is_a_usage_error(override: str) -> None:
    with pytest.raises(UsageError, match="path=value"):
        parse_spec(JOB, file="a.yaml", overrides=[override])


def test_defaults_fill_what_the_spec_and_overrides_leave_open() -> None:
    defaults = {"measure": {"rounds": 9, "repeats": 4}, "sweep": {"n_jobs": [8]}}
    text = JOB + "measure: {rounds: 2}"
    spec = parse_spec(text, file="a", overrides=["sweep.n_jobs=[1]"], defaults=defaults)
    assert (spec.measure.rounds, spec.measure.repeats) == (2, 4)
    assert spec.sweep.n_jobs == (1,)


def test_warm_fits_can_only_be_minimized_where_there_are_some() -> None:
    with pytest.raises(SpecError, match="makes none"):
        parse_spec(
            JOB + "objective: {minimize: fit}", file="a", defaults={"measure": {"repeats": 0}}
        )


def test_a_spec_is_read_from_stdin(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(JOB.encode())))
    spec = load_spec("-")
    assert spec.folder == str(tmp_path)


def test_the_folder_of_a_spec_is_its_own(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_text(JOB)
    assert load_spec(str(file)).folder == str(tmp_path)


@pytest.mark.parametrize(
    ("name", "message"),
    [("nope.yaml", "no such"), (".", "not a file"), ("a\0b", "a"), ("x" * 5000, "too long")],
)
def test_a_file_that_cannot_be_read_is_a_spec_error(
    tmp_path: Path, name: str, message: str
) -> None:
    with pytest.raises(SpecError, match=message):
        load_spec(f"{tmp_path}/{name}")


def test_a_file_that_is_not_utf_8_is_refused_with_its_place(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(b"version: 1\nname: caf\xe9\n")
    with pytest.raises(SpecError, match=r"a\.yaml:2:10: not UTF-8 text"):
        load_spec(str(file))
    file.write_bytes("version: 1".encode("utf-16"))
    with pytest.raises(SpecError, match="not UTF-8 text"):
        load_spec(str(file))


def test_a_huge_file_is_refused_unread(tmp_path: Path) -> None:
    file = tmp_path / "a.yaml"
    file.write_bytes(b"#" * 1_100_000)
    with pytest.raises(SpecError, match="larger than"):
        load_spec(str(file))
