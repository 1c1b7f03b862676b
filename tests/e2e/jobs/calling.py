"""A callable that calls joblib or stays away from it; it imports nothing that does."""

from __future__ import annotations

import sys


def without_joblib() -> float:
    """Say whether joblib was there nevertheless."""
    return float("joblib" in sys.modules)


def with_joblib() -> float:
    from joblib import Parallel, delayed

    return float(sum(Parallel(n_jobs=2, backend="threading")(delayed(abs)(i) for i in range(5))))


def with_a_stream() -> float:
    from joblib import Parallel, delayed

    return float(sum(Parallel(return_as="generator")(delayed(abs)(i) for i in range(5))))
