"""What stands under the table: reasons, what was not guarded, the machine, and the next step."""

from __future__ import annotations

import math
import shlex
from typing import TYPE_CHECKING

from sklpar.render.numbers import seconds
from sklpar.render.plain import shorten
from sklpar.render.verdicts import conclusion, words

if TYPE_CHECKING:
    from sklpar.model import Verdict
    from sklpar.render.verdicts.words import Quote

_RATIO = (
    "Ratio: how many times worse, above 1 whatever the metric; regressed says that even the low "
    "end of its interval is beyond the limit."
)
# Differences that block only where seconds are compared.
_OF_SECONDS_ALONE = frozenset({"host.cpu_model", "host.thread_pools.blas"})


def lines(verdict: Verdict, quote: Quote) -> list[str]:
    """Return one paragraph for each thing to know beside the headline and the table."""
    return [
        *conclusion.rest(verdict.reasons, quote),
        *_check_reasons(verdict, quote),
        *_not_guarded(verdict, quote),
        *_differences(verdict, quote),
        *_notes(verdict, quote),
        *([_RATIO] if any(one.ratio for one in verdict.checks) else []),
        *_origin(verdict, quote),
    ]


def next_steps(verdict: Verdict, quote: Quote) -> list[str]:
    """Return what to type next: one of these; none where nothing was measured."""
    if verdict.outcome == "inconclusive" and verdict.checks:
        return [_more_rounds(verdict, quote)]
    if verdict.outcome == "not_comparable":
        return _other_baseline(verdict, quote)
    steps = []
    if verdict.run:
        steps.append(f"{quote(f'sklpar show {shlex.quote(verdict.run)}')} for the figures")
    if verdict.outcome == "failed" and verdict.mode == "config":
        again = f"sklpar tune {shlex.quote(verdict.spec_file)}"
        steps.append(f"{quote(again)} to choose a setting anew")
    return steps


def _check_reasons(verdict: Verdict, quote: Quote) -> list[str]:
    """Return each reason once for a setting; the headline has already given that of its check."""
    told = conclusion.decisive(verdict)
    metrics: dict[tuple[str, str], list[str]] = {}
    for one in words.worst_first(verdict):
        if one.reason and one != told:
            metrics.setdefault((one.setting, one.reason), []).append(words.METRICS[one.metric])
    return [
        f"{quote(setting)}, {', '.join(dict.fromkeys(names))}: {quote(shorten(reason))}"
        for (setting, reason), names in metrics.items()
    ]


def _not_guarded(verdict: Verdict, quote: Quote) -> list[str]:
    settings: dict[tuple[str, str], list[str]] = {}
    for one in verdict.not_guarded:
        metric = f"{words.METRICS[one.metric]} of " if one.metric else ""
        settings.setdefault((metric, one.why), []).append(quote(one.setting))
    return [
        f"Not guarded: {metric}{', '.join(ids)}: {quote(shorten(why))}"
        for (metric, why), ids in settings.items()
    ]


def _differences(verdict: Verdict, quote: Quote) -> list[str]:
    ordered = sorted(verdict.differences, key=lambda one: not one.blocking)
    words_of = {True: "Not comparable", False: "Differs"}
    return [
        f"{words_of[one.blocking]}: {conclusion.difference(one, verdict, quote)}" for one in ordered
    ]


def _notes(verdict: Verdict, quote: Quote) -> list[str]:
    """Return the notes; where nothing was compared, the first of them is the headline."""
    is_told = verdict.outcome == "passed" and not verdict.checks and not verdict.reasons
    return [quote(shorten(note)) for note in verdict.notes[1 if is_told else 0 :]]


def _origin(verdict: Verdict, quote: Quote) -> list[str]:
    name = f"{quote(shorten(verdict.name))}, " if verdict.name else ""
    found = []
    if verdict.rounds or verdict.void_rounds:
        found.append(f"Rounds: {verdict.rounds} that count, in {seconds(verdict.wall_s)}.")
    if verdict.void_rounds:
        void = ", ".join(map(str, verdict.void_rounds))
        found[-1] += f" The machine spoilt {len(verdict.void_rounds)} more: {void}."
    found.append(f"Job: {name}{quote(verdict.spec_file)}")
    if verdict.run:
        found.append(f"Run: {quote(verdict.run)}")
    return found


def _more_rounds(verdict: Verdict, quote: Quote) -> str:
    """Return how the open checks can be decided."""
    open_ = [one for one in verdict.checks if one.ruling == "inconclusive"]
    if any(one.ratio is None for one in open_):
        return f"{quote('--rounds 5')} or a larger --budget, so that three rounds or more count"
    if any(one.blurred for one in open_):
        flags = quote(f"--update --rounds {max(10, 2 * verdict.rounds)}")
        return (
            f"{flags} to measure the baseline more often: its own intervals are too wide for any "
            "number of rounds to decide"
        )
    needed = verdict.rounds_needed
    if needed is None:
        limit = quote("--regret" if verdict.mode == "config" else "--threshold")
        allow = quote("--allow-inconclusive")
        return (
            f"no number of rounds would decide so near the limit: give another {limit}, a quieter "
            f"machine, or {allow}"
        )
    flags = f"--rounds {needed}{_budget(verdict, needed)}"
    return f"{quote(flags)}: about {needed} rounds would decide, {verdict.rounds} did not"


def _budget(verdict: Verdict, rounds: int) -> str:
    """Return a budget for that many rounds at the pace of those measured, with a fifth to spare."""
    measured = verdict.rounds + len(verdict.void_rounds)
    if not measured:
        return ""
    return f" --budget {math.ceil(1.2 * verdict.wall_s / measured * rounds / 60)}m"


def _other_baseline(verdict: Verdict, quote: Quote) -> list[str]:
    if verdict.mode != "baseline":
        return []
    anew = f"{quote('--update')} to measure the baseline anew, here"
    fields = [one.field for one in verdict.differences if one.blocking]
    if not fields or any(field not in _OF_SECONDS_ALONE for field in fields):
        return [anew]
    what = "what holds on any machine (memory, threads, speedup, CPU inflation)"
    return [f"{quote('--ratios-only')} to compare {what}", anew]
