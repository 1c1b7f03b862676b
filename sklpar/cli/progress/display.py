"""What a display hears: the observer of a run, and one that says nothing of it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Self

if TYPE_CHECKING:
    from sklpar.model import Bound, Run, Trial, TrialEnded
    from sklpar.store.folder import RunFolder


class Display:
    """A silent observer: the base of those that speak, and all of ``--quiet``."""

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        """Nothing to clean up."""

    def run_starts(self, run: Run, folder: RunFolder) -> None:
        """Say nothing."""

    def trial_starts(self, trial: Trial, bound: Bound) -> None:
        """Say nothing."""

    def in_fit(self, index: int | None) -> None:
        """Say nothing."""

    def trial_ended(self, ended: TrialEnded) -> None:
        """Say nothing."""

    def goes_on(self, rounds: int, why: str) -> None:
        """Say nothing."""
