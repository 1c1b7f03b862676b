"""Two stored runs side by side: what `compare` says of them, and what it cannot say."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace

from sklpar.analysis.contrast import Apart, evidence, ratios, told_apart
from sklpar.analysis.noise.pace import Pace, pace_change
from sklpar.analysis.regression import Evidence
from sklpar.guard.comparable import asked_differently, differences
from sklpar.guard.figures import Figure, figures_of
from sklpar.model import (
    AnswerChange,
    Comparable,
    Compared,
    Contrast,
    Noise,
    PaceRatio,
    Pair,
    Ratio,
    Report,
    Says,
    SettingReport,
)
from sklpar.render import sentence

# What is no machine's doing is not excused by its pace.
_OF_THE_PACE = frozenset({"first_fit_s", "fit_s", "first_fit_cpu_s", "cpu_s"})
_WORDS: Mapping[Compared, tuple[Says, Says]] = {
    "first_fit_s": ("slower", "faster"),
    "fit_s": ("slower", "faster"),
}
_PACES: tuple[Pace, ...] = ("pace_s", "interpreter_pace_s")
_Key = tuple[Compared, str]


def contrast(a: Report, b: Report) -> Contrast:
    """Compare two runs, setting by setting.

    Seconds are compared only where machine, data and job are the same; else the speedups over
    as-written, each within its run. The intervals are of the trials: what else changed from one day
    to the other is in `Contrast.differences` and `Contrast.paces` as far as it is known.
    """
    found = differences(a, b, ratios_only=False)
    comparable = _comparable(a, b, blocked=any(one.blocking for one in found))
    compared = _compared(a, b, comparable)
    sides = {name: (figures_of(a, name), figures_of(b, name)) for name in compared}
    apart = told_apart(_evidence(sides))
    paces = _paces(a.noise, b.noise)
    pairs = (
        _pair((name, setting), sides[name], (a, b), apart.get((name, setting)), _machine(paces))
        for name in compared
        for setting in _ordered(*sides[name])
    )
    return Contrast(
        a=a,
        b=b,
        differences=(*found, *asked_differently(a, b)),
        comparable=comparable,
        answer=_answer(a, b),
        compared=compared,
        pairs=tuple(pairs),
        comparisons=len(apart),
        paces=paces,
    )


@dataclass(frozen=True, kw_only=True)
class _Machine:
    """How much slower and faster the machine itself was in B, as factors of 1 or more."""

    slower: float
    faster: float


def _comparable(a: Report, b: Report, *, blocked: bool) -> Comparable:
    if not blocked:
        return "seconds"
    still = any(one.blocking for one in differences(a, b, ratios_only=True))
    return "nothing" if still else "ratios"


def _compared(a: Report, b: Report, comparable: Comparable) -> tuple[Compared, ...]:
    """Return what is compared: what both minimize first, then what both have any figure of."""
    if comparable != "seconds":
        memory: tuple[Compared, ...] = ("peak_memory_bytes",) if comparable == "ratios" else ()
        return ("speedup", *memory)
    wanted, other = sentence.minimized(a)[0], sentence.minimized(b)[0]
    fields: tuple[Compared, ...] = (
        "first_fit_s",
        "fit_s",
        "cpu_s" if "cpu_s" in (wanted, other) or wanted == other == "fit_s" else "first_fit_cpu_s",
        "peak_memory_bytes",
    )
    first = wanted if wanted == other else "first_fit_s"
    known = [name for name in fields if name == first or (_has(a, name) and _has(b, name))]
    return tuple(sorted(known, key=lambda name: name != first))


def _has(report: Report, measure: str) -> bool:
    return any(sentence.value(row, measure) is not None for row in report.settings)


def _evidence(
    sides: Mapping[Compared, tuple[Mapping[str, Figure], Mapping[str, Figure]]],
) -> dict[_Key, Evidence]:
    found: dict[_Key, Evidence] = {}
    for name, (a, b) in sides.items():
        alike = [key for key in a.keys() & b.keys() if a[key].method == b[key].method]
        known = [evidence({key: side[key].known for key in sorted(alike)}) for side in (a, b)]
        found |= {(name, setting): one for setting, one in ratios(*known).items()}
    return found


def _ordered(a: Mapping[str, Figure], b: Mapping[str, Figure]) -> list[str]:
    """Return the settings: the best of B first, those without a figure and those of A after."""

    def rank(setting: str) -> tuple[int, float, str]:
        for place, side in enumerate((b, a)):
            one = side.get(setting)
            if one is not None and one.estimate is not None:
                is_speedup = one.estimate.method.startswith("as-written over")
                return place, one.estimate.median * (-1 if is_speedup else 1), setting
        return 2, 0.0, setting

    return sorted(a.keys() | b.keys(), key=rank)


def _pair(
    key: _Key,
    sides: tuple[Mapping[str, Figure], Mapping[str, Figure]],
    reports: tuple[Report, Report],
    apart: Apart | None,
    machine: _Machine,
) -> Pair:
    compared, setting = key
    a, b = (side.get(setting) for side in sides)
    if a is None or b is None:
        missing = reports[0] if a is None else reports[1]
        row = missing.row(setting)
        pair = Pair(
            setting=setting,
            compared=compared,
            says="only_in_b" if a is None else "only_in_a",
            reason=(row.reason or "") if row else "",
        )
    else:
        ratio = _ratio(a, b, apart)
        says, reason = _says(compared, (a, b), ratio, apart, machine)
        pair = Pair(setting=setting, compared=compared, says=says, reason=reason, ratio=ratio)
    return replace(
        pair,
        a=a.estimate if a else None,
        b=b.estimate if b else None,
        a_at_least=a.at_least if a else None,
        b_at_least=b.at_least if b else None,
    )


def _ratio(a: Figure, b: Figure, apart: Apart | None) -> Ratio | None:
    """Return B over A by their medians, the interval widened to hold that; or a bound."""
    if a.method != b.method and a.estimate and b.estimate:
        return None
    if a.estimate and b.estimate:
        median = b.estimate.median / a.estimate.median
        if apart is None:
            return Ratio(median=median, low=None, high=None)
        return Ratio(median=median, low=min(apart.low, median), high=max(apart.high, median))
    if a.estimate and b.at_least:
        return Ratio(median=None, low=b.at_least / a.estimate.median, high=None)
    if a.at_least and b.estimate:
        return Ratio(median=None, low=None, high=b.estimate.median / a.at_least)
    return None


def _says(
    compared: Compared,
    sides: tuple[Figure, Figure],
    ratio: Ratio | None,
    apart: Apart | None,
    machine: _Machine,
) -> tuple[Says, str]:
    """Return the word for a setting that both runs measured, and what explains it."""
    trouble = _trouble(*sides, ratio)
    if trouble is not None:
        return trouble
    if apart is None or ratio is None or ratio.low is None or ratio.high is None:
        return "no_interval", ""
    more, less = _WORDS.get(compared, ("more", "less"))
    excused = compared in _OF_THE_PACE
    if apart.result == "above" and ratio.low > 1:
        is_machine = excused and apart.surely <= machine.slower
        return ("slower_machine" if is_machine else more), ""
    if apart.result == "below" and ratio.high < 1:
        is_machine = excused and apart.surely >= 1 / machine.faster
        return ("faster_machine" if is_machine else less), ""
    return "no_clear_change", ""


def _trouble(a: Figure, b: Figure, ratio: Ratio | None) -> tuple[Says, str] | None:
    """Return why two figures cannot be held against each other; None where they can."""
    known = a.estimate is not None and b.estimate is not None
    statuses = {a.row.status, b.row.status}
    if statuses != {"ok"} and (len(statuses) > 1 or not known):
        return "not_sound", _why_unsound(a.row, b.row)
    if not known:
        return "not_measured", next(one.why for one in (a, b) if one.estimate is None)
    if ratio is None:
        return "not_comparable", f"measured by {a.method} in A, by {b.method} in B"
    return None


def _why_unsound(a: SettingReport, b: SettingReport) -> str:
    reasons = {name: row.reason for name, row in (("A", a), ("B", b)) if row.status != "ok"}
    told = {reason for reason in reasons.values() if reason}
    if len(told) == 1:
        return told.pop()
    return "; ".join(f"{name}: {reason}" for name, reason in reasons.items() if reason)


def _paces(a: Noise, b: Noise) -> tuple[PaceRatio, ...]:
    found = []
    for name in _PACES:
        then, now = getattr(a, name), getattr(b, name)
        if then and now:
            changed = pace_change(then, now) != 0
            found.append(PaceRatio(name=name, ratio=now / then, changed=changed))
    return tuple(found)


def _machine(paces: Sequence[PaceRatio]) -> _Machine:
    changes = [1.0, *(one.ratio for one in paces if one.changed)]
    return _Machine(slower=max(changes), faster=1 / min(changes))


def _answer(a: Report, b: Report) -> AnswerChange:
    one, other = a.recommendation, b.recommendation
    if one is None or other is None:
        if one is None and other is None:
            return "none"
        return "only_in_b" if one is None else "only_in_a"
    if one.setting == other.setting:
        return "same"
    is_tied = other.setting in one.tied or one.setting in other.tied
    return "tied" if is_tied else "changed"
