"""`sklpar.tune`: what ``sklpar tune`` does, for an estimator and data that are in memory."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Literal, TypeAlias

from sklpar.api.described import by_argument, described, spec_of
from sklpar.api.handover import handing_over, wrong_argument
from sklpar.api.result import Result
from sklpar.cli.progress import observer
from sklpar.errors import SpecError
from sklpar.pipeline import measure, process_runner
from sklpar.render.plain import one_line
from sklpar.session import Started, prepare, start
from sklpar.spec.pyproject import read_defaults

Workers: TypeAlias = int | Literal["all"]
Cap: TypeAlias = int | Literal["default"] | Mapping[str, int]
Goal: TypeAlias = Literal["first_fit", "fit", "cpu", "memory"]

# What importing scikit-learn sets in a process, as it will in each trial.
_SET_BY_SKLEARN = {"KMP_DUPLICATE_LIB_OK": "True", "KMP_INIT_AT_FORK": "FALSE"}


def tune(
    estimator: Any,
    X: Any,
    y: Any = None,
    *,
    groups: Any = None,
    n_jobs: Workers | Sequence[Workers] | None = None,
    backend: str | Sequence[str] | None = None,
    inner_threads: Cap | Sequence[Cap] | None = None,
    params: Mapping[str, Any] | None = None,
    repeats: int | None = None,
    rounds: int | None = None,
    budget: float | str | None = None,
    timeout: float | str | None = None,
    exhaustive: bool = False,
    minimize: Goal | None = None,
    within: float | str | None = None,
    then: Goal | Sequence[Goal] | None = None,
    memory_limit: int | str | None = None,
    name: str | None = None,
    output: str | os.PathLike[str] | None = None,
    progress: bool = True,
) -> Result:
    """Measure the parallelism settings of a job, diagnose, and recommend one.

    The same as ``sklpar tune`` with a spec, for an estimator and data that are in memory: the same
    settings, measured by the same rules, and a run that ``sklpar show`` and ``sklpar emit`` know.
    What is left out is chosen by sklpar, or by ``[tool.sklpar]`` of the nearest pyproject.toml from
    the working folder.

    Parameters
    ----------
    estimator : estimator
        Each fit is one of ``clone(estimator)``; whether it is fitted already does not matter.
    X : array, sparse matrix, data frame or list of shape (n_samples, n_features)
    y : array of shape (n_samples,) or (n_samples, n_outputs), optional
    groups : array of shape (n_samples,), optional
        Passed to ``fit``.
    n_jobs : int, "all", or list of these, optional
        Numbers of workers to measure; ``"all"`` (or -1) are the CPUs this process may really use.
    backend : str or list of str, optional
        joblib backends: sequential, threading, loky, multiprocessing.
    inner_threads : int, "default", dict, or list of these, optional
        Caps on the threads of each worker, such as ``{"blas": 1, "openmp": 2}``; ``"default"``
        sets none of the variables.
    params : dict, optional
        Further axes: each ``set_params`` path with the plain values to try.
    repeats : int, optional
        Warm fits after the first in each trial, 0 or more. 1 unless given.
    rounds : int, optional
        How often each setting is measured, at most. 5 unless given.
    budget, timeout : float or str, optional
        Bounds of the whole job and of one fit: seconds, or text such as ``"5m"``.
    exhaustive : bool
        Measure every setting in every round; drop none early.
    minimize : {"first_fit", "fit", "cpu", "memory"}, optional
        What the recommended setting is best at. ``"first_fit"`` unless given.
    within : float or str, optional
        Settings this close to the best are tied: 0.05 or ``"5%"``, which it is unless given.
    then : str or list of str, optional
        What breaks a tie, in order. ``["cpu", "memory"]`` unless given.
    memory_limit : int or str, optional
        A setting whose peak memory is above it is not recommended: bytes, or ``"4GB"``.
    name : str, optional
        A title for reports.
    output : path, optional
        The run folder, new or empty; ``.sklpar/runs/<id>`` in the working folder unless given.
    progress : bool
        Tell on stderr how it goes.

    Returns
    -------
    Result
        Its ``recommendation`` is None where nothing could be measured, or nothing is sure; the
        report says why.

    Raises
    ------
    SklparError
        An argument is wrong (`SpecError`, which names it), the estimator or the data cannot be
        handed over, or the run cannot be stored.
    KeyboardInterrupt
        On Ctrl-C. What was measured is stored; a note of the exception names the run.

    Notes
    -----
    Every trial is a fresh process, so a copy of the estimator and of the data has to reach it. They
    are pickled into a folder of the temporary folder (TMPDIR) that this user alone may read, and
    that is gone when this function returns or raises; of a memory map only the place of its file
    is. Classes and functions may be defined in a script, with or without a ``__main__`` guard, in a
    notebook or at the prompt: trials do not run the script. The run folder holds no data, but the
    estimator's ``repr``, whatever parameters it shows.

    ``as-written``, which the gain is told against, is the job in a fresh process with the
    environment variables of this one, folders for imports and scikit-learn's configuration
    included. `sklpar.applied`, ``joblib.parallel_config`` and ``threadpool_limits`` around the call
    do not reach the trials.

    Examples
    --------
    >>> import sklpar
    >>> from sklearn.datasets import load_iris
    >>> from sklearn.ensemble import RandomForestClassifier
    >>> X, y = load_iris(return_X_y=True)
    >>> result = sklpar.tune(
    ...     RandomForestClassifier(10), X, y, n_jobs=2, backend="threading", inner_threads=1,
    ...     rounds=1, repeats=0, budget="1m", progress=False,
    ... )
    >>> sorted(row.id for row in result.report.settings)
    ['as-written', 'serial', 'threading-j2-t1']
    >>> result.report.status
    'complete'
    >>> sklpar.load(result.run_id).recommendation == result.recommendation
    True
    """
    arguments = {
        "name": name,
        "n_jobs": n_jobs,
        "backend": backend,
        "inner_threads": inner_threads,
        "params": params,
        "repeats": repeats,
        "rounds": rounds,
        "budget": budget,
        "timeout": timeout,
        "exhaustive": exhaustive or None,
        "minimize": minimize,
        "within": within,
        "then": then,
        "memory_limit": memory_limit,
    }
    given = {argument: value for argument, value in arguments.items() if value is not None}
    folder = None if output is None else _folder(output)
    return _tune(estimator, (X, y, groups), given, folder, progress=progress)


def _folder(output: str | os.PathLike[str]) -> Path:
    try:
        name: object = os.fspath(output)
        if isinstance(name, str) and name and "\0" not in name:
            return Path(name)
    except TypeError:
        pass
    raise wrong_argument("output", f"{one_line(repr(output))[:60]} names no folder", "give a path")


def _tune(
    estimator: Any,
    data: tuple[Any, Any, Any],
    given: Mapping[str, Any],
    output: Path | None,
    *,
    progress: bool,
) -> Result:
    defaults = read_defaults(Path.cwd())
    job = described(estimator, *data)
    with handing_over() as handover:
        try:
            spec = spec_of(given, job, handover.folder, defaults.values)
            handover.give_estimator(estimator)
            prepared = prepare(
                spec,
                trust=(*defaults.trust, "sklpar"),
                defaults=defaults.values,
                environ=_environment(),
            )
        except SpecError as error:
            raise by_argument(error) from error.__cause__
        handover.give_data(*data)
        started = start(prepared, (), output, from_python=True)
        return _measured(started, progress=progress)


def _measured(started: Started, *, progress: bool) -> Result:
    with observer(quiet=not progress, verbose=False) as display:
        report = measure(started.run, process_runner(started), started.folder, display)
    folder = started.folder.path
    if report.status == "interrupted":
        stop = KeyboardInterrupt()
        stop.add_note(
            f"sklpar: what was measured is stored as run {report.run_id}: "
            f"sklpar.load({str(folder)!r})"
        )
        raise stop
    return Result(report=report, folder=folder)


def _environment() -> dict[str, str]:
    """Return the variables of this process, without those that are scikit-learn's own doing.

    The report judges what the user has set.
    """
    began = Path("/proc/self/environ")
    names = {entry.partition(b"=")[0] for entry in began.read_bytes().split(b"\0")}
    return {
        name: value
        for name, value in os.environ.items()
        if _SET_BY_SKLEARN.get(name) != value or os.fsencode(name) in names
    }
