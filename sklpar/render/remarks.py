"""The findings in words: those of the job as written first, then those of other settings."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Literal

from sklpar.render import ladder, numbers, others, rows, sentence
from sklpar.render.plain import listed, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sklpar.model import Finding, Report

_SEVERITIES = ("error", "warning", "info")
# A setting that takes less than so many times what the best does is not slow.
_SLOWER = 1.1
# So many pieces of evidence stand beside an advice.
_PIECES = 2

# By what the run minimizes: how the job as written fares, and the rules that say why.
_LESS_WORK = frozenset({"oversubscription", "cpu_inflation", "pickling", "pool_startup"})
_SLOW = _LESS_WORK | {"throttled", "imbalance", "gil_bound", "serial_tail", "fork_after_openmp"}
# A rule that is in none of them is told without being the reason.
REASONS: Mapping[str, tuple[str, frozenset[str]]] = {
    "first_fit_s": ("is slow", _SLOW),
    "fit_s": ("is slow", _SLOW - {"pool_startup"}),
    "cpu_s": ("takes more CPU", _LESS_WORK - {"pool_startup"}),
    "first_fit_cpu_s": ("takes more CPU", _LESS_WORK),
    "peak_memory_bytes": ("takes more memory", frozenset({"memory_per_worker"})),
}

# What tells two pieces of advice apart: not the numbers in them, nor who was measured beside.
_PARTICULARS = re.compile(r"\([^()]*\)|\d+")


@dataclass(frozen=True, kw_only=True)
class Remark:
    """What is said of one finding, or of findings that are alike.

    Attributes
    ----------
    lead : str
        What it is about, such as ``Why the job as written is slow``; the rule where it is about
        other settings.
    rule : str or None
        None where no rule speaks, but the ladder.
    settings : tuple of str
        The ids of those that it holds for, the best first.
    advice : str
        The sentence with the knob to turn, without a full stop.
    proof : str
        A few numbers, or an empty text.
    """

    lead: str
    rule: str | None
    severity: Literal["info", "warning", "error"]
    settings: tuple[str, ...]
    advice: str
    proof: str = ""

    @property
    def line(self) -> str:
        """The whole of it."""
        about = listed(self.settings) if self.lead == self.rule else self.rule
        said = [f"{self.lead}{f' ({about})' if about else ''}: {shorten(self.advice)}"]
        if self.proof:
            said.append(f"Measured: {self.proof}")
        alike = [one for one in self.settings if one != "as-written"]
        if alike and self.lead != self.rule:
            said.append(f"The same holds for {listed(alike)}")
        return f"{'. '.join(said)}."


def remarks(report: Report) -> list[Remark]:
    """Return what was found, the worst first: of as-written, of the recommended one, of others."""
    alike = _alike(report)
    told = [*_of_written(report, alike), *_of_others(alike)]
    return sorted(told, key=lambda one: (not _is_why(one), _SEVERITIES.index(one.severity)))


def lines(report: Report, *, most: int | None = None) -> list[str]:
    """Return a line for each remark.

    Parameters
    ----------
    most : int, optional
        How many on other settings than as-written at most; one line says how many more there are.
    """
    found = remarks(report)
    near = [one.line for one in found if one.lead != one.rule]
    far = [one.line for one in found if one.lead == one.rule]
    return [*near, *others.first_few(far, most or len(far), "findings on other settings")]


def _is_why(one: Remark) -> bool:
    return one.lead.startswith("Why")


def is_kept(report: Report) -> bool:
    """Tell whether the answer is to change nothing: why not then comes before what was found."""
    return report.recommendation is not None and report.recommendation.setting == "as-written"


def is_outdone(report: Report) -> bool:
    """Tell whether the recommended setting is known to be better than the job as written."""
    chosen = report.recommendation
    if chosen is None or chosen.setting == "as-written":
        return False
    gain = chosen.speedup
    bound = gain.median if gain.low is None else gain.low
    return bound is not None and bound > 1


def _alike(report: Report) -> list[dict[str, Finding]]:
    """Return the findings by setting, best first, those that differ in particulars together."""
    groups: dict[tuple[str, str, str], dict[str, Finding]] = {}
    for row in rows.ordered(report):
        for finding in row.setting.findings:
            _, colon, knob = finding.advice.partition(": ")
            kind = _PARTICULARS.sub("", knob if colon else finding.advice)
            key = (finding.rule, finding.severity, kind)
            groups.setdefault(key, {}).setdefault(row.setting.id, finding)
    return list(groups.values())


def _of_written(report: Report, alike: Iterable[Mapping[str, Finding]]) -> list[Remark]:
    fault, rules = REASONS[sentence.minimized(report)[0]]
    why = f"Why the job as written {fault}"
    told = []
    for group in alike:
        finding = group.get("as-written")
        if finding is None:
            continue
        explains = is_outdone(report) and finding.rule in rules and _costs(finding)
        told.append(
            Remark(
                lead=why if explains else "The job as written",
                rule=finding.rule,
                severity=finding.severity,
                settings=tuple(group),
                advice=finding.advice.rstrip("."),
                proof=_proof(report, finding),
            )
        )
    if is_outdone(report) and fault == "is slow" and not any(map(_is_why, told)):
        told += _by_ladder(report, why)
    return told


def _costs(finding: Finding) -> bool:
    """Tell whether it costs what is minimized: a setting as quick as the best is not slow by it."""
    times = finding.evidence.get("slowdown")
    slow = not isinstance(times, int | float) or times >= _SLOWER
    return slow and finding.severity != "info"


def _proof(report: Report, finding: Finding) -> str:
    """Return a few numbers, and which fits they are of where the table is of others."""
    said = numbers.evidence(finding.evidence, most=_PIECES)
    is_of_warm = finding.evidence.get("fit") == "warm"
    differs = is_of_warm and sentence.minimized(report)[0].startswith("first_fit")
    return f"{said} (in warm fits)" if said and differs else said


def _by_ladder(report: Report, lead: str) -> list[Remark]:
    """Return what took most of the CPUs' time where no rule says why."""
    written, chosen = report.row("as-written"), report.recommendation
    best = report.row(chosen.setting) if chosen else None
    if written is None or written.ladder is None or best is None:
        return []
    # Where other programs ran, nobody's threads are to blame that others waited.
    busy = any(finding.rule == "outside_load" for finding in report.noise.findings)
    but = ("waiting",) if busy else ()
    lost = ladder.largest_loss(written.ladder, best.ladder, but=but)
    if lost is None:
        return []
    advice = f"{lost}: run it with {sentence.setting_words(best)}"
    return [
        Remark(lead=lead, rule=None, severity="warning", settings=("as-written",), advice=advice)
    ]


def _of_others(alike: Iterable[Mapping[str, Finding]]) -> list[Remark]:
    return [
        Remark(
            lead=finding.rule,
            rule=finding.rule,
            severity=finding.severity,
            settings=tuple(group),
            advice=finding.advice.rstrip("."),
        )
        for group in alike
        if "as-written" not in group
        for finding in [next(iter(group.values()))]
    ]
