"""Whether a run was disturbed: what else the machine did while it measured."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render.numbers import three_digits

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sklpar.model import Contrast, Finding, Report

# What takes CPU, or memory, from the fits; by the rule that found it.
_LOADS: Mapping[str, str] = {
    "outside_load": "other load",
    "steal": "other virtual machines",
    "swap": "swapping",
}


def is_load(finding: Finding) -> bool:
    """Tell whether a finding on a run is of something that took from its fits."""
    return finding.rule in _LOADS and finding.severity != "info"


def is_either(contrast: Contrast) -> bool:
    """Tell whether either run was disturbed: its pace is then not the machine's alone."""
    return any(map(is_load, (*contrast.a.noise.findings, *contrast.b.noise.findings)))


def sentence(contrast: Contrast) -> str:
    """Return by what either run was disturbed, or an empty text."""
    sides = {"A": _by(contrast.a), "B": _by(contrast.b)}
    told = [f"{side} was disturbed by {by}" for side, by in sides.items() if by]
    return f"But {', and '.join(told)}." if told else ""


def _by(report: Report) -> str:
    found = [one for one in report.noise.findings if is_load(one)]
    told: dict[str, str] = {}
    for one in found:
        cpus = one.evidence.get("outside_cpus")
        amount = f" ({three_digits(cpus)} CPUs)" if isinstance(cpus, int | float) else ""
        told[one.rule] = told.get(one.rule) or f"{_LOADS[one.rule]}{amount}"
    return " and ".join(told.values())
