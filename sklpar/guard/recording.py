"""Measuring a baseline: every setting of the plan is looked at, the good ones in every round."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sklpar.guard.question import Question, measured_on
from sklpar.model import Check, Run, Setting
from sklpar.race.rounds import is_sound, is_unseen, standing_of


@dataclass(frozen=True, kw_only=True)
class RecordingQuestion(Question):
    """Asks nothing: as-written, serial and whoever may be the best are measured in all rounds.

    Who is worse than the best drops out, as in a race; but ties never rest, since each round makes
    what is guarded by them sharper.
    """

    def participants(
        self,
        runs: Sequence[Run],
        round_: int,
        open_: Collection[str] | None,
    ) -> list[Setting]:
        """Return as-written, serial, and whom a race would not have dropped as worse."""
        (run,) = runs
        settings = measured_on(runs, open_)
        if round_ == 1:
            return settings
        sound = [one for one in settings if is_sound(run, one.id)]
        standing = standing_of(run, sound)
        within = run.spec.objective.within
        racing = {
            name
            for name, found in (standing.against if standing else {}).items()
            if found.verdict(within) != "worse"
        }
        return [
            one
            for one in settings
            if one.kind != "swept" or one.id in racing or is_unseen(run, one.id)
        ]

    def checks(self, runs: Sequence[Run], look: int) -> list[Check]:  # noqa: ARG002
        """Return nothing."""
        return []
