"""An axis of the sweep that turns out to change nothing."""

from __future__ import annotations

import itertools
from collections.abc import Mapping, Sequence

from sklpar.analysis.samples import by_round
from sklpar.analysis.statistics import ratio
from sklpar.model import Finding, Run, Setting, SettingReport

RULE = "no_effect"

# Medians further apart than this are an effect, whatever the interval says.
_APART = 1.15
_ALIKE = 1.05
_MEASURES = ("first_fit_s", "first_fit_cpu_s")


def no_effect(run: Run, rows: Sequence[SettingReport]) -> Mapping[str, Sequence[Finding]]:
    """Say so where settings that differ in one axis alone all took the same time and CPU."""
    measured = {row.id for row in rows if row.status in {"ok", "differs", "not_as_requested"}}
    settings = [s for s in run.plan.settings if s.kind == "swept"]
    findings: dict[str, list[Finding]] = {}
    for axis in _axes(settings):
        # Where one of two ran to its end and the other did not, the axis did change something.
        pairs = [
            (a, b)
            for a, b in itertools.combinations(settings, 2)
            if _only(axis, a, b) and (a.id in measured or b.id in measured)
        ]
        if not pairs or not all(_alike(run, a, b) for a, b in pairs):
            continue
        concerned = dict.fromkeys(setting.id for pair in pairs for setting in pair)
        finding = Finding(
            rule=RULE,
            severity="info",
            evidence={"axis": axis, "pairs": len(pairs)},
            advice=f"{axis} changed neither time nor CPU here: leave it out of the sweep",
        )
        for setting in concerned:
            findings.setdefault(setting, []).append(finding)
    return findings


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


def _alike(run: Run, a: Setting, b: Setting) -> bool:
    for measure in _MEASURES:
        ours, theirs = by_round(run, a.id, measure), by_round(run, b.id, measure)
        rounds = [r for r in ours if theirs.get(r, 0) > 0 and ours[r] > 0]
        if len(rounds) < 2:
            return False
        found = ratio([ours[r] for r in rounds], [theirs[r] for r in rounds])
        apart = max(found.median, 1 / found.median)
        if apart > _APART:
            return False
        undecided = (
            found.low is not None and found.high is not None and found.low <= 1 <= found.high
        )
        if apart > _ALIKE and not undecided:
            return False
    return True
