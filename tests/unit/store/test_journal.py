from __future__ import annotations

import dataclasses
import json
import math
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklpar.errors import StoreError
from sklpar.model import (
    Answer,
    DataFacts,
    Failure,
    Fit,
    Observed,
    Outcome,
    ParallelCall,
    Reading,
    Sample,
    Unavailable,
)
from sklpar.store.journal import (
    append_outcome,
    cut_unfinished,
    decode_outcome,
    encode_outcome,
    read_journal,
)

FIT = Fit(
    readings={
        "wall_s": Reading(value=1.25, method="perf_counter"),
        "run_queue_wait_s": Unavailable(unavailable="too short"),
    },
    calls=(
        ParallelCall(
            depth=0,
            backend="loky",
            n_jobs=2,
            calls=1,
            tasks=12,
            wall_s=1.0,
            own_cpu_s=0.05,
            first_done_s=0.5,
            tail_idle_s=0.25,
        ),
    ),
    widths_s=(0.25, 1.0, 0.0),
    worker_cpu_s=(0.75, 0.5),
)


def sample(trial: int, **changes: Any) -> Sample:
    base = Sample(
        status="ok",
        trial=trial,
        round=1,
        setting="loky-j2-t1",
        started_at="2026-11-20T23:15:00Z",
        trial_s=2.0,
        fits=(FIT, FIT),
        observed=Observed(processes=3),
        answer=Answer(kind="numbers", digest="ab", values=(1, 2.5, "a"), scores=(0.5,)),
        warnings={"ConvergenceWarning": 3},
        data_bytes=8000,
        data=DataFacts(shape=(100, 10), digest="ab12"),
        pace_s=0.003,
    )
    return dataclasses.replace(base, **changes)


def failure(trial: int) -> Failure:
    return Failure(
        status="timeout",
        trial=trial,
        round=1,
        setting="serial",
        started_at="2026-11-20T23:15:00Z",
        trial_s=2.0,
        reason="cut off after 2 s",
        cut_off_s=2.0,
        data_bytes=8000,
        data=DataFacts(shape=(100, 10), digest="ab12"),
        pace_s=0.003,
    )


def write(path: Path, *outcomes: Outcome) -> Path:
    path.write_bytes(b"".join(encode_outcome(outcome) for outcome in outcomes))
    return path


@pytest.fixture
def journal(tmp_path: Path) -> Path:
    return tmp_path / "samples.jsonl"


def test_samples_and_failures_survive_the_way_through_the_journal(journal: Path) -> None:
    stored: list[Outcome] = [sample(1), failure(2), sample(3, status="not_as_requested")]
    for outcome in stored:
        append_outcome(journal, outcome)
    assert read_journal(journal) == stored
    assert journal.read_bytes().count(b"\n") == 3


def test_a_line_of_an_older_sklpar_reads_without_what_it_did_not_measure() -> None:
    line = json.loads(encode_outcome(sample(1)))
    for name in ("data_bytes", "data", "pace_s"):
        del line[name]
    for fit in line["fits"]:
        for name in ("calls", "widths_s", "worker_cpu_s"):
            del fit[name]
    back = decode_outcome(json.dumps(line).encode(), "line")
    assert (back.data_bytes, back.data, back.pace_s) == (None, None, None)
    assert back.fits == (Fit(readings=FIT.readings),) * 2


def test_a_score_that_is_nan_survives_without_nan_in_the_file() -> None:
    answer = Answer(
        kind="numbers", digest="d", values=(math.nan, math.inf), scores=(math.nan, -math.inf)
    )
    line = encode_outcome(sample(1, answer=answer))
    assert b"NaN" not in line
    assert b"Infinity" not in line
    back = decode_outcome(line, "line")
    assert isinstance(back, Sample)
    assert back.answer is not None
    assert back.answer.values is not None
    assert math.isnan(back.answer.values[0])
    assert back.answer.values[1] == math.inf
    assert math.isnan(back.answer.scores[0])
    assert back.answer.scores[1] == -math.inf


@given(st.text(), st.text())
@settings(deadline=None)
def test_any_text_stays_on_one_line(reason: str, key: str) -> None:
    outcome = dataclasses.replace(failure(1), reason=reason, warnings={key: 1})
    line = encode_outcome(outcome)
    assert line.count(b"\n") == 1
    assert decode_outcome(line, "line") == outcome


def test_half_a_surrogate_pair_from_a_log_does_not_spoil_the_line() -> None:
    back = decode_outcome(encode_outcome(dataclasses.replace(failure(1), reason="\udc80x")), "")
    assert back.reason == "?x"


def test_a_journal_that_is_not_there_is_empty(journal: Path) -> None:
    assert read_journal(journal) == []
    cut_unfinished(journal)
    assert not journal.exists()


def test_a_truncated_last_line_is_dropped_wherever_it_was_cut(journal: Path) -> None:
    write(journal, sample(1), failure(2))
    whole = journal.read_bytes()
    first = whole.index(b"\n") + 1
    for size in range(first, len(whole), 7):
        journal.write_bytes(whole[:size])
        assert read_journal(journal) == [sample(1)]
        cut_unfinished(journal)
        assert journal.read_bytes() == whole[:first]


@pytest.mark.parametrize("tail", [b"{", b"{\n", b"\x00" * 40, b"\x00" * 40 + b"\n", b"\n", b"7\n"])
def test_a_last_line_that_is_no_object_counts_as_cut_off(journal: Path, tail: bytes) -> None:
    good = write(journal, sample(1)).read_bytes()
    journal.write_bytes(good + tail)
    assert read_journal(journal) == [sample(1)]
    cut_unfinished(journal)
    assert journal.read_bytes() == good


def test_a_journal_of_one_torn_line_is_empty(journal: Path) -> None:
    journal.write_bytes(b'{"status": "o')
    assert read_journal(journal) == []
    cut_unfinished(journal)
    assert journal.read_bytes() == b""


def test_a_damaged_line_in_the_middle_is_named_by_its_number(journal: Path) -> None:
    lines = [encode_outcome(sample(n)) for n in (1, 2, 3)]
    lines[1] = lines[1][:40] + b"\n"
    journal.write_bytes(b"".join(lines))
    with pytest.raises(StoreError, match=r"samples\.jsonl:2: ") as caught:
        read_journal(journal)
    assert "Delete line 2" in caught.value.remedy


@pytest.mark.parametrize("change", [{"trial": "x"}, {"status": "fine"}, {"fits": None}])
def test_a_whole_line_that_is_no_outcome_is_an_error_not_a_torn_line(
    journal: Path, change: dict[str, Any]
) -> None:
    line = json.loads(encode_outcome(sample(1))) | change
    journal.write_text(json.dumps(line) + "\n")
    with pytest.raises(StoreError, match=r"samples\.jsonl:1: "):
        read_journal(journal)


def test_of_two_lines_for_one_trial_the_first_counts(journal: Path) -> None:
    write(journal, sample(1), sample(2), sample(1, trial_s=9.0))
    assert read_journal(journal) == [sample(1), sample(2)]


def test_appending_after_a_torn_line_begins_a_line_of_its_own(journal: Path) -> None:
    write(journal, sample(1))
    with journal.open("ab") as file:
        file.write(b'{"torn": ')
    append_outcome(journal, sample(2))
    assert read_journal(journal) == [sample(1), sample(2)]


def test_a_write_that_fails_halfway_leaves_the_journal_as_it_was(
    journal: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    before = write(journal, sample(1)).read_bytes()
    real = os.write
    monkeypatch.setattr(os, "write", lambda fd, data: real(fd, data[: len(data) // 2]))
    with pytest.raises(StoreError, match=r"trial 2 .*No space left.*the 1 trials before") as caught:
        append_outcome(journal, sample(2))
    assert f"--resume {journal.parent}" in caught.value.remedy
    assert journal.read_bytes() == before
    monkeypatch.undo()
    append_outcome(journal, sample(2))
    assert read_journal(journal) == [sample(1), sample(2)]


def test_a_journal_that_cannot_be_opened_is_an_error_with_its_path(journal: Path) -> None:
    journal.mkdir()
    for action in (read_journal, cut_unfinished):
        with pytest.raises(StoreError, match=r"samples\.jsonl"):
            action(journal)
    with pytest.raises(StoreError, match=r"samples\.jsonl"):
        append_outcome(journal, sample(1))
