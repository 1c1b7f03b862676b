"""How long the rest of a run will take: the race played on with the medians as they stand."""

from __future__ import annotations

import statistics
from collections.abc import Sequence

from sklpar.analysis.answers import check_answers
from sklpar.analysis.comparison import Standing, rounds_to_decide
from sklpar.analysis.disturbance import void_rounds
from sklpar.analysis.statistics import MIN_FOR_INTERVAL
from sklpar.model import Run, Setting
from sklpar.race.confirmation import confirmation_of
from sklpar.race.rounds import is_sound, live, next_of_race, standing_of
from sklpar.race.schedule import confirmation_s, typical_trial_s


def time_left_s(run: Run) -> float | None:
    """Return how long what is left will take, in seconds; None before the first counted trial.

    Each setting is taken to need as many more rounds as its ratio to the best does at the noise
    seen so far, and each of those as long as its trials did. What was not looked at yet is taken
    for the average of what was.
    """
    looked = {outcome.setting for outcome in run.outcomes if outcome.round > 0}
    if not looked:
        return None
    racing = next_of_race(run)
    if racing is None:
        confirmation = confirmation_of(run)
        return 0.0 if confirmation is None else confirmation_s(run, confirmation)
    settings = live(run, racing.round)
    times = [typical_trial_s(run, setting) or 0.0 for setting in looked]
    mean_s = statistics.fmean(times)
    done = {o.setting for o in run.outcomes if o.round == racing.round}
    now_s = sum(_time_s(run, setting, mean_s) for setting in settings if setting.id not in done)
    if run.spec.measure.exhaustive:
        after_s = sum(_time_s(run, setting, mean_s) for setting in settings)
        return now_s + after_s * (run.spec.measure.rounds - racing.round)
    return now_s + _after_s(run, settings, racing.round, len(looked))


def _time_s(run: Run, setting: Setting, otherwise_s: float) -> float:
    known = typical_trial_s(run, setting.id)
    return otherwise_s if known is None else known


def _after_s(run: Run, settings: Sequence[Setting], round_: int, looked: int) -> float:
    """Return the time of the rounds after this one, and of confirming."""
    differing = check_answers(run).differing
    sound = [s for s in settings if s.id not in differing and is_sound(run, s.id)]
    standing = standing_of(run, sound)
    if standing is None:
        return 0.0
    ceiling = run.spec.measure.rounds
    timed = [setting.id for setting in sound if setting.id in standing.against]
    further = {setting: _further(standing, setting, round_, run) for setting in timed}
    longest = max((n for name, n in further.items() if name != standing.best), default=0)
    least = min(MIN_FOR_INTERVAL + len(void_rounds(run)), ceiling)
    further[standing.best] = max(longest, least - round_, 0)
    race_s = sum(n * (typical_trial_s(run, name) or 0.0) for name, n in further.items())
    if round_ == 1:
        race_s *= len(settings) / looked
    return race_s + _confirming_s(run, standing, ceiling)


def _further(standing: Standing, setting: str, round_: int, run: Run) -> int:
    """Return how many rounds after this one a setting will be in; void ones do not count."""
    within, ceiling = run.spec.objective.within, run.spec.measure.rounds
    needed = rounds_to_decide(standing, setting, within, ceiling) + len(void_rounds(run))
    return max(0, min(needed, ceiling) - round_)


def _confirming_s(run: Run, standing: Standing, ceiling: int) -> float:
    if ceiling < MIN_FOR_INTERVAL or standing.best == "as-written":
        return 0.0
    pair = (standing.best, "as-written")
    return MIN_FOR_INTERVAL * sum(typical_trial_s(run, name) or 0.0 for name in pair)
