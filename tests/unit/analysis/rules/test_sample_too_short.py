"""Samples of the data that start-up dominates."""

from __future__ import annotations

from typing import Any

from sklpar.model import Outcome, Run
from tests.unit.analysis.rules.judging import PROCESSES, job, said, severities
from tests.unit.builders import AS_WRITTEN, LOKY, SERIAL, THREADING, make_fit, make_sample

RULE = "sample_too_short"
SAMPLE = {"path": "d.csv", "sample": 100}


def timed(serial_s: float, loky_s: tuple[float, ...] = (), **more: Any) -> Run:
    outcomes: list[Outcome] = [
        make_sample(one, n, make_fit(serial_s)) for one in (SERIAL, AS_WRITTEN) for n in (1, 2)
    ]
    fits = [make_fit(one) for one in loky_s]
    outcomes += [make_sample(LOKY, n, *fits, observed=PROCESSES) for n in (1, 2) if fits]
    return job([LOKY, THREADING], outcomes, **{"data": SAMPLE, **more})


def test_a_sample_of_milliseconds_is_a_warning_where_workers_were_started() -> None:
    found = said(RULE, timed(0.02, (0.9,)))
    assert set(found) == {LOKY.id}
    assert found[LOKY.id].severity == "warning"
    assert "sample" in found[LOKY.id].advice
    assert found[LOKY.id].evidence["sampled_rows"] == 100


def test_without_worker_processes_it_is_told_of_what_the_user_runs() -> None:
    assert severities(RULE, timed(0.02)) == {"as-written": "warning"}


def test_a_start_that_takes_longer_than_the_work_is_too_short_as_well() -> None:
    assert severities(RULE, timed(0.8, (2.0, 0.5))) == {LOKY.id: "warning"}


def test_a_sample_that_keeps_its_workers_busy_is_none() -> None:
    assert not severities(RULE, timed(8.0, (5.0, 4.2)))
    assert not severities(RULE, timed(8.0, (5.0,)))
    assert not severities(RULE, timed(8.0))


def test_a_job_that_is_short_by_itself_is_told_so_once_and_mildly() -> None:
    whole = {"data": {"path": "d.csv"}}
    assert severities(RULE, timed(0.02, (0.9, 0.02), **whole)) == {"as-written": "info"}
    assert not severities(RULE, timed(0.8, (2.0, 0.5), **whole))


def test_a_job_that_is_long_as_written_is_not_told_that_it_is_short() -> None:
    long = [make_sample(AS_WRITTEN, n, make_fit(12.0)) for n in (1, 2)]
    short = [make_sample(SERIAL, n, make_fit(0.1)) for n in (1, 2)]
    assert not severities(RULE, job([LOKY], [*long, *short]))


def test_a_callable_has_no_sample() -> None:
    run = timed(1.0, (2.0, 0.1), data=None, callable=None)
    assert not severities(RULE, run)


def test_others_load_does_not_make_a_short_fit_long() -> None:
    slow = [make_sample(SERIAL, n, make_fit(0.6, cpu_s=0.1, wait_s=0.5)) for n in (1, 2)]
    assert severities(RULE, job([LOKY], slow, data=SAMPLE)) == {"serial": "warning"}


def test_an_answer_from_a_cache_is_short_for_another_reason() -> None:
    stored = [make_sample(SERIAL, n, make_fit(2.0 if n == 0 else 0.004)) for n in range(4)]
    run = job([LOKY], [*stored, make_sample(AS_WRITTEN)], inspection={"is_callable": True})
    assert severities("cached_repeats", run)
    assert not severities(RULE, run)
