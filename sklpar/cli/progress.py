"""How a run goes, on stderr: a live display on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from types import TracebackType
from typing import TYPE_CHECKING, Self

from sklpar.model import Failure, Reading
from sklpar.render.numbers import seconds
from sklpar.render.plain import one_line

if TYPE_CHECKING:
    from rich.live import Live
    from rich.text import Text

    from sklpar.model import Bound, Outcome, Report, Run, Trial
    from sklpar.store.folder import RunFolder

# Twice a second: drawing costs a millisecond, and the machine is being measured.
_REFRESH_PER_S = 2


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

    def fit_starts(self, index: int) -> None:
        """Say nothing."""

    def trial_ended(self, outcome: Outcome, report: Report, time_left_s: float | None) -> None:
        """Say nothing."""

    def goes_on(self, rounds: int, why: str) -> None:
        """Say nothing."""


class Lines(Display):
    """A line for each trial: for a CI log, a pipe, a dumb terminal."""

    def __init__(self) -> None:
        self._rounds = 0

    def run_starts(self, run: Run, folder: RunFolder) -> None:
        """Name the run and its size."""
        self._rounds = run.spec.measure.rounds
        settings = len(run.plan.settings)
        at_most = "" if run.spec.measure.exhaustive else "at most "
        rounds = f"{at_most}{self._rounds} round{'' if self._rounds == 1 else 's'}"
        _say(f"{run.inspection.label}: {settings} settings, {rounds}; {folder.path}")

    def trial_ended(self, outcome: Outcome, report: Report, time_left_s: float | None) -> None:
        """Say what the trial gave, the best so far, and the time left."""
        parts = [outcome_words(outcome, self._rounds), *best_words(report)]
        if time_left_s is not None:
            parts.append(f"about {duration_words(time_left_s)} left")
        _say(f"[{outcome.trial + 1}] {', '.join(parts)}")

    def goes_on(self, rounds: int, why: str) -> None:
        """Say how many rounds there will be, and why."""
        self._rounds = rounds
        _say(f"{why}: going on to {rounds} rounds")


class Screen(Display):
    """A live line or two that tell what runs, how far it is, the best so far, and the time left."""

    def __init__(self, *, verbose: bool) -> None:
        self._lines = Lines() if verbose else Display()
        self._live: Live | None = None
        self._rounds = self._done = 0
        self._now = "starting"
        self._since = 0.0
        self._best: list[str] = []
        self._left_s: float | None = None
        self._left_at = 0.0

    def __enter__(self) -> Self:
        from rich.console import Console
        from rich.live import Live

        self._live = Live(
            get_renderable=self._draw,
            console=Console(stderr=True, highlight=False),
            refresh_per_second=_REFRESH_PER_S,
            transient=True,
            redirect_stdout=False,
        )
        self._live.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        """Leave the terminal as it was."""
        if self._live is not None:
            with suppress(OSError):  # the terminal may be gone
                self._live.stop()

    def run_starts(self, run: Run, folder: RunFolder) -> None:
        """Note the size of the run."""
        self._rounds = run.spec.measure.rounds
        self._done = len(run.outcomes)
        self._lines.run_starts(run, folder)

    def trial_starts(self, trial: Trial, bound: Bound) -> None:  # noqa: ARG002
        """Show the setting that is measured now."""
        self._show(f"{_where(trial.round, self._rounds)}: {trial.setting.id}")
        self._stage = "loading"

    def fit_starts(self, index: int) -> None:
        """Show which fit of it."""
        import time

        self._stage = "first fit" if index == 0 else f"warm fit {index}"
        self._since = time.monotonic()

    def trial_ended(self, outcome: Outcome, report: Report, time_left_s: float | None) -> None:
        """Show the best so far and the time left."""
        import time

        self._done += 1
        self._best = best_words(report)
        self._left_s, self._left_at = time_left_s, time.monotonic()
        self._lines.trial_ended(outcome, report, time_left_s)

    def goes_on(self, rounds: int, why: str) -> None:
        """Count up to the new number of rounds."""
        self._rounds = rounds
        self._lines.goes_on(rounds, why)

    def _show(self, now: str) -> None:
        import time

        self._now, self._since = now, time.monotonic()

    def _draw(self) -> Text:
        import time

        from rich.text import Text

        now = time.monotonic()
        running = f"{getattr(self, '_stage', 'starting')} {duration_words(now - self._since)}"
        status = [f"{self._done} trials", *self._best]
        if self._left_s is not None:
            left = max(0.0, self._left_s - (now - self._left_at))
            status.append(f"about {duration_words(left)} left")
        text = f"{self._now}, {running}\n{', '.join(status)}"
        return Text(text, no_wrap=True, overflow="ellipsis")


def observer(*, quiet: bool, verbose: bool) -> Display:
    """Return the display that fits the flags and where stderr goes."""
    if quiet or sys.stderr is None:
        return Display()
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        return Screen(verbose=verbose)
    return Lines()


def _where(round_: int, rounds: int) -> str:
    if not round_:
        return "warm-up"
    return f"round {round_} of {rounds}" if round_ <= rounds else f"confirming, {round_ - rounds}"


def outcome_words(outcome: Outcome, rounds: int) -> str:
    """Return a trial in a few words: its setting, and its first fit or how it failed."""
    where = _where(outcome.round, rounds)
    where += f", {outcome.setting}" if outcome.round else ""
    if isinstance(outcome, Failure):
        status = outcome.status.replace("_", " ")
        return f"{where}: {status}: {one_line(outcome.reason)[:120]}"
    wall = outcome.fits[0].readings["wall_s"]
    time = seconds(wall.value) if isinstance(wall, Reading) else "-"
    return f"{where}: {time}"


def best_words(report: Report) -> list[str]:
    """Return the best so far as a list of one phrase, empty while there is none."""
    if report.recommendation is None:
        return []
    from sklpar.render.rows import decisive
    from sklpar.render.sentence import value

    row = report.row(report.recommendation.setting)
    time = value(row, decisive(report))
    return [] if time is None else [f"best so far {report.recommendation.setting}"]


def duration_words(duration_s: float) -> str:
    """Return a duration to read at a glance: ``12 s``, ``3 min 05 s``, ``2 h 10 min``."""
    whole = round(duration_s)
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min {whole % 60:02d} s"
    return f"{whole // 3600} h {whole % 3600 // 60:02d} min"


def _say(line: str) -> None:
    # Whoever listens may go away, or his disk be full: what is measured is worth more than a line.
    with suppress(OSError, ValueError):
        print(line, file=sys.stderr, flush=True)  # noqa: T201
