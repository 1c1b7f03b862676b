"""How many tasks the joblib call of a job has, and whether all of it is scikit-learn's own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sklpar.spec.inspection import inspect_job
from sklpar.spec.job import decode_job, encode_job
from sklpar.spec.loader import parse_spec

GRID = "class: GridSearchCV, estimator: SVC, param_grid: {C: [1, 2, 4]}"
RANDOM = "class: RandomizedSearchCV, estimator: SVC, n_iter: 8, cv: 2, param_distributions: "
NESTED_RANDOM = "{class: RandomizedSearchCV, estimator: BaggingClassifier(KNeighborsClassifier()),"
KERNEL = "sklearn.gaussian_process.kernels.RBF"
DISTRIBUTION = "{class: scipy.stats.loguniform, a: 1, b: 2}"


def inspect(estimator: str, *, folder: Path | None = None, trust: tuple[str, ...] = ()) -> Any:
    text = f"version: 1\nestimator: {estimator}\ndata: {{sklearn: digits}}"
    spec = parse_spec(text, file=str((folder or Path()) / "a.yaml"))
    job = decode_job(json.loads(json.dumps(encode_job(spec, trust))))
    found = inspect_job(job)
    assert "inspection" in found, found
    return found["inspection"]


@pytest.mark.parametrize(
    ("estimator", "tasks"),
    [
        (f"{{{GRID}}}", 15),
        (f"{{{GRID}, cv: 3}}", 9),
        (f"{{{GRID}, cv: {{class: StratifiedKFold, n_splits: 4}}}}", 12),
        (f"{{{GRID}, cv: {{class: RepeatedKFold, n_splits: 2, n_repeats: 3}}}}", 18),
        (f"{{{GRID}, cv: LeaveOneOut()}}", None),
        (f"{{{GRID}, cv: LeaveOneGroupOut()}}", None),
        ("{class: GridSearchCV, estimator: SVC, cv: 2, param_grid: [{C: [1, 2]}, {C: [3]}]}", 6),
        (f"{{{RANDOM}{{C: [1, 2]}}}}", 4),
        (f"{{{RANDOM}{{C: {DISTRIBUTION}}}}}", 16),
        (f"{{{RANDOM}{{C: {DISTRIBUTION}, kernel: [rbf]}}}}", 16),
        ("{class: HalvingGridSearchCV, estimator: SVC, param_grid: {C: [1, 2]}}", None),
        ("RandomForestClassifier(30)", 30),
        ("ExtraTreesRegressor(30)", 30),
        ("RandomTreesEmbedding(30)", 30),
        ("IsolationForest(n_estimators=30)", 30),
        ("BaggingClassifier", 10),
        ("{class: RFECV, estimator: SVR, cv: 7}", 7),
        ("RFECV(SVR())", 5),
        ("{class: VotingClassifier, estimators: {a: SVC, b: drop, c: GaussianNB}}", 2),
        ("{class: VotingRegressor, estimators: {a: SVR}}", 1),
        ("{class: StackingClassifier, estimators: {a: SVC, b: GaussianNB}}", None),
        ("{class: FeatureUnion, transformer_list: {a: PCA, b: passthrough, c: drop}}", 1),
        ("LogisticRegressionCV", None),
        ("KNeighborsClassifier", None),
        ("Ridge", None),
    ],
)
def test_the_tasks_of_the_call_that_n_jobs_is_given_to(estimator: str, tasks: int | None) -> None:
    text = estimator if estimator.startswith("{") else f'"{estimator}"'
    assert inspect(text)["tasks"] == tasks


@pytest.mark.parametrize(
    ("remainder", "columns", "tasks"),
    [
        ("drop", "[0]", 2),
        ("passthrough", "[0]", 2),
        ("PCA()", "[0]", None),
        ("drop", "{dtype_include: [category]}", None),
    ],
)
def test_transformers_are_tasks_where_their_columns_are_known_to_be_there(
    remainder: str, columns: str, tasks: int | None
) -> None:
    members = f"a: {{class: PCA, columns: {columns}}}, b: {{class: PCA, columns: [1]}}"
    text = f"{{class: ColumnTransformer, transformers: {{{members}}}, remainder: {remainder}}}"
    assert inspect(text)["tasks"] == tasks


def test_the_tasks_are_those_of_whoever_owns_the_knob() -> None:
    forest = "{class: RandomForestClassifier, n_estimators: 30, n_jobs: 2}"
    found = inspect(f"{{class: Pipeline, steps: {{a: PCA, f: {forest}}}}}")
    assert found["tasks"] == 30
    assert found["n_jobs_as_written"] == {"f__n_jobs": 2}


def test_several_knobs_at_one_depth_share_no_one_call() -> None:
    text = "{class: Pipeline, steps: {r: {class: RFECV, estimator: SVR}, f: IsolationForest}}"
    found = inspect(text)
    assert found["tasks"] is None
    assert found["n_jobs_as_written"] == {"r__n_jobs": None, "f__n_jobs": None}


def test_an_estimator_without_n_jobs_has_none_as_written() -> None:
    assert inspect("Ridge")["n_jobs_as_written"] == {}


@pytest.mark.parametrize(
    ("estimator", "opaque"),
    [
        (f"{{{GRID}, cv: {{class: StratifiedKFold, n_splits: 4}}, scoring: accuracy}}", False),
        (f"{{{RANDOM}{{C: {DISTRIBUTION}}}}}", False),
        ("HistGradientBoostingClassifier", False),
        (f"{{class: GaussianProcessRegressor, kernel: {{class: {KERNEL}}}}}", False),
        ("{class: GridSearchCV, estimator: BaggingClassifier, param_grid: {n_jobs: [1]}}", True),
        (f"{NESTED_RANDOM} param_distributions: [{{estimator__n_jobs: [2]}}]}}", True),
    ],
)
def test_a_grid_that_sets_n_jobs_leaves_it_open_how_many_there_are(
    estimator: str, opaque: bool
) -> None:
    assert inspect(estimator)["opaque"] is opaque


OWN = """
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import GridSearchCV
from sklearn.svm import SVC
class Forest(RandomForestClassifier):
    pass
class Splitter:
    def split(self, X, y=None, groups=None):
        return iter(())
    def get_n_splits(self, X=None, y=None, groups=None):
        return len(X)
def score(estimator, X, y):
    return 0.0
def forest():
    return Forest()
def search():
    return GridSearchCV(SVC(), {"C": [1, 2]}, cv=Splitter())
def pairs():
    return GridSearchCV(SVC(), {"C": [1, 2]}, cv=[([0], [1]), ([1], [0]), ([2], [0])])
def scored():
    return GridSearchCV(SVC(), {"C": [1, 2]}, cv=2, scoring=score)
def swapped():
    return GridSearchCV(SVC(), [{"C": [1]}, {"kernel": ["rbf", score]}], cv=2)
"""


@pytest.mark.parametrize(
    ("function", "tasks", "opaque"),
    [
        ("forest", None, True),
        ("search", None, False),
        ("pairs", 6, False),
        ("scored", 4, True),
        ("swapped", 6, True),
    ],
)
def test_what_the_users_own_code_does_is_not_guessed(
    tmp_path: Path, function: str, tasks: int | None, opaque: bool
) -> None:
    (tmp_path / "tasksowncode.py").write_text(OWN)
    found = inspect(
        f"{{call: 'tasksowncode:{function}'}}", folder=tmp_path, trust=("tasksowncode",)
    )
    assert (found["tasks"], found["opaque"]) == (tasks, opaque)


def test_boosters_of_other_packages_are_not_seen_through() -> None:
    pytest.importorskip("lightgbm")
    found = inspect("{class: lightgbm.LGBMClassifier}", trust=("lightgbm",))
    assert (found["tasks"], found["opaque"]) == (None, True)
    text = f"{{{GRID.replace('SVC', 'lightgbm.LGBMClassifier').replace('C:', 'max_depth:')}}}"
    found = inspect(text, trust=("lightgbm",))
    assert (found["tasks"], found["opaque"]) == (15, True)
