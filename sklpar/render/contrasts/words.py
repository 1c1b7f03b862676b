"""The words of a contrast: its figures with their units, and what is said of a setting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render import numbers
from sklpar.render.contrasts import disturbed
from sklpar.render.marks import status_word
from sklpar.render.plain import AT_LEAST, AT_MOST
from sklpar.render.rows import ABSENT

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sklpar.model import Compared, Contrast, Estimate, Pair, Ratio, Report, Says

NAMES: Mapping[Compared, str] = {
    "first_fit_s": "first fit",
    "fit_s": "warm fit",
    "first_fit_cpu_s": "CPU",
    "cpu_s": "CPU",
    "peak_memory_bytes": "memory",
    "speedup": "speedup",
}
_SAYS: Mapping[Says, str] = {
    "no_clear_change": "no clear change",
    "slower_machine": "slower machine",
    "faster_machine": "faster machine",
    "no_interval": "no interval",
    "not_comparable": "not comparable",
    "not_measured": "not measured",
    "only_in_a": "only in A",
    "only_in_b": "only in B",
}
# Where a run was disturbed, its pace is of the load as well.
_OF_THE_DAY: Mapping[Says, str] = {"slower_machine": "slower day", "faster_machine": "faster day"}
_COUNTED: Mapping[Says, tuple[str, str]] = {
    "no_clear_change": ("shows no clear change", "show no clear change"),
    "slower_machine": ("is slower as the machine is", "are slower as the machine is"),
    "faster_machine": ("is faster as the machine is", "are faster as the machine is"),
}


def says(contrast: Contrast, pair: Pair) -> str:
    """Return what is said of a setting: ``slower``, ``only in A``, ``failed in B``."""
    if pair.says == "not_sound":
        return _not_sound(contrast, pair)
    if pair.compared == "speedup" and pair.says in ("more", "less"):
        return f"gains {pair.says}"
    if pair.says in _OF_THE_DAY and disturbed.is_either(contrast):
        return _OF_THE_DAY[pair.says]
    return _SAYS.get(pair.says, pair.says)


def counted(contrast: Contrast, what: Says, count: int) -> str:
    """Return what is said of that many settings: ``are slower``."""
    compared, plural = contrast.compared[0], count != 1
    if what in _OF_THE_DAY and disturbed.is_either(contrast):
        return f"{'are' if plural else 'is'} {what.partition('_')[0]} as fixed work is"
    if what in _COUNTED:
        return _COUNTED[what][plural]
    if compared == "speedup":
        return f"{'gain' if plural else 'gains'} {what} in B"
    if what in ("more", "less"):
        return f"{'need' if plural else 'needs'} {what} in B"
    return f"{'are' if plural else 'is'} {what} in B"


def _not_sound(contrast: Contrast, pair: Pair) -> str:
    found = {"A": _status(contrast.a, pair), "B": _status(contrast.b, pair)}
    if found["A"] == found["B"]:
        return f"{found['A']} in both"
    return ", ".join(f"{word} in {side}" for side, word in found.items() if word)


def _status(report: Report, pair: Pair) -> str:
    row = report.row(pair.setting)
    return "" if row is None or row.status == "ok" else status_word(row)


def figure(compared: Compared, found: Estimate | None, at_least: float | None) -> str:
    """Return a figure with its unit, or the bound that is known of it."""
    if found is not None:
        return _shown(compared, found.median)
    return ABSENT if at_least is None else f"{AT_LEAST}{_shown(compared, at_least)}"


def interval(compared: Compared, found: Estimate | None) -> str:
    """Return the interval of a figure with its unit."""
    if found is None or found.low is None or found.high is None:
        return ABSENT
    if compared == "peak_memory_bytes":
        unit, name = (1e9, "GB") if found.high >= 999.5e6 else (1e6, "MB")
        return f"{numbers.span(found.low / unit, found.high / unit)} {name}"
    span = numbers.span(found.low, found.high)
    return span if compared == "speedup" else f"{span} s"


def ratio(found: Ratio | None) -> str:
    """Return B over A, or the bound that is known of it."""
    if found is None:
        return ABSENT
    if found.median is not None:
        return numbers.ratio(found.median)
    if found.low is not None:
        return f"{AT_LEAST}{numbers.ratio(found.low)}"
    return ABSENT if found.high is None else f"{AT_MOST}{numbers.ratio(found.high)}"


def ratio_interval(found: Ratio | None) -> str:
    """Return the interval of B over A; a bound is no interval."""
    if found is None or found.median is None or found.low is None or found.high is None:
        return ABSENT
    return numbers.span(found.low, found.high)


def _shown(compared: Compared, value: float) -> str:
    if compared == "speedup":
        return numbers.ratio(value)
    return numbers.memory(value) if compared == "peak_memory_bytes" else numbers.seconds(value)
