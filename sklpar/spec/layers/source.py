"""The syntax tree of a function, read from its file; only what is looked at is parsed."""

from __future__ import annotations

import ast
import inspect
import linecache
import textwrap
from types import CodeType, FunctionType
from typing import Any

_FURTHER_LINES = 4


class Sources:
    """Syntax trees by function; a function is parsed once."""

    def __init__(self) -> None:
        self._trees: dict[CodeType, ast.FunctionDef | None] = {}

    def tree(self, function: FunctionType) -> ast.FunctionDef | None:
        """Return the definition, None where there is no source or it is a lambda."""
        code = function.__code__
        if code not in self._trees:
            self._trees[code] = _parse(function)
        return self._trees[code]


def _parse(function: FunctionType) -> ast.FunctionDef | None:
    code = function.__code__
    lines = linecache.getlines(code.co_filename, function.__globals__)
    first, last = code.co_firstlineno - 1, _last_line(code)
    for end in range(last, min(last + _FURTHER_LINES, len(lines)) + 1):
        # Closing brackets after the last expression belong to no instruction.
        if tree := _definition("".join(lines[first:end])):
            return tree
    try:
        return _definition(inspect.getsource(function))
    except (OSError, TypeError, SyntaxError, IndentationError):
        return None


def _definition(text: str) -> ast.FunctionDef | None:
    try:
        body = ast.parse(textwrap.dedent(text)).body
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return None
    return body[0] if len(body) == 1 and isinstance(body[0], ast.FunctionDef) else None


def _last_line(code: CodeType) -> int:
    ends = [end for _, end, _, _ in code.co_positions() if end is not None]
    inner = [_last_line(const) for const in code.co_consts if isinstance(const, CodeType)]
    return max([code.co_firstlineno, *ends, *inner])


def plain_function(it: Any) -> FunctionType | None:
    """Return the Python function below decorators, methods and descriptors; None if there is none.

    ``functools.wraps`` leaves ``__wrapped__``; descriptors such as scikit-learn's ``available_if``
    keep the function as ``fn``, and others as ``func`` or ``__func__``.
    """
    for _ in range(10):
        fields = getattr(it, "__dict__", None)
        wrapped = fields.get("__wrapped__") if isinstance(fields, dict) else None
        if isinstance(wrapped, FunctionType):
            it = wrapped
        elif isinstance(it, FunctionType):
            return it
        elif isinstance(it, staticmethod | classmethod):
            it = it.__func__
        elif isinstance(it, property):
            it = it.fget
        elif isinstance(fields, dict) and ("fn" in fields or "func" in fields):
            it = fields.get("fn", fields.get("func"))
        else:
            return None
    return None
