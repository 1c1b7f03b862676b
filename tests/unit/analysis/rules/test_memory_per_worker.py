"""Memory multiplied by workers, held against serial's peak of 500 MB on a host of 16 GB."""

from __future__ import annotations

from typing import Any

import pytest

from sklpar.model import Observed, Outcome, Setting
from tests.unit.analysis.rules.judging import PROCESSES, THREADS, job, said, severities
from tests.unit.builders import (
    LOKY,
    SERIAL,
    THREADING,
    make_failure,
    make_fit,
    make_sample,
    make_setting,
)

RULE = "memory_per_worker"
MULTI = make_setting("multiprocessing")


def peaks(setting: Setting, peak_mb: float, observed: Observed = PROCESSES, **more: Any) -> Any:
    outcomes: list[Outcome] = [
        make_sample(one, n, make_fit(1.0, memory_bytes=mb * 1e6), observed=seen, data_bytes=200)
        for one, mb, seen in (
            (SERIAL, 500, Observed(processes=1, workers=0)),
            (setting, peak_mb, observed),
        )
        for n in (1, 2, 3)
    ]
    more = {"host": {"memory_bytes": 16_000_000_000}, **more}
    return job([setting], outcomes, **more)


def test_copies_in_each_worker_process_are_a_warning_that_names_the_knobs() -> None:
    found = said(RULE, peaks(LOKY, 1200))[LOKY.id]
    assert found.severity == "warning"
    assert found.evidence["per_worker_bytes"] == pytest.approx(350e6)
    assert found.evidence["worker_count"] == 2
    assert "threading" in found.advice
    assert "n_jobs" in found.advice


def test_a_forked_worker_has_less_of_its_own_to_hold() -> None:
    assert severities(RULE, peaks(MULTI, 820)) == {MULTI.id: "warning"}
    assert not severities(RULE, peaks(LOKY, 820))


@pytest.mark.parametrize(
    ("setting", "peak_mb", "observed"),
    [
        (LOKY, 760, PROCESSES),  # an interpreter with its imports in each
        (THREADING, 900, THREADS),  # folds of their own, and room for them
        (LOKY, 520, Observed(processes=1, workers=0)),  # no worker was ever started
        (make_setting("loky", 8), 1700, Observed(processes=9, workers=8)),
    ],
)
def test_what_workers_cost_anyhow_is_none(
    setting: Setting, peak_mb: float, observed: Observed
) -> None:
    assert not severities(RULE, peaks(setting, peak_mb, observed))


def test_a_peak_near_the_memory_of_the_host_is_a_warning_for_threads_too() -> None:
    small = {"host": {"memory_bytes": 1_000_000_000}}
    found = said(RULE, peaks(THREADING, 850, THREADS, **small))[THREADING.id]
    assert found.severity == "warning"
    assert "float32" in found.advice


def test_the_limit_of_the_spec_counts_as_the_host_does() -> None:
    assert severities(RULE, peaks(LOKY, 760, memory_limit_bytes=800_000_000)) == {
        LOKY.id: "warning"
    }


def test_what_serial_needs_as_well_is_not_the_workers_doing() -> None:
    small = {"host": {"memory_bytes": 600_000_000}}
    assert severities(RULE, peaks(THREADING, 520, THREADS, **small)) == {}


def test_much_of_the_host_for_interpreters_alone_is_worth_a_word() -> None:
    eight = make_setting("loky", 8)
    run = peaks(eight, 1700, Observed(processes=9, workers=8), host={"memory_bytes": 8_000_000_000})
    assert severities(RULE, run) == {eight.id: "info"}


def test_workers_that_were_killed_for_memory_are_an_error_where_one_was_not() -> None:
    serial = make_sample(SERIAL, 1, make_fit(1.0, memory_bytes=500e6))
    killed = make_failure(LOKY, 1, "out_of_memory")
    assert severities(RULE, job([LOKY], [serial, killed])) == {LOKY.id: "error"}
    alone = make_failure(SERIAL, 1, "out_of_memory")
    assert not severities(RULE, job([LOKY], [alone, killed]))


def test_other_work_needs_other_memory() -> None:
    deeper = make_setting("loky", 2, 1, depth=20)
    assert not severities(RULE, peaks(deeper, 1500))
