"""What whoever follows a run hears as a trial ends."""

from __future__ import annotations

from dataclasses import dataclass

from sklpar.model.outcome import Outcome
from sklpar.model.report import Report


@dataclass(frozen=True, kw_only=True)
class Dropped:
    """A setting that the race measures no more, and why in a few words."""

    setting: str
    why: str


@dataclass(frozen=True, kw_only=True)
class TrialEnded:
    """What a trial gave, what the run says so far, how long the rest takes, and who is out.

    `time_left_s` is a forecast, None where there is none.
    """

    outcome: Outcome
    report: Report
    time_left_s: float | None
    dropped: tuple[Dropped, ...] = ()
