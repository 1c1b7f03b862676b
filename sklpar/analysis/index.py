"""The outcomes of a run by setting, put in order once however often they are asked for."""

from __future__ import annotations

import functools
from collections.abc import Mapping, Sequence

from sklpar.model import Outcome, Run


class Identity:
    """Outcomes as the key of a cache: equal only to themselves, and alive as long as the key is.

    The race asks the same run something for each setting; to compare outcomes by value would take
    longer than to answer.
    """

    __slots__ = ("outcomes",)

    def __init__(self, outcomes: tuple[Outcome, ...]) -> None:
        self.outcomes = outcomes

    def __hash__(self) -> int:
        return id(self.outcomes)

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Identity) and self.outcomes is other.outcomes


def trials_of(run: Run, setting: str) -> Sequence[Outcome]:
    """Return every trial of a setting but the discarded one, whether it counts or not."""
    return _by_setting(Identity(run.outcomes)).get(setting, ())


@functools.lru_cache(maxsize=16)
def _by_setting(key: Identity) -> Mapping[str, Sequence[Outcome]]:
    found: dict[str, list[Outcome]] = {}
    for outcome in key.outcomes:
        if outcome.round > 0:
            found.setdefault(outcome.setting, []).append(outcome)
    return found
