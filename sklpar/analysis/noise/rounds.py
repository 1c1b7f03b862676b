"""How a finding speaks of disturbed rounds."""

from __future__ import annotations

import statistics
from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass

from sklpar.analysis.disturbance import spoilt, strain_of
from sklpar.analysis.statistics import MIN_FOR_INTERVAL
from sklpar.model import Finding, Run


@dataclass(frozen=True, kw_only=True)
class Disturbed:
    """The rounds that one cause disturbed.

    Attributes
    ----------
    rounds, void : tuple of int
        Them, and those of them that do not count.
    named : str
        Them in words, such as ``round 2`` or ``rounds 1 and 3``.
    outcome : str
        What follows: that they do not count, or that there was no going without them.
    """

    rounds: tuple[int, ...]
    void: tuple[int, ...]
    named: str
    outcome: str

    @property
    def evidence(self) -> dict[str, list[int]]:
        """Return them as a finding's evidence."""
        return {"disturbed_rounds": list(self.rounds), "void_rounds": list(self.void)}


def disturbed_by(run: Run, cause: str) -> Disturbed | None:
    """Return the rounds that a cause disturbed, None where it disturbed none."""
    found = spoilt(run)
    rounds = tuple(round_ for round_, causes in found.causes.items() if _tells(cause, causes))
    if not rounds:
        return None
    void = tuple(round_ for round_ in rounds if round_ in found.void)
    return Disturbed(
        rounds=rounds, void=void, named=_named(rounds, run), outcome=_outcome(rounds, void, run)
    )


def _tells(cause: str, causes: Sequence[str]) -> bool:
    """Tell whether a cause is to be named: what slows the machine needs no second finding on it."""
    return cause in causes and (cause != "drift" or causes == ("drift",))


def _outcome(rounds: Sequence[int], void: Sequence[int], run: Run) -> str:
    if not void:
        return (
            f"fewer than {MIN_FOR_INTERVAL} rounds would be left without, so all count: repeat "
            f"on a quiet machine or with more rounds (--rounds {run.spec.measure.rounds + 2})"
        )
    measured = len({outcome.round for outcome in run.outcomes if outcome.round > 0})
    # With what else disturbed rounds, so that two findings do not seem to add up.
    uncounted = len(spoilt(run).void)
    left_out = f"{uncounted} of {measured} rounds {'does' if uncounted == 1 else 'do'} not count"
    if len(void) == len(rounds):
        return left_out
    return f"{left_out}; not all could be left out, since intervals need {MIN_FOR_INTERVAL}"


def _named(rounds: Sequence[int], run: Run) -> str:
    """Name rounds; those that confirm the choice count from 1 again."""
    race = [round_ for round_ in rounds if round_ <= run.spec.measure.rounds]
    after = [round_ - run.spec.measure.rounds for round_ in rounds if round_ not in race]
    parts = [_listed("round", race), _listed("confirming round", after)]
    return " and ".join(part for part in parts if part)


def _listed(noun: str, numbers: Sequence[int]) -> str:
    if not numbers:
        return ""
    *first, last = map(str, numbers)
    return f"{noun}s {', '.join(first)} and {last}" if first else f"{noun} {last}"


def all_along(run: Run, cause: str, evidence: str, least: float, advice: str) -> list[Finding]:
    """Return the finding on what trials typically had of a cause, none where that is below `least`.

    Parameters
    ----------
    evidence : str
        The name of the median of the counted trials' strains.
    """
    always = typical(strains(run, cause))
    if always < least:
        return []
    return [Finding(rule=cause, severity="warning", evidence={evidence: always}, advice=advice)]


def of_rounds(
    run: Run, cause: str, evidence: str, says: str, summary: Callable[[Sequence[float]], float]
) -> list[Finding]:
    """Return the finding on the rounds that a cause disturbed, none where it disturbed none.

    Parameters
    ----------
    cause : str
        The rule that it is of.
    evidence : str
        The name of what `summary` makes of the disturbed trials' strains.
    says : str
        What happened, to be followed by ``in round 2``.
    """
    found = disturbed_by(run, cause)
    if found is None:
        return []
    then = summary(strains(run, cause, found.rounds))
    return [
        Finding(
            rule=cause,
            severity="info" if found.void == found.rounds else "warning",
            evidence={evidence: then, **found.evidence},
            advice=f"{says} in {found.named}; {found.outcome}",
        )
    ]


def strains(run: Run, cause: str, rounds: Collection[int] | None = None) -> list[float]:
    """Return how much each trial had of a cause, where that is known.

    Parameters
    ----------
    rounds : collection of int, optional
        Of these rounds; unless given, of all that count.
    """
    void = spoilt(run).void
    of_trials = (
        strain_of(outcome, run.host.usable_cpus).get(cause)
        for outcome in run.outcomes
        if outcome.round > 0
        and (outcome.round not in void if rounds is None else outcome.round in rounds)
    )
    return [strain for strain in of_trials if strain is not None]


def typical(values: Sequence[float]) -> float:
    """Return the median, 0 where nothing was read."""
    return statistics.median(values) if values else 0.0
