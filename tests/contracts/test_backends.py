"""What holds for every backend, whichever are registered."""

from __future__ import annotations

import inspect
import subprocess
from typing import Any

import pytest
from joblib import Parallel
from joblib.parallel import get_active_backend

from sklpar.backends import BACKENDS
from sklpar.model import Caps, InnerThreads

every_backend = pytest.mark.parametrize("name", BACKENDS)
CAPS: list[InnerThreads | None] = [1, 2, "default", Caps(blas=1, openmp=2), None]


@every_backend
def test_its_name_is_its_key(name: str) -> None:
    assert BACKENDS[name].name == name


@every_backend
def test_it_can_run_in_an_ordinary_environment(name: str) -> None:
    assert BACKENDS[name].unavailable({}) is None
    assert BACKENDS[name].unavailable({"JOBLIB_MULTIPROCESSING": "1"}) is None


@every_backend
def test_only_processes_can_be_forbidden_and_the_reason_names_the_variable(name: str) -> None:
    for value in ("0", " 0 "):
        reason = BACKENDS[name].unavailable({"JOBLIB_MULTIPROCESSING": value})
        assert (reason is None) == BACKENDS[name].in_process
        assert reason is None or "JOBLIB_MULTIPROCESSING=0" in reason


@every_backend
@pytest.mark.parametrize("inner", CAPS, ids=str)
@pytest.mark.parametrize("n_jobs", [None, 2])
def test_its_context_makes_joblib_use_it(
    name: str, inner: InnerThreads | None, n_jobs: int | None
) -> None:
    with BACKENDS[name].context(n_jobs=n_jobs, inner_threads=inner):
        backend, _ = get_active_backend()
        assert type(backend).__name__.lower() == f"{name}backend"
        asked = Parallel().n_jobs
    assert asked == (1 if n_jobs is None or name == "sequential" else n_jobs)


@every_backend
def test_its_context_leaves_nothing_behind(name: str) -> None:
    before = type(get_active_backend()[0])
    with BACKENDS[name].context(n_jobs=2, inner_threads=1):
        pass
    assert type(get_active_backend()[0]) is before


@pytest.mark.parametrize(("inner", "told"), [(2, 2), ("default", None), (None, None)])
def test_loky_is_told_the_cap_again_or_it_would_fill_in_its_own(inner: Any, told: int) -> None:
    with BACKENDS["loky"].context(n_jobs=2, inner_threads=inner):
        assert get_active_backend()[0].inner_max_num_threads == told


@every_backend
def test_asking_about_it_starts_nothing(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(*_: Any, **__: Any) -> None:
        pytest.fail("a process was started")

    monkeypatch.setattr(subprocess, "Popen", refuse)
    with BACKENDS[name].context(n_jobs=2, inner_threads=1):
        assert inspect.getdoc(type(BACKENDS[name]))
