"""Python's own functions and classes, as far as they pass objects and parameters on."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklpar.spec.layers import attributes
from sklpar.spec.layers.values import (
    UNKNOWN,
    Bound,
    Closure,
    Each,
    Instance,
    Items,
    Keyed,
    Known,
    Partial,
    Super,
    Unknown,
    Value,
    element,
    truth,
)

if TYPE_CHECKING:
    from sklpar.spec.layers.frame import Frame
    from sklpar.spec.layers.given import Given
    from sklpar.spec.layers.reader import Reader

_SEQUENCES = ("list", "tuple", "set", "frozenset", "reversed")
_ITERATORS = ("sorted", "iter")


def make(cls: type, given: Given) -> Value:  # noqa: PLR0911 - one for each class
    """Return what calling a built-in class, or ``functools.partial``, gives."""
    match cls.__name__, given.args:
        case (name, [one]) if name in _SEQUENCES:
            return one if isinstance(one, Items) else Each(item=element(one))
        case ("zip", args):
            return Each(item=Items(items=tuple(map(element, args))))
        case ("enumerate", [one, *_]):
            return Each(item=Items(items=(UNKNOWN, element(one))))
        case ("dict", []):
            return Keyed(items=given.kwargs)
        case ("partial", [one, *rest]):
            return Partial(target=one, args=tuple(rest), kwargs=given.kwargs)
        case ("type", [one]):
            return _type_of(one)
        case ("bool", [one]) if (holds := truth(one)) is not None:
            return Known(it=holds)
    return given.derived


def call(  # noqa: PLR0911 - one for each function
    reader: Reader, frame: Frame, name: str, given: Given
) -> Value:
    """Return what calling a built-in function gives."""
    match name, given.args:
        case ("isinstance", [one, Known(it=kinds)]):
            return _isinstance(one, kinds)
        case ("callable", [one]):
            return _is_callable(one)
        case ("len", [Items(items=items)]):
            return Known(it=len(items))
        case ("next", [one, *_]):
            return element(one)
        case (_, [one, *_]) if name in _ITERATORS:
            return Each(item=element(one))
        case (_, [owner, Known(it=str() as attribute), *rest]):
            return _attribute(reader, frame, name, owner, (attribute, *rest)) or given.derived
    return given.derived


def _attribute(
    reader: Reader, frame: Frame, name: str, owner: Value, given: tuple[Any, ...]
) -> Value | None:
    attribute, *rest = given
    match name:
        case "getattr":
            found = attributes.load(reader, owner, attribute, frame.context)
            return rest[0] if rest and attributes.has(owner, attribute) is False else found
        case "hasattr":
            has = attributes.has(owner, attribute)
            return UNKNOWN if has is None else Known(it=has)
        case "setattr" if rest:
            attributes.store(reader, owner, attribute, rest[0])
    return None


def super_of(frame: Frame) -> Value:
    """Return what ``super()`` gives in a frame."""
    cls = frame.lookup("__class__")
    first = next(iter(frame.function.__code__.co_varnames), None)
    if isinstance(cls, Known) and isinstance(cls.it, type) and first:
        return Super(cls=cls.it, receiver=frame.lookup(first))
    return UNKNOWN


def _isinstance(one: Value, kinds: Any) -> Value:
    types = kinds if isinstance(kinds, tuple) else (kinds,)
    if not all(isinstance(kind, type) for kind in types):
        return UNKNOWN
    match one:
        case Instance(cls=cls):
            return Known(it=any(kind in cls.__mro__ for kind in types))
        case Known(it=it):
            return Known(it=isinstance(it, types))
        # An estimator is fitted on arrays, not on scikit-learn's own objects.
        case Unknown(data=True) if all(kind.__module__.startswith("sklearn.") for kind in types):
            return Known(it=False)
    return UNKNOWN


def _is_callable(one: Value) -> Value:
    match one:
        case Bound() | Closure() | Partial():
            return Known(it=True)
        case Known(it=it):
            return Known(it=callable(it))
    return UNKNOWN


def _type_of(value: Value) -> Value:
    match value:
        case Instance(cls=cls):
            return Known(it=cls)
        case Known(it=it):
            return Known(it=type(it))
    return UNKNOWN
