"""What a baseline is good for, row by row.

What it holds decides what is guarded: the settings that it measured in three rounds or more.
Whatever is wrong with it is an objection, never a pass.
"""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

from sklpar.analysis.statistics import MIN_FOR_INTERVAL
from sklpar.model import Estimate, GuardPolicy, NotGuarded, Plan, Report, SettingReport

# What speedups and CPU inflation are over.
REFERENCES = ("as-written", "serial")
# No run is longer, even if no round of it was spared.
_MOST_TRIALS = 20_000


@dataclass(frozen=True, kw_only=True)
class Standard:
    """What a baseline is good for.

    Attributes
    ----------
    guarded : tuple of str
        Settings that are held against it.
    references : tuple of str
        As-written and serial, where it knows them well enough for speedups and CPU inflation.
    not_guarded : tuple of NotGuarded
        Those that it measured too rarely, or that the policy leaves out.
    objections : tuple of str
        What is wrong with it: with any, nothing is compared.
    """

    guarded: tuple[str, ...]
    references: tuple[str, ...]
    not_guarded: tuple[NotGuarded, ...]
    objections: tuple[str, ...]


def standard_of(report: Report, plan: Plan, policy: GuardPolicy) -> Standard:
    """Tell what a baseline is good for, row by row, against what the spec asks for today."""
    names = Counter(row.id for row in report.settings)
    measured = {setting.id for setting in plan.settings}
    known = measured | {one.setting.id for one in plan.skipped}
    objections = [f"it holds {n} rows of {name}" for name, n in names.items() if n > 1]
    objections += [
        f"it holds a row {name}, and the spec has no such setting today"
        for name in names
        if name not in known and not policy.ignores(name)
    ]
    objections += [
        f"it lacks the row {name}"
        for name in sorted(known - names.keys())
        if not policy.ignores(name)
    ]
    guarded, not_guarded = [], []
    for row in report.settings:
        if policy.ignores(row.id):
            not_guarded.append(NotGuarded(setting=row.id, why="ignored by the policy"))
        elif row.id in measured:
            wrong = _wrong(row)
            few = None if wrong else _too_few(row)
            if wrong:
                objections.append(f"its row {row.id} {wrong}")
            elif few:
                not_guarded.append(NotGuarded(setting=row.id, why=few))
            else:
                guarded.append(row.id)
        elif row.id in known and row.status != "skipped":
            why = next(one.reason for one in plan.skipped if one.setting.id == row.id)
            objections.append(f"its row {row.id} was measured, and is skipped today: {why}")
    if not guarded and not objections:
        objections.append(f"no setting in it was measured in {MIN_FOR_INTERVAL} rounds")
    return Standard(
        guarded=tuple(guarded),
        references=tuple(
            row.id
            for row in report.settings
            if row.id in REFERENCES and not _wrong(row) and not _too_few(row)
        ),
        not_guarded=tuple(not_guarded),
        objections=tuple(objections),
    )


def plan_of(plan: Plan, standard: Standard) -> Plan:
    """Return the settings to measure: those guarded, and what they are held against.

    Serial is there in any case: it opens every run, and its answer is the right one.
    """
    wanted = {*standard.guarded, *standard.references, "serial"}
    return Plan(settings=tuple(one for one in plan.settings if one.id in wanted))


def _wrong(row: SettingReport) -> str | None:
    """Return what is wrong with a row of a baseline that is measured today, or None."""
    if row.status == "stopped_early":
        return None
    if row.status != "ok":
        return f"is {row.status}: {row.reason or 'no reason was given'}"
    if not isinstance(row.measures["first_fit_s"], Estimate):
        return "has no first fit"
    for name, found in row.measures.items():
        if isinstance(found, Estimate) and (wrong := _wrong_estimate(found)):
            return f"has no sound {name}: {wrong}"
    return None


def _wrong_estimate(found: Estimate) -> str | None:
    if not 1 <= found.n <= _MOST_TRIALS:
        return "it is of no trials" if found.n < 1 else "it is of more trials than a run has"
    if found.median < 0:
        return "it is below 0"
    if found.n < MIN_FOR_INTERVAL:
        return None
    if found.low is None or found.high is None:
        return "it has no interval"
    return None if found.low <= found.median <= found.high else "it is not within its interval"


def _too_few(row: SettingReport) -> str | None:
    """Return why a row cannot be held against: the race dropped it, or it ran too rarely."""
    found = row.measures["first_fit_s"]
    if row.status == "stopped_early" or not isinstance(found, Estimate):
        return f"stopped early in the baseline: {row.reason}"
    if found.n < MIN_FOR_INTERVAL:
        return f"measured in {found.n} round{'' if found.n == 1 else 's'} of the baseline"
    return None if found.median > 0 else "its first fit took no time in the baseline"
