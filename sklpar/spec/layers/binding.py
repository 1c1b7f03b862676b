"""Giving the arguments of a call to a function's parameters."""

from __future__ import annotations

import ast
from collections.abc import Mapping
from types import FunctionType

from sklpar.spec.layers.values import UNKNOWN, Items, Keyed, Known, Rest, Value


def defaults_of(function: FunctionType) -> dict[str, Value]:
    """Return a function's parameters that have defaults, with these."""
    code = function.__code__
    names = code.co_varnames[: code.co_argcount]
    values = function.__defaults__ or ()
    given = dict(zip(names[len(names) - len(values) :], values, strict=True))
    return {
        name: Known(it=value)
        for name, value in {**given, **(function.__kwdefaults__ or {})}.items()
    }


def bind(
    parameters: ast.arguments,
    args: list[Value],
    kwargs: Mapping[str, Value],
    defaults: Mapping[str, Value],
) -> dict[str, Value]:
    """Give arguments to parameters; what is not given and has no default is unknown."""
    names = [a.arg for a in (*parameters.posonlyargs, *parameters.args)]
    bound: dict[str, Value] = dict.fromkeys(
        [*names, *(a.arg for a in parameters.kwonlyargs)], UNKNOWN
    )
    bound.update(defaults)
    rest = args[len(names) :]
    for name, value in zip(names, args, strict=False):
        if isinstance(value, Rest):
            break
        bound[name] = value
    others = {name: value for name, value in kwargs.items() if name not in bound}
    bound |= {name: value for name, value in kwargs.items() if name in bound}
    if parameters.vararg:
        bound[parameters.vararg.arg] = Items(items=tuple(rest))
    if parameters.kwarg:
        bound[parameters.kwarg.arg] = Keyed(items=others)
    return bound
