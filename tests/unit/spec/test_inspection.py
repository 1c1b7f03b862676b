"""What the child finds in a job, called in this process; no fit, no data but headers."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

from sklpar.spec.build import (
    BuildProblem,
    build_callable,
    build_estimator,
    build_value,
    load_data,
)
from sklpar.spec.inspection import inspect_job
from sklpar.spec.job import Job, decode_job, encode_job
from sklpar.spec.loader import parse_spec
from sklpar.spec.places import place_of

DIGITS = "{sklearn: digits}"


def job_of(text: str, *, folder: Path | None = None, trust: tuple[str, ...] = ()) -> Job:
    spec = parse_spec(text, file=str((folder or Path()) / "a.yaml"))
    return decode_job(json.loads(json.dumps(encode_job(spec, trust), allow_nan=False)))


def inspect(
    estimator: str,
    data: str = DIGITS,
    more: str = "",
    *,
    folder: Path | None = None,
    trust: tuple[str, ...] = (),
) -> Any:
    text = f"version: 1\nestimator: {estimator}\ndata: {data}\n{more}"
    return inspect_job(job_of(text, folder=folder, trust=trust))


def messages(result: Any) -> str:
    assert "inspection" not in result
    return "\n".join(f"{p['message']} | {p['remedy']}" for p in result["problems"])


SEARCH = "{class: GridSearchCV, estimator: SVC, param_grid: "
RANDOM = "{class: RandomizedSearchCV, estimator: SVC, param_distributions: "


@pytest.mark.parametrize(
    ("estimator", "message"),
    [
        ("{class: SVC, C: -1}", "'C' parameter of SVC must be"),
        ("RandomForestClassifier(-1)", "'n_estimators' parameter"),
        ("{class: SVC, C: '1'}", "'C' parameter of SVC must be"),
        ("{class: SVC, C: .nan}", "'C' parameter of SVC must be"),
        ("{class: SVC, C: SVC()}", "'C' parameter of SVC must be"),
        ("{class: SVC, kernel: rbff}", "'kernel' parameter of SVC must be"),
        ("{class: SVC, kernl: rbf}", "did you mean 'kernel'"),
        ("SVC(kernl='rbf')", "did you mean 'kernel'"),
        ("SVC(1, 2, 3)", "too many positional"),
        ("{class: SVCC}", "did you mean 'SVC'"),
        ("{class: GridSearchCV, param_grid: {C: [1]}}", "missing a required argument"),
        ("{class: GridSearchCV, estimator: SVC, param_grid: {C: [1]}, cv: 1}", "cv"),
        ("{class: GridSearchCV, estimator: 5, param_grid: {C: [1]}}", "estimator"),
        (SEARCH + "{gama: [1]}}", "did you mean 'gamma'"),
        (SEARCH + "{C: 1}}", "expected a list"),
        (SEARCH + "{C: []}}", "the list is empty"),
        (SEARCH + "{C: [1, -1]}}", "'C' parameter of SVC must be"),
        (SEARCH + "[{C: [1]}, {kernel: [rbff]}]}", "'kernel' parameter of SVC"),
        (SEARCH + "[5]}", "expected a map"),
        (SEARCH + "{C: {class: scipy.stats.norm}}}", "use RandomizedSearchCV"),
        (RANDOM + "{C: {class: scipy.stats.loguniform, aa: 1, b: 2}}}", "did you mean 'a'"),
        (RANDOM + "{C: {class: scipy.stats.loguniform, a: -1, b: 2}}}", "out of its range"),
        (RANDOM + "{C: {class: scipy.stats.loguniform}}}", "missing"),
        (RANDOM + "{C: {class: scipy.stats.gaussian_kde}}}", "no distribution"),
        (RANDOM + "{C: 5}}", "expected a list"),
        ("{class: Pipeline, steps: {a: SVC, b: SVC}}", "should be transformers"),
        ("{class: Pipeline, steps: {a__b: PCA, c: SVC}}", "must not contain __"),
        ("{class: Pipeline, steps: 5}", "'steps' parameter of Pipeline"),
        ("KFold(3)", "expected an unfitted estimator"),
        ("RBF()", "expected an unfitted estimator"),
        ("scipy.stats.norm(0, 1)", "expected an unfitted estimator"),
        ("xgboost.XGBClassifier()", "--trust xgboost"),
        ("{call: 'mine:make'}", "--trust mine"),
        ("{class: Pipeline, steps: {a: {call: 'mine:make'}}}", "--trust mine"),
    ],
)
def test_a_wrong_estimator_is_refused(estimator: str, message: str) -> None:
    assert message in messages(inspect(estimator))


@pytest.mark.parametrize(
    ("data", "message"),
    [
        ("{sklearn: digits, n_clas: 2}", "did you mean 'n_class'"),
        ("{sklearn: digits, return_X_y: true}", "not supported here"),
        ("{synthetic: classification, n_samples: 0}", "'n_samples' parameter"),
        ("{synthetic: classification, n_sample: 5}", "did you mean 'n_samples'"),
        ("{synthetic: classification, n_samples: 1e4}", "'n_samples' parameter"),
        ("{synthetic: regression, coef: true}", "not supported here"),
        ("{path: nope.csv}", "there is no file"),
        ("{call: 'mine:data'}", "--trust mine"),
    ],
)
def test_wrong_data_are_refused(data: str, message: str) -> None:
    assert message in messages(inspect("SVC", data))


@pytest.mark.parametrize(
    ("sweep", "message"),
    [
        ("{n_jobs: [1, 2]}", "no parameter n_jobs anywhere"),
        ("{params: {estimator__c: [1]}}", "SVC has no parameter 'estimator__c'"),
        ("{params: {c: [1]}}", "did you mean 'C'"),
        ("{params: {C: [1, -1]}}", "'C' parameter of SVC"),
        ("{params: {kernel: [{class: Nope}]}}", "no public class 'Nope'"),
        ("{params: {kernel: [{call: 'mine:k'}]}}", "--trust mine"),
    ],
)
def test_wrong_axes_are_refused(sweep: str, message: str) -> None:
    assert message in messages(inspect("SVC", more=f"sweep: {sweep}"))


def test_an_axis_cannot_be_given_twice() -> None:
    more = "sweep: {n_jobs: [1], params: {n_jobs: [1, 2]}}"
    assert "sets already" in messages(inspect("RandomForestClassifier", more=more))


def test_problems_are_collected_and_have_places() -> None:
    text = (
        "version: 1\nestimator:\n  class: GridSearchCV\n  estimator:\n    class: SVC\n"
        "    C: -1\n    kernl: x\n  param_grid: {D: [1]}\n  cvv: 3\ndata:\n  path: nope.csv\n"
    )
    spec = parse_spec(text, file="a.yaml")
    found = inspect_job(decode_job(encode_job(spec, ())))["problems"]
    lines = sorted(place_of(tuple(p["path"]), spec.positions)[0] for p in found)
    assert lines == [6, 7, 9, 11]


def test_nothing_is_imported_once_something_is_not_trusted() -> None:
    job = job_of("version: 1\nestimator: {call: 'mine:make'}\ndata: {sklearn: digits}")
    assert [p["untrusted"] for p in inspect_job(job)["problems"]] == [True]
    assert "mine" not in sys.modules


@pytest.mark.parametrize(
    ("estimator", "label", "paths", "nested", "serial"),
    [
        ("SVC", "SVC", [], {}, []),
        ("RandomForestClassifier(n_jobs=2)", "RandomForestClassifier", ["n_jobs"], {}, ["n_jobs"]),
        (
            "GridSearchCV(RandomForestClassifier(n_jobs=2), dict)".replace(", dict", ", {}"),
            "GridSearchCV(RandomForestClassifier)",
            ["n_jobs"],
            {"estimator__n_jobs": 2},
            ["estimator__n_jobs", "n_jobs"],
        ),
        (
            "{class: Pipeline, steps: {a: PCA, f: RandomForestClassifier, k: KNeighborsClassifier}}"
            .replace("f: RandomForestClassifier", "f: SelectFromModel(RandomForestClassifier())"),
            "Pipeline(PCA, SelectFromModel(RandomForestClassifier), KNeighborsClassifier)",
            ["k__n_jobs"],
            {},
            ["f__estimator__n_jobs", "k__n_jobs"],
        ),
        (
            "{class: VotingClassifier, estimators: {a: BaggingClassifier(n_jobs=-1), b: drop}}",
            "VotingClassifier(BaggingClassifier)",
            ["n_jobs"],
            {"a__n_jobs": -1},
            ["a__n_jobs", "n_jobs"],
        ),
    ],
)  # fmt: skip
def test_the_knobs_of_an_estimator_are_found(
    estimator: str, label: str, paths: list[str], nested: dict[str, int], serial: list[str]
) -> None:
    text = estimator if "steps" in estimator or "estimators" in estimator else f'"{estimator}"'
    found = inspect(text)["inspection"]
    assert found["label"] == label
    assert found["n_jobs_paths"] == paths
    assert found["nested_n_jobs"] == nested
    assert sorted(found["serial_params"]) == serial
    assert {"scikit-learn", "joblib", "numpy", "scipy", "threadpoolctl"} <= found["versions"].keys()
    assert any(pool["user_api"] == "blas" for pool in found["pools"])


def test_all_n_jobs_at_the_smallest_depth_are_the_knob() -> None:
    union = "{class: FeatureUnion, transformer_list: {a: PCA}}"
    text = f"{{class: Pipeline, steps: {{u: {union}, k: KNeighborsClassifier}}}}"
    assert inspect(text)["inspection"]["n_jobs_paths"] == ["u__n_jobs", "k__n_jobs"]


def test_aliases_of_n_jobs_are_part_of_a_serial_run() -> None:
    pytest.importorskip("lightgbm")
    text = "{class: lightgbm.LGBMClassifier, num_threads: 2}"
    found = inspect(text, trust=("lightgbm",))["inspection"]
    assert found["serial_params"] == {"n_jobs": 1, "num_threads": 1}
    assert "lightgbm" in found["versions"]


def test_what_a_grid_swaps_in_may_have_parameters_of_its_own() -> None:
    text = (
        "{class: GridSearchCV, estimator: {class: Pipeline, steps: {r: passthrough, c: SVC}},"
        " param_grid: {r: [PCA(), passthrough], r__n_components: [2], c__C: [1]}}"
    )
    assert "inspection" in inspect(text)


def test_lists_become_tuples_where_only_tuples_will_do() -> None:
    text = (
        "version: 1\nestimator: {class: TfidfVectorizer, ngram_range: [1, 2]}\ndata: {call: 'm:f'}"
    )
    assert build_estimator(job_of(text)).ngram_range == (1, 2)


def test_experimental_searches_are_enabled_by_themselves() -> None:
    text = "{class: HalvingGridSearchCV, estimator: SVC, param_grid: {C: [1, 2]}}"
    assert inspect(text)["inspection"]["label"] == "HalvingGridSearchCV(SVC)"


def test_columns_are_held_against_the_header(tmp_path: Path) -> None:
    pytest.importorskip("pandas")
    (tmp_path / "a.csv").write_text("age,income,city,y\n1,2,x,0\n")
    data = "{path: a.csv, target: y}"
    columns = "{class: ColumnTransformer, transformers: {n: {class: PCA, columns: [age, incme]}}}"
    text = f"{{class: Pipeline, steps: {{prep: {columns}, clf: SVC}}}}"
    assert "did you mean 'income'" in messages(inspect(text, data, folder=tmp_path))
    sound = inspect(text.replace("incme", "income"), data, folder=tmp_path)
    assert "inspection" in sound
    taken = inspect(text.replace("incme", "y"), data, folder=tmp_path)
    assert "the data have no column 'y'" in messages(taken)


@pytest.fixture
def users(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[Path, str]:
    """Return a folder with a module of the user's own, and the module's name."""
    name = f"own_{tmp_path.name}".replace("-", "_")
    (tmp_path / f"{name}.py").write_text(
        "from sklearn.svm import SVC\nfrom sklearn.pipeline import make_pipeline\n"
        "def make(C=1.0): return SVC(C=C)\n"
        "def cached(): return make_pipeline(SVC(), memory='/tmp/x')\n"
        "def broken(): raise RuntimeError('no luck')\n"
        "def leaves(): raise SystemExit(3)\n"
        "def a_class(): return SVC\n"
        "def data(n=3): return [[0.0]] * n, [0] * n\n"
        "def grouped(): return [[0.0]], [0], [1]\n"
        "def setup(n): return n\n"
        "def fit(state): return state + 1\n"
        "class NoGet:\n"
        "    def fit(self, X): ...\n"
        "    def set_params(self): ...\n"
        "    def get_params(self, deep=True): raise ValueError('odd')\n"
    )
    monkeypatch.setattr(sys, "path", list(sys.path))
    return tmp_path, name


def test_a_trusted_module_beside_the_spec_is_found_last(users: tuple[Path, str]) -> None:
    folder, name = users
    text = f"version: 1\nestimator: {{call: '{name}:make', args: {{C: 3}}}}\ndata: {DIGITS}"
    assert build_estimator(job_of(text, folder=folder, trust=(name,))).C == 3
    assert sys.path[-1] == str(folder)


def test_the_folder_joins_the_path_only_when_something_needs_it(users: tuple[Path, str]) -> None:
    folder, name = users
    build_estimator(
        job_of(f"version: 1\nestimator: SVC\ndata: {DIGITS}", folder=folder, trust=(name,))
    )
    assert str(folder) not in sys.path


@pytest.mark.parametrize(
    ("function", "message"),
    [
        ("cached", "memory is set"),
        ("broken", "RuntimeError: no luck"),
        ("leaves", "SystemExit"),
        ("a_class", "got the class SVC"),
        ("data", "an object of type tuple"),
        ("NoGet", "get_params of NoGet raised ValueError"),
        ("nothing", "has no 'nothing'"),
        ("mak", "did you mean 'make'"),
    ],
)
def test_what_the_users_function_returns_is_checked(
    users: tuple[Path, str], function: str, message: str
) -> None:
    folder, name = users
    result = inspect(f"{{call: '{name}:{function}'}}", folder=folder, trust=(name,))
    assert message in messages(result)


def test_a_function_for_data_is_resolved_but_not_called_by_a_check(users: tuple[Path, str]) -> None:
    folder, name = users
    assert "inspection" in inspect(
        "SVC", f"{{call: '{name}:broken'}}", folder=folder, trust=(name,)
    )
    data = f"{{call: '{name}:data', args: {{m: 3}}}}"
    assert "do not fit" in messages(inspect("SVC", data, folder=folder, trust=(name,)))


def test_data_of_a_function_are_loaded(users: tuple[Path, str]) -> None:
    folder, name = users
    text = f"version: 1\nestimator: SVC\ndata: {{call: '{name}:data', args: {{n: 5}}}}"
    data = load_data(job_of(text, folder=folder, trust=(name,)))
    assert (len(data.X), len(data.y), data.groups) == (5, 5, None)
    text = f"version: 1\nestimator: SVC\ndata: {{call: '{name}:grouped'}}"
    assert load_data(job_of(text, folder=folder, trust=(name,))).groups == [1]


def test_a_callable_is_resolved_and_its_arguments_checked(users: tuple[Path, str]) -> None:
    folder, name = users
    text = f"version: 1\ncallable: {{setup: '{name}:setup', fit: '{name}:fit', args: {{n: 1}}}}"
    job = job_of(text, folder=folder, trust=(name,))
    setup, fit, args = build_callable(job)
    assert setup is not None
    assert fit(setup(**args)) == 2
    found = inspect_job(job)["inspection"]
    assert (found["label"], found["is_callable"]) == (f"{name}:fit", True)
    wrong = job_of(text.replace("args: {n", "args: {m"), folder=folder, trust=(name,))
    assert "do not fit" in messages(inspect_job(wrong))
    assert "--trust" in messages(inspect_job(job_of(text, folder=folder)))


def test_a_trial_is_told_the_first_thing_that_cannot_be_built() -> None:
    with pytest.raises(BuildProblem, match="'C' parameter") as caught:
        build_estimator(job_of(f"version: 1\nestimator: SVC(C=-1)\ndata: {DIGITS}"))
    assert caught.value.path == ("estimator", "C")


def test_swept_values_may_be_objects() -> None:
    text = (
        f"version: 1\nestimator: SVC\ndata: {DIGITS}\nsweep: {{params: {{kernel: ['RBF(2.0)']}}}}"
    )
    job = job_of(text)
    assert job.params is not None
    assert build_value(job.params["kernel"][0], job).length_scale == 2.0
