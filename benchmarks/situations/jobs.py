"""User code of the situations: it is copied beside a spec, and is a fault or the cure of one."""

from __future__ import annotations

import tempfile
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np
from joblib import Memory, Parallel, delayed
from sklearn.base import BaseEstimator, TransformerMixin
from threadpoolctl import threadpool_limits

HERE = Path(__file__).parent


def _counted(steps: int) -> int:
    """Work in pure Python, under the GIL all the time."""
    total = 0
    for step in range(steps):
        total += step & 3
    return total


def _sorted(length: int) -> float:
    """Work inside numpy, which lets go of the GIL meanwhile."""
    values = np.random.default_rng(0).random(length)
    return float(sum(np.sort(values)[length // 2] for _ in range(8)))


def size(value: int) -> int:
    """Set up nothing but a number."""
    return value


def python_tasks(steps: int) -> int:
    """Run eight equal tasks of pure Python."""
    return sum(Parallel()(delayed(_counted)(steps) for _ in range(8)))


def numpy_tasks(length: int) -> float:
    """Run eight equal tasks that numpy does."""
    return float(sum(Parallel()(delayed(_sorted)(length) for _ in range(8))))


def same_answer(steps: int) -> int:
    """Run eight equal tasks, however long, and answer the same."""
    python_tasks(steps)
    return 0


def three_tasks(steps: int) -> int:
    """Run three equal tasks, which two workers cannot share evenly."""
    return sum(Parallel()(delayed(_counted)(steps) for _ in range(3)))


def fine_tasks(count: int) -> int:
    """Run tasks of microseconds, each handed to its worker on its own."""
    return sum(Parallel(batch_size=1)(delayed(_counted)(30) for _ in range(count)))


def pool_per_call(calls: int) -> int:
    """Call Parallel again and again, each time for work of a millisecond."""
    return sum(sum(Parallel()(delayed(_counted)(10000) for _ in range(2))) for _ in range(calls))


def serial_end(steps: int) -> int:
    """Run eight tasks, and then twice as much by itself."""
    return python_tasks(steps) + _counted(16 * steps)


def records(count: int) -> list[dict[str, Any]]:
    """Return rows that joblib can neither map into memory nor pickle fast."""
    return [{"id": row, "name": f"name {row}", "tags": ("a", str(row))} for row in range(count)]


def read_records(rows: list[dict[str, Any]]) -> int:
    """Hand all rows to each of eight tasks."""
    return sum(Parallel()(delayed(_tagged)(rows) for _ in range(8)))


def _tagged(rows: list[dict[str, Any]]) -> int:
    return sum(len(row["tags"]) for row in rows)


def read_array(values: Any) -> float:
    """Hand an array to each of eight tasks, which is mapped and not pickled."""
    return float(sum(Parallel()(delayed(_part)(values, task) for task in range(8))))


def _part(values: Any, task: int) -> float:
    return float(sum(np.sort(values[task::8])[0] for _ in range(8)))


def array(length: int) -> Any:
    """Return random numbers, eight bytes each."""
    return np.random.default_rng(0).random(length)


def clip_array(values: Any) -> float:
    """Let eight tasks write into the array that they were given."""
    return float(sum(Parallel()(delayed(_clipped)(values) for _ in range(8))))


def _clipped(values: Any) -> float:
    values[values > 0.5] = 0.5
    return float(np.sort(values)[-1])


def copy_array(values: Any) -> float:
    """Let eight tasks write into copies of the array that they were given."""
    return float(sum(Parallel()(delayed(_copied)(values) for _ in range(8))))


def _copied(values: Any) -> float:
    return sum(_clipped(values.copy()) for _ in range(8))


def lifted_cap(rows: int) -> float:
    """Multiply matrices with two threads, whatever the environment says."""
    values = np.random.default_rng(0).random((rows, rows))
    with threadpool_limits(limits=2):
        return float(sum((values @ values)[0, 0] for _ in range(4)))


def memory_tasks(mebibytes: int) -> float:
    """Run six tasks that each need so much memory of their own."""
    return float(sum(Parallel()(delayed(_filled)(mebibytes) for _ in range(6))))


def _filled(mebibytes: int) -> float:
    block = np.ones((mebibytes, 1 << 17))
    return float(sum(block[:, ::8].sum() for _ in range(12)))


@cache
def _remembered(steps: int) -> int:
    return _counted(steps)


def remembered(steps: int) -> int:
    """Answer from memory from the second time on."""
    return _remembered(steps)


def memory(steps: int) -> tuple[Any, int]:
    """Return a function whose results joblib keeps on disk, and its argument."""
    return Memory(tempfile.mkdtemp(dir=HERE), verbose=0).cache(_counted), steps


def stored(work: tuple[Any, int]) -> int:
    """Answer from disk from the second time on."""
    function, steps = work
    return int(function(steps))


def opening(steps: int) -> int:
    """Ask for four times the work in this run's first trials, as a cold service would."""
    with (HERE / "trials.txt").open("a+", encoding="ascii") as trials:
        trials.write(".")
        trials.flush()
        # The warm-up, and the three settings of the first round.
        return steps * (4 if trials.tell() <= 4 else 1)


def texts(count: int) -> tuple[list[str], Any]:
    """Return X as a list of long texts, which is pickled for each task, and y."""
    return [f"{row} " * 400 for row in range(count)], np.arange(count) % 2


class InPlace(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Clips X where it lies."""

    def fit(self, X: Any, y: Any = None) -> InPlace:  # noqa: ARG002
        """Clip X in place."""
        X[np.abs(X) > 3] = 3.0
        self.is_fitted_ = True
        return self

    def transform(self, X: Any) -> Any:
        """Return X as it is."""
        return X


class Lengths(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Makes of each text its length."""

    def __init__(self, scale: float = 1.0) -> None:
        self.scale = scale

    def fit(self, X: Any, y: Any = None) -> Lengths:  # noqa: ARG002
        """Learn nothing."""
        self.is_fitted_ = True
        return self

    def transform(self, X: Any) -> Any:
        """Return a column of lengths."""
        return np.array([[len(text) * self.scale] for text in X])


class PythonSteps(TransformerMixin, BaseEstimator):  # type: ignore[misc]
    """Transforms row by row in pure Python."""

    def __init__(self, power: int = 1) -> None:
        self.power = power

    def fit(self, X: Any, y: Any = None) -> PythonSteps:  # noqa: ARG002
        """Learn nothing."""
        self.is_fitted_ = True
        return self

    def transform(self, X: Any) -> Any:
        """Return X with each value raised to the power, one after the other."""
        rows = X.tolist()
        return np.array([[value**self.power for value in row] for row in rows])
