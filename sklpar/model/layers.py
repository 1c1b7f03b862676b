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
    """

    config: str | None
    asked: int | None
    backend: str
    n_jobs: int


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
        True where the class has an ``n_jobs`` that nothing in its `fit` reads.
    prefer, require, backend : str or None
        What the class's call of ``Parallel`` says itself.
    resolutions : tuple of Resolution
        What the call ends up with.
    certain : bool
        False where only the libraries that it could call were found, not the call.
    evidence : str
        Where this was found, such as ``sklearn.ensemble._forest: Parallel(prefer='threads')``.
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
