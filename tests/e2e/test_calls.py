"""joblib's calls, workers and widths of real fits: how they are made up, not how long they took."""

from __future__ import annotations

from pathlib import Path

import pytest

from sklpar.model import Fit, ParallelCall, Reading, Sample, Setting
from tests.e2e.command import run_trial

pytestmark = pytest.mark.e2e

CANDIDATES, FOLDS, TREES = 4, 3, 5
# The search hands out a task for each candidate and fold: a fit and a scoring, in each of which the
# forest makes a call of a task a tree. The forest of the refit makes one more.
TASKS = CANDIDATES * FOLDS
FORESTS = 2 * TASKS

SEARCH = f"""
version: 1
estimator:
  class: GridSearchCV
  cv: {FOLDS}
  estimator:
    class: RandomForestClassifier
    n_estimators: {TREES}
    random_state: 0
    n_jobs: 2
  param_grid: {{max_depth: [2, 3, 4, 5]}}
data: {{synthetic: classification, n_samples: 300, n_features: 20}}
"""

AS_WRITTEN = Setting(kind="as-written")
SERIAL = Setting(kind="serial", n_jobs=1, backend="sequential", inner_threads=1)
SETTINGS = {
    "as-written": AS_WRITTEN,
    "serial": SERIAL,
    **{
        backend: Setting(n_jobs=2, backend=backend, inner_threads=1)
        for backend in ("loky", "threading", "multiprocessing")
    },
}


def fit(folder: Path, text: str, setting: Setting, *, repeats: int = 1, **extra: str) -> Sample:
    """Run one trial that has to come to its end."""
    heard: list[int | None] = []
    found = run_trial(folder, text, setting, repeats=repeats, on_fit=heard.append, environ=extra)
    # Each fit is told as it starts and as it ends.
    assert heard == [told for index in range(1 + repeats) for told in (index, None)]
    assert isinstance(found, Sample), found
    assert found.status == "ok", found.reason
    return found


def kinds(one: Fit) -> list[tuple[int, str, int, int, int]]:
    return [(c.depth, c.backend, c.n_jobs, c.calls, c.tasks) for c in one.calls]


# --------------------------------------------------------------------------- a search over forests


@pytest.fixture(scope="module")
def nested(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Sample]:
    """A search over forests, each of two jobs, under every backend."""
    folder = tmp_path_factory.mktemp("nested")
    return {name: fit(folder / name, SEARCH, setting) for name, setting in SETTINGS.items()}


@pytest.mark.parametrize("backend", ["loky", "multiprocessing"])
def test_worker_processes_keep_the_forests_calls_but_for_the_refits(
    nested: dict[str, Sample], backend: str
) -> None:
    """A configured backend of processes takes the forest of the refit too."""
    assert [kinds(one) for one in nested[backend].fits] == [[(0, backend, 2, 2, TASKS + TREES)]] * 2


def test_in_threads_the_forests_calls_are_one_deeper(nested: dict[str, Sample]) -> None:
    expected = [
        (0, "threading", 2, 2, TASKS + TREES),
        (1, "threading", 2, FORESTS, FORESTS * TREES),
    ]
    assert [kinds(one) for one in nested["threading"].fits] == [expected] * 2


def test_a_search_of_one_job_does_not_enclose_the_forests_threads(
    nested: dict[str, Sample],
) -> None:
    expected = [
        (0, "sequential", 1, 1, TASKS),
        (0, "threading", 2, FORESTS + 1, (FORESTS + 1) * TREES),
    ]
    assert [kinds(one) for one in nested["as-written"].fits] == [expected] * 2


def test_serial_has_sequential_calls_alone(nested: dict[str, Sample]) -> None:
    for one in nested["serial"].fits:
        assert kinds(one) == [(0, "sequential", 1, FORESTS + 2, TASKS + (FORESTS + 1) * TREES)]
        assert one.worker_cpu_s == ()


def test_times_are_within_what_they_are_a_part_of(nested: dict[str, Sample]) -> None:
    for one in (one for sample in nested.values() for one in sample.fits):
        wall = one.readings["wall_s"]
        assert isinstance(wall, Reading)
        outermost = [call for call in one.calls if call.depth == 0 and call.n_jobs > 1]
        assert sum(call.wall_s for call in outermost) <= wall.value
        # The guardian hears of a fit's end an interval later.
        assert sum(one.widths_s) <= 1.5 * wall.value
        for call in one.calls:
            assert_bounded(call)


def assert_bounded(call: ParallelCall) -> None:
    assert 0 < call.first_done_s <= call.wall_s
    assert 0 <= call.tail_idle_s <= call.n_jobs * call.wall_s
    assert call.own_cpu_s >= 0


def test_lokys_workers_are_known_by_what_each_used(nested: dict[str, Sample]) -> None:
    for one in nested["loky"].fits:
        cpu = one.readings["cpu_s"]
        assert isinstance(cpu, Reading)
        assert len(one.worker_cpu_s) == 2
        assert list(one.worker_cpu_s) == sorted(one.worker_cpu_s, reverse=True)
        assert 0 < sum(one.worker_cpu_s) <= cpu.value + 0.05


def test_the_machine_and_the_data_are_told_beside_the_fits(nested: dict[str, Sample]) -> None:
    for sample in nested.values():
        assert sample.data_bytes == 300 * 20 * 8
        assert sample.data == nested["serial"].data
        assert sample.data is not None
        assert sample.data.shape == (300, 20)
        assert sample.pace_s is not None
        assert 0 < sample.pace_s < 1
        for name in ("steal_s", "swapped_bytes"):
            assert isinstance(sample.fits[0].readings[name], Reading)


@pytest.mark.parametrize("method", ["spawn", "forkserver"])
def test_workers_that_import_the_trial_anew_get_their_tasks(tmp_path: Path, method: str) -> None:
    setting = SETTINGS["multiprocessing"]
    sample = fit(tmp_path, SEARCH, setting, repeats=0, JOBLIB_START_METHOD=method)
    assert kinds(sample.fits[0]) == [(0, "multiprocessing", 2, 2, TASKS + TREES)]


# --------------------------------------------------------------------------- callables


def call(folder: Path, function: str, setting: Setting) -> Sample:
    text = f'version: 1\ncallable: {{fit: "calling:{function}"}}\n'
    return fit(folder / setting.id, text, setting)


def test_a_callable_that_stays_away_from_joblib_is_left_without_it(tmp_path: Path) -> None:
    sample = call(tmp_path, "without_joblib", AS_WRITTEN)
    assert sample.answer is not None
    assert sample.answer.values == (0.0,)
    assert [one.calls for one in sample.fits] == [(), ()]
    assert (sample.data_bytes, sample.data) == (None, None)


def test_a_callable_that_first_imports_joblib_in_its_fit_has_the_calls_of_later_ones(
    tmp_path: Path,
) -> None:
    calls = [(0, "threading", 2, 1, 5)]
    late = call(tmp_path, "with_joblib", AS_WRITTEN)
    assert [kinds(one) for one in late.fits] == [[], calls]
    # Here the backend's configuration has brought joblib.
    known = call(tmp_path, "with_joblib", SETTINGS["threading"])
    assert [kinds(one) for one in known.fits] == [calls, calls]


def test_a_stream_counts_once_it_is_exhausted(tmp_path: Path) -> None:
    sample = call(tmp_path, "with_a_stream", SETTINGS["threading"])
    assert [kinds(one) for one in sample.fits] == [[(0, "threading", 2, 1, 5)]] * 2
