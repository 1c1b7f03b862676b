"""What a guard says: which comparisons were made, how each came out, and what follows."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from sklpar.model.report import Estimate

# What a comparison is of. Seconds are of one machine; the last three hold on others too.
Metric: TypeAlias = Literal[
    "first_fit", "fit", "cpu", "memory", "threads", "speedup", "cpu_inflation"
]
Ruling: TypeAlias = Literal["regressed", "improved", "equivalent", "inconclusive", "failed"]
Mode: TypeAlias = Literal["config", "baseline", "against"]
Conclusion: TypeAlias = Literal[
    "passed", "failed", "inconclusive", "not_comparable", "nothing_measured", "interrupted"
]

_EXIT_CODES: dict[str, int] = {
    "passed": 0,
    "failed": 1,
    "nothing_measured": 3,
    "inconclusive": 4,
    "not_comparable": 5,
    "interrupted": 130,
}


@dataclass(frozen=True, kw_only=True)
class Check:
    """One comparison: a setting's metric against what it is held to.

    Attributes
    ----------
    setting : str
        Id of the setting that is judged.
    metric : str
        ``first_fit``, ``fit`` and ``cpu`` in seconds, ``memory`` in bytes, ``threads`` a count,
        ``speedup`` over as-written, ``cpu_inflation`` CPU over that of serial.
    against : str
        ``baseline``; the id of another setting of the same job; or ``other``, the other
        environment.
    ruling : str
        ``failed`` where the setting gave nothing to compare: it crashed, was stopped, or answered
        otherwise.
    limit : float
        What the ratio must not exceed, 1 plus the threshold.
    ratio : Estimate or None
        How many times worse it is, above 1 whatever the metric's direction. `low` is corrected for
        the number of comparisons, and ``regressed`` says that it is above `limit`; `high` is a
        one-sided bound at 95%, and ``equivalent`` says that it is not above `limit`. None where
        there is nothing to compare.
    now, before : float or None
        The medians that are compared, in the metric's unit; of a required speedup, the requirement.
    reason : str
        What is beyond the numbers, such as why a setting failed; may be empty.
    rounds_needed : int or None
        Where it is inconclusive: about how many rounds in total would decide, if the median is the
        truth; None where none would.
    blurred : bool
        Where none would, because what it is held against is itself too uncertain.
    """

    setting: str
    metric: Metric
    against: str
    ruling: Ruling
    limit: float
    ratio: Estimate | None = None
    now: float | None = None
    before: float | None = None
    reason: str = ""
    rounds_needed: int | None = None
    blurred: bool = False


@dataclass(frozen=True, kw_only=True)
class NotGuarded:
    """A setting that was not compared, or one metric of it, and why."""

    setting: str
    why: str
    metric: Metric | None = None


@dataclass(frozen=True, kw_only=True)
class Difference:
    """A fact by which two measurements differ; a `blocking` one makes seconds incomparable."""

    field: str
    before: str
    now: str
    blocking: bool


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """What ``guard`` says.

    Attributes
    ----------
    mode : str
        ``config`` holds a pinned setting against its rivals, ``baseline`` a run against a stored
        one, ``against`` an environment against another.
    subject : str
        The file or interpreter that was named.
    spec_file : str
        The spec as the user named it.
    spec_line : int
        The line of it that names the job; 0 where there is none.
    reasons : tuple of str
        Why there is no other outcome, where the checks do not say it: what is not comparable.
    notes : tuple of str
        What else a reader should know, such as that a baseline was written.
    rounds : int
        Rounds that count; `void_rounds` were spoilt by the machine and do not.
    run : str or None
        Folder with all that was measured, None where nothing was.
    inconclusive_allowed : bool
        Whether ``inconclusive`` is no failure.
    """

    sklpar_version: str
    mode: Mode
    outcome: Conclusion
    subject: str
    spec_file: str
    spec_line: int = 0
    name: str | None = None
    started_at: str = ""
    checks: tuple[Check, ...] = ()
    not_guarded: tuple[NotGuarded, ...] = ()
    differences: tuple[Difference, ...] = ()
    reasons: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()
    rounds: int = 0
    void_rounds: tuple[int, ...] = ()
    wall_s: float = 0.0
    run: str | None = None
    inconclusive_allowed: bool = False

    @property
    def exit_code(self) -> int:
        """The exit code of the command."""
        if self.outcome == "inconclusive" and self.inconclusive_allowed:
            return 0
        return _EXIT_CODES[self.outcome]

    @property
    def rounds_needed(self) -> int | None:
        """About how many rounds would decide every check; None where none is open, or none would.

        Of several open checks the slowest counts.
        """
        needed = [one.rounds_needed for one in self.checks if one.ruling == "inconclusive"]
        known = [rounds for rounds in needed if rounds is not None]
        return max(known) if known and len(known) == len(needed) else None
