"""The inspection child: builds the job and says what is wrong, or what is in it; fits nothing.

Run as ``python -P -m sklpar.spec.inspection JOB RESULT LIFELINE``, the first two files, the third
a file descriptor that reads end-of-file when the parent is gone.
"""

from __future__ import annotations

import gc
import importlib
import json
import os
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sklpar.errors import Problem
from sklpar.host.child import die_with_parent
from sklpar.host.pools import loaded_pools
from sklpar.model import ObjectNode
from sklpar.sources import SOURCES
from sklpar.sources.call import bind_problems
from sklpar.sources.suggest import did_you_mean
from sklpar.spec import search, tasks
from sklpar.spec.build import (
    BROKEN,
    Builder,
    BuildProblem,
    build_callable,
    check_data,
    prepare_path,
    untrusted_names,
)
from sklpar.spec.job import Job, decode_job
from sklpar.spec.layers.finding import layers_as_json
from sklpar.spec.places import KEY, KeyPath

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

# Modules to the distributions that they come from: the names that users install.
_VERSIONS_OF = {
    "sklearn": "scikit-learn",
    "joblib": "joblib",
    "threadpoolctl": "threadpoolctl",
    "numpy": "numpy",
    "scipy": "scipy",
    "pandas": "pandas",
    "xgboost": "xgboost",
    "lightgbm": "lightgbm",
}
_MAX_MESSAGE = 500


def inspect_job(job: Job) -> dict[str, Any]:
    """Return ``{"problems": [...]}``, or ``{"inspection": {...}}`` where there are none."""
    refused = untrusted_names(job)
    if any(problem.untrusted for problem in refused):  # nothing has been imported, nothing will be
        return {"problems": [_as_json(problem) for problem in refused]}
    prepare_path(job)
    problems: list[BuildProblem | Problem] = []
    estimator = None
    if job.callable is not None:
        problems += _check_callable(job)
    else:
        builder = Builder(job.trust)
        estimator = builder.build(job.estimator, ("estimator",))
        problems += builder.problems
        if estimator is not BROKEN:
            problems += _check_estimator(estimator, job)
        problems += _check_columns(job)
    if problems:
        return {"problems": [_as_json(problem) for problem in problems]}
    return {"inspection": _describe(estimator, job)}


def _check_callable(job: Job) -> list[BuildProblem | Problem]:
    try:
        setup, fit, args = build_callable(job)
    except BuildProblem as problem:
        return [problem]
    found = bind_problems(setup or fit, args)
    return [Problem(message=p.message, path=("callable", *p.path)) for p in found]


def _check_estimator(estimator: Any, job: Job) -> list[BuildProblem | Problem]:
    root: KeyPath = ("estimator",)
    methods = ("fit", "get_params", "set_params")
    if isinstance(estimator, type) or not all(hasattr(estimator, name) for name in methods):
        kind = "the class" if isinstance(estimator, type) else "an object of type"
        name = estimator.__name__ if isinstance(estimator, type) else type(estimator).__name__
        message = f"expected an unfitted estimator, got {kind} {name}"
        remedy = "an estimator has fit, get_params and set_params"
        return [Problem(message=message, remedy=remedy, path=root)]
    try:
        parameters = search.parameters_of(estimator)
        problems: list[BuildProblem | Problem] = [
            *search.memory_problems(parameters, root),
            *search.check_searches(estimator, root),
            *search.check_structure(estimator, root),
        ]
    except Exception as error:  # noqa: BLE001 - get_params of the user's own classes
        message = f"get_params of {type(estimator).__name__} raised {type(error).__name__}: {error}"
        return [Problem(message=message, path=root)]
    return [*problems, *_check_axes(estimator, parameters, job)]


def _check_axes(
    estimator: Any, parameters: Mapping[str, Any], job: Job
) -> list[BuildProblem | Problem]:
    problems: list[BuildProblem | Problem] = []
    carriers = search.outermost(search.n_jobs_paths(parameters))
    if job.n_jobs_axis and not carriers:
        message = f"{search.label(estimator)} has no parameter n_jobs anywhere"
        remedy = "remove sweep.n_jobs; what it may have are threads: sweep inner_threads"
        problems.append(Problem(message=message, remedy=remedy, path=("sweep", "n_jobs", KEY)))
    for name, nodes in (job.params or {}).items():
        here: KeyPath = ("sweep", "params", name)
        missing = search.check_path(parameters, estimator, name, here[:-1])
        problems += missing
        if job.n_jobs_axis and name in carriers:
            message = f"{name} is what sweep.n_jobs sets already"
            problems.append(Problem(message=message, remedy="keep one", path=(*here, KEY)))
        builder = Builder(job.trust)
        values = [builder.build(node, (*here, i)) for i, node in enumerate(nodes)]
        problems += builder.problems
        if not missing and not builder.problems:
            problems += search.check_candidates(estimator, parameters, name, values, here)
    return problems


def _check_columns(job: Job) -> list[BuildProblem | Problem]:
    """Check the data's header, and the columns that the first transformer takes from it."""
    try:
        problems: list[BuildProblem | Problem] = list(check_data(job))
    except BuildProblem as problem:
        return [problem]
    if problems or job.data is None:
        return problems
    names = SOURCES[job.data.source].columns(job.data.options, job.folder)
    if names is None:
        return []
    for path, column in _columns_of(job.estimator):
        if column not in names:
            remedy = did_you_mean(column, names, otherwise=f"it has {', '.join(names[:20])}")
            message = f"the data have no column {column!r}"
            problems.append(Problem(message=message, remedy=remedy, path=path))
    return problems


def _columns_of(node: Any) -> list[tuple[KeyPath, str]]:
    """Return the columns named by the ColumnTransformer that is given the data as they are."""
    while isinstance(node, ObjectNode) and "transformers" not in node.kwargs:
        steps = node.kwargs.get("steps")
        first = steps[0] if isinstance(steps, list) and steps else None
        inner = first[1] if isinstance(first, tuple) else node.kwargs.get("estimator")
        node = inner
    if not isinstance(node, ObjectNode):
        return []
    found: list[tuple[KeyPath, str]] = []
    triples = node.kwargs["transformers"]
    for triple in triples if isinstance(triples, list) else []:
        if isinstance(triple, tuple) and len(triple) == 3:
            columns = triple[2] if isinstance(triple[2], list) else [triple[2]]
            where: KeyPath = (*node.where, "transformers", str(triple[0]), "columns")
            found += [((*where, i), c) for i, c in enumerate(columns) if isinstance(c, str)]
    return found


def _describe(estimator: Any, job: Job) -> dict[str, Any]:
    if job.callable is not None:
        return {"label": job.callable.fit, "is_callable": True, **_surroundings()}
    parameters = search.parameters_of(estimator)
    paths = search.n_jobs_paths(parameters)
    carriers = search.outermost(paths)
    nested = [path for path in paths if path not in carriers and parameters[path] is not None]
    return {
        "label": search.label(estimator),
        "n_jobs_paths": list(carriers),
        "nested_n_jobs": {path: _plain(parameters[path]) for path in nested},
        "serial_params": search.serial_parameters(parameters),
        "n_jobs_as_written": {path: _plain(parameters[path]) for path in carriers},
        "tasks": tasks.count_tasks(estimator, parameters, carriers),
        "opaque": tasks.is_opaque(estimator, parameters),
        "is_callable": False,
        **layers_as_json(estimator),
        **_surroundings(),
    }


def _surroundings() -> dict[str, Any]:
    """Return the versions and native thread pools of what this job imported."""
    for name in ("sklearn", "joblib"):  # a callable may not have imported them
        importlib.import_module(name)

    versions = {
        distribution: str(getattr(sys.modules[name], "__version__", "unknown"))
        for name, distribution in _VERSIONS_OF.items()
        if name in sys.modules
    }
    return {"versions": versions, "pools": loaded_pools()}


def _plain(value: Any) -> Any:
    return value if value is None or isinstance(value, int | str | float) else str(value)


def _as_json(problem: BuildProblem | Problem) -> dict[str, Any]:
    message = problem.message if isinstance(problem, Problem) else str(problem)
    if len(message) > _MAX_MESSAGE:
        message = f"{message[: _MAX_MESSAGE - 3]}..."
    return {
        "message": message,
        "remedy": problem.remedy,
        "path": [part if isinstance(part, int) else str(part) for part in problem.path],
        "untrusted": isinstance(problem, BuildProblem) and problem.untrusted,
    }


def main(argv: Sequence[str]) -> int:
    """Inspect the job in one file and write the result to the other."""
    job_file, result_file, lifeline = argv
    die_with_parent(int(lifeline))
    # What imports make lives until the end; looking for garbage in it takes a sixth of the time.
    gc.disable()
    job = decode_job(json.loads(Path(job_file).read_text(encoding="utf-8")))
    result = inspect_job(job)
    partial = Path(f"{result_file}.partial")
    partial.write_text(json.dumps(result), encoding="utf-8")
    partial.replace(result_file)
    # Threads and exit handlers of the user's own code are no part of a check.
    os._exit(0)


if __name__ == "__main__":
    main(sys.argv[1:])
