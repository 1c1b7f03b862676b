"""The measured figures against jobs whose true cost is known."""

from __future__ import annotations

import pytest

from tests.e2e.command import Done, tune

pytestmark = pytest.mark.e2e

MEGABYTE = 1e6


def median(done: Done, setting: str, name: str) -> float:
    value = done.rows[setting][name]
    assert value is not None, done.rows[setting][f"{name}_unavailable"]
    return float(value["median"])


@pytest.fixture(scope="module")
def costly(tmp_path_factory: pytest.TempPathFactory) -> Done:
    """One run of fits that cost nothing, burn and touch in two workers, or share an array."""
    text = """
version: 1
estimator: {class: hostile.Costly}
data: {call: "hostile:data"}
sweep:
  n_jobs: [2]
  backend: [loky]
  inner_threads: [1]
  params: {what: [nothing, burns, shares]}
measure: {repeats: 1, rounds: 1, timeout: 60s, budget: 200s}
"""
    done = tune(tmp_path_factory.mktemp("costly"), text, "--trust", "hostile", "--exhaustive", "-q")
    assert done.code == 0, done.err
    return done


def test_two_workers_count_with_their_cpu_and_their_memory(costly: Done) -> None:
    """They burn 1 s each and touch 300 MB each, over what the same workers cost idle."""
    base, busy = "loky-j2-t1-what=nothing", "loky-j2-t1-what=burns"
    # Touching 300 MB costs some CPU too, and more where the kernel has to find the pages.
    assert 1.9 < median(costly, busy, "cpu_s") - median(costly, base, "cpu_s") < 3.5
    if costly.rows[busy]["peak_memory_bytes"]["method"].startswith("rss"):
        pytest.skip("RSS counts shared pages for each process")
    memory = median(costly, busy, "peak_memory_bytes") - median(costly, base, "peak_memory_bytes")
    assert 570 * MEGABYTE < memory < 650 * MEGABYTE
    assert costly.rows[busy]["observed"]["workers"] == 2


def test_an_array_that_four_workers_share_counts_once(costly: Done) -> None:
    """The caller's own 400 MB and the memory map once: in every worker it would be 1.6 GB more."""
    base, sharing = "loky-j2-t1-what=nothing", "loky-j2-t1-what=shares"
    if costly.rows[sharing]["peak_memory_bytes"]["method"].startswith("rss"):
        pytest.skip("RSS counts shared pages for each process")
    memory = median(costly, sharing, "peak_memory_bytes") - median(
        costly, base, "peak_memory_bytes"
    )
    assert 780 * MEGABYTE < memory < 1300 * MEGABYTE
    assert costly.rows[sharing]["observed"]["workers"] == 4


def test_every_measure_has_a_value_or_a_reason(costly: Done) -> None:
    for row in costly.report["settings"]:
        for name in ("first_fit_s", "fit_s", "cpu_s", "peak_memory_bytes", "run_queue_wait_s"):
            assert row[name] is not None or row[f"{name}_unavailable"]
