"""The settings of a sweep: what the user asked for, what sklpar adds, and what is left out."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from sklpar.backends import BACKENDS
from sklpar.model import (
    InnerThreads,
    Inspection,
    Plan,
    Setting,
    Skipped,
    Spec,
)
from sklpar.race.pruning import Known, prune
from sklpar.spec.values import resolved_n_jobs

# Without a backend of the user's own: worker processes that hang after OpenMP in the parent
# (multiprocessing forks) are measured when they are asked for, not by default.
_PARALLEL_BACKENDS = ("threading", "loky")


def make_plan(
    spec: Spec,
    inspection: Inspection,
    usable_cpus: int,
    environ: Mapping[str, str] | None = None,
) -> Plan:
    """Return the settings to measure: as-written, serial, and the product of the axes.

    Of the product those are left out that cannot run, that are there twice and, unless the spec
    is exhaustive, those of which it is known beforehand which other one stands for them.

    Parameters
    ----------
    spec : Spec
        Its sweep names the axes; an axis that is missing is chosen here.
    inspection : Inspection
        Where the knobs of this job are.
    usable_cpus : int
        What ``all`` means, and the most that sklpar chooses by itself.
    environ : mapping, optional
        The environment that as-written inherits, and that decides whether a backend can run at
        all; the caller's by default.
    """
    environ = os.environ if environ is None else environ
    kept: dict[str, Setting] = {
        "as-written": Setting(kind="as-written"),
        "serial": Setting(
            kind="serial",
            n_jobs=1,
            backend="sequential",
            inner_threads=1,
        ),
    }
    skipped: list[Skipped] = []
    for setting in _product(spec, inspection, usable_cpus):
        reason = _why_not(setting, environ)
        if setting.id in kept:
            reason = reason or f"the same as {setting.id} further up"
        if reason:
            skipped.append(Skipped(setting=setting, reason=reason))
        else:
            kept[setting.id] = setting
    if spec.measure.exhaustive:
        return Plan(settings=tuple(kept.values()), skipped=tuple(skipped))
    known = Known(sweep=spec.sweep, inspection=inspection, usable_cpus=usable_cpus, environ=environ)
    settings, pruned = prune(tuple(kept.values()), known)
    return Plan(settings=tuple(settings), skipped=(*skipped, *pruned))


def _product(spec: Spec, inspection: Inspection, usable_cpus: int) -> Iterator[Setting]:
    has_jobs = _has_jobs(spec, inspection)
    jobs = _jobs_axis(spec, usable_cpus) if has_jobs else (None,)
    params = _params_axis(spec, inspection)
    axes = itertools.product(
        _backend_axis(spec, has_jobs), jobs, _inner_axis(spec, usable_cpus), _combinations(params)
    )
    for backend, n_jobs, inner, values in axes:
        if spec.sweep.backend is None and _is_redundant(backend, n_jobs, has_jobs):
            continue
        yield Setting(n_jobs=n_jobs, backend=backend, inner_threads=inner, params=values)


def _has_jobs(spec: Spec, inspection: Inspection) -> bool:
    """Tell whether n_jobs is an axis: not where `params` sweeps the same parameter itself."""
    own = set(spec.sweep.params or {}) & set(inspection.n_jobs_paths)
    return inspection.is_callable or (bool(inspection.n_jobs_paths) and not own)


def _is_redundant(backend: str, n_jobs: int | None, has_jobs: bool) -> bool:
    """One job is sequential whatever the backend: of sklpar's own choice it is measured once."""
    return has_jobs and (backend == "sequential") != (n_jobs == 1)


def _jobs_axis(spec: Spec, usable_cpus: int) -> tuple[int | None, ...]:
    if spec.sweep.n_jobs is None:
        powers = [2**k for k in range(usable_cpus.bit_length()) if 2**k < usable_cpus]
        return tuple(dict.fromkeys([*powers, usable_cpus]))
    return tuple(resolved_n_jobs(value, usable_cpus) for value in spec.sweep.n_jobs)


def _backend_axis(spec: Spec, has_jobs: bool) -> Sequence[str]:
    if spec.sweep.backend is not None:
        return spec.sweep.backend
    return ("sequential", *_PARALLEL_BACKENDS) if has_jobs else ("sequential",)


def _inner_axis(spec: Spec, usable_cpus: int) -> tuple[InnerThreads, ...]:
    if spec.sweep.inner_threads is not None:
        return spec.sweep.inner_threads
    return (1, "default") if usable_cpus <= 2 else (1, 2, "default")


def _params_axis(spec: Spec, inspection: Inspection) -> dict[str, tuple[Any, ...]]:
    """Return the user's axes; without any, each nested n_jobs that is set, as written and at 1."""
    if spec.sweep.params is not None:
        return dict(spec.sweep.params)
    return {
        path: tuple(dict.fromkeys([value, 1])) for path, value in inspection.nested_n_jobs.items()
    }


def _combinations(params: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    return [
        dict(zip(params, values, strict=True)) for values in itertools.product(*params.values())
    ]


def _why_not(setting: Setting, environ: Mapping[str, str]) -> str | None:
    backend = BACKENDS[setting.backend or "sequential"]
    if backend.name == "sequential" and (setting.n_jobs or 1) > 1:
        return "the sequential backend runs one job, whatever n_jobs says"
    return backend.unavailable(environ)
