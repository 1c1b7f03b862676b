"""Fits that take almost nothing because an earlier one left its result behind.

scikit-learn's own estimators keep nothing from fit to fit (a spec refuses ``memory=``), so only
jobs with other code in them are asked.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from sklpar.analysis.case import Case
from sklpar.analysis.evidence import Evidence
from sklpar.analysis.thresholds import (
    CACHED_FIRST_S,
    CACHED_SHARE,
    IMPORT_CPU_S,
    IMPORT_LEAST_S,
    NO_FIT_CPU_S,
    NO_FIT_SHARE,
    STORED_CPU_S,
    STORED_SHARE,
    STORED_TRIALS,
)
from sklpar.model import Finding, Outcome, Reading, SettingReport

RULE = "cached_repeats"


def cached_repeats(case: Case) -> Mapping[str, Sequence[Finding]]:
    """Hold warm fits against first ones, and later trials against the run's first."""
    if not (case.run.inspection.is_callable or case.run.inspection.opaque):
        return {}
    stored = _stored(case)
    findings = {}
    for row, found in case.seen():
        one = stored.get(row.id) or _kept(row, found)
        if one is not None:
            findings[row.id] = [one]
    return findings


def _kept(row: SettingReport, found: Evidence) -> Finding | None:
    """Tell of a result that stays in the process, where no workers had to be started."""
    first, warm = found.first, found.warm
    if first is None or warm is None or first.cpu_s is None or warm.cpu_s is None:
        return None
    if row.observed is None or (row.observed.processes or 1) > 1 or first.cpu_s < CACHED_FIRST_S:
        return None
    if warm.wall_s > CACHED_SHARE * first.wall_s:
        return None  # it waits, perhaps for a disk: that is repeated
    severity = _severity(warm.cpu_s, first.cpu_s)
    if severity is None:
        return None
    return Finding(
        rule=RULE,
        severity=severity,
        evidence={
            "first_fit_s": first.wall_s,
            "fit_s": warm.wall_s,
            "first_fit_cpu_s": first.cpu_s,
            "fit_cpu_s": warm.cpu_s,
        },
        advice="warm fits do not repeat the work of the first: a cache answers (lru_cache, a "
        "global, joblib.Memory), or what the first took was importing or compiling; remove the "
        "cache, or let fit vary what it asks; import and compile in setup or at module level",
    )


def _severity(warm_cpu_s: float, first_cpu_s: float) -> Literal["info", "warning"] | None:
    """Judge by CPU: others' load makes a fit of microseconds take milliseconds."""
    share = warm_cpu_s / first_cpu_s
    if warm_cpu_s <= NO_FIT_CPU_S and share <= NO_FIT_SHARE:
        return "warning"
    if share > CACHED_SHARE or first_cpu_s < IMPORT_LEAST_S:
        return None
    return "warning" if first_cpu_s > IMPORT_CPU_S else "info"


def _stored(case: Case) -> dict[str, Finding]:
    """Tell of a result that is on disk: every trial after the first finds it, of all settings."""
    findings: dict[str, Finding] = {}
    by_setting: dict[str, list[tuple[float, float]]] = {}
    for outcome in case.run.outcomes:
        if (first := _first_fit(outcome)) is not None:
            by_setting.setdefault(outcome.setting, []).append(first)
    for setting, ((wall_s, cpu_s), *later) in by_setting.items():
        if len(later) < STORED_TRIALS or cpu_s < STORED_CPU_S:
            continue
        most_s = max(one for one, _ in later)
        if most_s <= STORED_SHARE * wall_s and max(c for _, c in later) <= STORED_SHARE * cpu_s:
            findings[setting] = _of_disk(wall_s, cpu_s, most_s, len(later))
    if "serial" in findings:
        # The warm-up was serial's: what it left behind answered every other setting from the start.
        limit = STORED_SHARE * by_setting["serial"][0][1]
        for setting, trials in by_setting.items():
            if all(cpu_s <= limit for _, cpu_s in trials):
                findings.setdefault(setting, findings["serial"])
    return findings


def _of_disk(first_s: float, cpu_s: float, later_s: float, trials: int) -> Finding:
    return Finding(
        rule=RULE,
        severity="warning",
        evidence={
            "first_trial_s": first_s,
            "first_trial_cpu_s": cpu_s,
            "later_trials_s": later_s,
            "later_trials": trials,
        },
        advice="only the run's first trial did the work, and each later one, a fresh process, "
        "found it done: a cache on disk answers (joblib.Memory, a file of your own), so what is "
        "timed is the cache; remove it from what is measured, or give each trial an empty one",
    )


def _first_fit(outcome: Outcome) -> tuple[float, float] | None:
    if not outcome.fits:
        return None
    readings = outcome.fits[0].readings
    wall, cpu = readings.get("wall_s"), readings.get("cpu_s")
    if not isinstance(wall, Reading) or not isinstance(cpu, Reading):
        return None
    return wall.value, cpu.value
