"""joblib's calls as the recorder sums them up: in this process, sequential or in threads."""

from __future__ import annotations

import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import joblib
import joblib.parallel
import pytest
from joblib import delayed
from sklearn.utils.parallel import Parallel as SklearnParallel
from sklearn.utils.parallel import delayed as sklearn_delayed

from sklpar.model import ParallelCall
from sklpar.trial.calls import CallRecorder, tail_idle_s


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> CallRecorder:
    for owner in (joblib.Parallel, joblib.parallel.BatchCompletionCallBack):
        monkeypatch.setattr(owner, "__call__", owner.__call__)
    found = CallRecorder()
    found.begin()
    return found


def threads(n_jobs: int = 2, tasks: int = 6, do: Callable[..., Any] = abs) -> list[Any]:
    with joblib.parallel_config(backend="threading"):
        results: list[Any] = joblib.Parallel(n_jobs=n_jobs)(delayed(do)(i) for i in range(tasks))
    return results


def one(recorder: CallRecorder) -> ParallelCall:
    (call,) = recorder.calls()
    return call


def kinds(recorder: CallRecorder) -> list[tuple[int, str, int, int, int]]:
    return [(c.depth, c.backend, c.n_jobs, c.calls, c.tasks) for c in recorder.calls()]


# --------------------------------------------------------------------------- the tail


@pytest.mark.parametrize(
    ("ends", "n_jobs", "idle_s"),
    [
        ([1.0, 2.0, 3.0], 1, 0.0),
        ([1.0, 3.0, 4.0], 2, 1.0),
        ([4.0, 1.0, 3.0], 2, 1.0),
        ([1.0, 3.0, 4.0], 3, 4.0),
        ([4.0], 3, 2 * 5.0),
        ([], 2, 2 * 5.0),
    ],
    ids=["one worker", "two workers", "out of order", "a task each", "no task for two", "no task"],
)
def test_the_tail_is_what_workers_idle_once_nothing_is_left(
    ends: list[float], n_jobs: int, idle_s: float
) -> None:
    assert tail_idle_s(ends, n_jobs, wall_s=5.0) == idle_s


# --------------------------------------------------------------------------- what is recorded


def test_a_call_in_threads_has_its_workers_its_tasks_and_its_times(recorder: CallRecorder) -> None:
    assert threads(n_jobs=2, tasks=6) == list(range(6))
    call = one(recorder)
    assert kinds(recorder) == [(0, "threading", 2, 1, 6)]
    assert 0 < call.first_done_s <= call.wall_s
    assert 0 <= call.tail_idle_s <= 2 * call.wall_s
    assert call.own_cpu_s > 0


def test_calls_of_one_kind_are_summed_up_and_others_kept_apart(recorder: CallRecorder) -> None:
    for tasks in (3, 4):
        threads(n_jobs=2, tasks=tasks)
    threads(n_jobs=3, tasks=1)
    threads(n_jobs=1, tasks=2)
    assert kinds(recorder) == [
        (0, "sequential", 1, 1, 2),
        (0, "threading", 2, 2, 7),
        (0, "threading", 3, 1, 1),
    ]


def test_workers_that_never_got_a_task_were_idle_throughout(recorder: CallRecorder) -> None:
    threads(n_jobs=4, tasks=1)
    call = one(recorder)
    assert call.tail_idle_s == pytest.approx(3 * call.wall_s)


def test_a_call_of_one_job_counts_as_one_batch_without_a_tail(recorder: CallRecorder) -> None:
    joblib.Parallel(n_jobs=1)(delayed(abs)(i) for i in range(3))
    call = one(recorder)
    assert (call.backend, call.tail_idle_s, call.first_done_s) == ("sequential", 0.0, call.wall_s)


def test_scikit_learns_own_parallel_is_seen_once(recorder: CallRecorder) -> None:
    with joblib.parallel_config(backend="threading"):
        SklearnParallel(n_jobs=2)(sklearn_delayed(abs)(i) for i in range(4))
    assert kinds(recorder) == [(0, "threading", 2, 1, 4)]


def test_a_parallel_that_is_used_twice_counts_each_time(recorder: CallRecorder) -> None:
    with joblib.parallel_config(backend="threading"), joblib.Parallel(n_jobs=2) as parallel:
        for _ in range(2):
            parallel(delayed(abs)(i) for i in range(3))
    assert kinds(recorder) == [(0, "threading", 2, 2, 6)]


def test_what_joblib_really_used_counts_and_not_what_was_asked(recorder: CallRecorder) -> None:
    """Where memory must be shared, a configured loky gives way to threads, and to one job."""
    with joblib.parallel_config(backend="loky", n_jobs=2):
        joblib.Parallel(require="sharedmem")(delayed(abs)(i) for i in range(3))
    assert kinds(recorder) == [(0, "sequential", 1, 1, 3)]


def test_a_backend_of_somebody_elses_has_its_class_for_a_name(recorder: CallRecorder) -> None:
    class Foreign(joblib.parallel.ThreadingBackend):  # type: ignore[misc]
        pass

    joblib.Parallel(n_jobs=2, backend=Foreign())(delayed(abs)(i) for i in range(2))
    assert kinds(recorder) == [(0, "Foreign", 2, 1, 2)]


# --------------------------------------------------------------------------- nesting


def test_a_call_within_a_call_of_threads_is_one_deeper(recorder: CallRecorder) -> None:
    threads(n_jobs=2, tasks=3, do=lambda _: joblib.Parallel(n_jobs=2)([delayed(abs)(1)] * 2))
    assert kinds(recorder) == [(0, "threading", 2, 1, 3), (1, "threading", 2, 3, 6)]


def test_a_sequential_call_is_no_depth(recorder: CallRecorder) -> None:
    def inner(_: int) -> None:
        with joblib.parallel_config(backend="threading"):
            joblib.Parallel(n_jobs=2)([delayed(abs)(1)] * 2)

    joblib.Parallel(n_jobs=1)(delayed(inner)(i) for i in range(2))
    assert kinds(recorder) == [(0, "sequential", 1, 1, 2), (0, "threading", 2, 2, 4)]


def test_joblib_runs_what_is_two_deep_in_one_job(recorder: CallRecorder) -> None:
    def innermost(_: int) -> Any:
        return joblib.Parallel(n_jobs=2)([delayed(abs)(1)])

    def inner(_: int) -> Any:
        return joblib.Parallel(n_jobs=2)([delayed(innermost)(1)])

    threads(n_jobs=2, tasks=1, do=inner)
    assert kinds(recorder) == [
        (0, "threading", 2, 1, 1),
        (1, "threading", 2, 1, 1),
        (2, "sequential", 1, 1, 1),
    ]


def test_a_call_out_of_a_thread_of_the_users_own_is_one_deep(recorder: CallRecorder) -> None:
    thread = threading.Thread(target=threads)
    thread.start()
    thread.join()
    threads()
    assert kinds(recorder) == [(0, "threading", 2, 1, 6), (1, "threading", 2, 1, 6)]


def test_calls_that_many_threads_make_at_once_are_all_counted(recorder: CallRecorder) -> None:
    def work() -> None:
        for _ in range(50):
            joblib.Parallel(n_jobs=1)([delayed(abs)(1)])

    crowd = [threading.Thread(target=work) for _ in range(8)]
    for thread in crowd:
        thread.start()
    for thread in crowd:
        thread.join()
    assert kinds(recorder) == [(1, "sequential", 1, 400, 400)]


# --------------------------------------------------------------------------- how calls end


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_call_that_raises_is_recorded_and_raises(recorder: CallRecorder, n_jobs: int) -> None:
    with pytest.raises(ZeroDivisionError):
        threads(n_jobs=n_jobs, tasks=1, do=lambda i: 1 / i)
    backend = "sequential" if n_jobs == 1 else "threading"
    assert kinds(recorder) == [(0, backend, n_jobs, 1, 1)]


def test_a_call_that_could_not_begin_is_recorded_without_tasks(recorder: CallRecorder) -> None:
    with pytest.raises(ValueError, match="n_jobs == 0"):
        threads(n_jobs=0)
    assert kinds(recorder) == [(0, "threading", 1, 1, 0)]


def stream(n_jobs: int) -> Iterator[int]:
    parallel = joblib.Parallel(n_jobs=n_jobs, backend="threading", return_as="generator")
    results: Iterator[int] = parallel(delayed(abs)(i) for i in range(4))
    return results


@pytest.mark.parametrize("n_jobs", [1, 2])
def test_a_call_that_streams_lasts_until_its_results_are_exhausted(
    recorder: CallRecorder, n_jobs: int
) -> None:
    results = stream(n_jobs)
    assert next(results) == 0
    assert recorder.calls() == ()
    assert list(results) == [1, 2, 3]
    backend = "sequential" if n_jobs == 1 else "threading"
    assert kinds(recorder) == [(0, backend, n_jobs, 1, 4)]


def test_a_stream_that_is_dropped_is_counted_as_it_was_then(recorder: CallRecorder) -> None:
    results = stream(1)
    next(results)
    del results
    assert kinds(recorder) == [(0, "sequential", 1, 1, 1)]


def test_a_second_call_of_a_parallel_whose_stream_is_open_is_left_to_joblib(
    recorder: CallRecorder,
) -> None:
    parallel = joblib.Parallel(n_jobs=2, backend="threading", return_as="generator")
    results = parallel(delayed(abs)(i) for i in range(4))
    with pytest.raises(RuntimeError, match="already running"):
        parallel([delayed(abs)(1)])
    assert list(results) == [0, 1, 2, 3]
    assert one(recorder).calls == 2


# --------------------------------------------------------------------------- between fits


def test_each_fit_begins_anew_and_joblib_is_wrapped_once(recorder: CallRecorder) -> None:
    threads()
    recorder.begin()
    assert recorder.calls() == ()
    threads(tasks=5)
    assert kinds(recorder) == [(0, "threading", 2, 1, 5)]


def test_joblib_is_not_imported_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delitem(sys.modules, "joblib.parallel")
    before = joblib.Parallel.__call__
    recorder = CallRecorder()
    recorder.begin()
    assert "joblib.parallel" not in sys.modules
    assert joblib.Parallel.__call__ is before
    assert recorder.calls() == ()
