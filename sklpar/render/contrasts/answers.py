"""The answer of either run, whether it changed, and in a sentence what the table shows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render import sentence
from sklpar.render.contrasts import disturbed, words
from sklpar.render.plain import listed, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sklpar.model import AnswerChange, Contrast, Report, Says

_CHANGES: Mapping[AnswerChange, str] = {
    "same": "The recommendation is the same: {b}.",
    "tied": "The recommendation changed from {a} to {b}, which are tied in one of the runs.",
    "changed": "The recommendation changed from {a} to {b}.",
    "only_in_a": "Only A has a recommendation: {a}.",
    "only_in_b": "Only B has a recommendation: {b}.",
    "none": "Neither run has a recommendation.",
}
# In the order in which a summary tells of them.
_TOLD: tuple[Says, ...] = (
    *("slower", "more", "faster", "less"),
    *("slower_machine", "faster_machine", "no_clear_change"),
)


def lines(contrast: Contrast) -> list[str]:
    """Return both answers, and what became of the first in B."""
    a, b = contrast.a, contrast.b
    return [
        f"Answer of A: {sentence.answer(a)}",
        f"Answer of B: {sentence.answer(b)}",
        _CHANGES[contrast.answer].format(a=_setting(a), b=_setting(b)),
        *_why_not(contrast),
    ]


def summary(contrast: Contrast, *, named: bool = True) -> str:
    """Return how many settings changed in what the runs minimize and, if `named`, which.

    And whether a run was disturbed, without which the rest would be taken for more than it is.
    """
    return " ".join(filter(None, (_counts(contrast, named=named), disturbed.sentence(contrast))))


def _counts(contrast: Contrast, *, named: bool) -> str:
    compared = contrast.compared[0]
    name = words.NAMES[compared]
    pairs = [pair for pair in contrast.of(compared) if pair.a and pair.b]
    if not pairs:
        return f"No setting has a {name} in both runs."
    groups = {says: [pair.setting for pair in pairs if pair.says == says] for says in _TOLD}
    parts = [
        f"{len(ids)} {words.counted(contrast, says, len(ids))}{f' ({listed(ids)})' * named}"
        for says, ids in groups.items()
        if ids
    ]
    rest = len(pairs) - sum(map(len, groups.values()))
    if rest:
        parts.append(f"{rest} cannot be judged")
    plural = "" if len(pairs) == 1 else "s"
    return f"Of {len(pairs)} setting{plural} with a {name} in both: {', '.join(parts)}."


def _setting(report: Report) -> str:
    return report.recommendation.setting if report.recommendation else ""


def _why_not(contrast: Contrast) -> list[str]:
    """Return why B no longer takes what A recommends, where it says so."""
    if contrast.answer not in ("changed", "tied"):
        return []
    rejected = contrast.b.recommendation.rejected if contrast.b.recommendation else ()
    chosen = _setting(contrast.a)
    whys = [shorten(one.why) for one in rejected if one.setting == chosen]
    return [f"Why not {chosen} in B: {why.rstrip('.')}." for why in whys]
