"""What a display hears: the observer of a run, and one that says nothing of it."""

from __future__ import annotations

from collections.abc import Sequence
from types import TracebackType
from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from sklpar.model import Bound, Outcome, Report, Run, Trial
    from sklpar.race.dropping import Dropped
    from sklpar.store.folder import RunFolder


class Display:
    """A silent observer: the base of those that speak, and all of ``--quiet``."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Nothing to clean up."""

    def run_starts(self, run: Run, folder: RunFolder) -> None:
        """Say nothing."""

    def trial_starts(self, trial: Trial, bound: Bound) -> None:
        """Say nothing."""

    def in_fit(self, index: int | None) -> None:
        """Say nothing."""

    def trial_ended(
        self,
        outcome: Outcome,
        report: Report,
        time_left_s: float | None,
        dropped: Sequence[Dropped],
    ) -> None:
        """Say nothing."""

    def goes_on(self, rounds: int, why: str) -> None:
        """Say nothing."""
