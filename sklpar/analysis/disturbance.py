"""Rounds that the machine spoilt: which were disturbed, by what, and which therefore do not count.

A trial is held against trials of the same setting in other rounds, so that what a setting brings
about in every round (swapping for want of memory, CPU that the kernel spends for it) is never taken
for a disturbance of one. The causes are named by the rules of `noise` that tell of them.
"""

from __future__ import annotations

import functools
import math
import statistics
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import TypeAlias

from sklpar.analysis.index import Identity
from sklpar.analysis.statistics import MIN_FOR_INTERVAL
from sklpar.analysis.thresholds import (
    LEAST_WALL_S,
    SWAPPED_BYTES,
    TICK_S,
    VOID_OUTSIDE_CPUS,
    VOID_PACE,
    VOID_PACE_TRIALS,
    VOID_STEAL_SHARE,
    VOID_TRIALS,
)
from sklpar.model import Failure, Fit, Outcome, Reading, Run, Sample

# Rounds that may be run to confirm a choice; spoilt ones are among them.
MOST_CONFIRMING = 5

# How far above its like a trial is disturbed, by cause.
_BEYOND: Mapping[str, float] = {
    "outside_load": VOID_OUTSIDE_CPUS,
    "steal": VOID_STEAL_SHARE,
    "swap": SWAPPED_BYTES,
    "drift": math.log(VOID_PACE),
}

# Cause to how much of it a trial had, where that is known: CPUs of others, the part of the CPU time
# asked for that was stolen, bytes swapped, the logarithm of the pace.
Strain: TypeAlias = Mapping[str, float]
# Round to setting to strain.
_Strains: TypeAlias = Mapping[int, Mapping[str, Strain]]


@dataclass(frozen=True, kw_only=True)
class Spoilt:
    """What spoilt rounds of a run.

    Attributes
    ----------
    causes : mapping
        Each disturbed round to its causes, which are ids of noise rules.
    void : frozenset of int
        Those of them that do not count.
    """

    causes: Mapping[int, tuple[str, ...]] = field(default_factory=dict)
    void: frozenset[int] = frozenset()


def void_rounds(run: Run) -> frozenset[int]:
    """Return the rounds that do not count."""
    return spoilt(run).void


def spoilt(run: Run) -> Spoilt:
    """Return which rounds were disturbed, and which of them do not count.

    Disturbed rounds are void where three others are left: intervals need as many. While a run goes
    on, rounds that can still come are among these; of one that has ended only what was measured.
    Rounds that confirm the choice are held against the race's, and decided apart from them.
    """
    rounds, ended = run.spec.measure.rounds, run.finished_at is not None
    return _spoilt(Identity(run.outcomes), rounds, ended, run.host.usable_cpus)


def strain_of(outcome: Outcome, usable_cpus: int) -> Strain:
    """Return how much a trial was disturbed, over all of its fits."""
    fits = outcome.fits
    if isinstance(outcome, Failure) and outcome.unfinished is not None:
        fits = (*fits, outcome.unfinished)
    found = {"drift": math.log(outcome.pace_s)} if outcome.pace_s else {}
    wall_s = _total(fits, "wall_s") or 0.0
    if wall_s < LEAST_WALL_S:
        return found
    outside_s, stolen_s = _total(fits, "outside_cpu_s"), _total(fits, "steal_s")
    # What others took is read with what was stolen in it. Each CPU's clock may be one tick off.
    others_s = None if outside_s is None else max(0.0, outside_s - (stolen_s or 0.0))
    least_s = TICK_S * usable_cpus
    if others_s is not None:
        found["outside_load"] = others_s / wall_s if others_s > least_s else 0.0
    if stolen_s is not None:
        asked_s = (_total(fits, "cpu_s") or 0.0) + (others_s or 0.0) + stolen_s
        found["steal"] = stolen_s / asked_s if stolen_s > least_s else 0.0
    swapped = _total(fits, "swapped_bytes")
    if swapped is not None:
        found["swap"] = swapped
    return found


def _total(fits: Sequence[Fit], quantity: str) -> float | None:
    """Return the sum over fits, None where it was read of none."""
    total = None
    for fit in fits:
        reading = fit.readings.get(quantity)
        if isinstance(reading, Reading):
            total = (total or 0.0) + reading.value
    return total


@functools.lru_cache(maxsize=16)
def _spoilt(key: Identity, rounds: int, ended: bool, usable_cpus: int) -> Spoilt:
    race: dict[int, dict[str, Strain]] = {}
    confirming: dict[int, dict[str, Strain]] = {}
    for outcome in key.outcomes:
        if outcome.round > 0:
            group = race if outcome.round <= rounds else confirming
            of_round = group.setdefault(outcome.round, {})
            of_round[outcome.setting] = strain_of(outcome, usable_cpus)
    causes = _disturbed(race)
    to_come = 0 if ended else rounds - max(race, default=0)
    void = _void(causes, race, key.outcomes, to_come)
    if confirming:
        found = _disturbed({**race, **confirming})
        later = {round_: why for round_, why in found.items() if round_ in confirming}
        to_come = 0 if ended else MOST_CONFIRMING - len(confirming)
        void |= _void(later, confirming, key.outcomes, to_come)
        causes |= later
    return Spoilt(causes=causes, void=void)


def _disturbed(strains: _Strains) -> dict[int, tuple[str, ...]]:
    """Return the rounds of which a good part of the trials was disturbed, and by what."""
    found: dict[int, tuple[str, ...]] = {}
    for cause, beyond in _BEYOND.items():
        known = {
            round_: {name: strain[cause] for name, strain in row.items() if cause in strain}
            for round_, row in strains.items()
        }
        every = [value for row in known.values() for value in row.values()]
        # Most runs end here: nothing is so far above anything else.
        if not every or max(every) - min(every) < beyond:
            continue
        for round_, row in known.items():
            flags = [_is_beyond(known, round_, setting, beyond) for setting in row]
            part = VOID_PACE_TRIALS if cause == "drift" else VOID_TRIALS
            if sum(flags) > 0 and sum(flags) >= part * len(flags):
                found[round_] = (*found.get(round_, ()), cause)
    return dict(sorted(found.items()))


def _is_beyond(
    known: Mapping[int, Mapping[str, float]], round_: int, setting: str, beyond: float
) -> bool:
    """Tell whether a trial is far above the setting's others, or, without any, above all others.

    That is by `beyond`, and to twice as much at least; the logarithm of a pace is below 0.
    """
    others = {r: row for r, row in known.items() if r != round_}
    own = [row[setting] for row in others.values() if setting in row]
    values = own or [value for row in others.values() for value in row.values()]
    if not values:
        return False
    like = statistics.median_low(values)
    return known[round_][setting] - like >= max(beyond, like)


def _void(
    causes: Mapping[int, tuple[str, ...]],
    group: Mapping[int, object],
    outcomes: Sequence[Outcome],
    to_come: int,
) -> frozenset[int]:
    """Return the disturbed rounds if without them somebody still has enough trials, else none."""
    quiet = group.keys() - causes.keys()
    trials: dict[str, int] = {}
    for outcome in outcomes if causes else ():
        if outcome.round in quiet and isinstance(outcome, Sample):
            trials[outcome.setting] = trials.get(outcome.setting, 0) + 1
    enough = max(trials.values(), default=0) + to_come >= MIN_FOR_INTERVAL
    return frozenset(causes) if enough else frozenset()
