"""What the caller's environment says is told of as-written, and only where workers are."""

from __future__ import annotations

from typing import Any

import pytest

from sklpar.model import Run
from tests.unit.analysis.rules.judging import SEARCH, job, layer, said, severities
from tests.unit.builders import AS_WRITTEN, LOKY, make_sample

RULE = "environment"
UNREAD = {"JOBLIB_NUM_THREADS": "4"}


def under(environment: dict[str, str], **more: Any) -> Run:
    outcomes = [make_sample(one, n) for one in (AS_WRITTEN, LOKY) for n in (1, 2)]
    options = {"layers": [SEARCH], "host": {"environment": environment}, **more}
    return job([LOKY], outcomes, **options)


def test_a_variable_that_nobody_reads_is_a_warning_on_what_inherits_it() -> None:
    found = said(RULE, under(UNREAD))
    assert set(found) == {"as-written"}
    assert found["as-written"].evidence["variable"] == "JOBLIB_NUM_THREADS"


def test_as_many_threads_as_cpus_in_every_worker_are_one() -> None:
    assert severities(RULE, under({"OMP_NUM_THREADS": "2"})) == {"as-written": "warning"}


@pytest.mark.parametrize(
    "environment",
    [{}, {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"}],
)
def test_a_clean_or_capped_environment_is_none(environment: dict[str, str]) -> None:
    assert not severities(RULE, under(environment))


def test_what_is_only_worth_a_word_is_left_to_the_doctor() -> None:
    assert not severities(RULE, under({"LOKY_MAX_CPU_COUNT": "64"}))


def test_a_job_without_workers_is_not_concerned() -> None:
    alone = [layer("openmp", place="", depth=0)]
    assert not severities(RULE, under({"OMP_NUM_THREADS": "2"}, layers=alone))
    nothing = {"layers": [], "inspection": {"n_jobs_paths": ()}}
    assert not severities(RULE, under(UNREAD, **nothing))
    callable_ = {"layers": [], "inspection": {"is_callable": True}}
    assert severities(RULE, under(UNREAD, **callable_)) == {"as-written": "warning"}


def test_before_as_written_was_measured_there_is_none() -> None:
    run = job([LOKY], [make_sample(LOKY)], layers=[SEARCH], host={"environment": UNREAD})
    assert not severities(RULE, run)
