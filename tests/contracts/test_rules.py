"""What holds for every diagnosis, whichever are registered."""

from __future__ import annotations

import json
import math
import re
from collections.abc import Mapping
from dataclasses import asdict

import pytest

from sklpar.analysis.analyse import analyse
from sklpar.analysis.case import case_of
from sklpar.analysis.rules import RULES
from sklpar.model import Failure, Observed, Outcome, Report, Run
from sklpar.render.remarks import REASONS
from sklpar.store.document import report_from_json, report_to_json
from tests.unit.builders import (
    AS_WRITTEN,
    LOKY,
    SERIAL,
    THREADING,
    answer,
    cut_off,
    make_call,
    make_failure,
    make_fit,
    make_run,
    make_sample,
    make_samples,
    make_setting,
)

DEFAULT = make_setting("threading", 2, "default")
SETTINGS = [LOKY, THREADING, DEFAULT]
BARE = make_fit(0.0, cpu_s=0.0, memory_bytes=None, wait_s=None, outside_s=None, switches=None)
CROWD = make_fit(9.0, cpu_s=18.0, wait_s=40.0)
EVERY = (AS_WRITTEN, SERIAL, *SETTINGS)

CALLS = (
    make_call("threading", 2, 3, tail_idle_s=0.5),
    make_call("loky", 2, 3, 0.2, own_cpu_s=0.2, first_done_s=0.1, calls=3),
    make_call("multiprocessing", 4, 1, 0.0, own_cpu_s=0.0, first_done_s=0.0, calls=0),
    make_call("sequential", 1, 400, depth=1),
)
FULL = make_fit(
    1.5,
    cpu_s=1.6,
    calls=CALLS,
    widths_s=(0.1, 1.0, 0.4),
    worker_cpu_s=(0.9, 0.6),
    throttled_s=0.5,
    steal_s=0.1,
    swapped_bytes=1e6,
)
VOID = make_fit(0.0, cpu_s=0.0, calls=CALLS, widths_s=(0.0, 0.0), throttled_s=0.0)

RUNS: dict[str, list[Outcome]] = {
    "nothing yet": [],
    "only the discarded trial": [make_sample(SERIAL, 0)],
    "one trial": [make_sample(LOKY)],
    "all fine": [one for setting in EVERY for one in make_samples(setting, [1.0, 1.1, 0.9])],
    "one is crowded": [
        *make_samples(SERIAL, [1.0, 1.0, 1.0]),
        *(make_sample(DEFAULT, n, CROWD, runnable=9) for n in (1, 2, 3)),
    ],
    "cut off while crowded": [
        *make_samples(SERIAL, [1.0]),
        cut_off(AS_WRITTEN, 9.0, unfinished=CROWD, observed=Observed(runnable_peak=9)),
    ],
    "all failed": [make_failure(setting) for setting in EVERY],
    "all timed out": [cut_off(setting, 5.0, unfinished=BARE) for setting in EVERY],
    "nothing could be read": [make_sample(s, n, BARE, BARE) for s in EVERY for n in (1, 2, 3)],
    "nothing was observed": [make_failure(s, fits=(make_fit(1.0),)) for s in EVERY],
    "everything was read": [
        make_sample(s, n, FULL, FULL, data_bytes=10**9, pace_s=0.01)
        for s in EVERY
        for n in (1, 2, 3)
    ],
    "calls of no length": [make_sample(s, n, VOID) for s in EVERY for n in (1, 2, 3)],
    "a first fit that is far slower": [
        *(make_sample(s, n, CROWD, FULL) for s in SETTINGS for n in (1, 2, 3)),
        *make_samples(SERIAL, [1.0, 1.0, 1.0]),
    ],
    "answers that differ": [
        make_sample(setting, n, answer=answer(float(n), float(i)))
        for n in (0, 1, 2)
        for i, setting in enumerate(EVERY)
    ],
}
every_run = pytest.mark.parametrize("outcomes", RUNS.values(), ids=RUNS)
every_rule = pytest.mark.parametrize("name", RULES)


def run(outcomes: list[Outcome]) -> Run:
    return make_run(SETTINGS, outcomes)


@every_rule
@every_run
def test_its_findings_belong_to_rows_and_carry_its_id_numbers_and_advice(
    name: str, outcomes: list[Outcome]
) -> None:
    rows = analyse(run(outcomes)).settings
    found = RULES[name](case_of(run(outcomes), rows))
    assert set(found) <= {row.id for row in rows}
    for finding in (one for findings in found.values() for one in findings):
        assert finding.rule == name
        assert finding.evidence
        assert finding.advice
        assert finding.severity in {"info", "warning", "error"}
        json.dumps(dict(finding.evidence), allow_nan=False)


@every_rule
def test_its_id_is_a_word_that_scripts_can_match(name: str) -> None:
    assert re.fullmatch(r"[a-z][a-z_]+", name)


@every_rule
def test_it_finds_nothing_before_anything_was_measured(name: str) -> None:
    assert not RULES[name](case_of(run([]), analyse(run([])).settings))


@every_run
def test_any_run_has_a_report_that_can_be_stored(outcomes: list[Outcome]) -> None:
    report: Report = analyse(run(outcomes))
    assert (report.recommendation is None) != (report.recommendation_unavailable is None)
    assert report_from_json(report_to_json(report)) == report
    assert [row.id for row in report.settings] == [setting.id for setting in EVERY]
    for row in report.settings:
        assert (row.reason is None) == (row.status == "ok")
    if all(isinstance(one, Failure) for one in outcomes):
        assert report.recommendation is None


@every_run
def test_no_figure_of_a_report_is_infinite_or_nan(outcomes: list[Outcome]) -> None:
    def walk(value: object) -> None:
        assert not isinstance(value, float) or math.isfinite(value)
        if isinstance(value, Mapping):
            value = list(value.values())
        for inner in value if isinstance(value, list | tuple) else ():
            walk(inner)

    walk(asdict(analyse(run(outcomes))))


# What these tell of is no reason why a job is slow, dear or large.
NO_REASON = {
    "cached_repeats",
    "cap_violated",
    "environment",
    "failed_candidates",
    "no_effect",
    "own_threads",
    "readonly_memmap",
    "sample_too_short",
    "temp_space",
}


def test_of_each_rule_it_is_known_whether_it_may_be_why_a_job_is_slow() -> None:
    reasons: frozenset[str] = frozenset().union(*(rules for _, rules in REASONS.values()))
    assert reasons.isdisjoint(NO_REASON)
    assert reasons | NO_REASON == set(RULES)
