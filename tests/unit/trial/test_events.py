"""The report file of a trial."""

from __future__ import annotations

import json
from pathlib import Path

from sklpar.quantities.interface import Snapshot, ThreadUse
from sklpar.trial.events import (
    EventWriter,
    decode_snapshot,
    decode_threads,
    encode_snapshot,
    encode_threads,
)

USES = {(1, 1): ThreadUse(cpu_s=0.5, wait_s=0.25), (1, 22): ThreadUse(cpu_s=1e-9, wait_s=0.0)}


def test_a_snapshot_survives_json() -> None:
    whole = Snapshot(
        cpu_s=1.5,
        involuntary_switches=3,
        machine_busy_s=9.25,
        steal_s=0.5,
        throttled_s=0.25,
        swapped_bytes=4096,
        memory_bytes=2**40,
        workers=2,
        threads=USES,
    )
    for snapshot in (whole, Snapshot()):
        assert decode_snapshot(json.loads(json.dumps(encode_snapshot(snapshot)))) == snapshot


def test_thread_uses_survive_json() -> None:
    assert decode_threads(json.loads(json.dumps(encode_threads(USES)))) == USES


def test_events_are_whole_lines_and_are_added_to_what_is_there(tmp_path: Path) -> None:
    file = tmp_path / "report.jsonl"
    EventWriter(str(file)).write("ready", resolved={"n_jobs": 2})
    EventWriter(str(file)).write("error", message="two\nlines", odd=Path("x"))
    lines = file.read_text(encoding="utf-8").splitlines()
    assert [json.loads(line) for line in lines] == [
        {"event": "ready", "resolved": {"n_jobs": 2}},
        {"event": "error", "message": "two\nlines", "odd": "x"},
    ]
