"""Who is out of the race by now, and why: for whoever follows a run, nothing is decided by it."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import replace

from sklpar.analysis.answers import check_answers
from sklpar.analysis.index import trials_of
from sklpar.analysis.samples import failures_of
from sklpar.model import Dropped, Run
from sklpar.race.rounds import is_above_limit, is_sound, live, next_of_race, standing_of


def dropped_from(run: Run) -> tuple[Dropped, ...]:
    """Return the settings that no further round will measure, in the order of the plan.

    By what is known so far: a round that turns out to be spoilt brings back whom it dropped.
    Confirming the choice measures as-written once more, dropped or not.
    """
    if run.spec.measure.exhaustive:
        return ()
    differing = check_answers(run).differing
    beaten = _beaten(run)
    whys = {
        setting.id: _fault(run, setting.id, differing) or beaten.get(setting.id)
        for setting in run.plan.settings
    }
    return tuple(Dropped(setting=name, why=why) for name, why in whys.items() if why)


def _fault(run: Run, setting: str, differing: Collection[str]) -> str | None:
    """Return what is wrong with a setting itself, whatever the others do."""
    failures = failures_of(run, setting)
    if failures:
        last = failures[-1]
        if last.status == "stopped_early" and last.cut_off_s is not None:
            return f"stopped after {last.cut_off_s:.3g} s"
        return last.status.replace("_", " ")
    if any(trial.status == "not_as_requested" for trial in trials_of(run, setting)):
        return "not as requested"
    if setting in differing:
        return "differs from serial"
    return "above the memory limit" if is_above_limit(run, setting) else None


def _beaten(run: Run) -> dict[str, str]:
    """Return who is not in the next round because the rounds before it show it to be worse.

    Those that are tied with the best rest, too, but may be what is recommended.
    """
    racing = next_of_race(run)
    last = min(run.spec.measure.rounds, max((o.round for o in run.outcomes), default=0))
    round_ = racing.round if racing else last + 1
    if round_ <= 1:
        return {}
    before = replace(run, outcomes=tuple(o for o in run.outcomes if o.round < round_))
    standing = standing_of(before, [s for s in run.plan.settings if is_sound(before, s.id)])
    if standing is None:
        return {}
    goes_on = {setting.id for setting in live(run, round_)}
    return {
        setting: f"{found.ratio:.3g} times the best"
        for setting, found in standing.against.items()
        if setting not in goes_on and found.verdict(run.spec.objective.within) == "worse"
    }
