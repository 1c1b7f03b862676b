"""Measuring a baseline: every setting of the plan is looked at, the good ones in every round."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sklpar.guard.question import Question, measured_on
from sklpar.model import Check, Run, Setting
from sklpar.race.rounds import live


@dataclass(frozen=True, kw_only=True)
class RecordingQuestion(Question):
    """Asks nothing: as-written, serial and whoever may be the best are measured in all rounds."""

    def participants(
        self,
        runs: Sequence[Run],
        round_: int,
        open_: Collection[str] | None,
    ) -> list[Setting]:
        """Return as-written, serial, and whom a race would not have dropped."""
        (run,) = runs
        racing = {setting.id for setting in live(run, round_)}
        settings = measured_on(runs, open_)
        return [one for one in settings if one.kind != "swept" or one.id in racing]

    def checks(self, runs: Sequence[Run], look: int) -> list[Check]:  # noqa: ARG002
        """Return nothing."""
        return []
