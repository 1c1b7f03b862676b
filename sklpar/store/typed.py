"""Building a dataclass from JSON values by its own annotations, strictly.

pydantic does this too, for a tenth of a second of CPU at the first use: a third of what showing
a stored run may cost. The domain types use few kinds of annotation, and those are all that is
understood here. A document of thousands of settings has a million values, so what an annotation
asks for is worked out once.
"""

from __future__ import annotations

import functools
from collections.abc import Callable, Mapping
from dataclasses import MISSING, fields, is_dataclass
from types import NoneType, UnionType
from typing import (
    Any,
    Literal,
    TypeAlias,
    TypeVar,
    Union,
    cast,
    get_args,
    get_origin,
    get_type_hints,
)

T = TypeVar("T")
_Maker: TypeAlias = Callable[[Any], Any]

_WORDS = {str: "a text", int: "a whole number", float: "a number", bool: "true or false"}
# What C, numpy and most readers of JSON hold; sklpar counts nothing that is larger.
_LARGEST = 2**63


class MisfitError(Exception):
    """A value that is not what its annotation says; `place` leads to it."""

    def __init__(self, message: str, place: tuple[str, ...] = ()) -> None:
        super().__init__(message)
        self.place = place

    def within(self, key: str) -> MisfitError:
        """Return this as seen from what holds the value under `key`."""
        return MisfitError(str(self), (key, *self.place))


def build(kind: type[T], value: object) -> T:
    """Return a dataclass of `kind` made of `value`; fields it does not know are passed over.

    Raises
    ------
    MisfitError
        A field is missing or holds what it should not.
    """
    return cast("T", _maker(cast("Any", kind))(value))


@functools.cache
def _maker(hint: Any) -> _Maker:  # noqa: PLR0911 - one for each kind of annotation
    """Return what makes a value of an annotation, or raises MisfitError."""
    origin, arguments = get_origin(hint), get_args(hint)
    if hint is Any:
        return lambda value: value
    if is_dataclass(hint):
        return functools.partial(_dataclass, hint)
    if origin in (Union, UnionType):
        members = [_maker(member) for member in arguments if member is not NoneType]
        return functools.partial(_union, members, NoneType in arguments)
    if origin is tuple:
        return functools.partial(_tuple, _maker(arguments[0]))
    if origin is Mapping:
        return functools.partial(_mapping, _maker(arguments[1]))
    if origin is Literal:
        return functools.partial(_word, arguments)
    return _float if hint is float else functools.partial(_scalar, hint)


def _dataclass(kind: Any, value: Any) -> Any:
    _expect(value, dict, "an object")
    arguments = {}
    for name, make, required in _fields(kind):
        if name in value:
            try:
                arguments[name] = make(value[name])
            except MisfitError as misfit:
                raise misfit.within(name) from None
        elif required:
            raise MisfitError("is missing", (name,))
    return kind(**arguments)


def _tuple(make: _Maker, value: Any) -> Any:
    _expect(value, list, "a list")
    made: list[Any] = []
    try:
        for item in value:
            made.append(make(item))  # noqa: PERF401 - how far it came is its place
    except MisfitError as misfit:
        raise misfit.within(str(len(made))) from None
    return tuple(made)


def _mapping(make: _Maker, value: Any) -> Any:
    _expect(value, dict, "an object")
    made = {}
    for key, item in value.items():
        try:
            made[key] = make(item)
        except MisfitError as misfit:
            raise misfit.within(key) from None
    return made


def _union(members: list[_Maker], optional: bool, value: Any) -> Any:
    if value is None and optional:
        return None
    misfits = []
    for make in members:
        try:
            return make(value)
        except MisfitError as misfit:
            misfits.append(misfit)
    # The member that got furthest into the value is the one that was meant.
    raise max(misfits, key=lambda misfit: len(misfit.place))


def _word(words: tuple[str, ...], value: Any) -> Any:
    if not isinstance(value, str) or value not in words:
        raise MisfitError(f"one of {', '.join(words)} was expected")
    return value


def _float(value: Any) -> Any:
    if type(value) is int:
        try:
            return float(value)
        except OverflowError:
            raise MisfitError("too large a number") from None
    return _scalar(float, value)


def _scalar(hint: Any, value: Any) -> Any:
    if type(value) is not hint:  # isinstance would take true for 1
        raise MisfitError(f"{_WORDS[hint]} was expected")
    if hint is int and not -_LARGEST <= value < _LARGEST:
        raise MisfitError("too large a number")
    return value


@functools.cache
def _fields(kind: Any) -> list[tuple[str, _Maker, bool]]:
    """Return each field, what makes its value, and whether it must be given."""
    hints = get_type_hints(kind)
    return [
        (field.name, _maker(hints[field.name]), field.default is field.default_factory is MISSING)
        for field in fields(kind)
    ]


def _expect(value: Any, kind: type, words: str) -> None:
    if not isinstance(value, kind):
        raise MisfitError(f"{words} was expected")
