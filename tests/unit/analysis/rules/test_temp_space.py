"""Room for joblib's memory maps."""

from __future__ import annotations

from typing import Any

import pytest

from sklpar.model import Outcome, Run, Setting
from tests.unit.analysis.rules.judging import PROCESSES, job, said, severities
from tests.unit.builders import LOKY, SERIAL, THREADING, make_failure, make_fit, make_sample

RULE = "temp_space"
TIGHT = {"temp_folder": "/small", "temp_free_bytes": 64_000_000, "shm_free_bytes": 1_000_000_000}
NAMED = {**TIGHT, "shm_free_bytes": 9_000_000_000, "environment": {"JOBLIB_TEMP_FOLDER": "/small"}}


@pytest.mark.parametrize(
    "reason",
    [
        "OSError: [Errno 28] No space left on device",
        "PicklingError: Could not pickle the task. (OSError: [Errno 28] No space left on device)",
        "ValueError: mmap length is greater than file size",
    ],
)
def test_a_map_without_room_is_an_error_that_names_the_variable(reason: str) -> None:
    outcomes: list[Outcome] = [make_sample(SERIAL), make_failure(LOKY, reason=reason)]
    found = said(RULE, job([LOKY], outcomes, host=TIGHT))[LOKY.id]
    assert found.severity == "error"
    assert "JOBLIB_TEMP_FOLDER" in found.advice
    assert found.evidence["folder"] == "/small"


def test_a_job_that_fills_the_disk_by_itself_is_none() -> None:
    reason = "OSError: [Errno 28] No space left on device"
    for settings in ((SERIAL, LOKY), (THREADING,)):
        run = job([LOKY, THREADING], [make_failure(one, reason=reason) for one in settings])
        assert not severities(RULE, run)


def mapped(size: int, host: dict[str, Any], setting: Setting = LOKY) -> Run:
    outcomes = [
        make_sample(one, n, make_fit(1.0), observed=PROCESSES, data_bytes=size)
        for one in (SERIAL, setting)
        for n in (1, 2)
    ]
    return job([setting], outcomes, host=host)


def test_data_that_nearly_fill_the_folder_are_a_warning() -> None:
    assert severities(RULE, mapped(40_000_000, TIGHT)) == {LOKY.id: "warning"}
    assert severities(RULE, mapped(40_000_000, NAMED)) == {LOKY.id: "warning"}


def test_joblib_takes_dev_shm_where_there_is_much_room_in_it() -> None:
    roomy = {**TIGHT, "shm_free_bytes": 9_000_000_000}
    assert not severities(RULE, mapped(40_000_000, roomy))
    found = said(RULE, mapped(6_000_000_000, roomy))[LOKY.id]
    assert found.evidence["folder"] == "/dev/shm"


def test_enough_room_unknown_room_and_data_that_are_not_mapped_are_none() -> None:
    assert not severities(RULE, mapped(20_000_000, TIGHT))
    assert not severities(RULE, mapped(40_000_000, {}))
    assert not severities(RULE, mapped(900_000, {**TIGHT, "temp_free_bytes": 1_000_000}))


def test_threads_need_no_map() -> None:
    assert not severities(RULE, mapped(40_000_000, TIGHT, THREADING))
