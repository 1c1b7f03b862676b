"""What a trial says of the error that ended it."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sklpar.model import Setting
from sklpar.trial import child
from sklpar.trial.order import Order


class RemoteTraceback(Exception):  # noqa: N818 - as joblib calls it
    """A cause as loky sends it from a worker: text in quotation marks."""

    def __init__(self, last: str) -> None:
        super().__init__(f'\n"""\nTraceback (most recent call last):\n  File "x"\n{last}\n"""')


@pytest.mark.parametrize(
    ("error", "cause", "message"),
    [
        (ValueError("no"), None, "no"),
        (ValueError("no"), RemoteTraceback("ValueError: no"), "no"),
        (ValueError("no"), KeyError("local"), "no"),
        (
            RuntimeError("Could not pickle the task."),
            RemoteTraceback("OSError: [Errno 28] No space left on device"),
            "Could not pickle the task. (OSError: [Errno 28] No space left on device)",
        ),
    ],
)
def test_what_lokys_workers_say_is_the_reason_where_the_error_itself_does_not(
    error: Exception,
    cause: Exception | None,
    message: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(*_: Any) -> None:
        raise error from cause

    monkeypatch.setattr(child, "_subject", fail)
    report = tmp_path / "report.jsonl"
    order = Order(
        job={},
        setting=Setting(kind="as-written"),
        n_jobs_paths=(),
        serial_params={},
        repeats=0,
        report=str(report),
        memory_group=None,
        memory_group_version=None,
    )
    assert child.run_trial(order) == child.FAILED
    assert json.loads(report.read_text().splitlines()[-1])["message"] == message
