"""A line for each trial: for a CI log, a pipe, a dumb terminal."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from contextlib import suppress
from typing import TYPE_CHECKING, Self

from sklpar.cli.progress.display import Display
from sklpar.cli.progress.status import Status
from sklpar.cli.progress.words import dropped_words, duration_words, outcome_words
from sklpar.cli.terminal import render_options
from sklpar.model import Failure
from sklpar.render.plain import one_line

if TYPE_CHECKING:
    from sklpar.model import Bound, Run, Trial, TrialEnded
    from sklpar.store.folder import RunFolder

# CI services take a job for hung that writes nothing for ten minutes.
_SILENCE_S = 300.0


class Lines(Display):
    """Plain lines on stderr.

    Parameters
    ----------
    clock : callable
        Monotonic seconds.
    """

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self._clock = clock
        self._status = Status(clock)
        self._number = 0
        self._said_at = clock()
        self._over = threading.Event()
        self._pulse = threading.Thread(target=self._break_silence, daemon=True)

    def __enter__(self) -> Self:
        self._pulse.start()
        return self

    def __exit__(self, *_: object) -> None:
        """Say no more."""
        self._over.set()
        self._pulse.join()

    def run_starts(self, run: Run, folder: RunFolder) -> None:
        """Name the run and its size."""
        self._status.run_starts(run)
        rounds, settings = run.spec.measure.rounds, len(run.plan.settings)
        at_most = "" if run.spec.measure.exhaustive else "at most "
        many = f"{at_most}{rounds} round{'' if rounds == 1 else 's'}"
        self._say(f"{run.inspection.label}: {settings} settings, {many}; {folder.path}")

    def trial_starts(self, trial: Trial, bound: Bound) -> None:
        """Note what runs, for a fit that takes long."""
        self._number = trial.number + 1
        self._status.trial_starts(trial, bound)

    def in_fit(self, index: int | None) -> None:
        """Note which fit runs."""
        self._status.in_fit(index)

    def trial_ended(self, ended: TrialEnded) -> None:
        """Say what the trial gave, whom it dropped, the best so far, and the time left."""
        outcome, time_left_s = ended.outcome, ended.time_left_s
        new = self._status.trial_ended(ended)
        own = [one for one in new if one.setting == outcome.setting]
        parts = [outcome_words(outcome, self._status.rounds)]
        # A failure has just told why.
        told = isinstance(outcome, Failure)
        parts += ["dropped" if told else f"dropped: {one.why}" for one in own]
        if self._status.best:
            parts.append(f"best so far {self._status.best}")
        if time_left_s is not None:
            parts.append(f"about {duration_words(time_left_s)} left")
        self._say(f"[{outcome.trial + 1}] {'; '.join(parts)}")
        others = [one for one in new if one not in own]
        if others:
            self._say(f"[{outcome.trial + 1}] dropped: {', '.join(dropped_words(others))}")

    def goes_on(self, rounds: int, why: str) -> None:
        """Say how many rounds there will be, and why."""
        self._status.rounds = rounds
        self._say(f"{why}: going on to {rounds} rounds")

    def beat(self) -> None:
        """Say what still runs where nothing was said for long."""
        if self._clock() - self._said_at >= _SILENCE_S:
            setting, stage = self._status.running()
            trial = f"[{self._number}] " if self._number else ""
            self._say(f"{trial}still {f'{setting}, ' if setting else ''}{stage}")

    def _break_silence(self) -> None:
        while not self._over.wait(max(1.0, self._said_at + _SILENCE_S - self._clock())):
            self.beat()

    def _say(self, line: str) -> None:
        self._said_at = self._clock()
        # Whoever listens may go away, or his disk be full: what is measured is worth more.
        with suppress(OSError, ValueError):
            text = one_line(line, unicode=render_options(sys.stderr).unicode)
            print(text, file=sys.stderr, flush=True)  # noqa: T201
