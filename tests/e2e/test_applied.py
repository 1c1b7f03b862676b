"""``sklpar.applied`` in real programs: backend, n_jobs and pools read back in real workers."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from sklpar.host.threads import THREAD_VARIABLES, thread_environment
from tests.e2e.command import ROOT

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e

CPUS = len(os.sched_getaffinity(0))

# Two tasks that wait for each other, so that both workers answer. What a capped worker is asked
# for is loaded in it first, as a fit would.
PROGRAM = """
import json, os, sys, threading, time, uuid, warnings
from pathlib import Path
{first}
import sklpar

def pools():
    import scipy.linalg, sklearn.ensemble
    from threadpoolctl import threadpool_info
    found = {{}}
    for pool in threadpool_info():
        found.setdefault(pool["user_api"], set()).add(pool["num_threads"])
    return {{api: sorted(numbers) for api, numbers in found.items()}}

def work(meeting):
    (Path(meeting) / uuid.uuid4().hex).touch()
    deadline = time.monotonic() + 20
    while len(os.listdir(meeting)) < 2 and time.monotonic() < deadline:
        time.sleep(0.002)
    return pools()

def fit(meeting, n_jobs=None):
    from joblib import Parallel, delayed, effective_n_jobs
    os.makedirs(meeting)
    parallel = Parallel(n_jobs=n_jobs)
    tasks = range(effective_n_jobs(n_jobs))
    seen = {{"backend": type(parallel._backend).__name__, "n_jobs": effective_n_jobs(n_jobs)}}
    seen["workers"] = parallel(delayed(work)(meeting) for _ in tasks) if len(tasks) > 1 else []
    seen["own"] = pools()
    return seen

def variables():
    return {{name: os.environ.get(name) for name in {names}}}

def under(config):
    told = {{"before": variables()}}
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        with sklpar.applied(config) as setting:
            told["setting"] = setting.id
            told["inside"] = fit(config + " inside")
    told["warnings"] = [str(one.message) for one in caught if one.category is RuntimeWarning]
    told["lines"] = sorted({{one.filename + str(one.lineno) for one in caught}})
    told["after"] = variables()
    told["own_after"] = pools()
    if config == {after!r}:
        told["loky_after"] = fit(config + " after", n_jobs=2)
    return told

if __name__ == "__main__":
    {before}
    print(json.dumps({{config: under(config) for config in sys.argv[1:]}}))
"""
LOADED = "import numpy, scipy.linalg, sklearn.ensemble"


CAPS = "{blas: 1, openmp: 2}"
# Settings by name: backend, n_jobs and inner_threads.
SETTINGS: dict[str, tuple[str, int, object]] = {
    "multiprocessing": ("multiprocessing", 2, 1),
    "threading": ("threading", 2, 1),
    "sequential": ("sequential", 1, 1),
    "default": ("sequential", 1, "default"),
    "loky": ("loky", 2, 1),
    "loky-caps": ("loky", 2, CAPS),
}


def run(
    folder: Path,
    *names: str,
    first: str = "",
    before: str = "pass",
    after: str = "",
    **environ: str,
) -> dict[str, Any]:
    """What a program saw that applies settings in turn, `first` having been run before them.

    It looks at new workers of loky once more `after` one of the settings.
    """
    for name in names:
        backend, n_jobs, inner = SETTINGS[name]
        (folder / f"{name}.yaml").write_text(
            f"version: 1\nsetting:\n  n_jobs: {n_jobs}\n  backend: {backend}\n"
            f"  inner_threads: {inner}\n  params: {{}}\nresolved: {{n_jobs: n_jobs}}\n"
        )
    program = PROGRAM.format(
        first=first, before=before, after=f"{after}.yaml", names=THREAD_VARIABLES
    )
    (folder / "job.py").write_text(program)
    done = subprocess.run(
        [sys.executable, "job.py", *(f"{name}.yaml" for name in names)],
        cwd=folder,
        env={**thread_environment("default", os.environ), "PYTHONPATH": str(ROOT), **environ},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    told = json.loads(done.stdout)
    for seen in told.values():
        assert seen["after"] == seen["before"]
    return {name: told[f"{name}.yaml"] for name in names}


@pytest.fixture(scope="module")
def loaded(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """What a program saw that had loaded its libraries before it applied one after the other."""
    names = ("multiprocessing", "sequential", "loky", "loky-caps", "threading")
    return run(tmp_path_factory.mktemp("loaded"), *names, first=LOADED, after="loky-caps")


def sizes(blas: int, openmp: int) -> dict[str, list[int]]:
    return {"blas": [blas], "openmp": [openmp]}


DEFAULT = sizes(CPUS, CPUS)


@pytest.mark.parametrize("first", ["fresh", "loaded"])
@pytest.mark.parametrize(
    ("name", "expected"), [("loky", sizes(1, 1)), ("loky-caps", sizes(1, 2))], ids=["one", "caps"]
)
def test_loky_workers_have_the_cap_whatever_was_loaded(
    first: str,
    name: str,
    expected: dict[str, list[int]],
    tmp_path: Path,
    request: pytest.FixtureRequest,
) -> None:
    told = run(tmp_path, name) if first == "fresh" else request.getfixturevalue("loaded")
    assert told[name]["inside"] == {
        "backend": "LokyBackend",
        "n_jobs": 2,
        "workers": [expected] * 2,
        "own": expected,
    }
    assert told[name]["warnings"] == []


@pytest.mark.parametrize("name", ["threading", "multiprocessing"])
def test_a_program_that_has_loaded_nothing_has_the_cap_everywhere(
    name: str, tmp_path: Path
) -> None:
    seen = run(tmp_path, name)[name]
    assert seen["inside"]["workers"] == [sizes(1, 1)] * 2
    assert seen["inside"]["own"] == sizes(1, 1)
    assert seen["warnings"] == []


@pytest.mark.parametrize(
    ("name", "n_jobs", "shown"),
    [("multiprocessing", 2, "MultiprocessingBackend"), ("sequential", 1, "SequentialBackend")],
)
def test_loaded_libraries_are_limited_and_let_go_again(
    name: str, n_jobs: int, shown: str, loaded: dict[str, Any]
) -> None:
    seen = loaded[name]
    assert (seen["inside"]["backend"], seen["inside"]["n_jobs"]) == (shown, n_jobs)
    assert all(worker == sizes(1, 1) for worker in seen["inside"]["workers"])
    assert seen["inside"]["own"] == sizes(1, 1)
    assert seen["own_after"] == DEFAULT
    assert seen["warnings"] == []


@pytest.mark.skipif(CPUS < 2, reason="one CPU: no library has more than one thread")
def test_openmp_in_joblibs_threads_is_out_of_reach_and_that_is_said(
    loaded: dict[str, Any],
) -> None:
    seen = loaded["threading"]
    assert seen["inside"]["workers"] == [sizes(1, CPUS)] * 2
    assert seen["inside"]["own"] == sizes(1, 1)
    assert seen["own_after"] == DEFAULT
    (warning,) = seen["warnings"]
    assert "in joblib's worker threads OpenMP (libgomp" in warning
    assert f"runs {CPUS} threads, not 1" in warning
    assert "`sklpar exec --config threading.yaml -- python SCRIPT`" in warning
    (line,) = seen["lines"]
    assert "job.py" in line


def test_blas_alone_is_held_in_joblibs_threads(tmp_path: Path) -> None:
    seen = run(tmp_path, "threading", first="import numpy")["threading"]
    assert seen["inside"]["workers"] == [sizes(1, 1)] * 2  # scipy and OpenMP are loaded in them
    assert seen["warnings"] == []


def test_default_gives_loaded_libraries_their_own_size_back(tmp_path: Path) -> None:
    one = {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"}
    seen = run(tmp_path, "default", first=LOADED, **one)["default"]
    assert seen["inside"]["own"] == DEFAULT
    assert seen["own_after"] == sizes(1, 1)
    assert seen["warnings"] == []


def test_workers_started_afterwards_know_nothing_of_the_cap(loaded: dict[str, Any]) -> None:
    own = max(CPUS // 2, 1)  # loky's, for two workers
    assert loaded["loky-caps"]["loky_after"]["workers"] == [sizes(own, own)] * 2


@pytest.mark.skipif(CPUS < 2, reason="one CPU: no library has more than one thread")
def test_a_limit_that_another_thread_holds_is_told(tmp_path: Path) -> None:
    hold = (
        "from threadpoolctl import threadpool_limits; ready = threading.Event(); "
        "threading.Thread(target=lambda: (threadpool_limits(2), ready.set(), time.sleep(60)), "
        "daemon=True).start(); ready.wait()"
    )
    seen = run(tmp_path, "sequential", first=LOADED, before=hold)["sequential"]
    assert seen["inside"]["own"] == sizes(2, 1)
    (warning,) = seen["warnings"]
    assert "runs 2 threads, not 1: another thread holds its limit" in warning


FORKING = """
import sklpar
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from joblib import effective_n_jobs
from sklearn.datasets import load_iris
from sklearn.linear_model import Ridge
from sklearn.model_selection import cross_val_score

def jobs(C):
    cross_val_score(Ridge(C), *load_iris(return_X_y=True), cv=2)
    return effective_n_jobs(None)

if __name__ == "__main__":
    with sklpar.applied("tuned.yaml"), ProcessPoolExecutor(2, get_context("fork")) as pool:
        print([*pool.map(jobs, [0.1, 1]), effective_n_jobs(None)])
"""


def test_processes_that_the_program_forks_itself_have_one_job_and_end(tmp_path: Path) -> None:
    (tmp_path / "tuned.yaml").write_text(
        "version: 1\nsetting: {n_jobs: 2, backend: loky, inner_threads: 1, params: {}}\n"
    )
    (tmp_path / "job.py").write_text(FORKING)
    done = subprocess.run(
        [sys.executable, "job.py"],
        cwd=tmp_path,
        env={**thread_environment("default", os.environ), "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert (done.stdout, done.stderr) == ("[1, 1, 2]\n", "")
