"""How much work there is to share out: the tasks of an estimator's joblib call; nothing is fitted.

What can be known is scikit-learn's own: a subclass from elsewhere may do anything in its fit.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

_DEFAULT_FOLDS = 5
_LEFT_OUT = ("drop", "passthrough")
# Packages whose classes and functions start no workers and no threads but those that are known.
_KNOWN = frozenset({"sklearn", "scipy", "numpy", "builtins"})


def count_tasks(
    estimator: Any, parameters: Mapping[str, Any], carriers: Sequence[str]
) -> int | None:
    """Return how many tasks the joblib call at the n_jobs level has, None where it is unknown.

    Parameters
    ----------
    parameters : mapping
        ``get_params(deep=True)`` of the estimator.
    carriers : sequence of str
        The paths that a setting's n_jobs is given to; several share no one call.
    """
    if len(carriers) != 1:
        return None
    prefix = carriers[0].rpartition("__")[0]
    owner = parameters.get(prefix) if prefix else estimator
    root, _, inside = type(owner).__module__.partition(".")
    counter = _COUNTERS.get(inside.partition(".")[0])
    tasks = counter(owner) if root == "sklearn" and counter else None
    return tasks or None


def is_opaque(estimator: Any, parameters: Mapping[str, Any]) -> bool:
    """Tell whether a part is not scikit-learn's own, or a grid sets an ``n_jobs``."""
    return not all(_is_known(value) for value in (estimator, *parameters.values()))


def _is_known(value: Any) -> bool:
    if isinstance(value, dict):
        names = (str(key).rsplit("__", 1)[-1] for key in value)
        return "n_jobs" not in names and all(map(_is_known, value.values()))
    if isinstance(value, list | tuple):
        return all(map(_is_known, value))
    if callable(value) or hasattr(value, "get_params"):
        module = getattr(value, "__module__", None) or type(value).__module__
        return module.partition(".")[0] in _KNOWN
    return True


# One function for each of scikit-learn's packages: an object of one shows that it is imported,
# and what the job does not need itself would add thread pools that are not its own.


def _of_search(owner: Any) -> int | None:
    from sklearn import model_selection as lib

    if isinstance(owner, lib.GridSearchCV):
        candidates = len(lib.ParameterGrid(owner.param_grid))
    elif isinstance(owner, lib.RandomizedSearchCV):
        candidates = len(lib.ParameterSampler(owner.param_distributions, owner.n_iter))
    else:
        return None  # halving searches make several calls, each of another size
    folds = _folds(owner.cv)
    return None if folds is None else folds * candidates


def _of_ensemble(owner: Any) -> int | None:
    from sklearn import ensemble as lib

    forests = (
        lib.RandomForestClassifier,
        lib.RandomForestRegressor,
        lib.ExtraTreesClassifier,
        lib.ExtraTreesRegressor,
        lib.RandomTreesEmbedding,
    )
    if isinstance(owner, (*forests, lib.BaggingClassifier, lib.BaggingRegressor)):
        return int(owner.n_estimators)
    if isinstance(owner, lib.IsolationForest):
        return int(owner.n_estimators)
    if isinstance(owner, lib.VotingClassifier | lib.VotingRegressor):
        return sum(not _is_left_out(member[1]) for member in owner.estimators)
    return None


def _of_selection(owner: Any) -> int | None:
    from sklearn.feature_selection import RFECV

    return _folds(owner.cv) if isinstance(owner, RFECV) else None


def _of_union(owner: Any) -> int | None:
    from sklearn.pipeline import FeatureUnion

    if not isinstance(owner, FeatureUnion):
        return None
    return sum(not _is_left_out(item[1]) for item in owner.transformer_list)


def _of_columns(owner: Any) -> int | None:
    """Columns that are chosen from the data may be none, and a transformer of none is no task."""
    from sklearn.compose import ColumnTransformer

    if not isinstance(owner, ColumnTransformer) or not _is_left_out(owner.remainder):
        return None
    if any(callable(columns) for _, _, columns in owner.transformers):
        return None
    return sum(not _is_left_out(transformer) for _, transformer, _ in owner.transformers)


def _is_left_out(part: Any) -> bool:
    return isinstance(part, str) and part in _LEFT_OUT


def _folds(cv: Any) -> int | None:
    """Return the number of splits; None where the splitter has to see the data for it."""
    if cv is None:
        return _DEFAULT_FOLDS
    if isinstance(cv, int):
        return cv
    try:
        return int(cv.get_n_splits()) if hasattr(cv, "get_n_splits") else len(cv)
    except Exception:  # noqa: BLE001 - splitters may be the user's own
        return None


_COUNTERS: Mapping[str, Callable[[Any], int | None]] = {
    "model_selection": _of_search,
    "ensemble": _of_ensemble,
    "feature_selection": _of_selection,
    "pipeline": _of_union,
    "compose": _of_columns,
}
