"""Looking things up in the outcomes of a run.

Round 0 is the discarded trial; rounds beyond ``measure.rounds`` confirm the recommendation. Neither
counts in a row's figures: those are of the rounds in which settings were measured side by side.
Rounds that the machine spoilt count nowhere, but for failures: a job that fails has failed.
"""

from __future__ import annotations

import statistics
from collections.abc import Iterable, Sequence

from sklpar.analysis.disturbance import void_rounds
from sklpar.analysis.index import trials_of
from sklpar.model import Failure, Fit, Outcome, Reading, Run, Sample, Unavailable

# The document's fields: which quantity, and over which fits of a trial.
MEASURES: dict[str, tuple[str, str]] = {
    "first_fit_s": ("wall_s", "first"),
    "first_fit_cpu_s": ("cpu_s", "first"),
    "fit_s": ("wall_s", "warm"),
    "cpu_s": ("cpu_s", "warm"),
    "peak_memory_bytes": ("peak_memory_bytes", "peak"),
    "run_queue_wait_s": ("run_queue_wait_s", "warm or first"),
    "involuntary_switches": ("involuntary_switches", "warm or first"),
}


def confirms(run: Run, outcome: Outcome) -> bool:
    """Tell whether a trial was run to confirm the recommendation."""
    return outcome.round > run.spec.measure.rounds


def outcomes_of(run: Run, setting: str) -> list[Outcome]:
    """Return the counted outcomes of a setting, in the order of their rounds."""
    last, void = run.spec.measure.rounds, void_rounds(run)
    return [o for o in trials_of(run, setting) if o.round <= last and o.round not in void]


def samples_of(run: Run, setting: str) -> list[Sample]:
    """Return the counted trials of a setting that ran to their end."""
    return [o for o in outcomes_of(run, setting) if isinstance(o, Sample)]


def failures_of(run: Run, setting: str) -> list[Failure]:
    """Return the trials of a setting that did not, confirming and void ones among them.

    But one that was stopped early in a void round says nothing once there is one that counts: it
    was held against the best's time in a round that was slow for all.
    """
    failures = [o for o in trials_of(run, setting) if isinstance(o, Failure)]
    void = void_rounds(run) if failures else frozenset()
    if not void or not outcomes_of(run, setting):
        return failures
    return [o for o in failures if o.status != "stopped_early" or o.round not in void]


def value(sample: Sample, measure: str) -> Reading | Unavailable:
    """Return one number of a trial: of its first fit, the median of its warm ones, or the peak.

    Parameters
    ----------
    measure : str
        A key of `MEASURES`.
    """
    quantity, which = MEASURES[measure]
    first, warm = sample.fits[:1], sample.fits[1:]
    fits = {"first": first, "warm": warm, "peak": sample.fits, "warm or first": warm or first}[
        which
    ]
    return _combine(fits, quantity, peak=which == "peak")


def _combine(fits: Sequence[Fit], quantity: str, *, peak: bool) -> Reading | Unavailable:
    if not fits:
        return Unavailable(unavailable="repeats is 0")
    readings = [fit.readings[quantity] for fit in fits]
    known = [reading for reading in readings if isinstance(reading, Reading)]
    if not known:
        return next(r for r in readings if isinstance(r, Unavailable))
    values = [reading.value for reading in known]
    combined = max(values) if peak else statistics.median(values)
    return Reading(value=combined, method=known[0].method)


def by_round(run: Run, setting: str, measure: str) -> dict[int, float]:
    """Return a measure of a setting by round, for ratios within rounds."""
    return _by_round(samples_of(run, setting), measure)


def table_of(run: Run, settings: Iterable[str], measure: str) -> dict[str, dict[int, float]]:
    """Return setting to round to value, of the settings that have a value that can be compared."""
    table = {
        setting: {r: v for r, v in by_round(run, setting, measure).items() if v > 0}
        for setting in settings
    }
    return {setting: values for setting, values in table.items() if values}


def confirming(run: Run, setting: str, measure: str) -> dict[int, float]:
    """Return a measure of a setting by confirming round."""
    void = void_rounds(run)
    return _by_round(
        (
            o
            for o in trials_of(run, setting)
            if isinstance(o, Sample) and confirms(run, o) and o.round not in void
        ),
        measure,
    )


def _by_round(samples: Iterable[Sample], measure: str) -> dict[int, float]:
    return {
        sample.round: reading.value
        for sample in samples
        if isinstance(reading := value(sample, measure), Reading)
    }
