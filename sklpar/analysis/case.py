"""All that the rules look at: a run, its rows, and the numbers that findings rest on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sklpar.analysis.evidence import Evidence, evidence_of
from sklpar.model import Run, Setting, SettingReport


@dataclass(frozen=True, kw_only=True)
class Case:
    """One run, ready to be judged.

    Attributes
    ----------
    rows : tuple of SettingReport
        Of every setting of the plan, without findings, ladders included.
    evidence : mapping
        Setting id to its numbers; a setting of which no fit was seen has none.
    """

    run: Run
    rows: tuple[SettingReport, ...]
    evidence: Mapping[str, Evidence]

    def seen(self) -> Iterator[tuple[SettingReport, Evidence]]:
        """Yield each row that has evidence, with it."""
        for row in self.rows:
            if row.id in self.evidence:
                yield row, self.evidence[row.id]

    def setting(self, setting_id: str) -> Setting:
        """Return the setting of a row."""
        return next(s for s in self.run.plan.settings if s.id == setting_id)


def case_of(run: Run, rows: Sequence[SettingReport]) -> Case:
    """Gather the evidence on every row."""
    evidence = {row.id: found for row in rows if (found := evidence_of(run, row.id))}
    return Case(run=run, rows=tuple(rows), evidence=evidence)
