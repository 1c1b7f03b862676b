"""The calibration's child: one measurement in a fresh process, with nothing else running.

Run as ``python -P -m sklpar.doctor.measuring NAME ANSWER LIFELINE``. The tasks below are run by
workers, which import this module: it stays light.
"""

from __future__ import annotations

import hashlib
import json
import math
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from sklpar.host.child import die_with_parent

# What a task hashes at a time. hashlib lets go of the interpreter lock meanwhile, as BLAS does, so
# threads can show what they are worth; it starts no threads of its own.
_BLOCK = bytes(65536)
TASKS = 16
_LONGEST_BLOCKS = 512
_REPEATS = 7
# A busy machine makes repeats slow; what has been seen by then has to do.
_ENOUGH_S = 12.0

Values = list[float]


def nothing(*_: Any) -> None:
    """Do nothing: what remains is the cost of asking for it."""


def load_scikit_learn() -> None:
    """Import what the workers of a search import."""
    import sklearn.ensemble  # noqa: F401 - importing is the work


def work(blocks: int) -> None:
    """Compute for a time in proportion to `blocks`, without the interpreter lock."""
    digest = hashlib.sha256()
    for _ in range(blocks):
        digest.update(_BLOCK)


def timed(action: Callable[[], object]) -> float:
    """Return how long an action takes, in seconds."""
    start = time.perf_counter()
    action()
    return time.perf_counter() - start


def pool_start(workers: int, task: Callable[[], None]) -> Values:
    """Return the seconds of the first call in a process, pool included."""
    from joblib import Parallel, delayed

    calls = [delayed(task)() for _ in range(workers)]
    return [timed(lambda: Parallel(n_jobs=workers, backend="loky", batch_size=1)(calls))]


def task_cost(backend: str) -> Values:
    """Return the microseconds of an empty task with two workers that are warm, one by repeat."""
    from joblib import Parallel, delayed

    tasks = 200 if backend in {"loky", "multiprocessing"} else 2000
    calls = [delayed(nothing)() for _ in range(tasks)]
    jobs = 1 if backend == "sequential" else 2
    with Parallel(n_jobs=jobs, backend=backend, batch_size=1) as parallel:
        parallel(calls)
        return [timed(lambda: parallel(calls)) / tasks * 1e6 for _ in range(_REPEATS)]


def break_even(backend: str) -> Values:
    """Return the milliseconds of a task from which on two warm workers beat one, by repeat.

    A repeat in which they never do gives nothing.
    """
    from joblib import Parallel, delayed

    def alone(blocks: int) -> None:
        for _ in range(TASKS):
            work(blocks)

    def run(blocks: int) -> tuple[float, float]:
        calls = [delayed(work)(blocks) for _ in range(TASKS)]
        both_s = min(timed(lambda: parallel(calls)) for _ in range(2))
        alone_s = min(timed(lambda: alone(blocks)) for _ in range(2))
        return alone_s, both_s

    found = []
    with Parallel(n_jobs=2, backend=backend, batch_size=1) as parallel:
        run(1)
        until = time.monotonic() + _ENOUGH_S
        for repeat in range(_REPEATS):
            if repeat and time.monotonic() > until:
                break
            crossing = crossing_s(run)
            if crossing is not None:
                found.append(crossing * 1e3)
    return found


def crossing_s(run: Callable[[int], tuple[float, float]]) -> float | None:
    """Double the task until two workers win twice in a row; return its length where they drew."""
    before: tuple[float, float] | None = None
    wins, crossing = 0, None
    blocks = 1
    while blocks <= _LONGEST_BLOCKS:
        alone_s, both_s = run(blocks)
        now = (alone_s / TASKS, alone_s / both_s)
        wins = wins + 1 if now[1] > 1 else 0
        if wins == 1:
            crossing = _between(before, now)
        if wins == 2:
            return crossing
        before, blocks = now, blocks * 2
    return None


def _between(before: tuple[float, float] | None, now: tuple[float, float]) -> float:
    """Return the task's length at which the speedup is 1, between two of (length, speedup)."""
    if before is None or before[0] >= now[0]:
        return now[0]
    share = math.log(1 / before[1]) / math.log(now[1] / before[1])
    return float(before[0] * (now[0] / before[0]) ** share)


def transfer_cost(megabytes: int, max_nbytes: str | None) -> Values:
    """Return the milliseconds a MB that an array costs on its way to a warm loky worker.

    Parameters
    ----------
    max_nbytes : str or None
        joblib's own: larger arrays go by a memory map; None pickles them all.
    """
    import numpy as np
    from joblib import Parallel, delayed

    size = megabytes * 1_000_000 // 8
    with Parallel(n_jobs=2, backend="loky", max_nbytes=max_nbytes) as parallel:
        parallel(delayed(nothing)() for _ in range(2))
        found = []
        for index in range(_REPEATS):
            # Each a new one: joblib would not write the same array twice.
            array = np.full(size, float(index))
            empty_s = timed(lambda: parallel([delayed(nothing)()]))
            given = [delayed(nothing)(array)]
            found.append(max(0.0, timed(lambda: parallel(given)) - empty_s) / megabytes * 1e3)  # noqa: B023 - called at once
        return found


def fixed_fit() -> Values:
    """Return the seconds of a fit that computes on one CPU, after one that warms up."""
    from sklearn.datasets import make_classification
    from sklearn.ensemble import RandomForestClassifier

    X, y = make_classification(n_samples=2000, n_features=20, random_state=0)
    forest = RandomForestClassifier(n_estimators=50, n_jobs=1, random_state=0)
    forest.fit(X, y)
    return [timed(lambda: forest.fit(X, y))]


def measurements(workers: int) -> Mapping[str, Callable[[], Values]]:
    """Return every measurement by its name; `workers` is the size of the pools that are started."""
    return {
        "loky_start": lambda: pool_start(workers, nothing),
        "loky_start_sklearn": lambda: pool_start(workers, load_scikit_learn),
        **{f"task_{b}": lambda b=b: task_cost(b) for b in TASK_BACKENDS},  # type: ignore[misc]
        **{f"break_even_{b}": lambda b=b: break_even(b) for b in POOL_BACKENDS},  # type: ignore[misc]
        "pickle": lambda: transfer_cost(32, None),
        "memmap": lambda: transfer_cost(64, "1M"),
        "noise": fixed_fit,
    }


POOL_BACKENDS = ("threading", "loky", "multiprocessing")
TASK_BACKENDS = ("sequential", *POOL_BACKENDS)


def main(argv: Sequence[str]) -> None:
    """Measure one thing and write its values."""
    name, workers, file, lifeline = argv
    die_with_parent(int(lifeline))
    values = measurements(int(workers))[name]()
    _shut_pools()
    partial = Path(f"{file}.partial")
    partial.write_text(json.dumps(values), encoding="utf-8")
    partial.replace(file)


def _shut_pools() -> None:
    """End loky's workers before this process, so that nothing of theirs is left behind."""
    from joblib.externals.loky import reusable_executor

    if reusable_executor._executor is not None:
        reusable_executor._executor.shutdown(wait=True)


if __name__ == "__main__":
    main(sys.argv[1:])
