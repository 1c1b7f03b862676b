"""Parameters that count twice, since a class hands them on to calls within its own workers."""

from __future__ import annotations

from typing import Any

import pytest
from sklearn.ensemble import RandomForestClassifier, StackingClassifier, VotingClassifier
from sklearn.model_selection import GridSearchCV

from sklpar.model import Inspection
from sklpar.spec.layers.finding import find_layers

FOREST = RandomForestClassifier(n_jobs=2)
STACK = StackingClassifier([("forest", FOREST)], n_jobs=2)


@pytest.mark.parametrize(
    ("estimator", "repeated"),
    [
        (FOREST, ()),
        (GridSearchCV(FOREST, {}, n_jobs=2), ()),
        (VotingClassifier([("forest", FOREST)], n_jobs=2), ()),
        (STACK, ("n_jobs",)),
        (GridSearchCV(STACK, {}, n_jobs=2), ("estimator__n_jobs",)),
    ],
)
def test_a_stack_cross_validates_with_its_n_jobs_in_each_worker(
    estimator: Any, repeated: tuple[str, ...]
) -> None:
    layers = tuple(find_layers(estimator)[1])
    assert Inspection(label="job", layers=layers).repeated_n_jobs == repeated
