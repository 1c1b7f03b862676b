"""What changed from A to B around the settings, and what that allows to compare."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render import numbers
from sklpar.render.contrasts import disturbed
from sklpar.render.plain import ELLIPSIS, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sklpar.model import Contrast, Difference, PaceRatio, Report

# Where a difference belongs, by the beginning of its field; the first that fits.
_GROUPS: Mapping[str, str] = {
    "host.versions.": "Versions",
    "sklpar_version": "Versions",
    "host.environment.": "Environment",
    "host.": "Host",
    "data": "Data",
    "spec.": "Spec",
}
_ORDER = ("Host", "Versions", "Data", "Spec", "Environment")
_NAMES: Mapping[str, str] = {
    "host.cpu_model": "CPU",
    "host.usable_cpus": "usable CPUs",
    "host.logical_cpus": "logical CPUs",
    "host.physical_cpus": "physical CPUs",
    "host.memory_bytes": "memory",
    "host.thread_pools.blas": "BLAS",
    "host.thread_pools.openmp": "OpenMP",
    "data": "data",
    "data.shape": "the data's shape",
    "data.digest": "the data's digest",
    "sklpar_version": "sklpar",
}
_WORK = {"pace_s": "Hashing 2 MB", "interpreter_pace_s": "A fixed loop of Python"}
# As many facts as a sentence can hold; all of them follow.
_TOLD = 5
# Enough of a value, and of a digest, to see that it is another; the JSON has the whole.
_LONG, _DIGEST = 80, 12


def titles(contrast: Contrast) -> list[str]:
    """Return which run is A, and which B."""
    return [f"A: {_title(contrast.a)}", f"B: {_title(contrast.b)}"]


def lines(contrast: Contrast) -> list[str]:
    """Return what may be compared, then what changed: host and versions before all."""
    return [
        *_one_run(contrast),
        *_comparable(contrast),
        *_changes(contrast.differences),
        *_paces(contrast),
        *_noise("A", contrast.a),
        *_noise("B", contrast.b),
    ]


def _title(report: Report) -> str:
    began = report.started_at
    utc = " UTC" if began.endswith(("+00:00", "Z")) else ""
    name = f", {shorten(report.name)}" if report.name else ""
    whole = "" if report.status == "complete" else f", {report.status}"
    return f"{report.run_id}{name}, {began[:16].replace('T', ' ')}{utc}{whole}"


def _one_run(contrast: Contrast) -> list[str]:
    return ["A and B are one run."] if contrast.a.run_id == contrast.b.run_id else []


def _comparable(contrast: Contrast) -> list[str]:
    if contrast.comparable == "seconds":
        return []
    blocking = [_short(one) for one in contrast.differences if one.blocking]
    more = f" and {len(blocking) - _TOLD} more" if len(blocking) > _TOLD else ""
    what = f"{', '.join(blocking[:_TOLD])}{more}"
    instead = "the speedup over as-written, each within its own run"
    if contrast.comparable == "ratios":
        end = ", and memory."
    else:
        end = (
            ". As these are of different circumstances, too, they tell what each run gained, not "
            "what became slower."
        )
    refused = f"Seconds of A and B are not comparable, for these differ: {what}."
    return [f"{refused} Compared instead: {instead}{end}"]


def _changes(differences: Sequence[Difference]) -> list[str]:
    """Return a line for each group: what is recorded of it, and differs."""
    if not differences:
        return ["Nothing that is recorded of host, versions, data, spec and environment changed."]
    groups: dict[str, list[str]] = {name: [] for name in _ORDER}
    for one in differences:
        groups[_group(one)].append(
            f"{_short(one)} {_value(one, 'A')} in A, {_value(one, 'B')} in B"
        )
    return [f"{name}: {'; '.join(told)}." for name, told in groups.items() if told]


def _group(one: Difference) -> str:
    return next((group for start, group in _GROUPS.items() if one.field.startswith(start)), "Host")


def _short(one: Difference) -> str:
    """Return the name of a fact without that of its group."""
    if one.field in _NAMES:
        return _NAMES[one.field]
    for start in ("host.versions.", "host.environment.", "host.", "spec."):
        if one.field.startswith(start):
            return shorten(one.field.removeprefix(start))
    return shorten(one.field)


def _value(one: Difference, side: str) -> str:
    text = one.before if side == "A" else one.now
    if one.field == "data.digest":
        return text[:_DIGEST]
    return text if len(text) <= _LONG else f"{text[:_LONG]}{ELLIPSIS}"


def _paces(contrast: Contrast) -> list[str]:
    """Return whether the machine itself was as fast; of different machines it says nothing."""
    if contrast.comparable != "seconds":
        return []
    if not contrast.paces:
        unknown = "How fast the machine itself ran is not recorded in both"
        return [f"{unknown}: a slower day cannot be told from a slower setting."]
    changed = [one for one in contrast.paces if one.changed]
    is_disturbed = disturbed.is_either(contrast)
    if not changed:
        times = " and ".join(numbers.ratio(one.ratio) for one in contrast.paces)
        took = f"ixed work took {times} as long in B."
        return [f"F{took}" if is_disturbed else f"The machine itself ran as fast: f{took}"]
    became = "slower" if max(one.ratio for one in changed) > 1 else "faster"
    told = " ".join(map(_pace, changed))
    if is_disturbed:
        unsure = f"Other load may be why, so whether the machine itself was {became} is not known"
        return [f"{told} {unsure}: where it may be all, the table says {became} day."]
    all_ = f"where that may be all, the table says {became} machine"
    return [f"{told} So the machine itself was {became}: {all_}."]


def _pace(one: PaceRatio) -> str:
    return f"{_WORK[one.name]} took {numbers.ratio(one.ratio)} as long in B."


def _noise(side: str, report: Report) -> list[str]:
    """Return what the run itself found wrong with the machine, or its figures, as it measured."""
    found = [one for one in report.noise.findings if one.severity != "info"]
    told = [(one, shorten(one.advice.rstrip("."))) for one in found]
    return [
        f"{side}{' was disturbed' * disturbed.is_load(one)}, {one.rule}"
        f"{f': {advice}' if advice else ''}."
        for one, advice in told
    ]
