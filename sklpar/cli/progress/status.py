"""What is known of a run on its way: what runs now, since when, and how long it may."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import TYPE_CHECKING

from sklpar.cli.progress.words import best_words, duration_words, where_words
from sklpar.model import Bound

if TYPE_CHECKING:
    from sklpar.model import Dropped, Run, Trial, TrialEnded


class Status:
    """Follows a run by what its observer hears.

    Attributes
    ----------
    title : str
        The job's name, or what it is.
    best : str
        The best so far in words; empty while there is none.
    dropped : list of Dropped
        Who is out, newest first.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self.title = self.best = ""
        self.rounds = 0
        self.dropped: list[Dropped] = []
        self._ceiling = False
        self._trial: Trial | None = None
        self._setting = ""
        self._bound = Bound()
        self._stage, self._since = "looking at the job", clock()
        self._limit_s: float | None = None
        self._fits_left = 0
        self._left_s: float | None = None
        self._left_at = self._budget_at = self._since

    def run_starts(self, run: Run) -> None:
        """Note what is measured."""
        self.title = run.spec.name or run.inspection.label
        self.rounds = run.spec.measure.rounds
        self._ceiling = not run.spec.measure.exhaustive
        self._enter("starting")

    def trial_starts(self, trial: Trial, bound: Bound) -> None:
        """Note the trial and its bounds; loading its data is no fit yet."""
        self._trial, self._bound = trial, bound
        self._setting = trial.setting.id
        self._fits_left = 1 + trial.repeats
        self._enter("starting")
        self._budget_at = self._since

    def in_fit(self, index: int | None) -> None:
        """Note which fit runs, or that one has ended."""
        if index == 0:
            self._enter("first fit", self._bound.first_s)
        elif index is not None:
            self._enter(f"warm fit {index}", self._bound.warm_s)
        else:
            self._fits_left -= 1
            self._enter("between fits" if self._fits_left else "checking what ran")

    def trial_ended(self, ended: TrialEnded) -> list[Dropped]:
        """Note what the run says now, and return who is newly out."""
        self.best = best_words(ended.report)
        self._left_s, self._left_at = ended.time_left_s, self._clock()
        before = {one.setting for one in self.dropped}
        new = [one for one in ended.dropped if one.setting not in before]
        out = {one.setting: one for one in ended.dropped}
        still = [out[one.setting] for one in self.dropped if one.setting in out]
        self.dropped = [*new, *still]
        self._setting = ""
        self._enter("deciding what comes next")
        return new

    def where(self) -> str:
        """Return the round and the number of the trial, empty before the first."""
        if self._trial is None:
            return ""
        where = where_words(self._trial.round, self.rounds, at_most=self._ceiling)
        return f"{where}, trial {self._trial.number + 1}"

    def running(self) -> tuple[str, str]:
        """Return the setting that runs, empty between trials, and its stage with its time."""
        setting = self._setting
        took_s, limit_s = self._clock() - self._since, self._limit_s
        if limit_s is None:
            return setting, f"{self._stage} {duration_words(took_s)}"
        limit = duration_words(limit_s)
        if took_s > limit_s:
            return setting, f"{self._stage} reached its bound of {limit}, stopping"
        return setting, f"{self._stage} {duration_words(took_s)} of at most {limit}"

    def time_left(self) -> str:
        """Return how long the rest will take: by forecast, and by the budget; empty if unknown."""
        now, words = self._clock(), []
        if self._left_s is not None:
            left_s = max(0.0, self._left_s - (now - self._left_at))
            words.append(f"about {duration_words(left_s)} left")
        if self._bound.trial_s is not None:
            budget_s = max(0.0, self._bound.trial_s - (now - self._budget_at))
            words.append(f"at most {duration_words(budget_s)}{'' if words else ' left'}")
        return ", ".join(words)

    def _enter(self, stage: str, limit_s: float | None = None) -> None:
        self._stage, self._limit_s, self._since = stage, limit_s, self._clock()
