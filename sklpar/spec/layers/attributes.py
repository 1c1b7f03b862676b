"""Attributes of values, looked up without running a property, a descriptor or ``__getattr__``."""

from __future__ import annotations

import sys
from types import FunctionType, ModuleType
from typing import TYPE_CHECKING, Any

from sklpar.spec.layers.evidence import Context
from sklpar.spec.layers.source import plain_function
from sklpar.spec.layers.values import (
    UNKNOWN,
    Bound,
    Choice,
    Closure,
    Instance,
    Known,
    Super,
    Value,
    derived,
    join,
    known,
    with_origins,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sklpar.spec.layers.reader import Reader

_MISSING = object()


def load(  # noqa: PLR0911 - one for each kind of value
    reader: Reader, value: Value, name: str, context: Context
) -> Value:
    """Return ``value.name``; `UNKNOWN` where only running the code would tell."""
    match value:
        case Choice(among=among):
            return join(load(reader, one, name, context) for one in among)
        case Instance(cls=cls, attributes=attributes):
            if name in attributes:
                return attributes[name]
            return _of_class(reader, cls.__mro__, value, name, context)
        case Super(cls=cls, receiver=receiver):
            mro = _class_of(receiver).__mro__
            after = mro[mro.index(cls) + 1 :] if cls in mro else ()
            return _of_class(reader, after, receiver, name, context)
        case Known(it=ModuleType() as module):
            return _of_module(module, name)
        case Known(it=type() as cls):
            return _of_class(reader, cls.__mro__, value, name, context)
        case Known(it=it):
            return _of_object(reader, value, it, name, context)
        case Closure() | Bound():
            return UNKNOWN
        case _:
            return derived([value])


def store(reader: Reader, value: Value, name: str, what: Value) -> None:
    """Remember ``value.name = what``."""
    match value:
        case Instance(attributes=attributes):
            attributes[name] = join([attributes[name], what]) if name in attributes else what
        case Known(it=it) if not isinstance(it, type | ModuleType):
            reader.remember(it, name, what)
        case Super(receiver=receiver):
            store(reader, receiver, name, what)
        case Choice(among=among):
            for one in among:
                store(reader, one, name, what)


def has(value: Value, name: str) -> bool | None:
    """Return whether an object has an attribute, None where that is not known."""
    match value:
        case Instance(cls=cls, attributes=attributes):
            found = attributes.get(name, _static(cls.__mro__, name))
            dynamic = hasattr(cls, "__getattr__")
        case Known(it=it) if not isinstance(it, type | ModuleType):
            found = (getattr(it, "__dict__", None) or {}).get(name, _static(type(it).__mro__, name))
            dynamic = hasattr(type(it), "__getattr__")
        case _:
            return None
    if found is _MISSING:
        return None if dynamic or name.endswith("_") else False
    # A descriptor may refuse: predict_proba of an SVC is there with probability=True only.
    return True if isinstance(found, FunctionType) or not hasattr(found, "__get__") else None


def _of_module(module: ModuleType, name: str) -> Value:
    # Not getattr: a lazy module would import what the job has not.
    if name in vars(module):
        return Known(it=vars(module)[name])
    inner = sys.modules.get(f"{module.__name__}.{name}")
    return UNKNOWN if inner is None else Known(it=inner)


def _of_object(reader: Reader, value: Value, it: Any, name: str, context: Context) -> Value:
    origins = reader.origins_of(it, name)
    set_by_code = reader.recall(it, name)
    fields = getattr(it, "__dict__", None)
    if isinstance(fields, dict) and name in fields:
        if set_by_code is not None and name not in reader.parameters_of(it):
            return with_origins(known(fields[name], set_by_code), origins)
        return Known(it=fields[name], origins=origins)
    if set_by_code is not None:
        return with_origins(set_by_code, origins)
    return _of_class(reader, type(it).__mro__, value, name, context)


def _of_class(  # noqa: PLR0911 - one for each kind of descriptor
    reader: Reader, mro: Sequence[type], value: Value, name: str, context: Context
) -> Value:
    found = _static(mro, name)
    if found is _MISSING:
        return UNKNOWN
    if isinstance(found, property):
        function = plain_function(found)
        return UNKNOWN if function is None else reader.run(function, [value], {}, context)
    if isinstance(found, staticmethod):
        return Known(it=found.__func__)
    function = plain_function(found)
    if function is None:
        return Known(it=found.__func__ if isinstance(found, classmethod) else found)
    if isinstance(found, classmethod):
        receiver = value if _is_class(value) else Known(it=_class_of(value))
        return Bound(function=function, receiver=receiver, name=name)
    if _is_class(value):
        return Known(it=found)
    return Bound(function=function, receiver=value, name=name)


def _static(mro: Sequence[type], name: str) -> Any:
    for cls in mro:
        if name in vars(cls):
            return vars(cls)[name]
    return _MISSING


def _is_class(value: Value) -> bool:
    return isinstance(value, Known) and isinstance(value.it, type)


def _class_of(value: Value) -> type:
    match value:
        case Instance(cls=cls):
            return cls
        case Known(it=type() as cls):
            return cls
        case Known(it=it):
            return type(it)
        case _:
            return object
