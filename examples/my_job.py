"""A job of one's own: several models on resamples of the data, in parallel through joblib.

sklpar gives the number of jobs and the backend by ``joblib.parallel_config`` around `fit`, so
``Parallel()`` names neither.
"""

from __future__ import annotations

from typing import Any


def setup(n_samples: int, n_models: int) -> tuple[Any, Any, int]:
    """Make the data; this is not timed."""
    from sklearn.datasets import make_regression

    features, target = make_regression(
        n_samples=n_samples, n_features=50, noise=1.0, random_state=0
    )
    return features, target, n_models


def fit(job: tuple[Any, Any, int]) -> float:
    """Fit the models and return their mean score, on which every setting must agree."""
    from joblib import Parallel, delayed

    features, target, n_models = job
    scores = Parallel()(delayed(score_one)(features, target, seed) for seed in range(n_models))
    return float(sum(scores) / len(scores))


def score_one(features: Any, target: Any, seed: int) -> float:
    """Fit one model on a resample."""
    from sklearn.linear_model import Ridge
    from sklearn.utils import resample

    rows, values = resample(features, target, random_state=seed)
    return float(Ridge().fit(rows, values).score(features, target))
