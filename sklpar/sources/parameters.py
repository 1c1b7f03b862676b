"""scikit-learn's own constraints, applied to one parameter at a time (imports scikit-learn)."""

from __future__ import annotations

import inspect
from typing import TYPE_CHECKING, Any

from sklpar.errors import Problem
from sklpar.sources.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping


def check_value(
    constraints: Mapping[str, Any], name: str, value: Any, caller: str
) -> tuple[Any, str | None]:
    """Return the value, made a tuple where only a tuple will do, and what is wrong with it.

    Parameters
    ----------
    constraints : mapping
        ``_parameter_constraints`` of an estimator or of a validated function; may be empty.
    """
    try:
        from sklearn.utils._param_validation import (
            InvalidParameterError,
            validate_parameter_constraints,
        )
    except ImportError:  # a private module: without it fit itself will say what is wrong
        return value, None
    message = None
    # YAML has no tuples, and some parameters (ngram_range, feature_range) take nothing else.
    candidates = [value, tuple(value)] if isinstance(value, list) else [value]
    for candidate in candidates:
        try:
            validate_parameter_constraints(constraints, {name: candidate}, caller_name=caller)
        except InvalidParameterError as error:
            message = message or str(error)
        else:
            return candidate, None
    return value, message


def check_call(
    function: Callable[..., Any],
    options: Mapping[str, Any],
    *,
    hidden: Iterable[str] = (),
) -> tuple[dict[str, Any], list[Problem]]:
    """Check keyword arguments for a scikit-learn function by name and by its constraints.

    Parameters
    ----------
    hidden : iterable of str
        Parameters that may not be given, because they change what the function returns.

    Returns
    -------
    arguments : dict
        The options, lists made tuples where the function wants tuples.
    problems : list of Problem
        Their paths are relative to the options.
    """
    hidden = set(hidden)
    legal = [name for name in inspect.signature(function).parameters if name not in hidden]
    constraints = getattr(function, "_skl_parameter_constraints", {})
    name_of = function.__name__
    arguments: dict[str, Any] = {}
    problems: list[Problem] = []
    for name, value in options.items():
        if name not in legal:
            why = "is not supported here" if name in hidden else "is not a parameter"
            remedy = did_you_mean(name, legal, otherwise=f"it takes {', '.join(legal)}")
            message = f"{name!r} {why} of sklearn.datasets.{name_of}"
            problems.append(Problem(message=message, remedy=remedy, path=(name,)))
            continue
        arguments[name], wrong = check_value(constraints, name, value, name_of)
        if wrong:
            problems.append(Problem(message=wrong, path=(name,)))
    return arguments, problems
