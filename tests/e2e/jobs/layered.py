"""User classes that run things in parallel in their own ways; no scikit-learn class does so."""

from __future__ import annotations

from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Any

import joblib
import numpy as np
from joblib import Parallel as Workers
from joblib import delayed as later
from joblib import parallel_config
from sklearn.base import BaseEstimator, clone
from sklearn.ensemble import RandomForestClassifier
from sklearn.model_selection import cross_val_score
from sklearn.neighbors import NearestNeighbors


class OwnPool(BaseEstimator):  # type: ignore[misc]
    def __init__(self, workers: int = 3) -> None:
        self.workers = workers

    def fit(self, X: Any, y: Any = None) -> OwnPool:
        with ThreadPoolExecutor(max_workers=self.workers) as pool:
            self.sums_ = list(pool.map(np.sum, X))
        return self


def fit_one(estimator: Any, X: Any, y: Any) -> Any:
    return estimator.fit(X, y)


class Many(BaseEstimator):  # type: ignore[misc]
    """Its tasks are made before the call that takes them, in another method."""

    def __init__(self, estimator: Any = None, cores: int = 2) -> None:
        self.estimator = estimator
        self.cores = cores

    def _run(self, tasks: Iterable[Any]) -> list[Any]:
        return list(Workers(n_jobs=self.cores, require="sharedmem")(tasks))

    def fit(self, X: Any, y: Any) -> Many:
        make = partial(clone, self.estimator)
        self.fitted_ = self._run(later(fit_one)(make(), X, y) for _ in range(3))
        return self


class Renamed(BaseEstimator):  # type: ignore[misc]
    """Keeps its parameter under another name."""

    def __init__(self, n_jobs: int = 4) -> None:
        self._cores = n_jobs

    def get_params(self, deep: bool = True) -> dict[str, Any]:
        return {"n_jobs": self._cores}

    def set_params(self, **params: Any) -> Renamed:
        self._cores = params.get("n_jobs", self._cores)
        return self

    def fit(self, X: Any, y: Any = None) -> Renamed:
        call = joblib.Parallel(n_jobs=self._cores, backend="multiprocessing")
        call(joblib.delayed(np.sum)(row) for row in X)
        return self


class Ignoring(BaseEstimator):  # type: ignore[misc]
    def __init__(self, n_jobs: int | None = 4) -> None:
        self.n_jobs = n_jobs

    def fit(self, X: Any, y: Any = None) -> Ignoring:
        if self.n_jobs is not None:
            print(f"n_jobs={self.n_jobs} is deprecated")
        self.u_ = np.linalg.svd(X)
        return self


class Constant(BaseEstimator):  # type: ignore[misc]
    def fit(self, X: Any, y: Any = None) -> Constant:
        with parallel_config(backend="threading"):
            Workers(2)(later(np.sum)(row) for row in X)
        return self


class Forwarding(BaseEstimator):  # type: ignore[misc]
    """Hands its parameter to objects that it makes itself, by way of a dictionary."""

    def __init__(self, jobs: int | None = None) -> None:
        self.jobs = jobs

    def fit(self, X: Any, y: Any) -> Forwarding:
        options = {"n_jobs": self.jobs}
        options["n_neighbors"] = 3
        NearestNeighbors(algorithm="kd_tree", **options).fit(X).kneighbors(X)
        cross_val_score(RandomForestClassifier(n_estimators=3), X, y, n_jobs=self.jobs)
        return self


class Sourceless(BaseEstimator):  # type: ignore[misc]
    exec("def fit(self, X, y=None):\n    return self\n")


def many() -> Many:
    return Many(RandomForestClassifier(n_jobs=2))


def ignoring() -> Ignoring:
    return Ignoring()


def own_pool() -> OwnPool:
    return OwnPool()


def parallel_call(size: int = 3) -> int:
    return sum(Workers()(later(int)(number) for number in range(size)))
