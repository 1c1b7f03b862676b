"""The parts that an estimator is made of, each with its set_params path."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

_MOST = 200


@dataclass(slots=True, kw_only=True)
class Part:
    """One estimator within the estimator; `place` is empty for the whole, `owner` then None.

    `parameters` maps each parameter that holds no estimator to its set_params path, `values` each
    parameter to its value.
    """

    place: str
    it: Any
    owner: Part | None = None
    parameters: dict[str, str] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)


def parts_of(estimator: Any) -> list[Part]:
    """Return the estimator and all that its parameters hold, owners before what they own."""
    paths = frozenset(estimator.get_params(deep=True))
    whole = Part(place="", it=estimator)
    found, seen, queue = [whole], {id(estimator)}, [whole]
    while queue and len(found) < _MOST:
        owner = queue.pop(0)
        inner = []
        owner.values = dict(owner.it.get_params(deep=False))
        for name, value in owner.values.items():
            path = _join(owner.place, name)
            held = list(_held(value, path, owner.place, paths))
            if not held or not is_estimator(value):
                owner.parameters[name] = path
            for place, it in held:
                if id(it) not in seen:
                    seen.add(id(it))
                    inner.append(Part(place=place, it=it, owner=owner))
        at = found.index(owner) + 1
        found[at:at] = inner
        queue += inner
    return found


def is_estimator(value: Any) -> bool:
    """Tell an estimator from a class, a splitter and a kernel."""
    return hasattr(value, "fit") and hasattr(value, "get_params") and not isinstance(value, type)


def _held(value: Any, path: str, prefix: str, paths: frozenset[str]) -> Iterator[tuple[str, Any]]:
    """Yield the estimators in a parameter's value; lists are of estimators or of named ones."""
    if is_estimator(value):
        yield path, value
    elif isinstance(value, dict):
        for key, item in value.items():
            yield from _held(item, f"{path}[{key}]", prefix, paths)
    elif isinstance(value, list | tuple):
        for index, item in enumerate(value):
            named = isinstance(item, tuple) and len(item) > 1 and isinstance(item[0], str)
            name = _join(prefix, item[0]) if named else ""
            where = name if name in paths else f"{path}[{index}]"
            yield from _held(item[1] if named else item, where, prefix, paths)


def _join(prefix: str, name: str) -> str:
    return f"{prefix}__{name}" if prefix else name
