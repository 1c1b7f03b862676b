"""A job of Python's as a spec: the document that is validated, and the one that is stored."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import replace
from io import StringIO
from pathlib import Path
from typing import Any

from sklpar.api.handover import wrong_argument
from sklpar.errors import Problem, SpecError
from sklpar.model import Spec
from sklpar.render.plain import one_line, shorten
from sklpar.spec.loader import FROM_PYTHON, read_document
from sklpar.spec.places import dotted

# Each argument of `tune` and its place in a spec.
_PLACES: Mapping[str, tuple[str, ...]] = {
    "estimator": ("estimator",),
    "X": ("data",),
    "name": ("name",),
    "n_jobs": ("sweep", "n_jobs"),
    "backend": ("sweep", "backend"),
    "inner_threads": ("sweep", "inner_threads"),
    "params": ("sweep", "params"),
    "repeats": ("measure", "repeats"),
    "rounds": ("measure", "rounds"),
    "budget": ("measure", "budget"),
    "timeout": ("measure", "timeout"),
    "exhaustive": ("measure", "exhaustive"),
    "minimize": ("objective", "minimize"),
    "within": ("objective", "within"),
    "then": ("objective", "then"),
    "memory_limit": ("limits", "memory"),
}
_FILE = "sklpar.tune"
_HEAD = """\
# A job that was given to sklpar.tune() from Python, for people to read: the estimator and the data
# are not in this file, so it cannot be run again. Call sklpar.tune() again for that.
"""
_LONGEST_REPR = 10_000
_ADDRESS = re.compile(r" at 0x[0-9a-fA-F]+")
# How an inspection speaks of a function that failed.
_RAISED = re.compile(r"^sklpar\.trial\.handed:\w+ raised (HandedError: )?")


def spec_of(
    given: Mapping[str, Any],
    job: Mapping[str, Any],
    folder: Path,
    defaults: Mapping[str, Any],
) -> Spec:
    """Validate the arguments of `tune` as those of a spec.

    Parameters
    ----------
    given : mapping
        Arguments by name, those that were left out not among them.
    job : mapping
        What the stored spec says in place of estimator and data.
    folder : Path
        Where trials read them.
    defaults : mapping
        What ``[tool.sklpar]`` says.

    Raises
    ------
    SpecError
        With everything that is wrong, each led by its argument.
    """
    document: dict[str, Any] = {"version": 1}
    for argument, value in given.items():
        *sections, key = _PLACES[argument]
        here = document
        for section in sections:
            here = here.setdefault(section, {})
        here[key] = _plain(value, argument)
    args = {"folder": str(folder)}
    calls = {
        "estimator": {"call": "sklpar.trial.handed:estimator", "args": args},
        "data": {"call": "sklpar.trial.handed:data", "args": args},
    }
    spec = read_document({**document, **calls}, file=_FILE, folder=Path.cwd(), defaults=defaults)
    measured = {key: spec.document[key] for key in document if key not in ("version", "name")}
    name = {} if spec.name is None else {"name": spec.name}
    stored = {"version": 1, **name, **job, **measured}
    return replace(spec, document=stored, text=_as_yaml(stored))


def by_argument(error: SpecError) -> SpecError:
    """Return an error of a spec as one of the call, each problem led by its argument."""
    if error.file != _FILE:
        return error  # of the project's pyproject.toml
    return SpecError([_of_argument(problem) for problem in error.problems], file="")


def _of_argument(problem: Problem) -> Problem:
    message = problem.message.removeprefix(f"{dotted(problem.path)}: ")
    message = one_line(_RAISED.sub("", message))
    for argument, place in _PLACES.items():
        if problem.path[: len(place)] == place:
            rest = problem.path[len(place) :]
            within = f"{dotted(rest)}: " if rest and isinstance(rest[0], str) else ""
            lead = f"sklpar.tune({argument}=...): {within}"
            return replace(problem, message=lead + message)
    return problem


def described(estimator: Any, X: Any, y: Any, groups: Any) -> dict[str, Any]:
    """Return what stands for the estimator and the data in a stored spec.

    It tells one job from another, so it is the same whenever the same job is given.
    """
    given = {"X": X, "y": y, "groups": groups}
    data = {name: _kind_of(value) for name, value in given.items() if value is not None}
    return {"estimator": {FROM_PYTHON: _shown(estimator)}, "data": {FROM_PYTHON: data}}


def _shown(estimator: Any) -> str:
    try:
        try:
            text = estimator.__repr__(N_CHAR_MAX=_LONGEST_REPR)
        except TypeError:  # not scikit-learn's own, which shortens to 700
            text = repr(estimator)
    except Exception as error:  # noqa: BLE001  any code may be behind it
        text = f"<{type(estimator).__name__} whose repr raises {type(error).__name__}>"
    return one_line(_ADDRESS.sub("", text)[:_LONGEST_REPR])


def _kind_of(value: Any) -> str:
    """Return type, shape and element type of X or y, such as ``ndarray (150, 4) float64``."""
    shape = getattr(value, "shape", None)
    if not isinstance(shape, tuple):
        shape = (len(value),) if hasattr(value, "__len__") else None
    types: Any = getattr(value, "dtypes", getattr(value, "dtype", None))
    if isinstance(types, list) or hasattr(types, "unique"):  # a frame has one of each column
        types = ", ".join(sorted({str(one) for one in types}))
    words = (type(value).__name__, shape, types)
    return shorten(one_line(" ".join(str(word) for word in words if word is not None)))


def _plain(value: Any, argument: str) -> Any:
    """Return a value as YAML would have it: numpy's numbers as Python's, every sequence as a list.

    Raises
    ------
    SpecError
        It holds something else.
    """
    kind = type(value)
    if kind.__module__ == "numpy" and hasattr(value, "tolist"):
        value = value.tolist()
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if isinstance(value, Mapping):
        return {_plain(key, argument): _plain(item, argument) for key, item in value.items()}
    if isinstance(value, list | tuple | range):
        return [_plain(item, argument) for item in value]
    raise wrong_argument(
        argument,
        f"{one_line(repr(value))[:60]} is no plain value",
        "give numbers, text, true or false, or lists and maps of these",
    )


def _as_yaml(document: Mapping[str, Any]) -> str:
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.width = 100
    stream = StringIO()
    yaml.dump(dict(document), stream)
    return _HEAD + stream.getvalue()
