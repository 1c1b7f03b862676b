"""joblib's calls within a fit, as the trial's own process makes them."""

from __future__ import annotations

import functools
import sys
import threading
from collections.abc import Iterator, Sequence
from time import perf_counter, process_time
from typing import Any, TypeAlias

from sklpar.model import ParallelCall

# What users call joblib's backends, by the class that is found when the call has begun.
_BACKENDS = {
    "LokyBackend": "loky",
    "ThreadingBackend": "threading",
    "MultiprocessingBackend": "multiprocessing",
    "SequentialBackend": "sequential",
}
# Depth, name of the backend, n_jobs.
_Kind: TypeAlias = tuple[int, str, int]


class CallRecorder:
    """Sums up joblib's calls by depth, backend and n_jobs.

    ``Parallel.__call__`` is wrapped where it is defined, so that scikit-learn's subclass is seen
    too, and once; nothing that goes to a worker is touched. A call that streams its results
    (``return_as="generator"``) lasts until they are exhausted or dropped, and is not counted
    before.
    """

    def __init__(self) -> None:
        # By thread too: each sum then has one writer, and a process that is forked off while
        # another thread adds to its own inherits no lock that nobody will open.
        self._sums: dict[tuple[int, _Kind], list[float]] = {}
        # When the batches of the calls that are under way ended, by the id of the Parallel.
        self._ends: dict[int, list[float]] = {}
        self._main = threading.main_thread().ident
        self._installed = False

    def begin(self) -> None:
        """Forget the calls so far, and wrap joblib where it has been imported by now.

        It is not imported for this: of a callable that first does so within its own fit, that one
        fit has no calls.
        """
        joblib = sys.modules.get("joblib.parallel")
        if joblib is not None and not self._installed:
            self._install(joblib)
            self._installed = True
        self._sums = {}

    def calls(self) -> tuple[ParallelCall, ...]:
        """Return the calls since `begin`, outermost first."""
        kinds: dict[_Kind, list[float]] = {}
        for (_, kind), sums in list(self._sums.items()):
            sofar = kinds.get(kind, [0.0] * len(sums))
            kinds[kind] = [a + b for a, b in zip(sofar, sums, strict=True)]
        return tuple(_parallel_call(kind, kinds[kind]) for kind in sorted(kinds))

    def _install(self, joblib: Any) -> None:
        call_, completed = joblib.Parallel.__call__, joblib.BatchCompletionCallBack.__call__
        ends, add = self._ends, self._add

        @functools.wraps(call_)
        def call(parallel: Any, iterable: Any) -> Any:
            own = ends[id(parallel)] = []
            cpu_s, began = process_time(), perf_counter()
            try:
                output = call_(parallel, iterable)
            except BaseException:
                add(parallel, own, began, cpu_s)
                raise
            if parallel.return_generator:
                return self._follow(output, parallel, own, began, cpu_s)
            add(parallel, own, began, cpu_s)
            return output

        @functools.wraps(completed)
        def batch_completed(callback: Any, *args: Any, **kwargs: Any) -> Any:
            own = ends.get(id(callback.parallel))
            if own is not None:  # else it is of a call that was given up
                own.append(perf_counter())
            return completed(callback, *args, **kwargs)

        joblib.Parallel.__call__ = call
        joblib.BatchCompletionCallBack.__call__ = batch_completed

    def _follow(
        self, output: Iterator[Any], parallel: Any, ends: list[float], began: float, cpu_s: float
    ) -> Iterator[Any]:
        try:
            yield from output
        finally:
            self._add(parallel, ends, began, cpu_s)

    def _add(self, parallel: Any, ends: list[float], began: float, cpu_s: float) -> None:
        """Count a call that has ended; joblib has replaced the backend that it could not use."""
        wall_s, own_cpu_s = perf_counter() - began, process_time() - cpu_s
        # A call that joblib refuses, of a Parallel whose stream is still open, has taken it away.
        self._ends.pop(id(parallel), None)
        thread, backend = threading.get_ident(), parallel._backend
        # joblib counts the levels itself, and a sequential one as none.
        depth = backend.nesting_level or 0
        if thread != self._main and depth < 1:
            depth = 1
        name = type(backend).__name__
        n_jobs = 1
        if name != "SequentialBackend":
            n_jobs = getattr(parallel, "_cached_effective_n_jobs", 1)
        key = (thread, (depth, name, n_jobs))
        sums = self._sums.get(key)
        if sums is None:
            sums = self._sums[key] = [0.0] * 6
        sums[0] += 1
        sums[1] += parallel.n_dispatched_tasks
        sums[2] += wall_s
        sums[3] += own_cpu_s
        sums[4] += ends[0] - began if ends else wall_s
        if n_jobs > 1:
            sums[5] += tail_idle_s(ends, n_jobs, wall_s)


def tail_idle_s(ends: Sequence[float], n_jobs: int, wall_s: float) -> float:
    """Return the worker-seconds without work while a call's last tasks ran.

    Each worker's last batch is among the last `n_jobs` that ended, since a worker stops only where
    nothing is left to take. A worker without any batch was idle all along.

    Parameters
    ----------
    ends : sequence of float
        When each batch ended, in seconds.
    wall_s : float
        How long the call took.
    """
    last = sorted(ends)[-n_jobs:]
    idle_s = sum(last[-1] - end for end in last)
    return idle_s + (n_jobs - len(last)) * wall_s


def _parallel_call(kind: _Kind, sums: Sequence[float]) -> ParallelCall:
    depth, name, n_jobs = kind
    calls, tasks, wall_s, own_cpu_s, first_done_s, tail_s = sums
    return ParallelCall(
        depth=depth,
        backend=_BACKENDS.get(name, name),
        n_jobs=n_jobs,
        calls=int(calls),
        tasks=int(tasks),
        wall_s=wall_s,
        own_cpu_s=own_cpu_s,
        first_done_s=first_done_s,
        tail_idle_s=tail_s,
    )
