"""Arrays of a megabyte and more are read-only in worker processes."""

from __future__ import annotations

from typing import Any

import pytest

from sklpar.model import Outcome, Run
from tests.unit.analysis.rules.judging import PROCESSES, SEARCH, VOTING, job, said, severities
from tests.unit.builders import (
    LOKY,
    SERIAL,
    THREADING,
    make_failure,
    make_fit,
    make_sample,
    make_setting,
)

RULE = "readonly_memmap"
MULTI = make_setting("multiprocessing")


@pytest.mark.parametrize(
    "reason",
    [
        "ValueError: assignment destination is read-only",
        "ValueError: output array is read-only",
        "ValueError: buffer source array is read-only",
        "ValueError: cannot set WRITEABLE flag to True of this array",
    ],
)
@pytest.mark.parametrize("setting", [LOKY, MULTI])
def test_a_write_into_a_mapped_array_is_an_error_with_its_cure(setting: Any, reason: str) -> None:
    outcomes: list[Outcome] = [
        make_sample(SERIAL, data_bytes=2_560_000),
        make_failure(setting, reason=reason),
    ]
    found = said(RULE, job([setting], outcomes))[setting.id]
    assert found.severity == "error"
    assert found.evidence["data_bytes"] == 2_560_000
    assert "copy=True" in found.advice
    assert "max_nbytes=None" in found.advice


def test_what_fails_in_one_process_too_is_no_map() -> None:
    reason = "ValueError: assignment destination is read-only"
    failures = [make_failure(one, reason=reason) for one in (SERIAL, LOKY)]
    assert not severities(RULE, job([LOKY], failures))


@pytest.mark.parametrize(
    "reason", ["OSError: [Errno 30] Read-only file system: '/data'", "ValueError: no"]
)
def test_another_error_is_none(reason: str) -> None:
    run = job([LOKY], [make_sample(SERIAL), make_failure(LOKY, reason=reason)])
    assert not severities(RULE, run)


def test_threads_get_the_array_itself() -> None:
    failure = make_failure(THREADING, reason="ValueError: output array is read-only")
    assert not severities(RULE, job([THREADING], [make_sample(SERIAL), failure]))


# ----------------------------------------------------------------------------------- rehearsals


def rehearsal(setting: Any = LOKY, size: int = 80_000, **more: Any) -> Run:
    options = {"data": {"path": "d.csv", "sample": 100}, "layers": [VOTING], **more}
    options = {"inspection": {"opaque": True}, **options}
    outcomes = [
        make_sample(one, n, make_fit(1.0), observed=PROCESSES, data_bytes=size)
        for one in (SERIAL, setting)
        for n in (1, 2)
    ]
    return job([setting], outcomes, **options)


def test_a_sample_that_is_too_small_to_be_mapped_is_a_warning_for_code_of_others() -> None:
    assert severities(RULE, rehearsal()) == {LOKY.id: "warning"}


def test_of_scikit_learn_alone_it_is_worth_a_word() -> None:
    assert severities(RULE, rehearsal(inspection={"opaque": False})) == {LOKY.id: "info"}


def test_the_whole_data_are_no_rehearsal_however_small() -> None:
    assert not severities(RULE, rehearsal(data={"path": "d.csv"}))


def test_a_sample_that_was_mapped_has_shown_that_it_works() -> None:
    assert not severities(RULE, rehearsal(size=2 << 20))


def test_folds_of_a_search_are_copies_and_may_be_written() -> None:
    assert not severities(RULE, rehearsal(layers=[SEARCH]))


def test_nothing_is_mapped_for_threads() -> None:
    assert not severities(RULE, rehearsal(THREADING))
