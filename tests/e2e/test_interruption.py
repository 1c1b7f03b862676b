"""However a run ends, what was measured is kept, nothing lives on, and --resume completes it."""

from __future__ import annotations

import json
import os
import random
import signal
import subprocess
import time
from pathlib import Path

import pytest

from sklpar.quantities import proc
from tests.e2e.command import DIGITS, start, workplace

pytestmark = pytest.mark.e2e

FLAGS = ("--n-jobs", "2", "--backend", "loky,threading", "--inner-threads", "1",
         "--rounds", "1", "--repeats", "0")  # fmt: skip
# Workers of joblib below a trial, and code that has to be trusted.
SEARCH = """
version: 1
estimator:
  class: GridSearchCV
  cv: 2
  estimator: {class: hostile.Misbehaving}
  param_grid: {how: [fine, another_answer]}
data: {call: "hostile:data"}
"""
BUSY = 'version: 1\ncallable: {fit: "guarded:fit"}\n'
TRIALS = 1 + 4  # the discarded one, then as-written, serial, loky and threading


def wait_for_trials(folder: Path, count: int, process: subprocess.Popen[str]) -> None:
    deadline = time.monotonic() + 120
    journal = folder / "samples.jsonl"
    while time.monotonic() < deadline and process.poll() is None:
        if journal.exists() and journal.read_bytes().count(b"\n") >= count:
            return
        time.sleep(0.05)
    pytest.fail(f"no {count} trials: {process.communicate(timeout=5)}")


def living(tree: list[int]) -> list[int]:
    """What is left of a process tree two seconds after it should have gone."""
    deadline = time.monotonic() + 2.0
    while (left := [pid for pid in tree if runs(pid)]) and time.monotonic() < deadline:
        time.sleep(0.05)
    return left


def runs(pid: int) -> bool:
    # A zombie has ended: init reaps the orphaned ones when it comes round to it.
    stat = proc.read_bytes(f"/proc/{pid}/stat")
    return stat is not None and stat[stat.rindex(b")") + 2 :][:1] != b"Z"


def tree_of(process: subprocess.Popen[str]) -> list[int]:
    return [process.pid, *proc.descendants(process.pid)]


def trial_numbers(folder: Path) -> list[int]:
    lines = (folder / "samples.jsonl").read_text().splitlines()
    return [json.loads(line)["trial"] for line in lines]


@pytest.fixture(scope="module")
def finished(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a spec and its run, which was killed twice and resumed to its end."""
    cwd = tmp_path_factory.mktemp("finished")
    workplace(cwd, SEARCH)
    trust = ("--trust", "hostile", "-q")
    moments = random.Random(7)
    process = start("tune", "spec.yaml", "--output", "run", *FLAGS, *trust, cwd=cwd)
    for target in (1, 3):
        wait_for_trials(cwd / "run", target, process)
        time.sleep(moments.uniform(0.0, 1.5))
        tree = tree_of(process)
        process.kill()
        process.communicate()
        assert living(tree) == []
        process = start("tune", "--resume", "run", *trust, cwd=cwd)
    _, err = process.communicate(timeout=200)
    assert process.returncode == 0, err
    return cwd


def test_killed_again_and_again_a_run_ends_with_every_trial_exactly_once(finished: Path) -> None:
    numbers = sorted(trial_numbers(finished / "run"))
    assert numbers == list(range(len(numbers)))
    assert len(numbers) == TRIALS
    assert json.loads((finished / "run" / "run.json").read_text())["status"] == "complete"


def start_busy(cwd: Path) -> subprocess.Popen[str]:
    """Start a run of trials that are busy for a while."""
    workplace(cwd, BUSY)
    arguments = ("tune", "spec.yaml", "--output", "run", *FLAGS, "--trust", "guarded")
    return start(*arguments, cwd=cwd, BUSY_S="0.3")


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_a_signal_ends_a_run_cleanly_with_what_was_measured(
    sign: signal.Signals, tmp_path: Path
) -> None:
    folder = tmp_path / "run"
    process = start_busy(tmp_path)
    wait_for_trials(folder, 1, process)
    tree = tree_of(process)
    process.send_signal(sign)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert "Traceback" not in err
    assert "setting" in out  # the table of what there is
    report = json.loads((folder / "run.json").read_text())
    assert report["status"] == "interrupted"
    assert living(tree) == []


def test_ctrl_c_in_a_terminal_reaches_the_whole_group_and_still_ends_cleanly(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "run"
    process = start_busy(tmp_path)
    wait_for_trials(folder, 1, process)
    tree = tree_of(process)
    for pid in tree:
        if os.getpgid(pid) == os.getpgid(process.pid):
            os.kill(pid, signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 130
    assert living(tree) == []


def test_a_finished_run_is_resumed_by_printing_it_again(finished: Path) -> None:
    before = trial_numbers(finished / "run")
    process = start("tune", "--resume", "run", "--trust", "hostile", "-q", cwd=finished)
    out, err = process.communicate(timeout=100)
    assert process.returncode == 0, err
    assert trial_numbers(finished / "run") == before
    assert "first fit" in out


def test_a_resumed_run_grants_no_trust_of_itself(finished: Path) -> None:
    process = start("tune", "--resume", "run", "-q", cwd=finished)
    _, err = process.communicate(timeout=60)
    assert process.returncode == 2
    assert "--trust hostile" in err


def test_another_spec_or_another_sweep_is_not_mixed_into_a_run(finished: Path) -> None:
    (finished / "other.yaml").write_text(DIGITS)
    for arguments in (["other.yaml"], ["--rounds", "3"], ["--output", "elsewhere"]):
        process = start("tune", *arguments, "--resume", "run", cwd=finished)
        _, err = process.communicate(timeout=60)
        assert process.returncode == 2
        assert "start a new run" in err or "--output" in err
