"""What no run ever wrote is refused when it is read, and the field is named."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sklpar.errors import StoreError
from sklpar.store.document import parse_report, read_report_file, report_from_json, report_to_json
from tests.unit.reports import digits, large

_ROW = ("settings", 0)
_FIT = (*_ROW, "first_fit_s")
_SERIES = ("scaling", "series", 0)


def changed(*changes: tuple[tuple[Any, ...], Any]) -> dict[str, Any]:
    document = report_to_json(digits())
    for path, value in changes:
        place: Any = document
        for step in path[:-1]:
            place = place[step]
        place[path[-1]] = value
    return document


@pytest.mark.parametrize(
    ("path", "value"),
    [
        ((*_FIT, "n"), 0),
        ((*_FIT, "n"), 2**63),
        ((*_FIT, "high"), 0.0),
        ((*_FIT, "high"), -1.0),
        ((*_FIT, "high"), None),
        ((*_FIT, "low"), None),
        ((*_FIT, "low"), 1e6),
        ((*_FIT, "median"), -1.0),
        ((*_FIT, "high"), 1e300),
        (("settings", 6, "first_fit_s_at_least"), -1.0),
        ((*_ROW, "values"), {"first_fit_s": {"first": 1.0}}),
        ((*_ROW, "values"), {"first_fit_s": {"1" * 5000: 1.0}}),
        ((*_ROW, "values"), {"first_fit_s": {"1": 1e300}}),
        ((*_ROW, "confirming"), {"first_fit_s": {"-1": 1.0}}),
        ((*_ROW, "findings", 0, "evidence"), {"wait_s": 10**400}),
        (("host", "usable_cpus"), 0),
        (("host", "memory_bytes"), 10**400),
        (("recommendation", "setting"), "no-such-setting"),
        (("recommendation", "speedup", "low"), 1e6),
        ((*_SERIES, "points", 0, "n_jobs"), 0),
        ((*_SERIES, "points", 0, "speedup"), -1.0),
        ((*_SERIES, "law", "tasks"), 0),
    ],
)
def test_what_makes_no_sense_is_named(path: tuple[Any, ...], value: Any) -> None:
    field = ".".join(map(str, path[:2]))
    with pytest.raises(StoreError, match=rf"^base\.json: {field}"):
        report_from_json(changed((path, value)), source="base.json")


@pytest.mark.parametrize(
    ("path", "value"),
    [((*_FIT, "low"), 0.0), ((*_FIT, "n"), 1), ((*_ROW, "params"), {"C": 10**30})],
)
def test_what_is_only_odd_is_read(path: tuple[Any, ...], value: Any) -> None:
    report_from_json(changed((path, value)))


def test_what_sklpar_writes_makes_sense() -> None:
    for report in (digits(), large(4, 3)):
        document = report_to_json(report)
        assert report_to_json(report_from_json(document)) == document


@pytest.mark.parametrize("text", ["{", '{"schema_version": 1}'])
def test_a_damaged_document_has_a_next_step(text: str) -> None:
    with pytest.raises(StoreError) as caught:
        parse_report(text, "run.json")
    assert "restore the file" in caught.value.remedy


def test_a_document_that_is_not_there_has_a_next_step(tmp_path: Path) -> None:
    with pytest.raises(StoreError) as caught:
        read_report_file(tmp_path / "run.json")
    assert caught.value.remedy
