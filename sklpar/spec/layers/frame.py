"""One function while it is read: its names, and where it stands."""

from __future__ import annotations

import builtins
from dataclasses import dataclass, field, replace
from types import CellType, FunctionType
from typing import Any

from sklpar.spec.layers.evidence import Context
from sklpar.spec.layers.values import UNKNOWN, Known, Value, join, key_of


@dataclass(slots=True, kw_only=True)
class Frame:
    """Names of a function, or of a closure within one (then `parent` is that one's)."""

    function: FunctionType
    context: Context
    names: dict[str, Value] = field(default_factory=dict)
    parent: Frame | None = None
    returned: list[Value] = field(default_factory=list)
    yielded: list[Value] = field(default_factory=list)

    @property
    def where(self) -> str:
        """The function, for evidence: ``sklearn.ensemble._forest.BaseForest.fit``."""
        return f"{self.function.__module__}.{self.function.__qualname__}"

    def lookup(self, name: str) -> Value:
        """Return what a name stands for."""
        frame: Frame | None = self
        while frame is not None:
            if name in frame.names:
                return frame.names[name]
            frame = frame.parent
        function = self.function
        if name in function.__code__.co_freevars:
            cells = zip(function.__code__.co_freevars, function.__closure__ or (), strict=True)
            return _content(dict(cells)[name])
        if name in function.__globals__:
            return Known(it=function.__globals__[name])
        if hasattr(builtins, name):
            return Known(it=getattr(builtins, name))
        return UNKNOWN

    def within(self, context: Context) -> Frame:
        """Return this frame, its names included, in another context."""
        return replace(self, context=context)

    def copy_of_names(self) -> dict[str, Value]:
        """Return the names as they stand, to be merged after a branch."""
        return dict(self.names)


def _content(cell: CellType) -> Value:
    try:
        content: Any = cell.cell_contents
    except ValueError:
        return UNKNOWN
    return Known(it=content)


def merged(one: dict[str, Value], other: dict[str, Value]) -> dict[str, Value]:
    """Return the names after two branches."""
    names = dict(one)
    for name, value in other.items():
        mine = one.get(name)
        if mine is None or mine is value:
            names[name] = value
        elif key_of(mine) != key_of(value):
            names[name] = join([mine, value])
    return names
