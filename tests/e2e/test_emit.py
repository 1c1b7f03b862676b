"""Emitted settings, used as a user would: sourced by a shell, imported by a script."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from typing import TYPE_CHECKING, Any

import pytest

from sklpar.emit import FORMATS, Pinned
from sklpar.host.threads import THREAD_VARIABLES, thread_environment
from sklpar.model import Caps

if TYPE_CHECKING:
    from pathlib import Path

pytestmark = pytest.mark.e2e

# An estimator that reports what joblib makes of its n_jobs, and the pools that its workers see.
SCRIPT = """
import json, os
import parallel_setting
from joblib import Parallel, delayed, effective_n_jobs
from sklearn.base import BaseEstimator
from threadpoolctl import threadpool_info

def look():
    import numpy
    blas = [pool["num_threads"] for pool in threadpool_info() if pool["user_api"] == "blas"]
    variables = {name: os.environ.get(name) for name in %(names)r}
    return {"blas": blas, "variables": variables}

class Probe(BaseEstimator):
    def __init__(self, n_jobs=None, depth=1):
        self.n_jobs = n_jobs
        self.depth = depth
    def fit(self, X=None, y=None):
        outer = Parallel(n_jobs=self.n_jobs)
        self.seen_ = {
            "backend": type(outer._backend).__name__,
            "n_jobs": effective_n_jobs(self.n_jobs),
            "nested_none": effective_n_jobs(None),
            "depth": self.depth,
            "workers": outer(delayed(look)() for _ in range(2)),
        }
        return self

if __name__ == "__main__":
    with parallel_setting.parallel():
        print(json.dumps(parallel_setting.configure(Probe()).fit().seen_))
"""


def clean_environment(**extra: str) -> dict[str, str]:
    return {**thread_environment("default", os.environ), **extra}


def run_with(pinned: Pinned, folder: Path, **extra: str) -> Any:
    """What the probe saw in a script that uses the emitted module."""
    (folder / "parallel_setting.py").write_text(FORMATS["python"](pinned), encoding="ascii")
    script = folder / "job.py"
    script.write_text(SCRIPT % {"names": THREAD_VARIABLES}, encoding="ascii")
    done = subprocess.run(
        [sys.executable, "-W", "error", str(script)],
        env=clean_environment(**extra),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


@pytest.mark.parametrize(
    ("backend", "shown"), [("loky", "LokyBackend"), ("threading", "ThreadingBackend")]
)
def test_the_module_brings_n_jobs_backend_and_caps_into_force(
    backend: str, shown: str, tmp_path: Path
) -> None:
    pinned = Pinned(
        setting="x",
        n_jobs=2,
        backend=backend,
        inner_threads=1,
        params={"depth": 3},
        resolved={"n_jobs": 2},
    )
    seen = run_with(pinned, tmp_path, OMP_NUM_THREADS="7")
    assert (seen["backend"], seen["n_jobs"], seen["depth"]) == (shown, 2, 3)
    assert seen["nested_none"] == 1  # n_jobs does not leak into what is nested
    for worker in seen["workers"]:
        assert set(worker["blas"]) == {1}
        assert worker["variables"] == dict.fromkeys(THREAD_VARIABLES, "1")


def test_caps_by_library_reach_loky_workers(tmp_path: Path) -> None:
    pinned = Pinned(
        setting="x",
        n_jobs=2,
        backend="loky",
        inner_threads=Caps(blas=1, openmp=2),
        resolved={"n_jobs": 2},
    )
    for worker in run_with(pinned, tmp_path)["workers"]:
        assert worker["variables"]["OPENBLAS_NUM_THREADS"] == "1"
        assert worker["variables"]["OMP_NUM_THREADS"] == "2"


def test_default_removes_what_the_environment_sets(tmp_path: Path) -> None:
    pinned = Pinned(
        setting="x",
        n_jobs=2,
        backend="threading",
        inner_threads="default",
        resolved={"n_jobs": 2},
    )
    seen = run_with(pinned, tmp_path, OMP_NUM_THREADS="1", MKL_NUM_THREADS="1")
    assert seen["workers"][0]["variables"] == dict.fromkeys(THREAD_VARIABLES)


def test_as_written_changes_nothing(tmp_path: Path) -> None:
    seen = run_with(Pinned(setting="as-written"), tmp_path, OMP_NUM_THREADS="3")
    assert (seen["n_jobs"], seen["depth"]) == (1, 1)
    assert seen["workers"][0]["variables"]["OMP_NUM_THREADS"] == "3"


def test_a_callable_gets_n_jobs_from_the_config(tmp_path: Path) -> None:
    pinned = Pinned(setting="x", n_jobs=2, backend="threading", inner_threads=1)
    seen = run_with(pinned, tmp_path)
    assert (seen["backend"], seen["n_jobs"]) == ("ThreadingBackend", 2)


def test_the_module_warns_where_numpy_came_first(tmp_path: Path) -> None:
    pinned = Pinned(setting="x", backend="threading", inner_threads=1)
    (tmp_path / "parallel_setting.py").write_text(FORMATS["python"](pinned), encoding="ascii")
    done = subprocess.run(
        [sys.executable, "-c", "import numpy, parallel_setting"],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert "RuntimeWarning: numpy was imported before" in done.stderr


@pytest.mark.parametrize(
    ("inner", "expected"),
    [(1, ["1"] * 7), (Caps(blas=2, openmp=3), ["3"] * 3 + ["2"] * 4), ("default", [""] * 7)],
)
def test_a_shell_takes_the_environment_file(
    inner: int | Caps, expected: list[str], tmp_path: Path
) -> None:
    hostile = Pinned(
        setting="x",
        backend="loky",
        inner_threads=inner,
        params={"a\n$(touch hit)": "`touch hit`"},
        evidence=("$(touch hit)",),
    )
    (tmp_path / "caps.env").write_text(FORMATS["env"](hostile), encoding="ascii")
    show = "; ".join(f'echo "${name}"' for name in THREAD_VARIABLES)
    done = subprocess.run(
        ["sh", "-euc", f"set -a; . ./caps.env; set +u; {show}"],
        cwd=tmp_path,
        env=clean_environment(),
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stdout.splitlines() == expected
    assert not (tmp_path / "hit").exists()
