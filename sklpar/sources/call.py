"""``call: module:function`` returns (X, y) or (X, y, groups)."""

from __future__ import annotations

import inspect
import re
from typing import TYPE_CHECKING, Any

from sklpar.errors import Problem
from sklpar.sources.interface import Dataset, Resolve

if TYPE_CHECKING:
    from collections.abc import Mapping

TARGET_PATTERN = r"^[A-Za-z]\w*(\.[A-Za-z]\w*)*:[A-Za-z]\w*(\.[A-Za-z]\w*)*$"


def check_target(target: object) -> str | None:
    """Return what is wrong with the text of a ``module:function``, or None."""
    if isinstance(target, str) and re.fullmatch(TARGET_PATTERN, target, re.ASCII):
        return None
    return f"expected module:function of public names, got {target!r}"


def check_arguments(args: object) -> str | None:
    """Return what is wrong with keyword arguments, or None."""
    if isinstance(args, dict) and all(isinstance(k, str) and k.isidentifier() for k in args):
        return None
    return "expected a map of keyword arguments, such as {n_rows: 1000}"


class CallSource:
    """Data returned by a function of the user's own, trusted code."""

    value_schema: Mapping[str, Any] = {
        "type": "string",
        "pattern": TARGET_PATTERN,
        "description": "A function of a trusted package that returns (X, y) or (X, y, groups).",
    }
    options: Mapping[str, Mapping[str, Any]] = {
        "args": {"type": "object", "description": "Keyword arguments of the function."},
    }
    open_options = False

    def shape(self, options: Mapping[str, Any]) -> list[Problem]:
        """Check the form of the target and of its arguments."""
        problems = []
        if wrong := check_target(options["call"]):
            problems.append(Problem(message=wrong, path=("call",)))
        if wrong := check_arguments(options.get("args", {})):
            problems.append(Problem(message=wrong, path=("args",)))
        return problems

    def header(self, options: Mapping[str, Any], _folder: str, resolve: Resolve) -> list[Problem]:
        """Resolve the function and hold the arguments against it; it is not called."""
        return bind_problems(resolve(options["call"]), options.get("args", {}))

    def columns(self, _options: Mapping[str, Any], _folder: str) -> tuple[str, ...] | None:
        """Return None: only calling the function would tell."""
        return None

    def load(self, options: Mapping[str, Any], _folder: str, resolve: Resolve) -> Dataset:
        """Call the function."""
        made = resolve(options["call"])(**options.get("args", {}))
        if isinstance(made, Dataset):
            return made
        if not isinstance(made, tuple | list) or len(made) not in (2, 3):
            shown = f"{len(made)} values" if isinstance(made, tuple | list) else type(made).__name__
            raise ValueError(f"{options['call']} must return (X, y) or (X, y, groups), not {shown}")
        return Dataset(X=made[0], y=made[1], groups=made[2] if len(made) == 3 else None)


def bind_problems(function: Any, args: Mapping[str, Any]) -> list[Problem]:
    """Return what is wrong with calling `function` with keyword arguments `args`."""
    try:
        inspect.signature(function).bind(**args)
    except TypeError as error:
        return [Problem(message=f"these arguments do not fit: {error}", path=("args",))]
    except ValueError:  # some compiled functions have no signature
        return []
    return []
