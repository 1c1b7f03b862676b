"""Which Python threads a fit started: joblib's own handlers are not the user's parallelism."""

from __future__ import annotations

import threading

# Threads that joblib, multiprocessing and loky run to feed and to reap their workers.
_HANDLERS = (
    "(_handle_workers)",
    "(_handle_tasks)",
    "(_handle_results)",
    "QueueFeederThread",
    "QueueManagerThread",
    "ExecutorManagerThread",
    "ThreadManager",
)


class ThreadRecorder:
    """Remembers every Python thread that starts while it is installed, by native id and name.

    `threading.enumerate` after the fit would miss them: joblib's pool threads end with the call.
    """

    def __init__(self) -> None:
        self._started: list[tuple[int, str]] = []

    def install(self) -> None:
        """Wrap ``Thread.start``; the wrapper runs in the starter, after the thread has its id."""
        original = threading.Thread.start
        started = self._started

        def start(thread: threading.Thread) -> None:
            original(thread)
            started.append((thread.native_id or 0, thread.name))

        threading.Thread.start = start  # type: ignore[method-assign, assignment]

    def handlers(self) -> list[int]:
        """Native ids of joblib's helper threads so far."""
        return [tid for tid, name in self._started if name.endswith(_HANDLERS)]

    def pool_threads(self) -> list[int]:
        """Native ids of the workers of thread pools so far."""
        return [tid for tid, name in self._started if name.endswith("(worker)")]
