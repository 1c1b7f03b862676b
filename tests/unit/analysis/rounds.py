"""Runs of five rounds on a quiet machine, and what may disturb them."""

from __future__ import annotations

import math
import random
from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import Any

from sklpar.analysis.analyse import analyse
from sklpar.model import Finding, Fit, Noise, Reading, Run, Sample, Setting
from tests.unit.builders import (
    AS_WRITTEN,
    LOKY,
    SERIAL,
    THREADING,
    make_fit,
    make_run,
    make_sample,
    make_setting,
)

SETTINGS = [LOKY, THREADING, make_setting("loky", 2, "default")]
EVERY: tuple[Setting, ...] = (AS_WRITTEN, SERIAL, *SETTINGS)
TIMES = dict(zip((s.id for s in EVERY), (2.0, 3.0, 1.5, 1.9, 1.2), strict=True))

Change = Callable[[Sample], Sample]


def rounds(
    *changes: Change,
    count: int = 5,
    noise: float = 0.05,
    seed: int = 1,
    settings: Sequence[Setting] = EVERY,
    finished: bool = True,
    **spec: Any,
) -> Run:
    """A run of every setting in so many rounds, in which fits and pace scatter by `noise`."""
    draw = random.Random(seed)
    outcomes = [make_sample(SERIAL, 0, trial=0)]
    for round_ in range(1, count + 1):
        for setting in settings:
            wall_s = TIMES[setting.id] * math.exp(draw.gauss(0, noise))
            sample = make_sample(
                setting,
                round_,
                fit(wall_s),
                trial=len(outcomes),
                pace_s=0.003 * math.exp(draw.gauss(0, noise)),
            )
            for change in changes:
                sample = change(sample)
            outcomes.append(sample)
    run = make_run(SETTINGS, outcomes, **spec)
    return replace(run, finished_at="2026-01-02T04:00:00+00:00" if finished else None)


def fit(wall_s: float) -> Fit:
    return make_fit(wall_s, outside_s=0.01 * wall_s, steal_s=0.0, swapped_bytes=0.0)


def during(*numbers: int, **readings: float) -> Change:
    """Have the trials of some rounds read this much for each second of a fit."""

    def change(sample: Sample) -> Sample:
        if sample.round not in numbers:
            return sample
        fits = tuple(
            replace(
                one,
                readings={
                    **one.readings,
                    **{
                        name: Reading(value=value * wall(one), method="by hand")
                        for name, value in readings.items()
                    },
                },
            )
            for one in sample.fits
        )
        return replace(sample, fits=fits)

    return change


def wall(one: Fit) -> float:
    reading = one.readings["wall_s"]
    assert isinstance(reading, Reading)
    return reading.value


def slower(*numbers: int, by: float) -> Change:
    """Have fits of some rounds take longer, CPU and all."""

    def change(sample: Sample) -> Sample:
        if sample.round not in numbers:
            return sample
        return replace(sample, fits=tuple(fit(wall(one) * by) for one in sample.fits))

    return change


def paced(factor: Callable[[Sample], float]) -> Change:
    """Have the machine be slower by itself."""
    return lambda sample: replace(sample, pace_s=(sample.pace_s or 0.003) * factor(sample))


def without_pace(sample: Sample) -> Sample:
    return replace(sample, pace_s=None)


def noise(run: Run) -> Noise:
    return analyse(run).noise


def found(run: Run) -> dict[str, Finding]:
    """The findings on a run by rule; at most one of each here."""
    findings = noise(run).findings
    assert len({finding.rule for finding in findings}) == len(findings)
    return {finding.rule: finding for finding in findings}
