"""Building a dataclass from JSON values by its own annotations, strictly.

pydantic does this too, for a tenth of a second of CPU at the first use: a third of what showing
a stored run may cost. The domain types use few kinds of annotation, and those are all that is
understood here.
"""

from __future__ import annotations

import functools
from collections.abc import Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import NoneType, UnionType
from typing import Any, Literal, TypeVar, Union, cast, get_args, get_origin, get_type_hints

T = TypeVar("T")

_WORDS = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}


class MisfitError(Exception):
    """A value that is not what its annotation says; `place` leads to it."""

    def __init__(self, message: str, place: tuple[str, ...]) -> None:
        super().__init__(message)
        self.place = place


def build(kind: type[T], value: object) -> T:
    """Return a dataclass of `kind` made of `value`; fields it does not know are passed over.

    Raises
    ------
    MisfitError
        A field is missing or holds what it should not.
    """
    return cast("T", _build(kind, value, ()))


def _build(hint: Any, value: Any, place: tuple[str, ...]) -> Any:
    origin = get_origin(hint)
    if hint is Any:
        return value
    if is_dataclass(hint):
        return _build_dataclass(hint, value, place)
    if origin in (Union, UnionType):
        return _build_union(get_args(hint), value, place)
    if origin in (tuple, Mapping):
        return _build_container(origin, get_args(hint), value, place)
    return _build_scalar(hint, value, place)


def _build_container(
    origin: Any, arguments: tuple[Any, ...], value: Any, place: tuple[str, ...]
) -> Any:
    if origin is tuple:
        _expect(value, list, "a list", place)
        return tuple(_build(arguments[0], v, (*place, str(i))) for i, v in enumerate(value))
    _expect(value, dict, "an object", place)
    return {key: _build(arguments[1], v, (*place, key)) for key, v in value.items()}


def _build_dataclass(kind: Any, value: Any, place: tuple[str, ...]) -> Any:
    _expect(value, dict, "an object", place)
    arguments = {}
    for name, (hint, required) in _annotations(kind).items():
        if name in value:
            arguments[name] = _build(hint, value[name], (*place, name))
        elif required:
            raise MisfitError("is missing", (*place, name))
    return kind(**arguments)


def _build_union(members: tuple[Any, ...], value: Any, place: tuple[str, ...]) -> Any:
    if value is None and NoneType in members:
        return None
    misfits = []
    for member in members:
        if member is NoneType:
            continue
        try:
            return _build(member, value, place)
        except MisfitError as misfit:
            misfits.append(misfit)
    # The member that got furthest into the value is the one that was meant.
    raise max(misfits, key=lambda misfit: len(misfit.place))


def _build_scalar(hint: Any, value: Any, place: tuple[str, ...]) -> Any:
    if get_origin(hint) is Literal:
        words = get_args(hint)
        if not isinstance(value, str) or value not in words:
            raise MisfitError(f"one of {', '.join(words)} was expected", place)
        return value
    if hint is float and type(value) is int:
        try:
            return float(value)
        except OverflowError:
            raise MisfitError("too large a number", place) from None
    if type(value) is not hint:  # isinstance would take true for 1
        raise MisfitError(f"{_WORDS[hint]} was expected", place)
    return value


@functools.cache
def _annotations(kind: Any) -> dict[str, tuple[Any, bool]]:
    """Return each field's annotation, and whether it must be given."""
    hints = get_type_hints(kind)
    return {
        field.name: (hints[field.name], field.default is field.default_factory is MISSING)
        for field in fields(kind)
    }


def _expect(value: Any, kind: type, words: str, place: tuple[str, ...]) -> None:
    if not isinstance(value, kind):
        raise MisfitError(f"{words} was expected", place)
