"""The confusion table over all situations that were tried, as Markdown."""

from __future__ import annotations

import statistics
from collections import Counter
from collections.abc import Sequence

from benchmarks.situations.verdict import Checked, Verdict

_GOAL = 0.9


def tables(verdicts: Sequence[Verdict]) -> str:
    """Return what was seeded and what was found by rule, every miss, and the ladders."""
    return "\n\n".join((_by_rule(verdicts), _totals(verdicts), _ladders(verdicts)))


def _by_rule(verdicts: Sequence[Verdict]) -> str:
    checked = [c for verdict in verdicts for c in verdict.checked]
    healthy = Counter(a.rule for v in verdicts if v.situation.healthy for a in v.false)
    seeded = Counter(a.rule for v in verdicts if not v.situation.healthy for a in v.false)
    lines = [
        "| rule | seeded | found | cause named | found instead | false: healthy | false: seeded |",
        "|---|---|---|---|---|---|---|",
    ]
    for rule in sorted({c.expectation.rule for c in checked} | healthy.keys() | seeded.keys()):
        own = [c for c in checked if c.expectation.rule == rule]
        found = [c for c in own if c.found]
        named = sum(not c.lacking for c in found)
        lines.append(
            f"| {rule} | {len(own)} | {len(found)} | {named} | {_instead(own)} "
            f"| {healthy[rule]} | {seeded[rule]} |"
        )
    return "\n".join(lines)


def _instead(checked: Sequence[Checked]) -> str:
    missed = [c for c in checked if not c.found]
    others = Counter(other for c in missed for other in c.instead or ("nothing",))
    return ", ".join(f"{other} ({count})" for other, count in others.most_common())


def _totals(verdicts: Sequence[Verdict]) -> str:
    checked = [c for verdict in verdicts for c in verdict.checked]
    healthy = [v for v in verdicts if v.situation.healthy]
    seeded = [v for v in verdicts if not v.situation.healthy]
    settings, quiet = sum(v.settings for v in verdicts), sum(v.quiet for v in verdicts)
    return "\n".join(
        (
            (
                f"faults: {sum(c.found for c in checked)} of {len(checked)} found, "
                f"{sum(c.found and not c.lacking for c in checked)} with their cause"
            ),
            (
                f"healthy situations: {sum(not v.false and not v.broken for v in healthy)} "
                f"of {len(healthy)} without a false alarm"
            ),
            (
                f"seeded situations: {sum(not v.false and not v.broken for v in seeded)} "
                f"of {len(seeded)} without a false alarm beside the fault"
            ),
            f"settings without a fault: {quiet} of {settings} without a false alarm",
            (
                f"void rounds: as expected in {sum(v.void_as_expected for v in verdicts)} "
                f"of {len(verdicts)} situations"
            ),
            f"no result: {sum(v.broken for v in verdicts)}",
        )
    )


def _ladders(verdicts: Sequence[Verdict]) -> str:
    explained = [c.explained for v in verdicts for c in v.checked if c.explained is not None]
    if not explained:
        return "ladders: none"
    return (
        f"ladders: {len(explained)} on seeded settings that lose efficiency; explained: median "
        f"{statistics.median(explained):.0%}, least {min(explained):.0%}, "
        f"{sum(part >= _GOAL for part in explained)} at {_GOAL:.0%} or more"
    )
