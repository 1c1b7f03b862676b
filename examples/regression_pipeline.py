"""The job of regression_pipeline.yaml as a bare script that knows nothing of sklpar.

It prints how long the fit took, in seconds. Compare

    python regression_pipeline.py
    sklpar exec --config regression_pipeline.tuned.yaml -- python regression_pipeline.py
"""

from __future__ import annotations

import time

from scipy.stats import loguniform
from sklearn.datasets import make_regression
from sklearn.kernel_approximation import Nystroem
from sklearn.linear_model import Ridge
from sklearn.model_selection import RandomizedSearchCV
from sklearn.pipeline import Pipeline
from sklearn.preprocessing import SplineTransformer, StandardScaler


def main() -> None:
    """Search, and print the seconds that it took."""
    X, y = make_regression(n_samples=5000, n_features=20, noise=10.0, random_state=0)
    steps = [("scale", StandardScaler()), ("expand", SplineTransformer()), ("model", Ridge())]
    splines = {
        "expand": [SplineTransformer()],
        "expand__n_knots": [5, 10, 20],
        "expand__degree": [2, 3],
        "model__alpha": loguniform(1e-3, 1e3),
    }
    kernels = {
        "expand": [Nystroem(random_state=0)],
        "expand__gamma": loguniform(1e-3, 1e-1),
        "expand__n_components": [100, 300],
        "model__alpha": loguniform(1e-3, 1e3),
    }
    search = RandomizedSearchCV(
        Pipeline(steps), [splines, kernels], n_iter=8, cv=3, random_state=0, error_score="raise"
    )
    before = time.perf_counter()
    search.fit(X, y)
    print(time.perf_counter() - before)


if __name__ == "__main__":
    main()
