"""What a guard asks: who is measured, and what the measurements say."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Protocol

from sklpar.analysis.answers import check_answers
from sklpar.analysis.index import trials_of
from sklpar.analysis.samples import failures_of
from sklpar.model import Check, Difference, NotGuarded, Run, Setting
from sklpar.race.rounds import is_unseen


class Question(Protocol):
    """One mode of the guard: pure, from runs as they stand to checks.

    `runs` is one run, or two with the same settings and rounds: this environment's and the other's.

    Attributes
    ----------
    takes_bounds : bool
        Whether a fit that the budget cut off is an answer: a bound of what it took.
    confirms : bool
        Whether what is regressed at one look must be so at the next: where the two sides were not
        measured at the same time, a spell of a slow machine looks like a regression.
    """

    takes_bounds: bool = False
    confirms: bool = False

    def participants(
        self, runs: Sequence[Run], round_: int, open_: Collection[str] | None
    ) -> list[Setting]:
        """Return who is measured in a round, by what the rounds before it gave.

        `open_` are the settings of checks that are still open, None before the first look.
        """

    def objections(self, runs: Sequence[Run]) -> tuple[Difference, ...]:  # noqa: ARG002
        """Return what makes it all incomparable that was not known before the first trial."""
        return ()

    def checks(self, runs: Sequence[Run], look: int) -> list[Check]:
        """Return every comparison; `look` counts how often was asked, from 1."""

    def not_guarded(self, runs: Sequence[Run]) -> list[NotGuarded]:  # noqa: ARG002
        """Return what is not compared, and why."""
        return []


def pairs(ours: Mapping[int, float], theirs: Mapping[int, float]) -> list[tuple[float, float]]:
    """Return two values of each round that has both, where both are above 0."""
    rounds = sorted(ours.keys() & theirs.keys())
    return [(ours[r], theirs[r]) for r in rounds if ours[r] > 0 < theirs[r]]


def measured_on(runs: Sequence[Run], open_: Collection[str] | None) -> list[Setting]:
    """Return the settings another trial of which could say anything: what failed would do so again.

    But what was stopped early in a spoilt round has not been looked at. Where `open_` is given,
    those of them alone.
    """
    return [
        setting
        for setting in runs[0].plan.settings
        if (open_ is None or setting.id in open_)
        and all(not failures_of(run, setting.id) or is_unseen(run, setting.id) for run in runs)
    ]


def why_failed(run: Run, setting: str) -> str | None:
    """Return why a setting is not what it should be whatever its time, or None."""
    failures = failures_of(run, setting)
    if failures:
        return f"{failures[0].status.replace('_', ' ')}: {failures[0].reason}"
    for trial in trials_of(run, setting):
        if trial.status == "not_as_requested":
            return f"not as requested: {trial.reason}"
    differing = check_answers(run).differing
    return f"differs: {differing[setting]}" if setting in differing else None
