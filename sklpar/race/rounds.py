"""Blocked rounds: every live setting once a round, in random order, until the best is separated.

Pure: from the outcomes so far to the trial that comes next. What the rounds share (a slow minute, a
warming CPU) cancels in ratios within a round; and since each round's settings and order follow from
the seed and the rounds before it, a run that was interrupted goes on as it would have.
"""

from __future__ import annotations

import random
import statistics
from collections.abc import Sequence
from dataclasses import replace

from sklpar.analysis.answers import check_answers
from sklpar.analysis.comparison import Standing, compare
from sklpar.analysis.disturbance import void_rounds
from sklpar.analysis.index import trials_of
from sklpar.analysis.objective import measure_of
from sklpar.analysis.samples import (
    failures_of,
    outcomes_of,
    samples_of,
    table_of,
    value,
)
from sklpar.analysis.statistics import MIN_FOR_INTERVAL
from sklpar.model import Reading, Run, Setting, Trial


def next_of_race(run: Run) -> Trial | None:
    """Return the next trial of the race, or None when it is over.

    Trial 0 is ``serial``, in round 0: it warms the page cache, tells roughly how long a fit takes,
    and gives serial's answer a second time; its times are discarded.
    """
    number = 1 + max((outcome.trial for outcome in run.outcomes), default=-1)
    done = {(outcome.round, outcome.setting) for outcome in run.outcomes}
    serial = next(setting for setting in run.plan.settings if setting.kind == "serial")
    if (0, serial.id) not in done:
        return Trial(number=number, round=0, setting=serial)
    for round_ in range(1, run.spec.measure.rounds + 1):
        settings = live(run, round_)
        if not settings:
            return None
        for setting in _in_order(settings, run.seed, round_):
            if (round_, setting.id) not in done:
                return Trial(
                    number=number,
                    round=round_,
                    setting=setting,
                    repeats=run.spec.measure.repeats,
                )
    return None


def _in_order(settings: Sequence[Setting], seed: int, round_: int) -> list[Setting]:
    """Return a round's order; as-written opens the first.

    It alone is not capped: before it was seen nobody can say how long the run will take.
    """
    order = shuffled(settings, seed, round_)
    return sorted(order, key=lambda s: s.kind != "as-written") if round_ == 1 else order


def shuffled(settings: Sequence[Setting], seed: int, round_: int) -> list[Setting]:
    """Return the settings in the random order of a round."""
    order = sorted(settings, key=lambda setting: setting.id)
    random.Random(f"{seed}/{round_}").shuffle(order)  # noqa: S311  an order, not a secret
    return order


def live(run: Run, round_: int) -> list[Setting]:
    """Return the settings that a round measures, by what the rounds before it gave.

    A setting that failed, was stopped or gives another answer is out: it would cost the same again
    and cannot be recommended. Of the others those that are worse than the best are out; from the
    fourth round on those that are tied with it rest, and the best is only measured while there is
    someone to hold it against. An exhaustive run measures all of them always.

    A round that the machine spoilt is as if it had not been, but for its number: nobody is out by
    it, and who was measured in no other is looked at again.
    """
    settings = list(run.plan.settings)
    if run.spec.measure.exhaustive or round_ == 1:
        return settings
    before = replace(
        run, outcomes=tuple(outcome for outcome in run.outcomes if outcome.round < round_)
    )
    differing = check_answers(before).differing
    agreeing = [setting for setting in settings if setting.id not in differing]
    void = void_rounds(before)
    unseen = [setting for setting in agreeing if void and is_unseen(before, setting.id)]
    sound = [setting for setting in agreeing if is_sound(before, setting.id)]
    standing = standing_of(before, sound)
    if standing is None:
        return unseen
    looks = round_ - len(void)
    open_ = [
        setting
        for setting in sound
        if setting.id != standing.best and _is_open(before, setting.id, standing, looks)
    ]
    best = next(setting for setting in sound if setting.id == standing.best)
    return [best, *open_, *unseen] if open_ or unseen or looks <= MIN_FOR_INTERVAL else []


def _is_open(run: Run, setting: str, standing: Standing, looks: int) -> bool:
    """Tell whether another look at a setting, the best's `looks`-th, could change the answer."""
    found = standing.against.get(setting)
    if found is None:
        return False
    verdict = found.verdict(run.spec.objective.within)
    return verdict != "worse" if looks <= MIN_FOR_INTERVAL else verdict == "undecided"


def is_unseen(run: Run, setting: str) -> bool:
    """Tell whether all that is known of a setting is from rounds that do not count.

    What failed in one, or did not run as asked, would do so again.
    """
    trials = trials_of(run, setting)
    as_asked = all(trial.status in {"ok", "stopped_early"} for trial in trials)
    return as_asked and not outcomes_of(run, setting)


def standing_of(run: Run, settings: Sequence[Setting]) -> Standing | None:
    """Hold settings against the best of them in what the run minimizes; None without a value."""
    measure = measure_of(run.spec.objective.minimize, run.spec)
    table = table_of(run, [setting.id for setting in settings], measure)
    return compare(table, list(table)) if table else None


def is_sound(run: Run, setting: str) -> bool:
    """Tell whether every trial of a setting so far ran to its end, as asked and within limits."""
    if not samples_of(run, setting) or failures_of(run, setting):
        return False
    as_asked = all(trial.status != "not_as_requested" for trial in trials_of(run, setting))
    return as_asked and not is_above_limit(run, setting)


def is_above_limit(run: Run, setting: str) -> bool:
    """Tell whether a setting takes more memory than ``limits.memory`` allows."""
    limit = run.spec.memory_limit_bytes
    readings = [value(sample, "peak_memory_bytes") for sample in samples_of(run, setting)]
    sizes = [reading.value for reading in readings if isinstance(reading, Reading)]
    return limit is not None and bool(sizes) and statistics.median(sizes) > limit
