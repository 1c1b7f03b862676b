"""A fit that goes wrong is a row with its reason; the sweep goes on and leaves nothing behind."""

from __future__ import annotations

import os
from functools import partial
from pathlib import Path

import pytest

from sklpar.execution import runner
from sklpar.execution.launch import Watchword
from sklpar.model import Bound, Failure, Sample, Setting
from sklpar.quantities import proc
from tests.e2e.command import Done, run_trial, tune

pytestmark = pytest.mark.e2e

WAYS = {
    "raises": ("failed", "ValueError: the sky is falling"),
    "sys_exit": ("failed", "sys.exit(7)"),
    "os_exit": ("failed", "exited with status 9"),
    "segfault": ("failed", "killed by SIGSEGV"),
    "killed": ("failed", "killed by SIGKILL"),
    "memory": ("out_of_memory", "MemoryError"),
    "hangs": ("timeout", "stopped after"),
    "interrupt": ("failed", "KeyboardInterrupt"),
    "another_answer": ("differs", "departs from serial's"),
    "exit_at_the_end": ("failed", "exited with status 5 after 2 of its fits"),
    "hangs_at_the_end": ("ok", None),
    "own_threads": ("not_as_requested", "above 10% CPU"),
    "leaves_a_daemon": ("ok", None),
    "noisy": ("ok", None),
}


@pytest.fixture(scope="module")
def every_way(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """One run in which each setting misbehaves in a way of its own."""
    text = f"""
version: 1
estimator: {{class: hostile.Misbehaving}}
data: {{call: "hostile:data"}}
sweep:
  backend: [threading]
  n_jobs: [2]
  inner_threads: [1]
  params: {{how: [{", ".join(WAYS)}]}}
measure: {{repeats: 1, rounds: 1, timeout: 2s, budget: 200s}}
"""
    folder = tmp_path_factory.mktemp("ways")
    return tune(folder, text, "--trust", "hostile")


def processes_with(text: str) -> list[int]:
    entries = [int(name) for name in os.listdir("/proc") if name.isdigit()]
    lines = {pid: proc.read_bytes(f"/proc/{pid}/cmdline") or b"" for pid in entries}
    return [pid for pid, line in lines.items() if text.encode() in line]


@pytest.mark.parametrize("how", WAYS)
def test_a_misbehaving_fit_is_a_row_with_its_reason(how: str, every_way: Done) -> None:
    status, reason = WAYS[how]
    row = every_way.rows[f"threading-j2-t1-how={how}"]
    assert row["status"] == status
    assert reason is None or reason in row["reason"]


def test_the_sweep_goes_on_and_recommends_none_of_them(every_way: Done) -> None:
    assert every_way.code == 0, every_way.err
    rows = every_way.rows
    assert rows["serial"]["status"] == rows["as-written"]["status"] == "ok"
    sound = [name for name, row in rows.items() if row["status"] == "ok"]
    assert every_way.report["recommendation"]["setting"] in sound


def test_nothing_of_a_trial_lives_on(every_way: Done) -> None:
    assert processes_with(str(every_way.folder)) == []
    assert processes_with("sklpar-test-daemon") == []


def test_the_streams_of_a_fit_go_to_its_log_alone(every_way: Done) -> None:
    for text in (every_way.out, every_way.err):
        assert "chatter 1" not in text
        assert "to the descriptor" not in text
        assert "Traceback" not in text
    logs = [path.read_text() for path in every_way.folder.glob("trials/*/log.txt")]
    assert any("chatter 2999" in log for log in logs)


def test_an_estimator_that_differs_from_itself_makes_the_run_nondeterministic(
    tmp_path: Path,
) -> None:
    text = """
version: 1
estimator: {class: hostile.Misbehaving, how: random_answer}
data: {call: "hostile:data"}
sweep: {n_jobs: [1], backend: [threading], inner_threads: [1]}
measure: {repeats: 0, rounds: 2}
"""
    done = tune(tmp_path, text, "--trust", "hostile", "-q")
    rules = [finding["rule"] for finding in done.report["noise"]["findings"]]
    assert "nondeterministic" in rules
    assert done.rows["serial"]["status"] == "ok"


def test_every_measure_has_a_value_or_a_reason(every_way: Done) -> None:
    for row in every_way.report["settings"]:
        for name in ("first_fit_s", "fit_s", "cpu_s", "peak_memory_bytes", "run_queue_wait_s"):
            assert row[name] is not None or row[f"{name}_unavailable"]


# --------------------------------------------------------------------------- trials by themselves

DATA = 'data: {call: "hostile:data"}'


def test_an_answer_that_never_comes_costs_no_fit(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    text = f"version: 1\nestimator: {{class: hostile.Misbehaving, how: hangs_in_predict}}\n{DATA}\n"
    monkeypatch.setattr(runner, "Watchword", partial(Watchword, tail_s=2.0))  # not its 20 s
    found = run_trial(tmp_path, text, Setting(n_jobs=2, backend="threading", inner_threads=1))
    assert isinstance(found, Sample), found
    assert (found.status, found.reason, found.answer) == ("ok", None, None)
    assert len(found.fits) == 2
    assert found.observed.caps == "verified"
    assert processes_with(str(tmp_path)) == []


LOSING = """
version: 1
callable: {setup: "hostile:worker_that_dies", fit: "hostile:lose_a_worker", args: {how: SIGKILL}}
"""


def test_where_every_setting_fails_nothing_is_recommended(tmp_path: Path) -> None:
    flags = ("--n-jobs", "2", "--backend", "loky", "--inner-threads", "1", "--rounds", "1")
    done = tune(tmp_path, LOSING, *flags, "--repeats", "0", "--trust", "hostile", "-q")
    assert done.code == 3
    assert {row["status"] for row in done.rows.values()} == {"failed"}
    assert "TerminatedWorkerError" in done.rows["loky-j2-t1"]["reason"]
    assert done.report["recommendation"] is None
    assert done.report["recommendation_unavailable"]
    assert processes_with(str(done.folder)) == []


def test_multiprocessing_waits_for_ever_for_a_worker_that_died(tmp_path: Path) -> None:
    setting = Setting(n_jobs=2, backend="multiprocessing", inner_threads=1)
    found = run_trial(tmp_path, LOSING, setting, bound=Bound(first_s=2.0))
    assert isinstance(found, Failure), found
    assert (found.status, found.fits) == ("timeout", ())
    assert processes_with(str(tmp_path)) == []


def test_multiprocessing_after_openmp_really_hangs(tmp_path: Path) -> None:
    """The refit runs OpenMP in the parent; the forked workers of the second fit wait for ever."""
    text = """
version: 1
estimator:
  class: GridSearchCV
  cv: 2
  estimator: {class: HistGradientBoostingClassifier, max_iter: 2}
  param_grid: {learning_rate: [0.1, 0.2]}
data: {synthetic: classification, n_samples: 2000}
"""
    setting = Setting(n_jobs=2, backend="multiprocessing", inner_threads=2)
    found = run_trial(tmp_path, text, setting, bound=Bound(first_s=100.0, warm_s=2.0))
    assert isinstance(found, Failure), found
    assert found.status == "timeout"
    assert "warm fit 1" in found.reason
    assert len(found.fits) == 1
    assert processes_with(str(tmp_path)) == []
