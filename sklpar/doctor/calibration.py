"""Measuring what parallel work costs here: each value in a fresh process, one at a time."""

from __future__ import annotations

import json
import math
import os
import resource
import statistics
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from sklpar.doctor import measuring
from sklpar.errors import MeasurementError
from sklpar.host.child import Ending, run_child
from sklpar.host.load import CpuTimes, outside_busy_s, read_cpu_times
from sklpar.model import Calibration, Figure, Missing

_FIT_RUNS = 24
_START_RUNS = 5
_CHILD_S = 120.0


@dataclass(frozen=True, kw_only=True)
class Measurement:
    """One thing to measure: what it is called, and in how many fresh processes.

    `label` is how one says it, `needs_cpus` how many usable CPUs it makes sense from.
    """

    name: str
    label: str
    unit: str
    method: str
    processes: int = 1
    needs_cpus: int = 1


def measurements(workers: int) -> tuple[Measurement, ...]:
    """Return all measurements, in the order in which they are made."""
    noise = Measurement(
        name="noise",
        label="how far the same fit is from its median",
        unit="%",
        method="one-thread forest, second fit of each fresh process; median and 95%",
        processes=_FIT_RUNS,
    )
    return (*_starts(workers), *_tasks(), *_transfers(), noise)


def _starts(workers: int) -> Iterator[Measurement]:
    pool = f"first call in a fresh process, {workers} workers"
    for name, label, tasks in (
        ("loky_start", "start of a loky pool", "empty tasks"),
        (
            "loky_start_sklearn",
            "start of a loky pool whose workers import scikit-learn",
            "each imports sklearn.ensemble",
        ),
    ):
        method = f"{pool}, {tasks}"
        yield Measurement(name=name, label=label, unit="s", method=method, processes=_START_RUNS)


def _tasks() -> Iterator[Measurement]:
    for backend in measuring.TASK_BACKENDS:
        warm = "2 warm workers, batch_size=1, in one process"
        yield Measurement(
            name=f"task_{backend}",
            label=f"an empty task, {backend}",
            unit="us/task",
            method="joblib's own share, no worker" if backend == "sequential" else warm,
        )
    for backend in measuring.POOL_BACKENDS:
        yield Measurement(
            name=f"break_even_{backend}",
            label=f"task length from which 2 workers beat 1, {backend}",
            unit="ms/task",
            method=f"2 warm workers against 1 on {measuring.TASKS} tasks that release the "
            "interpreter lock, length doubled until they win twice",
            needs_cpus=2,
        )


def _transfers() -> Iterator[Measurement]:
    sent = "one array to a warm loky worker, less an empty task"
    yield Measurement(
        name="pickle",
        label="sending data by pickle",
        unit="ms/MB",
        method=f"{sent}; 32 MB, max_nbytes=None",
    )
    yield Measurement(
        name="memmap",
        label="sending data by memory map",
        unit="ms/MB",
        method=f"{sent}; 64 MB, new each time",
    )


def calibrate(usable_cpus: int, say: Callable[[str], None]) -> Calibration:
    """Measure everything, in about two minutes, with the environment of this process.

    Parameters
    ----------
    usable_cpus : int
        Workers of the pools that are started, two at least.
    say : callable
        Given one line before each measurement.
    """
    workers = max(2, usable_cpus)
    planned = measurements(workers)
    started, before, own_s = time.monotonic(), _our_cpus(), _children_cpu_s()
    figures: list[Figure] = []
    missing: list[Missing] = []
    for number, one in enumerate(planned, start=1):
        if usable_cpus < one.needs_cpus:
            missing.append(Missing(what=one.name, why=f"{usable_cpus} usable CPU"))
            continue
        say(f"[{number}/{len(planned)}] {one.label}")
        values, why = _values(one, workers)
        figure = figure_of(one, values)
        if figure is not None:
            figures.append(figure)
        else:
            missing.append(Missing(what=one.name, why=why or _no_value(one)))
    wall_s = time.monotonic() - started
    return Calibration(
        figures=tuple(figures),
        missing=tuple(missing),
        outside_cpus=_outside_cpus(before, _our_cpus(), _children_cpu_s() - own_s, wall_s),
        wall_s=wall_s,
    )


def _no_value(one: Measurement) -> str:
    if one.name.startswith("break_even"):
        return "2 workers were never faster than 1, up to the longest task that was tried"
    return "no value came of it"


def _values(one: Measurement, workers: int) -> tuple[list[float], str | None]:
    """Return the values of all its processes, and why there are no more of them."""
    values: list[float] = []
    for _ in range(one.processes):
        try:
            values += measure_once(one.name, workers)
        except (MeasurementError, OSError) as error:
            return values, str(error)
    return values, None


def measure_once(name: str, workers: int) -> list[float]:
    """Return the values that one fresh process measures.

    Raises
    ------
    MeasurementError
        If it could not be started, failed, or took too long.
    """
    with tempfile.TemporaryDirectory(prefix="sklpar-doctor-") as folder:
        file = Path(folder, "values.json")
        ending = run_child(measuring.__name__, [name, str(workers), str(file)], _CHILD_S)
        try:
            values = json.loads(file.read_text(encoding="utf-8"))
        except (OSError, ValueError):
            raise MeasurementError(_failure(ending)) from None
    return [float(value) for value in values if math.isfinite(value)]


def _failure(ending: Ending) -> str:
    if ending.timed_out:
        return f"took longer than {_CHILD_S:g} s and was stopped"
    last = f": {ending.last_lines[-1]}" if ending.last_lines else ""
    return f"the measuring process failed ({ending.how}){last}"


def figure_of(one: Measurement, values: Sequence[float]) -> Figure | None:
    """Sum the values up, None where there are none; noise is how far each is from their median."""
    if one.unit == "%":
        values = list(_distances(values))
    if not values:
        return None
    ordered = sorted(values)
    return Figure(
        name=one.name,
        unit=one.unit,
        median=statistics.median(ordered),
        low=quantile(ordered, 0.025),
        high=quantile(ordered, 0.95 if one.unit == "%" else 0.975),
        n=len(ordered),
        method=one.method,
    )


def _distances(values: Sequence[float]) -> Iterator[float]:
    """Yield how many per cent each value is from the median of all; none of fewer than three."""
    middle = statistics.median(values) if len(values) > 2 else 0.0
    if middle > 0:
        yield from (abs(value - middle) / middle * 100 for value in values)


def quantile(ordered: Sequence[float], share: float) -> float:
    """Return a quantile of sorted values, in between neighbours where it falls between them."""
    place = share * (len(ordered) - 1)
    below = int(place)
    above = min(below + 1, len(ordered) - 1)
    return ordered[below] + (ordered[above] - ordered[below]) * (place - below)


def _our_cpus() -> CpuTimes | None:
    return read_cpu_times(
        cpus=os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    )


def _children_cpu_s() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _outside_cpus(
    before: CpuTimes | None, after: CpuTimes | None, own_s: float, wall_s: float
) -> float | None:
    if before is None or after is None or wall_s <= 0:
        return None
    return outside_busy_s(before, after, own_s) / wall_s
