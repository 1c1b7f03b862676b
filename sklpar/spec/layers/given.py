"""The arguments of a call, as far as they are known."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

from sklpar.spec.layers.values import Unknown, Value, derived


@dataclass(frozen=True, slots=True)
class Given:
    """Arguments by place and by name; `method` is the attribute that a call goes by."""

    args: list[Value] = field(default_factory=list)
    kwargs: Mapping[str, Value] = field(default_factory=dict)
    method: str | None = None

    def __iter__(self) -> Iterator[Value]:
        yield from self.args
        yield from self.kwargs.values()

    def first_or(self, name: str, otherwise: Value | None) -> Value | None:
        """Return the argument of that name, else the first by place."""
        return self.kwargs.get(name, self.args[0] if self.args else otherwise)

    @property
    def derived(self) -> Unknown:
        """What is known of a result that is made of these."""
        return derived(self)
