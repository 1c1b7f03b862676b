"""All that the rules look at: a run, its rows, and the numbers that findings rest on."""

from __future__ import annotations

import statistics
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from sklpar.analysis.evidence import Evidence, Work, evidence_of
from sklpar.analysis.work import work_of
from sklpar.model import Run, SettingReport


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

    def same_work(self, row: SettingReport) -> dict[str, Evidence]:
        """Return the evidence on settings that finished the same work, this one among them."""
        ours = work_of(self.run, row)
        return {
            other.id: found
            for other, found in self.seen()
            if found.finished and work_of(self.run, other) == ours
        }

    def quickest(self, row: SettingReport) -> Evidence | None:
        """Return the evidence on the setting that did the same work in the least time."""
        return min(self.same_work(row).values(), key=lambda e: e.wall_s, default=None)

    def leanest(self, row: SettingReport) -> Evidence | None:
        """Return the evidence on the setting that did the same work with the least CPU."""
        known = [found for found in self.same_work(row).values() if found.cpu_s]
        return min(known, key=lambda e: e.cpu_s or 0.0, default=None)

    def serial(self, row: SettingReport) -> Evidence | None:
        """Return the evidence on serial, where it did the same work and finished."""
        return self.same_work(row).get("serial")


def alike(ours: Evidence, theirs: Evidence) -> tuple[Work, Work]:
    """Return two works that compare: both warm or both first where that can be had."""
    if ours.warm and theirs.warm:
        return ours.warm, theirs.warm
    if ours.first and theirs.first:
        return ours.first, theirs.first
    return ours.typical, theirs.typical


def slowdown(ours: Evidence, theirs: Evidence | None) -> float | None:
    """Return how many times their time ours takes, within rounds where they share any.

    A round in which the machine was slow was so for both, and is nobody's fault.
    """
    if theirs is None:
        return None
    mine, other = alike(ours, theirs)
    return _times(mine.walls_s, other.walls_s, mine.wall_s, other.wall_s)


def inflation(ours: Evidence, theirs: Evidence | None) -> float | None:
    """Return how many times their CPU ours takes, within rounds where they share any."""
    if theirs is None:
        return None
    mine, other = alike(ours, theirs)
    return _times(mine.cpus_s, other.cpus_s, mine.cpu_s, other.cpu_s)


def _times(
    ours: Mapping[int, float],
    theirs: Mapping[int, float],
    mine: float | None,
    other: float | None,
) -> float | None:
    if shared := [ours[r] / theirs[r] for r in ours if r in theirs]:
        return statistics.median(shared)
    return mine / other if mine and other else None


def case_of(run: Run, rows: Sequence[SettingReport]) -> Case:
    """Gather the evidence on every row."""
    evidence = {row.id: found for row in rows if (found := evidence_of(run, row.id))}
    return Case(run=run, rows=tuple(rows), evidence=evidence)
