"""An axis of the sweep that turns out to change nothing."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from sklpar.analysis.case import Case
from sklpar.analysis.reach import why_no_effect
from sklpar.analysis.samples import by_round, outcomes_of
from sklpar.analysis.statistics import ratio
from sklpar.model import Finding, Run, Setting, Status

RULE = "no_effect"

# Medians further apart than this are an effect, whatever the interval says.
_APART = 1.15
_ALIKE = 1.05
_MIN_ROUNDS = 2
_RAN = frozenset({"ok", "differs", "not_as_requested"})
_MEASURES = ("first_fit_s", "first_fit_cpu_s")


def no_effect(case: Case) -> Mapping[str, Sequence[Finding]]:
    """Say so where settings that differ in one axis alone all took the same time and CPU.

    The race drops a setting as soon as it is decided, so not every pair is known; one is enough.
    Where the plan left a setting out since another's work is the same, that one's figures count.
    """
    run = case.run
    statuses = {row.id: row.status for row in case.rows}
    measured_as = {s.setting.id: s.same_as for s in run.plan.skipped if s.same_as}
    settings = [
        setting
        for setting in (*run.plan.settings, *(s.setting for s in run.plan.skipped if s.same_as))
        if setting.kind == "swept" and outcomes_of(run, measured_as.get(setting.id) or setting.id)
    ]
    findings: dict[str, list[Finding]] = {}
    for axis in _axes(settings):
        verdicts = {
            (x, y): _alike(run, x, y, statuses)
            for a, b in itertools.combinations(settings, 2)
            if _only(axis, a, b)
            and (x := measured_as.get(a.id) or a.id) != (y := measured_as.get(b.id) or b.id)
        }
        pairs = [pair for pair, alike in verdicts.items() if alike]
        if not pairs or False in verdicts.values():
            continue
        swept = {setting.id for setting in run.plan.settings if setting.kind == "swept"}
        concerned = [one for one in dict.fromkeys(itertools.chain(*pairs)) if one in swept]
        finding = Finding(
            rule=RULE,
            severity="info",
            evidence={"axis": axis, "pairs": len(pairs)},
            advice=f"{axis} changed neither time nor CPU here{_since(axis, case, concerned)}: "
            "leave it out of the sweep",
        )
        for setting in concerned:
            findings.setdefault(setting, []).append(finding)
    return findings


def _since(axis: str, case: Case, settings: Sequence[str]) -> str:
    why = why_no_effect(axis, case, settings)
    return f", since {why}" if why else ""


def _axes(settings: Sequence[Setting]) -> list[str]:
    paths = dict.fromkeys(path for setting in settings for path in setting.params)
    return ["n_jobs", "backend", "inner_threads", *paths]


def _only(axis: str, a: Setting, b: Setting) -> bool:
    """Tell whether two settings differ in this axis and in no other."""
    values = [_values(a), _values(b)]
    differing = [key for key in values[0] if values[0][key] != values[1].get(key)]
    return differing == [axis]


def _values(setting: Setting) -> dict[str, object]:
    return {
        "n_jobs": setting.n_jobs,
        "backend": setting.backend,
        "inner_threads": setting.inner_threads,
        **setting.params,
    }


def _alike(run: Run, a: str, b: str, statuses: Mapping[str, Status]) -> bool | None:
    """Tell whether two settings took the same time and CPU; None where that is not known.

    Where one of two ran to its end and the other did not, the axis did change something. Two that
    the race measured side by side but once may show an effect, and never that there is none.
    """
    ran = [statuses[one] in _RAN for one in (a, b)]
    if not all(ran):
        return False if any(ran) else None
    verdicts = [_alike_in(by_round(run, a, name), by_round(run, b, name)) for name in _MEASURES]
    if False in verdicts:
        return False
    return None if None in verdicts else True


def _alike_in(ours: Mapping[int, float], theirs: Mapping[int, float]) -> bool | None:
    rounds = [r for r in ours if theirs.get(r, 0) > 0 and ours[r] > 0]
    if not rounds:
        return None
    found = ratio([ours[r] for r in rounds], [theirs[r] for r in rounds])
    apart = max(found.median, 1 / found.median)
    if len(rounds) < _MIN_ROUNDS:
        return False if apart > _APART else None
    undecided = found.low is not None and found.high is not None and found.low <= 1 <= found.high
    return apart <= _ALIKE or (apart <= _APART and undecided)
