"""The run folder on real disks, among real processes that are killed."""

from __future__ import annotations

import os
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sklpar.errors import StoreError
from sklpar.model import Failure
from sklpar.store.folder import RunFolder

pytestmark = pytest.mark.e2e

WRITER = """
import sys
from pathlib import Path
from sklpar.model import Failure
from sklpar.store.folder import RunFolder

run = RunFolder(path=Path(sys.argv[1]), run_id="r")
with run.lock():
    print("locked", flush=True)
    number = len(run.outcomes())
    while True:
        number += 1
        run.append(Failure(
            status="failed", trial=number, round=1, setting="serial", started_at="now",
            trial_s=1.0, reason="x" * (number * 997 % 60_000),
        ))
"""


def failure(trial: int, size: int) -> Failure:
    return Failure(
        status="failed",
        trial=trial,
        round=1,
        setting="serial",
        started_at="now",
        trial_s=1.0,
        reason="x" * size,
    )


def append_many(run: RunFolder) -> None:
    for number in range(1, 100):
        run.append(failure(number, 30_001))


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    disk = tmp_path / "disk"
    disk.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", "size=1m", "sklpar-test", str(disk)]
    try:
        done = subprocess.run(mount, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("there is no mount command here")
    if done.returncode:
        pytest.skip(f"no small disk can be mounted: {done.stderr.strip()}")
    try:
        yield disk
    finally:
        subprocess.run(["umount", "-l", str(disk)], check=True)


@pytest.fixture
def run(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "out", run_id="r")


def start_writer(run: RunFolder) -> subprocess.Popen[str]:
    writer = subprocess.Popen(
        [sys.executable, "-c", WRITER, str(run.path)], stdout=subprocess.PIPE, text=True
    )
    assert writer.stdout is not None
    assert writer.stdout.readline() == "locked\n"
    return writer


def test_a_full_disk_loses_nothing_that_was_stored_and_the_run_goes_on(small_disk: Path) -> None:
    run = RunFolder.create(small_disk / "out", run_id="r")
    with run.lock():
        with pytest.raises(StoreError, match="No space left") as caught:
            append_many(run)
        stored = len(run.outcomes())
        assert f"trial {stored + 1} could not be stored" in str(caught.value)
        assert f"the {stored} trials before it are safe" in str(caught.value)
        assert stored > 10
        ballast = small_disk / "ballast"
        with pytest.raises(OSError, match="No space left"), ballast.open("wb") as file:
            file.write(bytes(2**20))
        with pytest.raises(StoreError):
            run.append(failure(stored + 1, 30_001))
        ballast.unlink()
        run.append(failure(stored + 1, 10))
    assert [outcome.trial for outcome in run.outcomes()] == list(range(1, stored + 2))


def test_a_run_on_a_disk_that_is_already_full_is_refused_in_words(small_disk: Path) -> None:
    run = RunFolder.create(small_disk / "out", run_id="r")
    with pytest.raises(OSError, match="No space left"), (small_disk / "b").open("wb") as file:
        file.write(bytes(2**21))
    with pytest.raises(StoreError, match=r"spec\.yaml could not be written: No space left"):
        run.write_spec("version: 1\n" * 500)
    with run.lock():
        assert run.outcomes() == []


def test_a_writer_killed_at_any_moment_leaves_whole_lines_or_one_torn_tail(run: RunFolder) -> None:
    journal = run.path / "samples.jsonl"
    for attempt in range(8):
        before = journal.stat().st_size
        with start_writer(run) as writer:
            deadline = time.monotonic() + 10
            while journal.stat().st_size <= before and time.monotonic() < deadline:
                time.sleep(0.001)
            time.sleep(0.003 * attempt)
            writer.kill()
        trials = [outcome.trial for outcome in run.outcomes()]
        assert trials == list(range(1, len(trials) + 1))
        lines = journal.read_bytes().split(b"\n")
        assert len(trials) in {len(lines) - 1, len(lines)}
        assert trials
    with run.lock():  # a killed holder holds nothing
        assert journal.read_bytes().endswith(b"\n")


def test_a_second_writer_is_refused_while_the_first_lives(run: RunFolder) -> None:
    with start_writer(run) as writer:
        with (
            pytest.raises(StoreError, match=rf"run r is being written .*process {writer.pid}\)"),
            run.lock(),
        ):
            pass
        writer.kill()
    with run.lock():
        pass


def test_the_lock_does_not_live_on_in_a_child(run: RunFolder) -> None:
    with run.lock():
        child = subprocess.Popen([sys.executable, "-c", "input()"], stdin=subprocess.PIPE)
    try:
        with run.lock():
            pass
    finally:
        child.kill()
        child.communicate()


def test_a_folder_without_the_right_to_write_is_refused_in_words(tmp_path: Path) -> None:
    if os.geteuid() == 0:
        folder = Path("/proc/sklpar-run")  # not even root makes folders there
    else:
        tmp_path.chmod(0o500)
        folder = tmp_path / "out"
    with pytest.raises(StoreError, match="cannot be made") as caught:
        RunFolder.create(folder)
    assert "--output" in caught.value.remedy
