"""Verdicts built by hand: what their formats are tested on, no process started."""

from __future__ import annotations

import typing
from dataclasses import replace
from typing import Any

from sklpar.model import (
    Check,
    Conclusion,
    Difference,
    Estimate,
    Metric,
    Mode,
    NotGuarded,
    Ruling,
    Verdict,
)

# Everything that means something to a terminal, a CI runner, markdown, HTML, XML or a shell.
HOSTILE = (
    "evil\n::error::owned\r\n::stop-commands::x\n##[error]y ]]> <b>&amp;</b> | `tick` \\| @octocat "
    "[link](https://example.org) #12 $x$ *bold* _under_ % , : ' \" \x00\x1b[2J\x85\u2028\u202e"
    "\ud800\uffff\U000e0001 é 漢字 $(reboot)"
)
ENDLESS = f"{HOSTILE} {'long ' * 2_000}"

MODES: tuple[Mode, ...] = typing.get_args(Mode)
OUTCOMES: tuple[Conclusion, ...] = typing.get_args(Conclusion)
RULINGS: tuple[Ruling, ...] = typing.get_args(Ruling)
METRICS: tuple[Metric, ...] = typing.get_args(Metric)

_SUBJECTS: dict[Mode, str] = {
    "config": "tuned.yaml",
    "baseline": "base.json",
    "against": "/opt/main/bin/python",
}
_AGAINST: dict[Mode, str] = {"config": "as-written", "baseline": "baseline", "against": "other"}
# Ratio, and the ends of its interval, by which a limit of 1.10 gives each ruling.
_RATIOS: dict[Ruling, tuple[float, float, float]] = {
    "regressed": (1.312, 1.221, 1.404),
    "inconclusive": (1.08, 0.97, 1.19),
    "equivalent": (1.01, 0.98, 1.04),
    "improved": (0.8, 0.76, 0.85),
}
_BEFORE: dict[Metric, float] = {"memory": 254e6, "threads": 2.0}


def check(
    ruling: Ruling,
    setting: str = "loky-j2-t1",
    metric: Metric = "first_fit",
    *,
    against: str = "baseline",
    **fields: Any,
) -> Check:
    """A check with figures that fit its ruling; a failed one has none."""
    made = Check(setting=setting, metric=metric, against=against, ruling=ruling, limit=1.1)
    if ruling == "failed":
        return replace(made, **{"reason": "failed: ValueError: no", **fields})
    median, low, high = _RATIOS[ruling]
    before = _BEFORE.get(metric, 1.0)
    figures = {
        "ratio": Estimate(median=median, low=low, high=high, n=5, method="paired t, Holm"),
        "now": before / median if metric == "speedup" else before * median,
        "before": before,
        "rounds_needed": 14 if ruling == "inconclusive" else None,
    }
    return replace(made, **{**figures, **fields})


def checks_of(*rulings: Ruling, mode: Mode = "baseline", **fields: Any) -> tuple[Check, ...]:
    """One check for each ruling, of metrics in turn."""
    return tuple(
        check(ruling, metric=METRICS[i % len(METRICS)], against=_AGAINST[mode], **fields)
        for i, ruling in enumerate(rulings)
    )


_RULINGS: dict[Conclusion, tuple[Ruling, ...]] = {
    "passed": ("equivalent", "improved", "equivalent"),
    "failed": ("equivalent", "failed", "regressed", "inconclusive"),
    "inconclusive": ("equivalent", "inconclusive"),
    "interrupted": ("equivalent",),
}
_REASONS: dict[Conclusion, tuple[str, ...]] = {
    "not_comparable": ("it lacks the row serial", "its row loky-j2-t1 is failed"),
    "nothing_measured": ("every setting failed: as-written: ValueError: no",),
}


def verdict(outcome: Conclusion = "passed", mode: Mode = "baseline", **fields: Any) -> Verdict:
    """A verdict as guard would give it."""
    measured = outcome not in ("not_comparable", "nothing_measured")
    return replace(
        Verdict(
            sklpar_version="0.4.0",
            mode=mode,
            outcome=outcome,
            subject=_SUBJECTS[mode],
            spec_file="specs/churn.yaml",
            spec_line=3,
            name="churn search",
            started_at="2026-11-20T10:00:00+00:00",
            checks=checks_of(*_RULINGS.get(outcome, ()), mode=mode),
            reasons=_REASONS.get(outcome, ()),
            rounds=5 if measured else 0,
            void_rounds=(3, 7) if measured else (),
            wall_s=64.2,
            run=".sklpar/guard/20261120-100000-ab" if measured else None,
        ),
        **fields,
    )


def hostile(outcome: Conclusion, mode: Mode) -> Verdict:
    """A verdict in which every text that comes from elsewhere means harm."""
    plain = verdict(outcome, mode)
    return replace(
        plain,
        subject=HOSTILE,
        spec_file=HOSTILE,
        name=HOSTILE,
        started_at=HOSTILE,
        run=HOSTILE,
        reasons=(ENDLESS, HOSTILE),
        notes=(HOSTILE,),
        checks=tuple(
            replace(one, setting=HOSTILE, reason=ENDLESS, against=HOSTILE) for one in plain.checks
        ),
        not_guarded=(NotGuarded(setting=HOSTILE, why=HOSTILE, metric="cpu"),),
        differences=(Difference(field=HOSTILE, before=HOSTILE, now=HOSTILE, blocking=True),),
    )


def every_verdict() -> dict[str, Verdict]:
    """Verdicts of every outcome and mode, in good order, hostile, and at odds with themselves."""
    found = {}
    for mode in MODES:
        for outcome in OUTCOMES:
            of = verdict(outcome, mode)
            found[f"{mode} {outcome}"] = of
            found[f"{mode} {outcome} hostile"] = hostile(outcome, mode)
            found[f"{mode} {outcome} without checks"] = replace(of, checks=(), reasons=())
            for ruling in RULINGS:
                odd = checks_of(ruling, mode=mode)
                found[f"{mode} {outcome} {ruling} only"] = replace(of, checks=odd)
    for mode in MODES:
        allowed = verdict("inconclusive", mode, inconclusive_allowed=True)
        found[f"{mode} inconclusive allowed"] = allowed
        found[f"{mode} failed, inconclusive allowed"] = verdict(
            "failed", mode, inconclusive_allowed=True
        )
    return found
