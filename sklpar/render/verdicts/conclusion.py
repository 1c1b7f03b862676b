"""The conclusion as one sentence, with the figures that decided it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render.plain import shorten
from sklpar.render.verdicts import words

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sklpar.model import Check, Difference, Ruling, Verdict
    from sklpar.render.verdicts.words import Quote

_BAD: Mapping[Ruling, str] = {"regressed": "regressed", "failed": "could not be made"}
_OPEN: Mapping[Ruling, str] = {"inconclusive": "remained undecided"}


def headline(verdict: Verdict, quote: Quote) -> str:
    """Return the outcome and why, such as ``FAIL: 1 of 4 comparisons with ... regressed: ...``."""
    return f"{words.outcome(verdict)}: {why(verdict, quote)}"


def why(verdict: Verdict, quote: Quote) -> str:
    """Return what led to the outcome, without the outcome's own word."""
    if verdict.outcome == "inconclusive":
        allowed = "inconclusive, which is allowed: " if verdict.exit_code == 0 else ""
        return f"{allowed}{_decided(verdict, quote, _OPEN)}"
    if verdict.outcome == "passed":
        return _passed(verdict, quote)
    if verdict.outcome == "failed":
        return _decided(verdict, quote, _BAD)
    if verdict.outcome == "not_comparable":
        return _objection(verdict, quote)
    if verdict.outcome == "interrupted":
        rounds = words.plural(verdict.rounds, "round")
        return _reason(verdict, quote) or f"after {rounds}, before there was a verdict"
    return _reason(verdict, quote) or "every setting failed"


def decisive(verdict: Verdict) -> Check | None:
    """Return the check that the headline is about; None where it is about none."""
    ordered = words.worst_first(verdict)
    if verdict.outcome == "failed":
        return next((one for one in ordered if one.ruling in _BAD), None)
    if verdict.outcome == "inconclusive":
        return next((one for one in ordered if one.ruling in _OPEN), None)
    if verdict.outcome == "passed":
        return max((one for one in ordered if one.ratio), key=words.nearness, default=None)
    return None


def finding(check: Check, verdict: Verdict, quote: Quote) -> str:
    """Return what a check found: both values, the ratio with what is known of it, the limit."""
    setting, metric = quote(check.setting), words.METRICS[check.metric]
    reason = quote(shorten(check.reason)) if check.reason else ""
    if check.ruling == "failed":
        return f"{setting} has no {metric} to compare: {reason or 'no reason was given'}"
    text = f"{metric} of {setting}{_values(check, verdict, quote)}"
    if check.ratio is None:
        return f"{text}: {reason}" if reason else text
    ratio = f"ratio {words.factor(check.ratio.median)}{_bounds(check)}"
    limit = f"limit {words.limit(check.limit)}"
    return f"{text}: {ratio}, {limit}{f' ({reason})' if reason else ''}"


def _values(check: Check, verdict: Verdict, quote: Quote) -> str:
    now = "" if check.now is None else f" is {words.shown(check, check.now)}"
    if check.before is None:
        return now
    before = words.shown(check, check.before)
    if check.against == "baseline":
        return f"{now} ({before} in the baseline)"
    if check.against == "other":
        return f"{now} ({before} under {quote(verdict.subject)})"
    if check.metric == "speedup":
        return f"{now} ({before} is required)"
    return f"{now} ({before} for {quote(check.against)})"


def _bounds(check: Check) -> str:
    """Return the end of the interval that the ruling rests on, or both where neither decides."""
    ratio = check.ratio
    if ratio is None or ratio.low is None or ratio.high is None:
        return ""
    if check.ruling == "regressed":
        return f", at least {words.factor(ratio.low)}"
    if check.ruling == "inconclusive":
        return f", from {words.factor(ratio.low)} to {words.factor(ratio.high)}"
    return f", at most {words.factor(ratio.high)}"


def _made(verdict: Verdict, quote: Quote) -> str:
    preposition = "of" if verdict.mode == "config" else "against"
    return f"{words.plural(len(verdict.checks), 'check')} {preposition} {quote(verdict.subject)}"


def _passed(verdict: Verdict, quote: Quote) -> str:
    if not verdict.checks:
        notes = [*verdict.reasons, *verdict.notes]
        return quote(shorten(notes[0])) if notes else "nothing was to be compared"
    improved = sum(one.ruling == "improved" for one in verdict.checks)
    better = f", {improved} improved" if improved else ""
    text = f"{_made(verdict, quote)}, none beyond its limit{better}"
    nearest = decisive(verdict)
    return f"{text}; the nearest: {finding(nearest, verdict, quote)}" if nearest else text


def _decided(verdict: Verdict, quote: Quote, verbs: Mapping[Ruling, str]) -> str:
    """Return how many checks of the rulings in `verbs` decided the outcome, and the worst."""
    ones = [one for one in words.worst_first(verdict) if one.ruling in verbs]
    if not ones:
        return _reason(verdict, quote) or "nothing was compared"
    verb = " or ".join(verbs[ruling] for ruling in verbs if ruling in {one.ruling for one in ones})
    link = ":" if len(ones) == 1 else "; the worst:"
    share = f"{len(ones)} of {_made(verdict, quote)}"
    return f"{share} {verb}{link} {finding(ones[0], verdict, quote)}"


def _objection(verdict: Verdict, quote: Quote) -> str:
    """Return the first of what is not comparable; the others are listed below."""
    reason = _reason(verdict, quote)
    if reason:
        named = verdict.reasons[0].startswith(verdict.subject)
        return reason if named else f"{quote(verdict.subject)}: {reason}"
    blocking = [one for one in verdict.differences if one.blocking]
    if not blocking:
        return f"{quote(verdict.subject)} cannot be compared with"
    more = f" (and {words.plural(len(blocking) - 1, 'more difference')})" if blocking[1:] else ""
    return f"{quote(verdict.subject)}: {difference(blocking[0], verdict, quote)}{more}"


def difference(one: Difference, verdict: Verdict, quote: Quote) -> str:
    """Return a difference: ``cpu_model was A, is B``."""
    before, now = quote(shorten(one.before)), quote(shorten(one.now))
    if verdict.mode == "against":
        return f"{quote(one.field)} is {now} here, {before} there"
    return f"{quote(one.field)} was {before}, is {now}"


def _reason(verdict: Verdict, quote: Quote) -> str:
    return quote(shorten(verdict.reasons[0])) if verdict.reasons else ""


def rest(reasons: Sequence[str], quote: Quote) -> list[str]:
    """Return the reasons that the headline has no room for."""
    return [f"Also: {quote(shorten(reason))}" for reason in reasons[1:]]
