"""The same-answer check: whether a setting computes what ``serial`` computes."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import TypeGuard

from sklpar.model import Answer, Run, Sample

# Summation order changes the last digits, and an iterative solver amplifies them a little.
# Numbers may depart by this much of their own spread; of labels and clusters this share may flip,
# and always one: ten trees in place of a hundred flip five labels in a thousand.
_NUMBERS_TOLERANCE = 1e-3
_LABELS_TOLERANCE = 0.002
# Numbers that are all alike up to this part of their size have rounding for a spread, no more: they
# are held against their size.
_ALIKE = 1e-6
# A search's scores are means over folds: one flipped prediction in a fold moves them this much.
_SCORES_TOLERANCE = 0.01
# Few runs of serial show only a part of the spread that serial has: with one pair of answers a
# setting may depart seven times as far as they do from each other, with fifteen pairs 1.4 times.
_UNSEEN_SPREAD = 6.0


@dataclass(frozen=True, kw_only=True)
class AnswerCheck:
    """What the check found.

    Attributes
    ----------
    differing : dict
        Setting id to how its answer departs, in words.
    spread : float
        Largest distance of the reference from itself, in tolerances: above 1 the run is
        nondeterministic.
    reference : str
        The setting held against: serial, or as-written where serial has no answer.
    """

    differing: dict[str, str]
    spread: float
    reference: str | None

    @property
    def nondeterministic(self) -> bool:
        """Tell whether the reference differs from itself beyond tolerance."""
        return self.spread > 1.0


def check_answers(run: Run) -> AnswerCheck:
    """Hold every setting's answers against those of serial (or as-written)."""
    answers = _answers(run)
    reference = next((name for name in ("serial", "as-written") if answers.get(name)), None)
    if reference is None:
        return AnswerCheck(differing={}, spread=0.0, reference=None)
    known = answers[reference]
    spread = max((distance(a, b) for a in known for b in known), default=0.0)
    pairs = max(1, len(known) * (len(known) - 1) // 2)
    allowed = max(1.0, spread * (1 + _UNSEEN_SPREAD / pairs))
    differing = {}
    for setting, given in answers.items():
        if setting == reference:
            continue
        nearest = max(min(distance(answer, other) for other in known) for answer in given)
        if nearest > allowed:
            differing[setting] = (
                f"its answer departs from {reference}'s by {nearest:.3g} tolerances"
                + (f" ({reference}'s own spread is {spread:.3g})" if spread > 1 else "")
            )
    return AnswerCheck(differing=differing, spread=spread, reference=reference)


def _answers(run: Run) -> dict[str, list[Answer]]:
    """Return the distinct answers of each setting, values filled in from their digest's first."""
    values: dict[str, Answer] = {}
    for sample in _samples(run):
        if sample.answer is not None and sample.answer.values is not None:
            values.setdefault(sample.answer.digest, sample.answer)
    found: dict[str, dict[str, Answer]] = {}
    for sample in _samples(run):
        if sample.answer is not None and sample.answer.digest in values:
            digest = sample.answer.digest
            found.setdefault(sample.setting, {})[digest] = values[digest]
    return {setting: list(by_digest.values()) for setting, by_digest in found.items()}


def _samples(run: Run) -> Iterable[Sample]:
    return (outcome for outcome in run.outcomes if isinstance(outcome, Sample))


@lru_cache(maxsize=4096)
def distance(a: Answer, b: Answer) -> float:
    """Return how far two answers are apart, in tolerances: up to 1 they are the same.

    Symmetric. Answers of another kind or length are infinitely far apart; a number that is not
    finite is only near its like.
    """
    if a.digest == b.digest:
        return 0.0
    if a.kind != b.kind or a.values is None or b.values is None:
        return float("inf")
    if len(a.values) != len(b.values) or len(a.scores) != len(b.scores):
        return float("inf")
    scores = _score_distance(a.scores, b.scores)
    if a.kind == "clusters":
        flipped = max(_unmatched(a.values, b.values), _unmatched(b.values, a.values))
        values = flipped / max(1.0, _LABELS_TOLERANCE * len(a.values))
    elif a.kind == "labels":
        flipped = sum(1 for x, y in zip(a.values, b.values, strict=True) if x != y)
        values = flipped / max(1.0, _LABELS_TOLERANCE * len(a.values))
    else:
        values = _number_distance(a.values, b.values)
    return max(scores, values)


def _unmatched(a: Sequence[object], b: Sequence[object]) -> int:
    """Count the points of each cluster of `a` outside the cluster of `b` that most of it is in.

    Which number a cluster has means nothing.
    """
    largest: dict[object, int] = {}
    for (cluster, _), count in Counter(zip(a, b, strict=True)).items():
        largest[cluster] = max(largest.get(cluster, 0), count)
    return len(a) - sum(largest.values())


def _score_distance(a: Sequence[float], b: Sequence[float]) -> float:
    """Scores above 1 are errors in the unit of the target: they are held against their size."""
    pairs = _finite_pairs(a, b)
    if pairs is None:
        return float("inf")
    apart = (abs(x - y) / max(1.0, abs(x), abs(y)) for x, y in pairs)
    return max(apart, default=0.0) / _SCORES_TOLERANCE


def _number_distance(a: Sequence[object], b: Sequence[object]) -> float:
    pairs = _finite_pairs(a, b)
    if pairs is None:
        return float("inf")
    if not pairs:
        return 0.0
    spread = max(_deviation(column) for column in zip(*pairs, strict=True))
    largest = max(abs(x) for pair in pairs for x in pair)
    scale = spread if spread > _ALIKE * largest else largest or 1.0
    return max(abs(x - y) for x, y in pairs) / (_NUMBERS_TOLERANCE * scale)


def _finite_pairs(a: Sequence[object], b: Sequence[object]) -> list[tuple[float, float]] | None:
    """Return the pairs of finite numbers; None where anything else is not near its like."""
    pairs = []
    for x, y in zip(a, b, strict=True):
        if _is_finite(x) and _is_finite(y):
            pairs.append((x, y))
        elif x != y and not (x != x and y != y):  # noqa: PLR0124  both are nan
            return None
    return pairs


def _is_finite(value: object) -> TypeGuard[float]:
    return isinstance(value, (int, float)) and math.isfinite(value)


def _deviation(values: Sequence[float]) -> float:
    """Return the standard deviation: ``statistics.pstdev`` is exact and ten times slower."""
    n = len(values)
    mean = math.fsum(value / n for value in values)
    return math.dist(values, [mean] * n) / math.sqrt(n)
