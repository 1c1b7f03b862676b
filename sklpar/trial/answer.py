"""What a fitted job answers: kept small, and comparable without numpy in the parent."""

from __future__ import annotations

import hashlib
import json
import math
from collections.abc import Mapping
from typing import Any

ANSWER_ROWS = 1000


def answer_of_estimator(fitted: Any, X: Any) -> dict[str, Any]:
    """Return predictions on at most 1,000 rows, spread evenly, and a search's mean scores.

    Returns
    -------
    dict
        ``kind`` ("labels", "numbers", "clusters" or "scores"), ``values``, ``scores`` and
        ``digest``; or ``unavailable`` with the reason.
    """
    scores = _search_scores(fitted)
    kind, values = _predictions(fitted, X)
    if kind is None and not scores:
        return {"unavailable": f"{type(fitted).__name__} has no predict, labels_ or transform"}
    return _pack(kind or "scores", values, scores)


def answer_of_result(result: Any) -> dict[str, Any]:
    """Return the numbers in a callable's result: a number, an array, a list or a dict of them."""
    numbers = _numbers(result)
    if numbers is None:
        return {"unavailable": f"the callable returned {type(result).__name__}, which is no number"}
    return _pack("numbers", numbers[:ANSWER_ROWS], [])


def _predictions(fitted: Any, X: Any) -> tuple[str | None, list[Any]]:
    from sklearn.base import is_classifier
    from sklearn.utils import _safe_indexing

    rows = X.shape[0] if hasattr(X, "shape") else len(X)
    step = max(1, math.ceil(rows / ANSWER_ROWS))
    index = list(range(0, rows, step))
    labels = getattr(fitted, "labels_", None)
    # FeatureAgglomeration's labels are of features.
    if labels is not None and len(labels) == rows and not is_classifier(fitted):
        return "clusters", _canonical_clusters([_plain(labels[i]) for i in index])
    subset = _safe_indexing(X, index)
    # A search with refit=False has no best_estimator_ to predict with; hasattr asks it.
    if hasattr(fitted, "predict"):
        values = _flatten(fitted.predict(subset))[:ANSWER_ROWS]
        # Outlier detectors are no classifiers, but -1 and 1 are labels.
        is_label = is_classifier(fitted) or not any(isinstance(value, float) for value in values)
        return ("labels" if is_label else "numbers"), values
    if hasattr(fitted, "transform"):
        return "numbers", _flatten(fitted.transform(subset))[:ANSWER_ROWS]
    return None, []


def _search_scores(fitted: Any) -> list[Any]:
    results = getattr(fitted, "cv_results_", None)
    if not isinstance(results, Mapping):
        return []
    names = sorted(name for name in results if str(name).startswith("mean_test_"))
    return [_plain(value) for name in names for value in results[name]]


def _canonical_clusters(labels: list[Any]) -> list[int]:
    """Number clusters by first appearance: which number a cluster gets means nothing."""
    order: dict[Any, int] = {}
    return [order.setdefault(label, len(order)) for label in labels]


def _flatten(array: Any) -> list[Any]:
    import numpy as np

    dense = array.toarray() if hasattr(array, "toarray") else array
    return [_plain(value) for value in np.asarray(dense).ravel()[: ANSWER_ROWS * 4]]


def _numbers(result: Any) -> list[float] | None:
    import numpy as np

    if isinstance(result, Mapping):
        parts = [_numbers(result[key]) for key in sorted(result, key=str)]
        if any(part is None for part in parts):
            return None
        return [number for part in parts for number in part or []]
    try:
        array = np.asarray(result)
    except (TypeError, ValueError):
        return None
    # Asked for floats, numpy would make nan of None: a callable that returns nothing has no answer.
    if array.dtype.kind not in "biuf":
        return None
    return [_plain(value) for value in array.astype(float).ravel()]


def _plain(value: Any) -> Any:
    """Return a JSON value; numbers that are not finite become their names."""
    item = value.item() if hasattr(value, "item") else value
    if isinstance(item, float) and not math.isfinite(item):
        return str(item)
    return item if isinstance(item, (bool, int, float, str)) else str(item)


def _pack(kind: str, values: list[Any], scores: list[Any]) -> dict[str, Any]:
    content = json.dumps([kind, values, scores])
    digest = hashlib.sha256(content.encode()).hexdigest()[:16]
    return {"kind": kind, "digest": digest, "values": values, "scores": scores}
