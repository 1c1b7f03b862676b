"""The layers of parallelism in an estimator, found without a fit."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, kw_only=True)
class Resolution:
    """What joblib's ``Parallel``, constructed as the layer constructs it, ended up with.

    Attributes
    ----------
    config : str or None
        The backend that ``parallel_config`` names around the fit; None is no configuration.
    asked : int or None
        The layer's n_jobs.
    backend : str
        ``loky``, ``threading``, ``multiprocessing``, ``sequential`` or a class's name.
    n_jobs : int
        Workers.
    within : int
        In how many calls of more than one worker it is made: 0 for one that is outermost, or
        nested only in calls of one job. That is where a nested layer sees the configuration itself.
    config_n_jobs : int or None
        The n_jobs that ``parallel_config`` names.
    """

    config: str | None
    asked: int | None
    backend: str
    n_jobs: int
    within: int = 0
    config_n_jobs: int | None = None


@dataclass(frozen=True, kw_only=True)
class Layer:
    """One place where work may run in parallel.

    Attributes
    ----------
    place : str
        set_params path of the object; empty for the estimator itself.
    owner : str
        Name of its class.
    kind : str
        ``joblib`` (workers: processes or Python threads, by the backend), ``openmp``, ``blas``, or
        ``own``, a pool that a package brings along and that only its own parameter caps.
    depth : int
        How many joblib layers enclose it: its tasks run in their workers.
    methods : tuple of str
        Which methods reach it: ``fit``, ``predict``, ...
    parameter : str or None
        set_params path of the parameter that sets it, None where there is none.
    as_written : int or None
        That parameter's value.
    ignored : bool
        True where the class has an ``n_jobs`` that no call takes, in whatever method; then
        `methods` is empty.
    prefer, require, backend : str or None
        What the class's call of ``Parallel`` says itself.
    resolutions : tuple of Resolution
        What the call ends up with.
    certain : bool
        False where the data decide: a matrix product that may be too small for threads, or a call
        in place of which OpenMP code may do the work.
    evidence : str
        Where this was found, such as ``sklearn.ensemble._forest: Parallel(prefer='threads')``.
    n_jobs_from : str
        Where the call's n_jobs comes from: a ``parameter``; a ``constant`` in the code (then
        `as_written` is that); the number of ``openmp`` threads; ``nothing``, where the call passes
        none and only a configuration reaches it; ``unknown``.
    """

    place: str
    owner: str
    kind: Literal["joblib", "openmp", "blas", "own"]
    depth: int
    methods: tuple[str, ...] = ("fit",)
    parameter: str | None = None
    as_written: int | None = None
    ignored: bool = False
    prefer: str | None = None
    require: str | None = None
    backend: str | None = None
    resolutions: tuple[Resolution, ...] = ()
    certain: bool = True
    evidence: str = ""
    n_jobs_from: Literal["parameter", "constant", "openmp", "nothing", "unknown"] = "parameter"


@dataclass(frozen=True, kw_only=True)
class Part:
    """One estimator within the estimator.

    Attributes
    ----------
    place : str
        Its set_params path; empty for the whole.
    owner : str
        Name of its class.
    inside : str or None
        The place of the part that holds it; None for the whole.
    refit : bool
        True where it is fitted outside the workers of the part that holds it, too, as by a search.
    note : str
        Why its layers are not known, or not all of them; mostly empty.
    """

    place: str
    owner: str
    inside: str | None = None
    refit: bool = False
    note: str = ""


@dataclass(frozen=True, kw_only=True)
class Product:
    """Workers times threads of one setting, against the usable CPUs.

    Attributes
    ----------
    setting : str
        Its id.
    workers : int
        Workers that joblib, or a package's own pool, runs at once; nested ones multiplied.
    threads : int
        Native threads of each worker.
    total : int
        Their product at the place where it is largest; both factors are of that place.
    usable_cpus : int
        What it is held against.
    certain : bool
        False where a layer counts that is only possible.
    layers : tuple of str
        The factors above 1 in words, outermost first.
    words : str
        ``fits``, ``2 times too much``, ``1 CPU unused``.
    """

    setting: str
    workers: int
    threads: int
    total: int
    usable_cpus: int
    certain: bool = True
    layers: tuple[str, ...] = ()
    words: str = ""
