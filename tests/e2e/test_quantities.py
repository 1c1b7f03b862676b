"""The measured figures against jobs whose true cost is known."""

from __future__ import annotations

import pytest

from sklpar.analysis.samples import value
from sklpar.model import Reading, Sample, Setting
from tests.e2e.command import run_trial

pytestmark = pytest.mark.e2e

MEGABYTE = 1e6


def reading(sample: Sample, measure: str) -> Reading:
    found = value(sample, measure)
    assert isinstance(found, Reading), found
    return found


@pytest.fixture(scope="module")
def costly(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Sample]:
    """Trials of fits that cost nothing, burn and touch in two workers, or share an array."""
    folder = tmp_path_factory.mktemp("costly")
    setting = Setting(n_jobs=2, backend="loky", inner_threads=1)
    found = {}
    for what in ("nothing", "burns", "shares"):
        job = f"estimator: {{class: hostile.Costly, what: {what}}}\ndata: {{call: 'hostile:data'}}"
        sample = run_trial(folder / what, f"version: 1\n{job}\n", setting)
        assert isinstance(sample, Sample), sample
        assert sample.status == "ok", sample.reason
        found[what] = sample
    return found


def above_idle(costly: dict[str, Sample], what: str, measure: str) -> float:
    """How much more it took than what the same workers cost idle."""
    return reading(costly[what], measure).value - reading(costly["nothing"], measure).value


def test_two_workers_count_with_their_cpu_and_their_memory(costly: dict[str, Sample]) -> None:
    """They burn 1 s each and touch 300 MB each."""
    # Touching 300 MB costs some CPU too, and more where the kernel has to find the pages.
    assert 1.9 < above_idle(costly, "burns", "cpu_s") < 3.5
    assert costly["burns"].observed.workers == 2
    if (reading(costly["burns"], "peak_memory_bytes").method or "").startswith("rss"):
        pytest.skip("RSS counts shared pages for each process")
    memory = above_idle(costly, "burns", "peak_memory_bytes")
    assert 570 * MEGABYTE < memory < 650 * MEGABYTE


def test_an_array_that_four_workers_share_counts_once(costly: dict[str, Sample]) -> None:
    """The caller's own 400 MB and the memory map once: in every worker it would be 1.6 GB more."""
    assert costly["shares"].observed.workers == 4
    if (reading(costly["shares"], "peak_memory_bytes").method or "").startswith("rss"):
        pytest.skip("RSS counts shared pages for each process")
    memory = above_idle(costly, "shares", "peak_memory_bytes")
    assert 780 * MEGABYTE < memory < 1300 * MEGABYTE
