"""What was seen while the code of an estimator was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sklpar.spec.layers.values import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class Context:
    """Where the code being read stands.

    Attributes
    ----------
    depth : int
        How many of the estimator's own joblib calls it runs in the workers of.
    calls : tuple of JoblibCall
        These calls, outermost first.
    configs : tuple of tuple of (name, value)
        What the code itself gave to ``parallel_config`` around it.
    guarded : bool
        Whether it comes after ``if effective_n_jobs(n_jobs) == 1: return``.
    blas_capped : bool
        Whether the code itself keeps BLAS at one thread here, as KMeans does.
    """

    calls: tuple[JoblibCall, ...] = ()
    configs: tuple[tuple[tuple[str, Any], ...], ...] = ()
    guarded: bool = False
    blas_capped: bool = False

    @property
    def depth(self) -> int:
        """How many joblib calls enclose it."""
        return len(self.calls)


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class JoblibCall:
    """A ``Parallel(...)``: its class, keywords that are known, and where n_jobs comes from."""

    cls: type
    keywords: Mapping[str, Any]
    jobs: Value | None
    context: Context
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NativeUse:
    """A call of OpenMP or BLAS code; not `certain` where it is only at hand."""

    kind: str
    context: Context
    certain: bool
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PoolUse:
    """A pool of threads or processes that the code makes without joblib."""

    jobs: Value
    context: Context
    where: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PartUse:
    """A call of a method of another part of the estimator; `place` is None where it is unknown."""

    place: str | None
    method: str
    context: Context


@dataclass(slots=True, kw_only=True)
class Evidence:
    """All that one method of one estimator reaches."""

    calls: list[JoblibCall] = field(default_factory=list)
    natives: list[NativeUse] = field(default_factory=list)
    pools: list[PoolUse] = field(default_factory=list)
    uses: list[PartUse] = field(default_factory=list)
    # Parameters whose value goes where it cannot be followed, and where that is.
    passed: dict[str, str] = field(default_factory=dict)
    cut_short: bool = False
    # joblib calls that are made only where OpenMP code cannot do the same work.
    fallbacks: set[JoblibCall] = field(default_factory=set)

    def mark(self) -> tuple[int, int]:
        """Return how much has been seen."""
        return len(self.calls), len(self.natives)

    def weigh(self, start: tuple[int, int], middle: tuple[int, int]) -> None:
        """Compare the branches of a test, seen from `start` to `middle` and after that.

        Where one has OpenMP do the work, the joblib calls of the other are the way round it, for
        data that the fast code cannot take.
        """
        one = slice(start[0], middle[0]), slice(start[1], middle[1])
        other = slice(middle[0], None), slice(middle[1], None)
        for (calls, _), (_, natives) in ((one, other), (other, one)):
            if any(use.kind == "openmp" and use.certain for use in self.natives[natives]):
                self.fallbacks.update(self.calls[calls])

    def pass_on(self, value: Value, to: str) -> None:
        """Note that a parameter's value was handed to something that cannot be read."""
        for path in value.origins:
            self.passed.setdefault(path, to)
