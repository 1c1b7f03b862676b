"""The spec as it was read."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
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
        Keys that lead to this object in the spec, for error messages. Wherever it is written, it
        is the same object: a setting's id must not change with its place in the spec.
    """

    path: str
    args: tuple[Node, ...] = ()
    kwargs: Mapping[str, Node] = field(default_factory=dict)
    where: tuple[str | int, ...] = field(default=(), compare=False, repr=False)


@dataclass(frozen=True, kw_only=True)
class CallNode:
    """A value taken from the user's own code: ``{call: module:function}``."""

    target: str
    kwargs: Mapping[str, Node] = field(default_factory=dict)
    where: tuple[str | int, ...] = field(default=(), compare=False, repr=False)


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
class GuardPolicy:
    """How much worse ``guard`` lets a job become. Shares are relative: 0.1 is 10%.

    Attributes
    ----------
    regret : float
        How much worse than the best setting the pinned one may be.
    min_speedup : float
        What the pinned setting must gain over as-written at least.
    threshold : float
        How much worse a metric may be than it was, unless it is named below.
    metrics : mapping
        The same for single metrics; None is a metric that is not guarded.
    settings : mapping
        The same for single settings, by id: one threshold for all metrics, or a mapping by metric.
    flags : mapping
        Thresholds of the command line by (setting, metric), None in place of either being every
        one; see `threshold_of` for what they outrank.
    allow_inconclusive : bool
        Whether it is no failure when the measurements cannot tell.
    """

    regret: float = 0.10
    min_speedup: float = 1.0
    threshold: float = 0.10
    metrics: Mapping[str, float | None] = field(default_factory=dict)
    settings: Mapping[str, Mapping[str, float | None] | float | None] = field(default_factory=dict)
    flags: Mapping[tuple[str | None, str | None], float | None] = field(default_factory=dict)
    allow_inconclusive: bool = False

    def threshold_of(self, setting: str, metric: str) -> float | None:
        """Return how much worse a setting's metric may be, None where it is not guarded.

        What is named for the setting and the metric counts before what is named for the setting,
        then for the metric, then for none. A flag counts before all of the spec, save that it does
        not take up what the spec ignores by a closer name: that `memory` may grow by 5% says
        nothing about a setting that is left out.
        """
        return self._threshold(setting, metric)

    def ignores(self, setting: str) -> bool:
        """Tell whether nothing of a setting is guarded."""
        # Among the names is None, which stands for a metric that nobody names.
        named = {metric for _, metric in (*self._written(), *self.flags)}
        return all(self._threshold(setting, metric) is None for metric in named)

    @property
    def named_settings(self) -> tuple[str, ...]:
        """Ids of all settings that the spec or a flag names, for whoever knows which there are."""
        by_flag = [setting for setting, _ in self.flags if setting is not None]
        return tuple(dict.fromkeys((*self.settings, *by_flag)))

    def with_thresholds(
        self, given: Iterable[tuple[str | None, str | None, float | None]]
    ) -> GuardPolicy:
        """Return the policy with flags put over it, each (setting, metric, threshold)."""
        named = {(setting, metric): threshold for setting, metric, threshold in given}
        return replace(self, flags={**self.flags, **named})

    def _threshold(self, setting: str, metric: str | None) -> float | None:
        names = ((setting, metric), (setting, None), (None, metric), (None, None))
        written = self._written()
        by_spec = next(name for name in names if name in written)
        by_flag = next((name for name in names if name in self.flags), None)
        if by_flag is None:
            return written[by_spec]
        if written[by_spec] is None and names.index(by_spec) < names.index(by_flag):
            return None
        return self.flags[by_flag]

    def _written(self) -> dict[tuple[str | None, str | None], float | None]:
        """Return the spec's thresholds by (setting, metric)."""
        found: dict[tuple[str | None, str | None], float | None] = {(None, None): self.threshold}
        found |= {(None, metric): threshold for metric, threshold in self.metrics.items()}
        for setting, own in self.settings.items():
            by_metric = own if isinstance(own, Mapping) else {None: own}
            found |= {(setting, metric): threshold for metric, threshold in by_metric.items()}
        return found


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
    guard: GuardPolicy = field(default_factory=GuardPolicy)
