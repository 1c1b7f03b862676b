"""The verdict, put together from what was asked and what came of it."""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from sklpar import __version__
from sklpar.guard.question import Question
from sklpar.guard.rounds import last_round
from sklpar.guard.verdict import conclusion_of, worst_first
from sklpar.guarding.ask import Asked
from sklpar.model import Conclusion, Difference, Mode, Sample, Spec, Verdict
from sklpar.session import Prepared


@dataclass(frozen=True, kw_only=True)
class Opening:
    """What of a verdict is known before anything is measured; `began` is on the monotonic clock."""

    spec: Spec
    mode: Mode
    subject: str
    started_at: str
    began: float

    @classmethod
    def of(cls, prepared: Prepared, mode: Mode, subject: str) -> Opening:
        """Begin a verdict now."""
        now = datetime.now(UTC).isoformat(timespec="seconds")
        return cls(
            spec=prepared.spec,
            mode=mode,
            subject=subject,
            started_at=now,
            began=time.monotonic(),
        )

    @property
    def line(self) -> int:
        """The line of the spec that names the job."""
        section = "callable" if self.spec.callable else "estimator"
        return self.spec.positions.get((section,), (0, 0))[0]


def not_comparable(
    opening: Opening, reasons: Sequence[str], differences: Sequence[Difference] = ()
) -> Verdict:
    """Return the verdict that there is nothing to hold against."""
    return Verdict(
        sklpar_version=__version__,
        mode=opening.mode,
        outcome="not_comparable",
        subject=opening.subject,
        spec_file=opening.spec.file,
        spec_line=opening.line,
        name=opening.spec.name,
        started_at=opening.started_at,
        reasons=tuple(reasons),
        differences=tuple(differences),
        wall_s=time.monotonic() - opening.began,
    )


def verdict_of(
    opening: Opening, question: Question, asked: Asked, differences: Sequence[Difference]
) -> Verdict:
    """Return the verdict on what was measured."""
    found = tuple(dict.fromkeys((*asked.objections, *differences)))
    return Verdict(
        sklpar_version=__version__,
        mode=opening.mode,
        outcome=_outcome(asked, found),
        subject=opening.subject,
        spec_file=opening.spec.file,
        spec_line=opening.line,
        name=opening.spec.name,
        started_at=opening.started_at,
        checks=worst_first(asked.checks),
        not_guarded=tuple(question.not_guarded(asked.runs)),
        differences=found,
        reasons=_reasons(asked),
        notes=_notes(asked),
        rounds=last_round(asked.runs) - len(asked.void_rounds),
        void_rounds=tuple(sorted(asked.void_rounds)),
        wall_s=time.monotonic() - opening.began,
        run=_from_here(asked.folder),
        # That it is too noisy to tell may be excused, but not that nothing was asked.
        inconclusive_allowed=bool(asked.checks) and opening.spec.guard.allow_inconclusive,
    )


def _from_here(folder: Path) -> str:
    here = Path.cwd()
    return str(folder.relative_to(here) if folder.is_relative_to(here) else folder)


def _outcome(asked: Asked, differences: Sequence[Difference]) -> Conclusion:
    if asked.status == "interrupted":
        return "interrupted"
    if any(one.blocking for one in differences):
        return "not_comparable"
    trials = [one for run in asked.runs for one in run.outcomes if one.round > 0]
    if not any(isinstance(one, Sample) for one in trials):
        return "nothing_measured"
    return conclusion_of(asked.checks)


def _reasons(asked: Asked) -> tuple[str, ...]:
    if asked.status == "partial" and last_round(asked.runs) == 0:
        return ("the budget ended it before the first round",)
    return ()


def _notes(asked: Asked) -> tuple[str, ...]:
    notes = []
    if asked.status == "partial":
        notes.append("the budget ended it before all planned rounds were run")
    noise = dict.fromkeys(
        f"{one.rule}: {one.advice}"
        for report in asked.reports
        for one in report.noise.findings
        if one.severity != "info"
    )
    return (*notes, *noise)
