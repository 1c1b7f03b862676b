"""What a report found, held against what should have been found."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from benchmarks.situations.model import ANYWHERE, RUN, Expectation, Situation

# A setting that loses less than this of its CPUs has nothing to explain: what two fits of the same
# take differs by as much.
_LOSS_SHARE = 0.10


@dataclass(frozen=True, kw_only=True)
class Alarm:
    """One finding of a report: where, which, how severe, and what it says."""

    where: str
    rule: str
    severity: str
    advice: str

    @property
    def is_info(self) -> bool:
        """True where it alarms nobody."""
        return self.severity == "info"


@dataclass(frozen=True, kw_only=True)
class Checked:
    """An expectation, and how it went.

    Attributes
    ----------
    found : bool
        There is such a finding, of the right severity.
    lacking : tuple of str
        The words that its advice does not hold.
    instead : tuple of str
        Where it was not found: the other findings on that setting.
    status : str
        The setting's, empty for the run.
    explained : float or None
        Part of the lost efficiency that the setting's ladder explains; None where it has no ladder
        or loses next to nothing.
    """

    expectation: Expectation
    found: bool
    lacking: tuple[str, ...] = ()
    instead: tuple[str, ...] = ()
    status: str = ""
    explained: float | None = None


@dataclass(frozen=True, kw_only=True)
class Verdict:
    """How a situation went.

    `quiet` and `settings` count those settings of the report on which nothing was expected: the
    ones without a false alarm, and all. `broken` is a run that gave no report.
    """

    situation: Situation
    checked: tuple[Checked, ...] = ()
    false: tuple[Alarm, ...] = ()
    void_rounds: tuple[int, ...] = ()
    quiet: int = 0
    settings: int = 0
    broken: bool = False

    @property
    def void_as_expected(self) -> bool:
        """True where just the spoilt rounds were declared void."""
        return not self.broken and self.void_rounds == self.situation.void_rounds

    def line(self) -> str:
        """Return it in a line."""
        parts = [_words(checked) for checked in self.checked]
        parts += [f"FALSE {a.severity} {a.rule} on {a.where}" for a in self.false]
        if not self.void_as_expected:
            parts.append(f"VOID {self.void_rounds}, not {self.situation.void_rounds}")
        return "; ".join(parts) or "nothing found"


def _words(checked: Checked) -> str:
    expectation = checked.expectation
    name = f"{expectation.rule} on {expectation.where}"
    explained = "" if checked.explained is None else f", {checked.explained:.0%} explained"
    if not checked.found:
        status = "" if checked.status in {"", "ok"} else f" ({checked.status})"
        instead = f", instead {', '.join(checked.instead)}" if checked.instead else ""
        return f"MISSED {name}{status}{instead}{explained}"
    lacking = f", NOT NAMED: {', '.join(checked.lacking)}" if checked.lacking else ""
    return f"found {name}{lacking}{explained}"


def judge(situation: Situation, document: Mapping[str, Any]) -> Verdict:
    """Hold a result document against its situation."""
    alarms = tuple(_alarms(document))
    rows = {row["id"]: row for row in document["settings"] if row["status"] != "skipped"}
    expected = {(e.rule, e.where) for e in situation.expected if not e.info}
    anywhere = {rule for rule, where in expected if where == ANYWHERE} | set(situation.also)
    false = tuple(
        alarm
        for alarm in alarms
        if not alarm.is_info
        and alarm.rule not in anywhere
        and (alarm.rule, alarm.where) not in expected
    )
    unlabelled = rows.keys() - {e.where for e in situation.expected}
    return Verdict(
        situation=situation,
        checked=tuple(_checked(e, alarms, rows) for e in situation.expected),
        false=false,
        void_rounds=tuple(document["noise"].get("void_rounds", ())),
        quiet=len(unlabelled - {alarm.where for alarm in false}),
        settings=len(unlabelled),
    )


def broken(situation: Situation) -> Verdict:
    """Return the verdict where there is no report: nothing was found."""
    checked = tuple(Checked(expectation=e, found=False) for e in situation.expected)
    return Verdict(situation=situation, checked=checked, broken=True)


def _alarms(document: Mapping[str, Any]) -> Iterator[Alarm]:
    places = {row["id"]: row["findings"] for row in document["settings"]}
    for where, findings in {**places, RUN: document["noise"]["findings"]}.items():
        for finding in findings:
            yield Alarm(
                where=where,
                rule=finding["rule"],
                severity=finding["severity"],
                advice=finding["advice"],
            )


def _checked(
    expectation: Expectation, alarms: tuple[Alarm, ...], rows: Mapping[str, Any]
) -> Checked:
    there = [a for a in alarms if expectation.where in {ANYWHERE, a.where}]
    hits = [a for a in there if (a.rule, a.is_info) == (expectation.rule, expectation.info)]
    lacking = [
        tuple(word for word in expectation.words if word.lower() not in hit.advice.lower())
        for hit in hits
    ]
    row = rows.get(expectation.where, {})
    return Checked(
        expectation=expectation,
        found=bool(hits),
        lacking=min(lacking, key=len, default=()),
        instead=() if hits else tuple(f"{a.severity} {a.rule}" for a in there),
        status=row.get("status", ""),
        explained=None if expectation.info else _explained(row.get("ladder")),
    )


def _explained(ladder: Mapping[str, Any] | None) -> float | None:
    """Return the part of the lost CPU-seconds that a ladder gives a name."""
    if not ladder:
        return None
    parts = {rung["part"]: rung["cpu_s"] for rung in ladder["rungs"]}
    lost_s = ladder["whole_s"] - parts.get("useful", 0.0)
    if lost_s < _LOSS_SHARE * ladder["whole_s"]:
        return None
    return float(1 - parts.get("unexplained", 0.0) / lost_s)
