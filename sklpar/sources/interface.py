"""What a data source is: options checked by shape, then by header, then loaded."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Protocol, TypeAlias

if TYPE_CHECKING:
    from sklpar.errors import Problem

# Turns ``module:function`` into the function, or raises where its package is not trusted.
Resolve: TypeAlias = Callable[[str], Callable[..., Any]]


@dataclass(frozen=True, kw_only=True)
class Dataset:
    """What a job is fitted on.

    Attributes
    ----------
    X : array, sparse matrix or data frame of shape (n_samples, n_features)
    y : array of shape (n_samples,) or (n_samples, n_outputs), or None
    groups : array of shape (n_samples,), or None
        Passed to ``fit``.
    """

    X: Any
    y: Any = None
    groups: Any = None


class Source(Protocol):
    """One way to name data in a spec.

    Attributes
    ----------
    value_schema : mapping
        JSON Schema of the value under the source's own key.
    options : mapping
        The other legal keys, each with the JSON Schema of its value.
    open_options : bool
        True where further keys are keyword arguments of a function, checked by `header`.
    """

    @property
    def value_schema(self) -> Mapping[str, Any]:
        """Return the JSON Schema of the value."""
        ...

    @property
    def options(self) -> Mapping[str, Mapping[str, Any]]:
        """Return the other legal keys."""
        ...

    @property
    def open_options(self) -> bool:
        """Return whether further keys go to a function."""
        ...

    def shape(self, options: Mapping[str, Any]) -> list[Problem]:
        """Return what is wrong with the values alone; imports and opens nothing."""
        ...

    def header(self, options: Mapping[str, Any], folder: str, resolve: Resolve) -> list[Problem]:
        """Return what is wrong, reading no more of the data than a header."""
        ...

    def columns(self, options: Mapping[str, Any], folder: str) -> tuple[str, ...] | None:
        """Return the names of X's columns, or None where they have none; after `header`."""
        ...

    def load(self, options: Mapping[str, Any], folder: str, resolve: Resolve) -> Dataset:
        """Load the data."""
        ...
