"""Two runs side by side: what changed around them, their answers, and each setting in both."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal, TypeAlias

from sklpar.model.report import Estimate, Report
from sklpar.model.verdict import Difference

# What is compared of a setting: a field of the document, or its speedup over as-written.
Compared: TypeAlias = Literal[
    "first_fit_s", "fit_s", "first_fit_cpu_s", "cpu_s", "peak_memory_bytes", "speedup"
]
# What may be held against each other: everything; what is of no machine's pace; or neither.
Comparable: TypeAlias = Literal["seconds", "ratios", "nothing"]
Says: TypeAlias = Literal[
    "slower",
    "faster",
    "more",
    "less",
    "no_clear_change",
    "slower_machine",
    "faster_machine",
    "no_interval",
    "not_comparable",
    "not_sound",
    "not_measured",
    "only_in_a",
    "only_in_b",
]
# A job that nothing was changed of differs by some per cent from one run to the next: what is left
# of a round that two runs do not share. Less than this is called no change.
MARGIN = 0.05

AnswerChange: TypeAlias = Literal["same", "tied", "changed", "only_in_a", "only_in_b", "none"]


@dataclass(frozen=True, kw_only=True)
class Ratio:
    """B over A, with its 95% interval.

    The interval alone is None where a side has fewer than three trials; the median alone where a
    side was cut off, and only a bound of the ratio is known.
    """

    median: float | None
    low: float | None
    high: float | None


@dataclass(frozen=True, kw_only=True)
class Pair:
    """One figure of one setting in both runs.

    Attributes
    ----------
    a, b : Estimate or None
        In the unit that `compared` ends in; a speedup is above 1 where the setting is faster than
        as-written.
    a_at_least, b_at_least : float or None
        The bound below which a side is not that was cut off.
    ratio : Ratio or None
        None where a side has no figure.
    says : str
        ``slower``, ``faster``, ``more`` and ``less`` are said of B, and only where an interval that
        is corrected for the number of comparisons is beyond `MARGIN`; ``slower_machine`` and
        ``faster_machine`` where the machine's own pace may explain it. ``not_sound`` is a setting
        that failed, was stopped or answered otherwise in one run or in both.
    reason : str
        What is beyond that, such as why it failed; may be empty.
    """

    setting: str
    compared: Compared
    says: Says
    a: Estimate | None = None
    b: Estimate | None = None
    a_at_least: float | None = None
    b_at_least: float | None = None
    ratio: Ratio | None = None
    reason: str = ""


@dataclass(frozen=True, kw_only=True)
class PaceRatio:
    """How many times as long fixed work took in B, and whether that is more than a CPU's boost."""

    name: Literal["pace_s", "interpreter_pace_s"]
    ratio: float
    changed: bool


@dataclass(frozen=True, kw_only=True)
class Contrast:
    """What ``compare`` says of two runs.

    Attributes
    ----------
    differences : tuple of Difference
        Of the machine, its software, the data, the job and what was asked, blocking ones first;
        ``before`` is A and ``now`` is B.
    comparable : str
        ``seconds``; ``ratios``, where machines differ, so that speedups and memory are compared;
        or ``nothing``, where speedups are of other jobs, data or numbers of CPUs, too.
    paces : tuple of PaceRatio
        How fast the machine itself was, where both runs have recorded it.
    answer : str
        What became of the recommendation; ``tied`` where one run's was tied with the other's.
    compared : tuple of str
        What is compared, the figure that the runs minimize first.
    pairs : tuple of Pair
        By what is compared, then by setting, the best of B first.
    comparisons : int
        Among how many the error is shared.
    """

    a: Report
    b: Report
    differences: tuple[Difference, ...]
    comparable: Comparable
    answer: AnswerChange
    compared: tuple[Compared, ...]
    pairs: tuple[Pair, ...]
    comparisons: int
    paces: tuple[PaceRatio, ...] = ()

    def of(self, compared: Compared) -> tuple[Pair, ...]:
        """Return the pairs of one figure."""
        return tuple(pair for pair in self.pairs if pair.compared == compared)
