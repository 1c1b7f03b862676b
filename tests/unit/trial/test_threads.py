"""Which Python threads a fit started."""

from __future__ import annotations

import threading

import pytest

from sklpar.trial.threads import ThreadRecorder


@pytest.fixture
def recorder(monkeypatch: pytest.MonkeyPatch) -> ThreadRecorder:
    monkeypatch.setattr(threading.Thread, "start", threading.Thread.start)
    found = ThreadRecorder()
    found.install()
    return found


def run(name: str) -> int:
    thread = threading.Thread(target=lambda: None, name=name)
    thread.start()
    thread.join()
    assert thread.native_id is not None
    return thread.native_id


def test_handlers_workers_and_the_users_own_threads_are_told_apart(
    recorder: ThreadRecorder,
) -> None:
    handlers = [run("Thread-3 (_handle_tasks)"), run("QueueManagerThread")]
    workers = [run("Thread-1 (worker)"), run("Thread-2 (worker)")]
    run("my own")
    assert recorder.handlers() == handlers
    assert recorder.pool_threads() == workers


def test_threads_are_remembered_after_they_ended_and_across_fits(recorder: ThreadRecorder) -> None:
    first = run("Thread-1 (worker)")
    assert recorder.pool_threads() == [first]
    second = run("Thread-2 (worker)")
    assert recorder.pool_threads() == [first, second]


def test_the_pool_of_joblibs_threading_backend_is_recognised(recorder: ThreadRecorder) -> None:
    """The names are CPython's: this is where a new version would show."""
    from multiprocessing.pool import ThreadPool

    with ThreadPool(2) as pool:
        pool.map(abs, [1, 2])
    assert len(recorder.pool_threads()) == 2
    assert len(recorder.handlers()) == 3
