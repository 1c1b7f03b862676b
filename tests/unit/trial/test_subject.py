"""How many workers a job asks for, from its own parameters."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.ensemble import BaggingClassifier, RandomForestClassifier, VotingClassifier
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from sklpar.trial.subject import effective_jobs, jobs_by_depth

FOREST = RandomForestClassifier(n_jobs=3)


@pytest.mark.parametrize(
    ("estimator", "jobs"),
    [
        (Ridge(), []),
        (FOREST, [3]),
        (RandomForestClassifier(), [1]),
        (GridSearchCV(FOREST, {}, n_jobs=2), [2, 3]),
        (GridSearchCV(make_pipeline(StandardScaler(), FOREST), {}, n_jobs=2), [2, 3]),
        (GridSearchCV(LogisticRegression(), {}, n_jobs=2), [2, 1]),
        (VotingClassifier([("a", FOREST), ("b", LogisticRegression())], n_jobs=2), [2, 3]),
        (GridSearchCV(BaggingClassifier(FOREST, n_jobs=4), {}), [1, 4, 3]),
    ],
)
def test_each_depth_has_the_largest_of_its_n_jobs_outermost_first(
    estimator: Any, jobs: list[int]
) -> None:
    assert jobs_by_depth(estimator) == jobs


def test_an_n_jobs_that_is_handed_on_counts_again_within_itself() -> None:
    stack = GridSearchCV(VotingClassifier([("a", FOREST)], n_jobs=2), {}, n_jobs=4)
    assert jobs_by_depth(stack, {"estimator__n_jobs"}) == [4, 2, 2, 3]


def test_negative_jobs_count_from_joblibs_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("joblib.cpu_count", lambda: 8)
    assert [effective_jobs(value) for value in (-1, -2, -99, 5, None, "x")] == [8, 7, 1, 5, 1, 1]
