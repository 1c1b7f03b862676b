"""The spec as it was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, TypeAlias


@dataclass(frozen=True, kw_only=True)
class ObjectNode:
    """An object to be constructed: ``{class: RandomForestClassifier, n_estimators: 300}``.

    Attributes
    ----------
    path : str
        Short name of a public scikit-learn class, or a full import path.
    args, kwargs
        Constructor arguments, themselves nodes.
    where : tuple
        Keys that lead to this object in the spec, for error messages.
    """

    path: str
    args: tuple[Node, ...] = ()
    kwargs: Mapping[str, Node] = field(default_factory=dict)
    where: tuple[str | int, ...] = ()


@dataclass(frozen=True, kw_only=True)
class CallNode:
    """A value taken from the user's own code: ``{call: module:function}``."""

    target: str
    kwargs: Mapping[str, Node] = field(default_factory=dict)
    where: tuple[str | int, ...] = ()


# What a spec's estimator tree is made of once it is read: objects, calls, containers, scalars.
Node: TypeAlias = (
    "ObjectNode | CallNode | Mapping[Any, Node] | list[Node] | tuple[Node, ...]"
    " | str | int | float | bool | None"
)


@dataclass(frozen=True, kw_only=True)
class Caps:
    """A cap by library: threads for BLAS and for OpenMP, each per worker."""

    blas: int
    openmp: int


InnerThreads: TypeAlias = int | Literal["default"] | Caps


@dataclass(frozen=True, kw_only=True)
class DataSpec:
    """Where X and y come from: a key of ``SOURCES`` and that source's options."""

    source: str
    options: Mapping[str, Any]


@dataclass(frozen=True, kw_only=True)
class CallableSpec:
    """The user's own job: ``setup(**args)`` untimed, its result the one argument of ``fit``."""

    fit: str
    setup: str | None = None
    args: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True, kw_only=True)
class Sweep:
    """The axes the user asked for; None is an axis that sklpar chooses."""

    n_jobs: tuple[int | Literal["all"], ...] | None = None
    backend: tuple[str, ...] | None = None
    inner_threads: tuple[InnerThreads, ...] | None = None
    params: Mapping[str, tuple[Node, ...]] | None = None


@dataclass(frozen=True, kw_only=True)
class Measure:
    """How long and how often to measure.

    Attributes
    ----------
    repeats : int
        Warm fits after the first, 0 or more.
    rounds : int
        Rounds of trials; a ceiling unless `exhaustive`.
    timeout_s : float or None
        Bound of one fit; None lets sklpar derive it from the best so far.
    budget_s : float or None
        Bound of the whole job; None is no bound.
    exhaustive : bool
        Every setting in every round: nothing pruned, capped or dropped.
    """

    repeats: int = 1
    rounds: int = 5
    timeout_s: float | None = None
    budget_s: float | None = None
    exhaustive: bool = False


@dataclass(frozen=True, kw_only=True)
class Objective:
    """What the recommendation minimizes, within which relative tie, and how a tie is broken."""

    minimize: Literal["first_fit", "fit", "cpu", "memory"] = "first_fit"
    within: float = 0.05
    then: tuple[Literal["first_fit", "fit", "cpu", "memory"], ...] = ("cpu", "memory")


@dataclass(frozen=True, kw_only=True)
class Spec:
    """A spec that has been read and found sound in shape (not yet built).

    Either `estimator` and `data`, or `callable`. `document` is the spec as plain JSON values (for
    the result document), `positions` maps key paths to 1-based (line, column), `text` and `file`
    are for error messages, `folder` is where relative paths and trusted modules are looked for.
    """

    file: str
    folder: str
    text: str
    document: Mapping[str, Any]
    positions: Mapping[tuple[str | int, ...], tuple[int, int]]
    name: str | None = None
    estimator: Node = None
    data: DataSpec | None = None
    callable: CallableSpec | None = None
    sweep: Sweep = field(default_factory=Sweep)
    measure: Measure = field(default_factory=Measure)
    objective: Objective = field(default_factory=Objective)
    memory_limit_bytes: int | None = None
