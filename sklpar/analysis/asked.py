"""What a setting asks for: how many threads at once, and of which work."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sklpar.model import Caps, Run, SettingReport

# Parameters that say how the work is shared out, not what it is.
_SHARING = ("n_jobs", "pre_dispatch")


def asks_for(run: Run, row: SettingReport) -> int:
    """Return how many threads a setting lets work at once: workers by nested jobs by threads.

    As-written may use every usable CPU; ``all`` and -1 are these.
    """
    usable = run.host.usable_cpus
    if row.id == "as-written":
        return usable
    threads = _threads(run, row)
    if row.backend == "sequential":
        return threads  # nested calls run in it, too
    workers = usable if row.n_jobs is not None and row.n_jobs < 1 else row.n_jobs or 1
    return workers * _nested(run, row) * threads


def work_of(run: Run, row: SettingReport) -> dict[str, Any]:
    """Return the params by which a setting's work is another than serial's; empty where it is not.

    A sweep over another solver is one over other work: whoever is quicker or leaner at it is no
    better at running it in parallel.
    """
    sharing = run.inspection.serial_params
    return {
        path: value
        for path, value in row.params.items()
        if path not in sharing and path.rsplit("__", 1)[-1] not in _SHARING
    }


def _threads(run: Run, row: SettingReport) -> int:
    inner, usable = row.inner_threads, run.host.usable_cpus
    if isinstance(inner, Caps):
        return max(inner.blas, inner.openmp)
    if isinstance(inner, int):
        return inner
    layers = run.inspection.layers
    if layers and all(layer.kind == "joblib" for layer in layers):
        return 1  # nothing in it has native threads
    if row.backend == "loky":
        return max(1, usable // max(1, row.n_jobs or 1))  # what loky itself caps its workers at
    return usable


def _nested(run: Run, row: SettingReport) -> int:
    """Multiply the nested n_jobs of each depth; side by side, the largest counts."""
    outer = set(run.inspection.n_jobs_paths)
    given: Mapping[str, Any] = {**run.inspection.nested_n_jobs, **row.params}
    depths: dict[int, int] = {}
    for path, jobs in given.items():
        if path in outer or path.rsplit("__", 1)[-1] != "n_jobs" or type(jobs) is not int:
            continue
        depth = path.count("__")
        depths[depth] = max(depths.get(depth, 1), jobs if jobs > 0 else run.host.usable_cpus)
    product = 1
    for jobs in depths.values():
        product *= jobs
    return product
