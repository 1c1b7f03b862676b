"""``RandomForestClassifier(300, random_state=0)`` as text: parsed, never evaluated."""

from __future__ import annotations

import ast
import re
import warnings
from typing import TYPE_CHECKING, Any

from sklpar.model import Node, ObjectNode

if TYPE_CHECKING:
    from collections.abc import Iterator

MAX_CHARACTERS = 10_000
MAX_DEPTH = 30

_HEAD = re.compile(r"[A-Za-z_]\w*(\.[A-Za-z_]\w*)*", re.ASCII)
_CLASS_CALL = re.compile(r"([A-Z]\w*|[A-Za-z_]\w*(\.[A-Za-z_]\w*)+)\(.*\)", re.ASCII | re.DOTALL)


class ConstructorTextError(Exception):
    """Text that is not a constructor call of literals."""


def is_class_name(text: str) -> bool:
    """Tell whether the text is a class without arguments: CamelCase or a dotted path."""
    return bool(_HEAD.fullmatch(text)) and ("." in text or text[0].isupper())


def looks_like_constructor(text: str) -> bool:
    """Tell whether text that may as well be text means an object.

    A call with a space before the parenthesis does not: ``Age (years)`` is a column name.
    """
    return bool(_CLASS_CALL.fullmatch(text.strip()))


def parse_constructor(text: str, where: tuple[str | int, ...]) -> ObjectNode:
    """Parse a constructor call, or a class name alone, into an object node.

    Raises
    ------
    ConstructorTextError
        On anything but a call with literal, list, dict or constructor-call arguments.
    """
    text = text.strip()
    if is_class_name(text):
        return ObjectNode(path=text, where=where)
    if len(text) > MAX_CHARACTERS or _bracket_depth(text) > MAX_DEPTH:
        raise ConstructorTextError("this constructor call is too long or too deep")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the parser warns of odd escapes
            body = ast.parse(text, mode="eval").body
    except (SyntaxError, ValueError, MemoryError, RecursionError):
        raise ConstructorTextError(f"{text[:60]!r} is not a constructor call") from None
    if not isinstance(body, ast.Call):
        raise ConstructorTextError(f"{text[:60]!r} is not a constructor call")
    try:
        return _call(body, where, 0)
    except RecursionError:  # ----...1, which no bracket betrays
        raise ConstructorTextError("this constructor call is too deep") from None


def _bracket_depth(text: str) -> int:
    depth = deepest = 0
    for character in text:
        depth += (character in "([{") - (character in ")]}")
        deepest = max(deepest, depth)
    return deepest


def _call(node: ast.Call, where: tuple[str | int, ...], depth: int) -> ObjectNode:
    head = ast.unparse(node.func) if isinstance(node.func, ast.Name | ast.Attribute) else ""
    if not _HEAD.fullmatch(head):
        raise ConstructorTextError("only a class may be called in a constructor call")
    if any(isinstance(argument, ast.Starred) for argument in node.args):
        raise ConstructorTextError("* is not allowed in a constructor call")
    kwargs: dict[str, Node] = {}
    for keyword in node.keywords:
        if keyword.arg is None:
            raise ConstructorTextError("** is not allowed in a constructor call")
        if keyword.arg in kwargs:
            raise ConstructorTextError(f"{keyword.arg!r} is given twice")
        kwargs[keyword.arg] = _value(keyword.value, where, depth + 1)
    args = tuple(_value(argument, where, depth + 1) for argument in node.args)
    return ObjectNode(path=head, args=args, kwargs=kwargs, where=where)


def _value(node: ast.expr, where: tuple[str | int, ...], depth: int) -> Node:
    match node:
        case ast.Constant(value=str() | int() | float() | None as value):
            return value
        case ast.UnaryOp(op=ast.USub() | ast.UAdd() as sign, operand=ast.Constant(value=value)):
            if isinstance(value, int | float) and not isinstance(value, bool):
                return -value if isinstance(sign, ast.USub) else value
        case ast.List(elts=items):
            return [_value(item, where, depth + 1) for item in items]
        case ast.Tuple(elts=items):
            return tuple(_value(item, where, depth + 1) for item in items)
        case ast.Dict():
            return dict(_items(node, where, depth))
        case ast.Call():
            return _call(node, where, depth)
        case _:
            pass
    text = ast.unparse(node)[:60]
    raise ConstructorTextError(f"{text!r} is not a literal: numbers, text, lists and objects are")


def _items(node: ast.Dict, where: tuple[str | int, ...], depth: int) -> Iterator[tuple[Any, Node]]:
    for key, value in zip(node.keys, node.values, strict=True):
        if not isinstance(key, ast.Constant) or not isinstance(key.value, str | int | float):
            raise ConstructorTextError("the keys of a map must be text or numbers")
        yield key.value, _value(value, where, depth + 1)
