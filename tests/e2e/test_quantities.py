"""The measured figures against jobs whose true cost is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.command import Done, tune

pytestmark = pytest.mark.e2e

MEGABYTE = 1e6


def median(done: Done, setting: str, name: str) -> float:
    value = done.rows[setting][name]
    assert value is not None, done.rows[setting][f"{name}_unavailable"]
    return float(value["median"])


def burn(folder: Path, megabytes: int, seconds: float) -> Done:
    text = f"""
version: 1
callable:
  setup: hostile:two_workers
  fit: hostile:burn_and_touch
  args: {{megabytes: {megabytes}, seconds: {seconds}}}
sweep: {{n_jobs: [2], backend: [loky, multiprocessing], inner_threads: [1]}}
measure: {{repeats: 1, rounds: 1, budget: 150s}}
"""
    folder.mkdir()
    done = tune(folder, text, "--trust", "hostile", "-q")
    assert done.code == 0, done.err
    return done


def test_two_workers_count_with_their_cpu_and_their_memory(tmp_path: Path) -> None:
    """They burn 1 s each and touch 300 MB each, over what they cost without that."""
    base, busy = burn(tmp_path / "base", 1, 0.0), burn(tmp_path / "busy", 300, 1.0)
    for setting in ("loky-j2-t1", "multiprocessing-j2-t1"):
        cpu = median(busy, setting, "cpu_s") - median(base, setting, "cpu_s")
        assert 1.9 < cpu < 3.0, setting
        methods = {done.rows[setting]["peak_memory_bytes"]["method"][:6] for done in (base, busy)}
        if methods == {"rss"}:
            pytest.skip("RSS counts shared pages for each process")
        memory = median(busy, setting, "peak_memory_bytes") - median(
            base, setting, "peak_memory_bytes"
        )
        assert 560 * MEGABYTE < memory < 680 * MEGABYTE, setting


def test_an_array_that_four_workers_share_counts_once(tmp_path: Path) -> None:
    text = """
version: 1
callable: {setup: "hostile:shared_array", fit: "hostile:look_at_it", args: {megabytes: 400}}
sweep: {n_jobs: [4], backend: [loky], inner_threads: [1]}
measure: {repeats: 0, rounds: 1, budget: 100s}
"""
    done = tune(tmp_path, text, "--trust", "hostile", "-q")
    assert done.code == 0, done.err
    row = done.rows["loky-j4-t1"]
    assert row["observed"]["workers"] == 4
    # The parent's own 400 MB, the memory map once, and five processes with their libraries:
    # counted in every worker it would be 1.6 GB more.
    assert median(done, "loky-j4-t1", "peak_memory_bytes") < 1800 * MEGABYTE


def test_every_measure_has_a_value_or_a_reason(tmp_path: Path) -> None:
    done = tune(tmp_path, "version: 1\nestimator: {class: Ridge}\ndata: {sklearn: diabetes}\n",
                "--rounds", "1", "-q")  # fmt: skip
    for row in done.report["settings"]:
        for name in ("first_fit_s", "fit_s", "cpu_s", "peak_memory_bytes", "run_queue_wait_s"):
            assert row[name] is not None or row[f"{name}_unavailable"]
