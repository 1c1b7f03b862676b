"""Calls: of ``Parallel``, of what a worker runs, of native code, of functions that can be read."""

from __future__ import annotations

from collections.abc import Mapping
from types import BuiltinFunctionType, FunctionType, MethodType, ModuleType
from typing import TYPE_CHECKING, Any

from sklpar.spec.layers import attributes, builtin, foreign
from sklpar.spec.layers.given import Given
from sklpar.spec.layers.source import plain_function
from sklpar.spec.layers.values import (
    UNKNOWN,
    Bound,
    Choice,
    Closure,
    Delayed,
    Instance,
    Items,
    Known,
    Partial,
    Unknown,
    Value,
    derived,
    join,
)

if TYPE_CHECKING:
    from sklpar.spec.layers.frame import Frame
    from sklpar.spec.layers.reader import Reader

# Methods of an estimator that do its work; what is called on an unknown object by these names is
# taken for the call of a part.
_WORK = frozenset(
    {"fit", "fit_transform", "fit_predict", "partial_fit", "predict", "predict_proba", "transform"}
)
# Methods of every estimator that return it.
_CHAINED = frozenset({"set_params", "set_output", "set_fit_request", "set_score_request"})
_COPIES = frozenset({"clone", "copy", "deepcopy"})


def call(  # noqa: PLR0911 - one for each kind of target
    reader: Reader, frame: Frame, target: Value, given: Given
) -> Value:
    """Note what a call does and return what is known of its result."""
    match target:
        case Choice(among=among):
            return join([call(reader, frame, one, given) for one in among])
        case Delayed(target=inner):
            with reader.in_worker(frame) as inside:
                call(reader, inside, inner, given)
            return UNKNOWN
        case Partial(target=inner, args=first, kwargs=named):
            whole = Given([*first, *given.args], {**named, **given.kwargs})
            return call(reader, frame, inner, whole)
        case Closure():
            return reader.run_closure(target, given.args, given.kwargs)
        case Bound():
            return _bound(reader, frame, target, given)
        case Known(it=type() as cls):
            return _class(reader, frame, cls, given)
        case Instance() | Known() if _is_object(target):
            inner = attributes.load(reader, target, "__call__", frame.context)
            if isinstance(inner, Bound):
                args = [target, *given.args]
                return reader.run(inner.function, args, given.kwargs, frame.context)
            return _unknown(reader, frame, given)
        case Known(it=it):
            return _function(reader, frame, it, given)
    return _unknown(reader, frame, given)


def _is_object(target: Value) -> bool:
    """Tell an object that is called by its ``__call__``."""
    if isinstance(target, Instance):
        return True
    it = target.it if isinstance(target, Known) else None
    if isinstance(it, FunctionType | BuiltinFunctionType | MethodType | ModuleType):
        return False
    return plain_function(type(it).__dict__.get("__call__")) is not None


def _bound(reader: Reader, frame: Frame, target: Bound, given: Given) -> Value:
    receiver, name = target.receiver, target.name
    place = reader.other_part(receiver)
    if name == "set_params":
        for key, value in given.kwargs.items():
            if place is None:
                attributes.store(reader, receiver, key, value)
            else:
                reader.evidence.pass_on(value, f"set_params of {place or 'the estimator'}")
    if name in _CHAINED:
        return receiver
    if name in _WORK:
        reader.used(place, name, frame)
    if place is not None:
        # A part is read by itself: here it counts only that, and where, it is used.
        return receiver if name in ("fit", "partial_fit") else UNKNOWN
    return reader.run(target.function, [receiver, *given.args], given.kwargs, frame.context)


def _class(reader: Reader, frame: Frame, cls: type, given: Given) -> Value:
    if reader.is_parallel(cls):
        reader.parallel(cls, given.first_or("n_jobs", None), given.kwargs, frame)
        return UNKNOWN
    if cls is super and not given.args:
        return builtin.super_of(frame)
    if cls.__module__ in ("builtins", "functools"):
        return builtin.make(cls, given)
    if (made := _surroundings(reader, frame, cls, given)) is not None:
        return made
    made = Instance(cls=cls)
    init = attributes.load(reader, made, "__init__", frame.context)
    if isinstance(init, Bound) and reader.can_read(init.function):
        reader.run(init.function, [made, *given.args], given.kwargs, frame.context)
    else:
        _hand_on(reader, cls, given)
        made.attributes.update(given.kwargs)  # a context manager's limits
    return made


def _surroundings(reader: Reader, frame: Frame, it: Any, given: Given) -> Value | None:
    """Take ``parallel_config`` and the standard library's pools; None is for anything else."""
    if reader.is_config(it):
        named = {"backend": given.args[0]} if given.args else {}
        cls = it if isinstance(it, type) else type(None)
        return Instance(cls=cls, attributes={**named, **given.kwargs})
    if not foreign.makes_workers(it):
        return None
    jobs = given.kwargs.get("processes", given.first_or("max_workers", UNKNOWN))
    reader.pool(jobs or UNKNOWN, foreign.name_of(it), frame)
    return UNKNOWN


def _function(reader: Reader, frame: Frame, it: Any, given: Given) -> Value:
    function = plain_function(it)
    if isinstance(it, MethodType) and function is not None:
        bound = Bound(function=function, receiver=Known(it=it.__self__), name=it.__name__)
        return call(reader, frame, bound, given)
    name, module = getattr(it, "__name__", ""), str(getattr(it, "__module__", None) or "")
    if module == "builtins":
        return builtin.call(reader, frame, name, given)
    special = _special(name, module, given)
    if special is None:
        special = _surroundings(reader, frame, it, given)
    if special is not None:
        if isinstance(special, Unknown) and special.openmp:
            reader.openmp(it, frame, certain=True)
        return special
    if function is not None and reader.can_read(function):
        return reader.run(function, given.args, given.kwargs, frame.context)
    return _foreign(reader, frame, it, given)


def _special(name: str, module: str, given: Given) -> Value | None:
    """Return what functions give that mean more than their code says; None for the others."""
    root = module.partition(".")[0]
    if name in ("issparse", "isspmatrix") and root == "scipy":
        return Known(it=False)  # code is read as it goes for dense data
    if name == "_openmp_effective_n_threads":
        return Unknown(openmp=True)
    if not given.args or root not in ("joblib", "sklearn", "copy"):
        return None
    if name == "delayed":
        return Delayed(target=given.args[0])
    if name == "effective_n_jobs":
        return Unknown(origins=given.derived.origins, counted=True)
    return given.args[0] if name in _COPIES else None


def _foreign(reader: Reader, frame: Frame, it: Any, given: Given) -> Value:
    """What is not read: native code, and other packages, which may call what they are given."""
    if reader.is_openmp(it) and not foreign.has_one_thread(it, given.kwargs):
        reader.openmp(it, frame, certain=True)
    certain = foreign.blas_kind(it)
    if certain is not None:
        reader.blas(foreign.name_of(it), frame, certain=certain)
    _hand_on(reader, it, given)
    _call_back(reader, frame, given)
    return given.derived


def _hand_on(reader: Reader, it: Any, given: Given) -> None:
    if not foreign.is_harmless(it):
        for value in given:
            reader.evidence.pass_on(value, foreign.name_of(it))


def _unknown(reader: Reader, frame: Frame, given: Given) -> Value:
    if given.method in _WORK:
        reader.used(None, given.method, frame)
    if given.method == "cache" and given.args:
        return given.args[0]  # joblib.Memory
    if given.method == "dot":
        reader.blas("dot", frame, certain=False)
    _call_back(reader, frame, given)
    return given.derived


def _call_back(reader: Reader, frame: Frame, given: Given) -> None:
    """Read the functions that another package is given: optimisers and the like call them."""
    arguments = Given(_further(given.kwargs))
    for value in given:
        for one in value.among if isinstance(value, Choice) else (value,):
            is_function = isinstance(one, Known) and isinstance(one.it, FunctionType)
            if isinstance(one, Bound | Partial) or is_function:
                call(reader, frame, one, arguments)


def _further(kwargs: Mapping[str, Value]) -> list[Value]:
    """Return what an optimiser calls a function with: a point, then what it was given as args."""
    match kwargs.get("args"):
        case Items(items=items):
            return [UNKNOWN, *items]
        case Known(it=tuple() as it):
            return [UNKNOWN, *(Known(it=one) for one in it)]
        case None:
            return []
        case other:
            return [UNKNOWN, derived([other])]
