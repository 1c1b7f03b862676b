"""The layers of constructed estimators, held against what their fits were seen to do."""

from __future__ import annotations

import importlib
import json
from typing import Any

import pytest

from sklpar.model import Layer, Part
from sklpar.spec.layers.finding import find_layers, layers_as_json
from tests.e2e.jobs import layered

LIBRARY = {
    "cluster": ["AgglomerativeClustering", "BisectingKMeans", "KMeans", "MeanShift"],
    "compose": ["ColumnTransformer"],
    "decomposition": ["DictionaryLearning", "LatentDirichletAllocation", "PCA", "TruncatedSVD"],
    "ensemble": [
        "AdaBoostClassifier",
        "BaggingClassifier",
        "ExtraTreesRegressor",
        "GradientBoostingClassifier",
        "HistGradientBoostingRegressor",
        "IsolationForest",
        "RandomForestClassifier",
        "StackingClassifier",
        "VotingClassifier",
    ],
    "feature_selection": ["RFECV", "SequentialFeatureSelector"],
    "gaussian_process": ["GaussianProcessRegressor"],
    "linear_model": [
        "LassoCV",
        "LogisticRegression",
        "LogisticRegressionCV",
        "PoissonRegressor",
        "Ridge",
        "SGDClassifier",
        "TheilSenRegressor",
    ],
    "mixture": ["GaussianMixture"],
    "model_selection": ["GridSearchCV", "RandomizedSearchCV"],
    "multiclass": ["OneVsRestClassifier"],
    "multioutput": ["MultiOutputClassifier"],
    "naive_bayes": ["GaussianNB"],
    "neighbors": ["KNeighborsClassifier", "LocalOutlierFactor"],
    "neural_network": ["MLPClassifier"],
    "pipeline": ["FeatureUnion", "Pipeline"],
    "preprocessing": ["StandardScaler"],
    "svm": ["SVC"],
    "tree": ["DecisionTreeClassifier"],
}
CLASSES = {name: module for module, names in LIBRARY.items() for name in names}


def make(name: str, *args: Any, **kwargs: Any) -> Any:
    return getattr(importlib.import_module(f"sklearn.{CLASSES[name]}"), name)(*args, **kwargs)


def layers_of(estimator: Any, place: str = "", method: str = "fit") -> list[Layer]:
    _, layers = find_layers(estimator)
    return [one for one in layers if one.place == place and method in one.methods]


def joblib_of(estimator: Any, place: str = "", method: str = "fit") -> list[Layer]:
    return [one for one in layers_of(estimator, place, method) if one.kind == "joblib"]


def kinds(estimator: Any, method: str = "fit") -> set[str]:
    return {one.kind for one in layers_of(estimator, method=method)}


def granted(
    layer: Layer,
    asked: int | None,
    config: str | None,
    *,
    within: int = 0,
    carries: int | None = None,
) -> tuple[str, int]:
    """What joblib ended up with, for a layer's n_jobs under a configuration."""
    return next(
        (one.backend, one.n_jobs)
        for one in layer.resolutions
        if (one.asked, one.config, one.within, one.config_n_jobs)
        == (asked, config, within, carries)
    )


ONE = ("sequential", 1)
THREADS, LOKY, FORKS = ("threading", 2), ("loky", 2), ("multiprocessing", 2)
FOLLOWS = [LOKY, LOKY, THREADS, FORKS, LOKY]
HINTS = [THREADS, LOKY, THREADS, FORKS, ONE]
SHARES = [THREADS, THREADS, THREADS, THREADS]


def row(layer: Layer) -> list[tuple[str, int]]:
    """n_jobs=2 without a configuration, then None under each backend, then under n_jobs=2 alone."""
    backends = [
        granted(layer, None, config, carries=2)
        for config in ("loky", "threading", "multiprocessing")
    ]
    return [granted(layer, 2, None), *backends, granted(layer, None, None, carries=2)]


@pytest.mark.parametrize(
    ("estimator", "expected"),
    [
        (make("RandomForestClassifier"), HINTS),
        (make("ExtraTreesRegressor"), HINTS),
        (make("LassoCV"), HINTS),
        (make("GridSearchCV", make("SVC"), {}), FOLLOWS),
        (make("RFECV", make("SVC")), FOLLOWS),
        (make("ColumnTransformer", []), FOLLOWS),
        (make("FeatureUnion", [("a", make("PCA"))]), FOLLOWS),
        (make("VotingClassifier", [("a", make("SVC"))]), FOLLOWS),
        (make("BaggingClassifier"), FOLLOWS),
        (make("OneVsRestClassifier", make("SVC")), FOLLOWS),
        (make("MultiOutputClassifier", make("SVC")), FOLLOWS),
        (make("LogisticRegressionCV"), FOLLOWS),
        (make("SGDClassifier"), [THREADS, ONE, THREADS, ONE, ONE]),
        # not in the table that the method was made for
        (make("SequentialFeatureSelector", make("SVC")), FOLLOWS),
        (make("TheilSenRegressor"), FOLLOWS),
        (make("DictionaryLearning"), FOLLOWS),
        (make("LatentDirichletAllocation"), FOLLOWS),
        (make("RandomizedSearchCV", make("SVC"), {}), FOLLOWS),
        (make("IsolationForest"), [THREADS, LOKY, THREADS, FORKS, THREADS]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_joblib_itself_says_what_becomes_of_a_call(estimator: Any, expected: Any) -> None:
    (layer,) = joblib_of(estimator)
    assert row(layer) == expected
    assert layer.parameter == "n_jobs"
    assert layer.certain


def test_a_forest_predicts_in_threads_whatever_the_backend() -> None:
    (layer,) = joblib_of(make("RandomForestClassifier"), method="predict")
    assert layer.require == "sharedmem"
    assert row(layer) == [*SHARES, THREADS]


def test_scores_of_an_isolation_forest_take_no_n_jobs() -> None:
    (layer,) = joblib_of(make("IsolationForest", n_jobs=2), method="score_samples")
    assert (layer.n_jobs_from, layer.parameter) == ("nothing", None)
    assert granted(layer, None, None) == ONE
    assert granted(layer, None, "threading", carries=2) == THREADS
    assert granted(layer, None, "loky", carries=2) == ONE


def test_neighbors_search_their_tree_in_threads_and_fit_in_one() -> None:
    estimator = make("KNeighborsClassifier", algorithm="kd_tree")
    (layer,) = joblib_of(estimator, method="predict")
    assert row(layer) == [THREADS, LOKY, THREADS, FORKS, THREADS]
    assert not layers_of(estimator)


def test_neighbors_by_brute_force_are_openmps() -> None:
    estimator = make("KNeighborsClassifier", algorithm="brute")
    assert "openmp" in kinds(estimator, "predict")
    assert not any(layer.certain for layer in joblib_of(estimator, method="predict"))


def test_the_binning_of_boosting_has_as_many_threads_as_openmp() -> None:
    found = joblib_of(make("HistGradientBoostingRegressor"))
    (layer,) = [one for one in found if one.certain]
    assert (layer.n_jobs_from, layer.backend) == ("openmp", "threading")
    assert {one.backend for one in layer.resolutions} <= {"threading", "sequential"}
    assert "openmp" in kinds(make("HistGradientBoostingRegressor"))


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("KMeans", {"openmp", "blas"}),
        ("BisectingKMeans", {"openmp"}),
        ("GaussianMixture", {"openmp", "blas"}),
        ("PoissonRegressor", {"openmp", "blas"}),
        ("PCA", {"blas"}),
        ("TruncatedSVD", {"blas"}),
        ("Ridge", {"blas"}),
        ("GaussianProcessRegressor", {"blas"}),
        ("LogisticRegression", {"blas"}),
        ("MLPClassifier", {"blas"}),
        ("RandomForestClassifier", {"joblib"}),
        ("AdaBoostClassifier", set()),
        ("GradientBoostingClassifier", set()),
        ("DecisionTreeClassifier", set()),
        ("AgglomerativeClustering", set()),
        ("GaussianNB", set()),
        ("StandardScaler", set()),
        ("SVC", set()),
    ],
)
def test_native_threads_are_told_from_none(name: str, expected: set[str]) -> None:
    assert kinds(make(name)) == expected


def test_an_n_jobs_that_nothing_takes_is_ignored() -> None:
    _, layers = find_layers(make("LogisticRegression", n_jobs=2))
    (layer,) = [one for one in layers if one.ignored]
    assert (layer.parameter, layer.as_written) == ("n_jobs", 2)
    assert not layer.resolutions


def test_a_forest_in_a_search_has_threads_in_its_workers() -> None:
    forest = make("RandomForestClassifier", n_jobs=3)
    steps = make("Pipeline", [("scale", make("StandardScaler")), ("forest", forest)])
    parts, layers = find_layers(make("GridSearchCV", steps, {}))
    assert parts == [
        Part(place="", owner="GridSearchCV"),
        Part(place="estimator", owner="Pipeline", inside="", refit=True),
        Part(place="estimator__scale", owner="StandardScaler", inside="estimator"),
        Part(place="estimator__forest", owner="RandomForestClassifier", inside="estimator"),
    ]
    (layer,) = [one for one in layers if one.place == "estimator__forest" and "fit" in one.methods]
    assert (layer.depth, layer.parameter, layer.as_written) == (1, "estimator__forest__n_jobs", 3)
    assert granted(layer, 3, "loky", within=1) == ("threading", 3)
    # A search of one job wraps nothing: its forests see the configuration itself.
    assert granted(layer, 3, "loky") == ("loky", 3)
    assert granted(layer, None, "loky", carries=2) == LOKY


def test_stacking_runs_its_n_jobs_inside_its_own_workers_again() -> None:
    found = joblib_of(make("StackingClassifier", [("a", make("SVC"))], n_jobs=2))
    assert [one.depth for one in found] == [0, 1]
    assert granted(found[1], 2, "loky", within=1) == THREADS


def test_the_third_level_runs_one_after_the_other() -> None:
    inner = make("GridSearchCV", make("RandomForestClassifier"), {})
    _, layers = find_layers(make("GridSearchCV", inner, {}))
    layer = next(one for one in layers if one.place == "estimator__estimator" and one.depth == 2)
    assert granted(layer, 2, None, within=2) == ONE


def test_candidates_of_a_grid_are_parts_too() -> None:
    steps = make("Pipeline", [("model", make("SVC"))])
    grid = {"model": [make("SVC"), make("RandomForestClassifier")]}
    parts, _ = find_layers(make("GridSearchCV", steps, grid))
    assert [part.place for part in parts][-2:] == ["param_grid[model][0]", "param_grid[model][1]"]


def test_a_pool_of_the_users_own_is_found() -> None:
    (layer,) = layers_of(layered.OwnPool())
    assert (layer.kind, layer.parameter, layer.as_written) == ("own", "workers", 3)


def test_a_users_own_name_for_n_jobs_is_found() -> None:
    (layer,) = joblib_of(layered.many())
    assert (layer.parameter, layer.as_written, layer.require) == ("cores", 2, "sharedmem")
    (inner,) = joblib_of(layered.many(), "estimator")
    assert inner.depth == 1


def test_a_parameter_that_is_kept_under_another_name_is_found() -> None:
    (layer,) = joblib_of(layered.Renamed())
    assert (layer.parameter, layer.as_written) == ("n_jobs", 4)
    assert granted(layer, 4, "threading") == ("multiprocessing", 4)


def test_a_parameter_that_is_only_printed_is_ignored() -> None:
    _, layers = find_layers(layered.Ignoring())
    assert [(one.kind, one.ignored) for one in layers] == [("joblib", True), ("blas", False)]


def test_a_constant_in_the_code_is_nobodys_parameter() -> None:
    (layer,) = joblib_of(layered.Constant())
    assert (layer.n_jobs_from, layer.as_written) == ("constant", 2)
    assert granted(layer, None, "loky") == THREADS


def test_a_parameter_is_followed_into_objects_that_the_code_makes() -> None:
    found = joblib_of(layered.Forwarding())
    assert {one.parameter for one in found if one.certain and one.depth == 0} == {"jobs"}
    assert {"KNeighborsMixin.kneighbors", "_validation.cross_validate"} <= {
        ".".join(one.evidence.partition(":")[0].split(".")[-2:]) for one in found
    }


def test_code_without_source_costs_its_layers_and_leaves_a_note() -> None:
    (part,), layers = find_layers(layered.Sourceless())
    assert not layers
    assert part.note == "its fit is not Python code that can be read"


def test_an_estimator_whose_parameters_cannot_be_asked_leaves_a_note() -> None:
    class Broken:
        def get_params(self, deep: bool = True) -> dict[str, Any]:
            raise RuntimeError

    found = layers_as_json(Broken())
    assert found["parts"][0]["note"] == "its layers could not be looked for (RuntimeError)"
    assert found["layers"] == []


def test_what_is_found_can_be_written_as_json() -> None:
    found = layers_as_json(make("GridSearchCV", make("RandomForestClassifier"), {}))
    assert json.loads(json.dumps(found, allow_nan=False))["layers"]


@pytest.mark.parametrize("package", ["lightgbm", "xgboost"])
def test_a_booster_has_a_pool_of_its_own(package: str) -> None:
    module = pytest.importorskip(package)
    maker = module.LGBMClassifier if package == "lightgbm" else module.XGBClassifier
    _, layers = find_layers(make("GridSearchCV", maker(n_jobs=2), {}))
    (layer,) = [one for one in layers if one.place == "estimator"]
    assert (layer.kind, layer.parameter, layer.as_written) == ("own", "estimator__n_jobs", 2)
    assert layer.evidence.startswith(f"{package}: lib")
