"""From checks to a verdict, and how far a guard goes on while some of them are open."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence

from sklpar.model import Check, Conclusion, Ruling

# Twice the rounds at each look: in the end 32 times as many, if the budget lasts.
LOOKS = 6
_WORST_FIRST: Mapping[Ruling, int] = {
    "failed": 0,
    "regressed": 1,
    "inconclusive": 2,
    "improved": 3,
    "equivalent": 4,
}


def conclusion_of(checks: Sequence[Check]) -> Conclusion:
    """Return what the checks say together; nothing was shown by none."""
    rulings = {one.ruling for one in checks}
    if rulings & {"failed", "regressed"}:
        return "failed"
    return "inconclusive" if not rulings or "inconclusive" in rulings else "passed"


def still_decided(before: Sequence[Check], now: Sequence[Check]) -> list[Check]:
    """Return the checks of a further look, but those that were decided before as they were.

    What passed is not asked again: it was measured no more, and the noise of others is no news. But
    what failed since has failed.
    """
    decided = {_key(one): one for one in before if one.ruling != "inconclusive"}
    return [one if one.ruling == "failed" else decided.get(_key(one), one) for one in now]


def open_settings(checks: Sequence[Check], ruling: Ruling = "inconclusive") -> Collection[str]:
    """Return the settings to measure further: both sides of every check of a ruling."""
    is_open = [one for one in checks if one.ruling == ruling]
    return {name for one in is_open for name in (one.setting, one.against)}


def worst_first(checks: Sequence[Check]) -> tuple[Check, ...]:
    """Return the checks in the order in which a reader wants them."""
    return tuple(sorted(checks, key=lambda one: (_WORST_FIRST[one.ruling], one.setting)))


def may_be_decided(checks: Sequence[Check], rounds: int, *, hopeful: bool) -> bool:
    """Tell whether `rounds` rounds in total would decide anything that is open.

    `hopeful` counts all that is not hopeless, whatever the forecast.
    """
    is_open = [one for one in checks if one.ruling == "inconclusive"]
    if hopeful:
        return any(one.ratio is not None and not one.blurred for one in is_open)
    needed = [one.rounds_needed for one in is_open]
    return any(one is not None and one <= rounds for one in needed)


def _key(check: Check) -> tuple[str, str, str]:
    return check.setting, check.metric, check.against
