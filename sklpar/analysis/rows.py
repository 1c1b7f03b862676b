"""One row of the result for each setting: its estimates, its status, what was observed."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace

from sklpar.analysis.answers import AnswerCheck
from sklpar.analysis.disturbance import void_rounds
from sklpar.analysis.index import trials_of
from sklpar.analysis.samples import (
    MEASURES,
    by_round,
    confirming,
    failures_of,
    outcomes_of,
    samples_of,
    value,
)
from sklpar.analysis.statistics import estimate
from sklpar.model import (
    Estimate,
    Failure,
    Observed,
    Reading,
    Run,
    Sample,
    Setting,
    SettingReport,
    Status,
    Unavailable,
)
from sklpar.spec.node_codec import plain_node

_OF_VOID_ROUNDS = "its trials were all in rounds that do not count"
# Whose single values a report keeps: what a guard compares, and what is drawn.
_KEPT = ("first_fit_s", "first_fit_cpu_s", "fit_s", "cpu_s", "peak_memory_bytes")
_FAILURE_RANK = ("failed", "out_of_memory", "timeout", "stopped_early")


def row_of(run: Run, setting: Setting, check: AnswerCheck) -> SettingReport:
    """Return the row of one setting; findings are added by the rules."""
    status, reason = _status(run, setting.id, check)
    outcomes = outcomes_of(run, setting.id)
    return SettingReport(
        id=setting.id,
        n_jobs=setting.n_jobs,
        backend=setting.backend,
        inner_threads=setting.inner_threads,
        params=plain_node(setting.params),
        resolved=next((one.resolved for one in trials_of(run, setting.id)), {}),
        status=status,
        reason=reason,
        measures={name: _measure(run, setting.id, name, status) for name in MEASURES},
        observed=_observed(outcomes),
        values=_single_values(by_round, run, setting.id),
        confirming=_single_values(confirming, run, setting.id),
    )


def _single_values(
    rounds_of: Callable[[Run, str, str], Mapping[int, float]], run: Run, setting: str
) -> dict[str, dict[str, float]]:
    """Return measure to round to value, of the measures that have any."""
    found = {
        name: {str(round_): value for round_, value in rounds_of(run, setting, name).items()}
        for name in _KEPT
    }
    return {name: values for name, values in found.items() if values}


def skipped_row(setting: Setting, reason: str) -> SettingReport:
    """Return the row of a setting that the plan left out."""
    why = Unavailable(unavailable=f"skipped: {reason}")
    return SettingReport(
        id=setting.id,
        n_jobs=setting.n_jobs,
        backend=setting.backend,
        inner_threads=setting.inner_threads,
        params=plain_node(setting.params),
        resolved={},
        status="skipped",
        reason=reason,
        measures=dict.fromkeys(MEASURES, why),
        observed=None,
        ladder_unavailable=why.unavailable,
    )


def _status(run: Run, setting: str, check: AnswerCheck) -> tuple[Status, str | None]:
    """One bad trial decides: a setting that fails now and then is not one to run with."""
    trials = trials_of(run, setting)
    if not trials:
        return "stopped_early", "the run ended before its first trial"
    failures = failures_of(run, setting)
    if failures:
        worst: Failure = min(failures, key=lambda f: _FAILURE_RANK.index(f.status))
        of = f" (in {len(failures)} of {len(trials)} trials)" if len(trials) > 1 else ""
        return worst.status, worst.reason + of
    for trial in trials:
        # Confirming and void ones as well: only the discarded one does not count.
        if trial.status == "not_as_requested":
            return "not_as_requested", trial.reason
    if setting in check.differing:
        return "differs", check.differing[setting]
    if not outcomes_of(run, setting):
        return "stopped_early", f"{_OF_VOID_ROUNDS}, and the run ended before another"
    return "ok", None


def _measure(run: Run, setting: str, name: str, status: Status) -> Estimate | Unavailable:
    readings = [value(sample, name) for sample in samples_of(run, setting)]
    known = [reading for reading in readings if isinstance(reading, Reading)]
    bounds = _cut_off_at(run, setting, name)
    if bounds and len(bounds) >= len(known):
        # The median is among those that were stopped: all that is known of it is a bound.
        least = sorted([*(reading.value for reading in known), *bounds])
        at_least = least[(len(least) - 1) // 2]
        of = f" in {len(bounds)} of {len(least)} trials" if len(least) > 1 else ""
        return Unavailable(unavailable=f"stopped{of}: at least {at_least:.3g} s", at_least=at_least)
    if known:
        found = estimate([reading.value for reading in known], known[0].method)
        return found if not bounds else _of_survivors(found, known, bounds)
    for reading in readings:
        if isinstance(reading, Unavailable):
            return reading
    if any(isinstance(trial, Sample) for trial in trials_of(run, setting)):
        return Unavailable(unavailable=_OF_VOID_ROUNDS)
    return Unavailable(unavailable=f"no trial ran to its end: {status}")


def _cut_off_at(run: Run, setting: str, name: str) -> list[float]:
    """Return how long the fits that this measure is of had run when they were stopped.

    What a void round says is left out where others say anything.
    """
    which = {"first_fit_s": 0, "fit_s": 1}.get(name)
    void = void_rounds(run) if outcomes_of(run, setting) else frozenset()
    return [
        failure.cut_off_s
        for failure in failures_of(run, setting)
        if failure.cut_off_s is not None
        and failure.round not in void
        and min(len(failure.fits), 1) == which
    ]


def _of_survivors(found: Estimate, known: Sequence[Reading], bounds: Sequence[float]) -> Estimate:
    """Return the median over all trials, those that were stopped being longer than any other."""
    values = sorted([*(reading.value for reading in known), *bounds])
    middle = (len(values) - 1) // 2, len(values) // 2
    return replace(
        found,
        median=sum(values[i] for i in middle) / 2,
        low=None,
        high=None,
        method=f"{found.method.split(';')[0]}; {len(bounds)} of {len(values)} trials were stopped",
    )


def _observed(outcomes: Sequence[Sample | Failure]) -> Observed | None:
    """Return peaks over trials; caps are what the weakest trial proved."""
    seen = [outcome.observed for outcome in outcomes if outcome.observed is not None]
    if not seen:
        return None
    caps = [one.caps for one in seen]
    worst = next((c for c in ("violated", "unverified") if c in caps), "verified")
    return Observed(
        processes=_peak([one.processes for one in seen]),
        workers=_peak([one.workers for one in seen]),
        threads_peak=_peak([one.threads_peak for one in seen]),
        runnable_peak=_peak([one.runnable_peak for one in seen]),
        busy_threads=_peak([one.busy_threads for one in seen]),
        pools=max((one.pools for one in seen), key=len),
        caps=next(one.caps for one in seen if one.caps == worst),
    )


def _peak(values: Sequence[int | None]) -> int | None:
    known = [value for value in values if value is not None]
    return max(known) if known else None
