"""What a fitted job answers: on real estimators, small enough for a unit test."""

from __future__ import annotations

import json
from typing import Any

import numpy as np
import pytest
from sklearn.cluster import DBSCAN, KMeans
from sklearn.decomposition import PCA
from sklearn.linear_model import LinearRegression, LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.neighbors import NearestNeighbors

from sklpar.analysis.answers import distance
from sklpar.model import Answer
from sklpar.trial.answer import ANSWER_ROWS, answer_of_estimator, answer_of_result

X = np.random.default_rng(0).normal(size=(60, 3))
LABELS = np.where(X[:, 0] > 0, "yes", "no")


def kinds(fitted: Any, data: Any = X) -> tuple[str, int]:
    found = answer_of_estimator(fitted, data)
    json.dumps(found)
    return found["kind"], len(found["values"])


def test_a_classifier_answers_with_labels_of_any_type() -> None:
    assert kinds(LogisticRegression().fit(X, LABELS)) == ("labels", 60)
    assert kinds(LogisticRegression().fit(X, LABELS == "yes")) == ("labels", 60)


def test_a_regressor_and_a_transformer_answer_with_numbers() -> None:
    assert kinds(LinearRegression().fit(X, X[:, 0])) == ("numbers", 60)
    assert kinds(PCA(2).fit(X)) == ("numbers", 120)


def test_an_answer_holds_at_most_a_thousand_rows_spread_over_the_data() -> None:
    many = np.arange(2500.0).reshape(-1, 1)
    found = answer_of_estimator(LinearRegression().fit(many, many[:, 0]), many)
    assert len(found["values"]) <= ANSWER_ROWS
    assert found["values"][-1] > 2400


def test_clusters_are_the_same_whatever_their_numbers() -> None:
    def clustering(labels: list[int]) -> Answer:
        fitted = DBSCAN()
        fitted.labels_ = np.array(labels)
        found = answer_of_estimator(fitted, X[: len(labels)])
        assert found["kind"] == "clusters"
        return Answer(kind=found["kind"], digest=found["digest"], values=tuple(found["values"]))

    assert distance(clustering([0, 0, 1, 2]), clustering([5, 5, 0, -1])) == 0.0
    assert distance(clustering([0, 0, 1, 2, 2]), clustering([0, 1, 1, 2, 1])) > 1
    assert kinds(KMeans(2, n_init=1, random_state=0).fit(X)) == ("clusters", 60)


@pytest.mark.parametrize("refit", [True, False])
def test_a_search_answers_with_its_scores_and_its_best(refit: bool) -> None:
    search = GridSearchCV(LogisticRegression(), {"C": [0.1, 1.0]}, cv=2, refit=refit)
    found = answer_of_estimator(search.fit(X, LABELS), X)
    assert len(found["scores"]) == 2
    assert (found["kind"], len(found["values"])) == (("labels", 60) if refit else ("scores", 0))


def test_scores_that_are_not_a_number_are_written_as_words() -> None:
    search = GridSearchCV(LogisticRegression(), {"C": [1.0]}, cv=2).fit(X, LABELS)
    search.cv_results_["mean_test_score"] = np.array([np.nan])
    found = answer_of_estimator(search, X)
    assert found["scores"] == ["nan"]


def test_an_estimator_with_nothing_to_ask_says_so() -> None:
    found = answer_of_estimator(NearestNeighbors().fit(X), X)
    assert found == {"unavailable": "NearestNeighbors has no predict, labels_ or transform"}


def test_the_digest_is_that_of_the_content() -> None:
    one, same, other = (answer_of_result(value) for value in ([1.0, 2.0], (1, 2), [1.0, 3.0]))
    assert one["digest"] == same["digest"] != other["digest"]


@pytest.mark.parametrize(
    ("result", "values"),
    [
        (3, [3.0]),
        (np.float32(0.5), [0.5]),
        ([[1, 2], [3, 4]], [1.0, 2.0, 3.0, 4.0]),
        ({"b": 2.0, "a": [1.0, True]}, [1.0, 1.0, 2.0]),
        (float("nan"), ["nan"]),
        ([float("inf"), -1.0], ["inf", -1.0]),
        (range(2000), [float(n) for n in range(1000)]),
    ],
)
def test_the_numbers_in_a_callables_result_are_its_answer(result: Any, values: list[Any]) -> None:
    found = answer_of_result(result)
    assert (found["kind"], found["values"]) == ("numbers", values)


@pytest.mark.parametrize(
    "result",
    [None, "text", object(), {"a": None}, [[1, 2], [3]], LinearRegression()],
    ids=["nothing", "text", "an object", "nothing in a dict", "ragged", "the estimator"],
)
def test_a_result_without_numbers_is_no_answer(result: Any) -> None:
    assert "is no number" in answer_of_result(result)["unavailable"]
