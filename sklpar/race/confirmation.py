"""Confirming trials: the recommended setting and as-written once more, after the choice.

The winner of a race was lucky as well as fast, so the gain is stated from trials that had no part
in the choice. They are rounds beyond ``measure.rounds``.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from sklpar.analysis.answers import check_answers
from sklpar.analysis.disturbance import MOST_CONFIRMING, void_rounds
from sklpar.analysis.gain import SURE, gain_of
from sklpar.analysis.recommend import Contest, contest
from sklpar.analysis.rows import row_of
from sklpar.analysis.samples import confirms, failures_of
from sklpar.analysis.statistics import MIN_FOR_INTERVAL
from sklpar.model import Run, Setting, Trial
from sklpar.race.rounds import shuffled

# Where three rounds leave open whether there is a gain at all, two more are run; a round that the
# machine spoilt is run again, but there are never more than these.
_ROUNDS, _AT_MOST = MIN_FOR_INTERVAL, MOST_CONFIRMING


@dataclass(frozen=True, kw_only=True)
class Confirmation:
    """What is still to be run: `rounds` rounds of `settings`, and whether any was run yet."""

    settings: tuple[Setting, ...]
    rounds: int
    begun: bool


def confirmation_of(run: Run) -> Confirmation | None:
    """Return what is left of confirming the choice as it stands; None where nothing is.

    There is nothing to confirm where as-written is the choice or too few trials were run for any
    interval; in an exhaustive run the rounds asked for are all there is.
    """
    if run.spec.measure.exhaustive:
        return None
    check = check_answers(run)
    found = contest(run, [row_of(run, setting, check) for setting in run.plan.settings])
    # Where the choice failed while it was confirmed, the next one may have been dropped early.
    begun = any(confirms(run, outcome) for outcome in run.outcomes)
    if found is None or found.chosen.id == "as-written" or (found.provisional and not begun):
        return None
    names = [found.chosen.id]
    if not failures_of(run, "as-written"):
        names.append("as-written")
    done, spoilt = (min(counts) for counts in zip(*(_done(run, n) for n in names), strict=True))
    rounds = min(_wanted(run, found) - done, _AT_MOST - done - spoilt)
    if rounds <= 0:
        return None
    settings = tuple(setting for setting in run.plan.settings if setting.id in names)
    return Confirmation(settings=settings, rounds=rounds, begun=_done(run, names[0]) != (0, 0))


def _done(run: Run, setting: str) -> tuple[int, int]:
    """Return how many confirming trials of a setting count, and how many do not."""
    rounds = [o.round for o in run.outcomes if o.setting == setting and confirms(run, o)]
    spoilt = len(void_rounds(run).intersection(rounds))
    return len(rounds) - spoilt, spoilt


def _wanted(run: Run, found: Contest) -> int:
    gain = gain_of(run, found.chosen.id, found.measure, found.standing.noise, SURE)
    if gain is None or gain.low is None or gain.high is None:
        return _ROUNDS
    return _AT_MOST if gain.low <= 1 <= gain.high else _ROUNDS


def next_to_confirm(run: Run, settings: Sequence[Setting]) -> Trial:
    """Return the next confirming trial: of a round that lacks one of the settings, or a new one."""
    first = run.spec.measure.rounds + 1
    number = 1 + max(outcome.trial for outcome in run.outcomes)
    done = {(o.round, o.setting) for o in run.outcomes if confirms(run, o)}
    round_ = max((r for r, _ in done), default=first)
    missing = [s for s in shuffled(settings, run.seed, round_) if (round_, s.id) not in done]
    if not missing:
        round_ += 1
        missing = shuffled(settings, run.seed, round_)
    # The gain is of what is minimized: as-written may be slow, and warm fits are fits too.
    goal = run.spec.objective.minimize
    repeats = 0 if goal == "first_fit" else run.spec.measure.repeats
    return Trial(number=number, round=round_, setting=missing[0], repeats=repeats)
