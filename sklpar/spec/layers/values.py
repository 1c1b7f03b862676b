"""What is known of a value while code is read: a real object, a made one, or only where it is from.

Nothing of the code that is read is run. What the constructor was given is real, so many a test
(``self.algorithm == "brute"``) has a known answer; what depends on the data is `Unknown`.
"""

from __future__ import annotations

import ast
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from types import FunctionType

    from sklpar.spec.layers.frame import Frame

_MOST_CHOICES = 12
# Names of metrics fit in; data that a constructor was given do not.
_LONGEST = 200
# Of these, `==` and `in` run nobody's code.
_PLAIN = (str, int, float, bool, bytes, type(None))


@dataclass(frozen=True, slots=True, kw_only=True)
class Value:
    """Anything.

    Attributes
    ----------
    origins : frozenset of str
        set_params paths of the parameters that it derives from.
    counted : bool
        Whether `effective_n_jobs` made a number of it: then no later call sees a None.
    openmp : bool
        Whether it is a number of threads that OpenMP gave.
    data : bool
        Whether it derives from what a method was given: arrays and what they hold.
    """

    origins: frozenset[str] = frozenset()
    counted: bool = False
    openmp: bool = False
    data: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Unknown(Value):
    """Nothing is known of it but where it is from."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Known(Value):
    """A real object."""

    it: Any


@dataclass(frozen=True, slots=True, kw_only=True)
class Items(Value):
    """A list or tuple whose items are told apart."""

    items: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Each(Value):
    """Something that yields any number of values like this one."""

    item: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Rest(Each):
    """Arguments given as ``*something``, of which the number is not known."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Keyed(Value):
    """A dictionary with known keys."""

    items: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Choice(Value):
    """One of several, which depends on the data."""

    among: tuple[Value, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Instance(Value):
    """An object that the code makes of a class; its attributes are filled in as they are set."""

    cls: type
    attributes: dict[str, Value] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class Bound(Value):
    """A function and the first argument that it gets."""

    function: FunctionType
    receiver: Value
    name: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Partial(Value):
    """A callable with some of its arguments given."""

    target: Value
    args: tuple[Value, ...]
    kwargs: Mapping[str, Value]


@dataclass(frozen=True, slots=True, kw_only=True)
class Delayed(Value):
    """A callable that a worker will run."""

    target: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Super(Value):
    """What ``super()`` gives: attributes come from the classes after `cls`."""

    cls: type
    receiver: Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Closure(Value):
    """A function defined in the code that is read."""

    node: ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda
    frame: Frame


UNKNOWN = Unknown()
DATA = Unknown(data=True)


def derived(values: Iterable[Value]) -> Unknown:
    """Return a value of which only the origins are known."""
    given = [v for v in values if v.origins or v.counted or v.openmp or v.data]
    if not given:
        return UNKNOWN
    if len(given) == 1 and isinstance(given[0], Unknown):
        return given[0]
    return Unknown(
        origins=frozenset().union(*(value.origins for value in given)),
        counted=any(value.counted for value in given),
        openmp=any(value.openmp for value in given),
        data=any(value.data for value in given),
    )


def join(values: Iterable[Value]) -> Value:
    """Return what one of `values` may be."""
    flat: dict[Any, Value] = {}
    for value in values:
        for one in value.among if isinstance(value, Choice) else (value,):
            flat.setdefault(key_of(one), one)
    if len(flat) == 1:
        return next(iter(flat.values()))
    if not flat:
        return UNKNOWN
    hints = derived(flat.values())
    if len(flat) > _MOST_CHOICES:
        return hints
    among = tuple(flat.values())
    return Choice(among=among, origins=hints.origins, counted=hints.counted, openmp=hints.openmp)


def key_of(value: Value) -> Any:  # noqa: PLR0911 - one for each kind
    """Return what tells one value from another, hashable."""
    hints = (value.origins, value.counted, value.openmp, value.data)
    match value:
        case Known(it=it) if is_plain(it):
            return ("plain", type(it).__name__, repr(it), *hints)
        case Known(it=it):
            return ("known", id(it), *hints)
        case Items(items=items):
            return ("items", tuple(map(key_of, items)))
        case Each(item=item):
            return ("each", key_of(item))
        case Bound(function=function, receiver=receiver):
            return ("bound", id(function), key_of(receiver))
        case Instance(cls=cls):
            return ("instance", id(cls), *hints)
        case Delayed(target=target):
            return ("delayed", key_of(target))
        case Choice(among=among):
            return ("choice", tuple(map(key_of, among)))
        case Unknown():
            return ("unknown", *hints)
        case _:
            return ("other", id(value))


def is_plain(it: Any) -> bool:
    """Tell whether `it` is a number, text, None, or a short container of such."""
    if type(it) in _PLAIN:
        return True
    return (
        type(it) in (tuple, list, set, frozenset) and len(it) <= _LONGEST and all(map(is_plain, it))
    )


def element(value: Value) -> Value:
    """Return what iterating over a value gives."""
    match value:
        case Items(items=items):
            return join(items)
        case Each(item=item):
            return item
        case Known(it=list() | tuple() as it) if len(it) <= _MOST_CHOICES:
            return join(known(item, value) for item in it)
        case Choice(among=among):
            return join(element(one) for one in among)
        case _:
            return derived([value])


def item_at(value: Value, index: Any) -> Value:
    """Return one item of a list, tuple or dictionary; `index` is a plain value or None."""
    match value:
        case Items(items=items) if type(index) is int and -len(items) <= index < len(items):
            return items[index]
        case Keyed(items=items) if type(index) is str and index in items:
            return items[index]
        case Known(it=list() | tuple() as it) if type(index) is int and -len(it) <= index < len(it):
            return known(it[index], value)
        case Known(it=dict() as it) if is_plain(index) and type(it) is dict and index in it:
            return known(it[index], value)
        case Choice(among=among):
            return join(item_at(one, index) for one in among)
        case _:
            return element(value)


def unpacked(value: Value, count: int) -> list[Value]:
    """Return `count` values that an assignment takes `value` apart into."""
    match value:
        case Items(items=items) if len(items) == count:
            return list(items)
        case Known(it=list() | tuple() as it) if len(it) == count:
            return [known(item, value) for item in it]
        case Choice(among=among):
            rows = [unpacked(one, count) for one in among]
            return [join(column) for column in zip(*rows, strict=True)]
        case _:
            return [element(value)] * count


def known(it: Any, like: Value) -> Known:
    """Return a real object that came out of another value."""
    return Known(it=it, origins=like.origins, counted=like.counted, openmp=like.openmp)


def with_origins(value: Value, origins: frozenset[str]) -> Value:
    """Return the value with further origins."""
    return replace(value, origins=value.origins | origins) if origins else value


def truth(value: Value) -> bool | None:
    """Return whether a test on this value holds; None where that depends on the data."""
    match value:
        case Known(it=it) if is_plain(it):
            return bool(it)
        case Known(it=it) if isinstance(it, type) or callable(it):
            return True
        case Items(items=items):
            return bool(items)
        case Bound() | Closure() | Delayed() | Partial():
            return True
        case _:
            return None
