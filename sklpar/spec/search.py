"""Checks of a built estimator: search grids, swept parameters, and the n_jobs knobs in it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklpar.errors import Problem
from sklpar.sources.parameters import check_value
from sklpar.sources.suggest import did_you_mean
from sklpar.spec.places import KEY, KeyPath

if TYPE_CHECKING:
    from collections.abc import Mapping

_SEARCH_KEYS = ("param_grid", "param_distributions")
# Names of n_jobs in LightGBM and XGBoost; a value there wins over n_jobs itself.
_ALIASES = frozenset({"nthread", "nthreads", "num_thread", "num_threads", "thread_count"})


def parameters_of(estimator: Any) -> dict[str, Any]:
    """Return ``get_params(deep=True)``."""
    return dict(estimator.get_params(deep=True))


def n_jobs_paths(parameters: Mapping[str, Any]) -> list[str]:
    """Return every path of a parameter n_jobs, whatever its depth."""
    return [
        path
        for path, value in parameters.items()
        if path.rsplit("__", 1)[-1] == "n_jobs" and not hasattr(value, "get_params")
    ]


def outermost(paths: list[str]) -> tuple[str, ...]:
    """Return those at the smallest depth, all of them."""
    least = min((path.count("__") for path in paths), default=0)
    return tuple(path for path in paths if path.count("__") == least)


def serial_parameters(parameters: Mapping[str, Any]) -> dict[str, int]:
    """Return what must be 1 for a serial run."""
    aliases = [path for path in parameters if path.rsplit("__", 1)[-1] in _ALIASES]
    return dict.fromkeys([*n_jobs_paths(parameters), *aliases], 1)


def memory_problems(parameters: Mapping[str, Any], path: KeyPath) -> list[Problem]:
    """Refuse caches in estimators that the user's own code made."""
    return [
        Problem(
            message=f"{name} is set, and a cached fit is not a timed fit",
            remedy="make the estimator without memory=",
            path=path,
        )
        for name, value in parameters.items()
        if name.rsplit("__", 1)[-1] == "memory" and value is not None
    ]


def check_path(
    parameters: Mapping[str, Any], estimator: Any, name: str, path: KeyPath
) -> list[Problem]:
    """Check that a set_params path exists."""
    if name in parameters:
        return []
    remedy = did_you_mean(name, parameters, otherwise=_some(parameters))
    message = f"{type(estimator).__name__} has no parameter {name!r}"
    return [Problem(message=message, remedy=remedy, path=(*path, name, KEY))]


def check_candidates(
    estimator: Any, parameters: Mapping[str, Any], name: str, values: list[Any], path: KeyPath
) -> list[Problem]:
    """Check values for a set_params path by scikit-learn's own constraints.

    Lists are made tuples in place where the parameter takes tuples only.
    """
    prefix, _, leaf = name.rpartition("__")
    owner = parameters.get(prefix) if prefix else estimator
    constraints = getattr(owner, "_parameter_constraints", None)
    if not isinstance(constraints, dict):
        return []
    problems = []
    for index, value in enumerate(values):
        values[index], wrong = check_value(constraints, leaf, value, type(owner).__name__)
        if wrong:
            problems.append(Problem(message=wrong, path=(*path, index)))
    return problems


def check_searches(estimator: Any, path: KeyPath) -> list[Problem]:
    """Check the grids of every search in an estimator, outermost first."""
    problems = _check_search(estimator, path)
    for name, inner in parameters_of(estimator).items():
        if hasattr(inner, "get_params") and not isinstance(inner, type):
            problems += _check_search(inner, (*path, *name.split("__")))
    return problems


def _check_search(search: Any, path: KeyPath) -> list[Problem]:
    inner = getattr(search, "estimator", None)
    if not hasattr(inner, "get_params"):
        return []
    problems: list[Problem] = []
    parameters = parameters_of(inner)
    for key in _SEARCH_KEYS:
        grids = getattr(search, key, None)
        if isinstance(grids, list):
            for index, grid in enumerate(grids):
                problems += _check_grid(inner, parameters, grid, (*path, key, index), key)
        elif grids is not None:
            problems += _check_grid(inner, parameters, grids, (*path, key), key)
    return problems


def _check_grid(
    estimator: Any, parameters: Mapping[str, Any], grid: Any, path: KeyPath, key: str
) -> list[Problem]:
    if not isinstance(grid, dict):
        message = f"expected a map of parameters, got {grid!r:.60}"
        return [Problem(message=message, remedy="write {C: [0.1, 1, 10]}", path=path)]
    problems: list[Problem] = []
    for name, values in grid.items():
        swapped = any(str(name).startswith(f"{other}__") for other in grid)
        if not swapped:  # else the step itself is a candidate, and its parameters vary with it
            found = check_path(parameters, estimator, str(name), path)
            problems += found
            if found:
                continue
        here = (*path, name)
        if isinstance(values, list) and values:
            problems += check_candidates(estimator, parameters, str(name), values, here)
        elif key == "param_grid" or not hasattr(values, "rvs"):
            problems.append(_not_candidates(values, key, here))
    return problems


def _not_candidates(values: Any, key: str, path: KeyPath) -> Problem:
    if values == []:
        return Problem(message="the list is empty", remedy="give a value", path=path)
    if key == "param_grid" and hasattr(values, "rvs"):
        message = "a distribution cannot be searched as a grid"
        return Problem(message=message, remedy="use RandomizedSearchCV", path=path)
    remedy = "write a list of values"
    if key == "param_distributions":
        remedy += ", or {class: scipy.stats.loguniform, a: 1e-3, b: 1e2}"
    return Problem(message=f"expected a list, got {values!r:.60}", remedy=remedy, path=path)


def check_structure(estimator: Any, path: KeyPath) -> list[Problem]:
    """Run the checks of names and steps that compositions make at the start of fit."""
    problems = []
    parts = [estimator, *(v for v in parameters_of(estimator).values() if hasattr(v, "get_params"))]
    for part in parts:
        # Private, so they may go; then fit itself will say the same.
        check = getattr(part, "_validate_steps", getattr(part, "_validate_transformers", None))
        if callable(check) and not isinstance(part, type):
            try:
                check()
            except (TypeError, ValueError) as error:
                message = f"{type(part).__name__}: {error!s:.300}"
                problems.append(Problem(message=message, path=path))
    return problems


def label(estimator: Any, depth: int = 0) -> str:
    """Return a short description, such as ``GridSearchCV(LogisticRegression)``."""
    name = type(estimator).__name__
    if depth > 4:
        return name
    inside = []
    for value in estimator.get_params(deep=False).values():
        if hasattr(value, "fit") and hasattr(value, "get_params"):
            inside.append(label(value, depth + 1))
        elif isinstance(value, list):
            members = [item[1] for item in value if isinstance(item, tuple) and len(item) > 1]
            inside += [label(m, depth + 1) for m in members if hasattr(m, "get_params")]
    return f"{name}({', '.join(inside)})" if inside else name


def _some(parameters: Mapping[str, Any]) -> str:
    names = sorted(parameters, key=lambda name: (name.count("__"), name))
    return f"it has {', '.join(names[:20])}" + (", ..." if len(names) > 20 else "")
