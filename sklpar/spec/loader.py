"""From a YAML file to a `Spec`, with every problem at once."""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sklpar.errors import Problem, SpecError
from sklpar.model import (
    CallableSpec,
    DataSpec,
    GuardPolicy,
    Measure,
    Node,
    Objective,
    Spec,
    Sweep,
)
from sklpar.spec.places import KEY, KeyPath, Place, bounded, placed

if TYPE_CHECKING:
    from sklpar.spec.schema import SpecModel

MAX_BYTES = 1_000_000
# The key that stands for the estimator and the data in the stored spec of a job from Python.
FROM_PYTHON = "python"


def load_spec(
    file: str, *, overrides: Sequence[str] = (), defaults: Mapping[str, Any] | None = None
) -> Spec:
    """Read, override and validate a spec.

    Parameters
    ----------
    file : str
        Path of the YAML file; ``-`` is stdin.
    overrides : sequence of str
        ``path=value``, as given to ``--set``; applied before validation.
    defaults : mapping, optional
        What ``[tool.sklpar]`` says for sweep, measure, objective, limits and guard.

    Raises
    ------
    SpecError
        With everything that is wrong, each with its line and column.
    UsageError
        If an override has not the form ``path=value``.
    """
    text = read_text(file)
    return parse_spec(text, file=file, overrides=overrides, defaults=defaults)


def parse_spec(
    text: str,
    *,
    file: str,
    overrides: Sequence[str] = (),
    defaults: Mapping[str, Any] | None = None,
) -> Spec:
    """Validate the text of a spec; `file` names it in messages and locates relative paths."""
    from sklpar.spec.document import apply_overrides
    from sklpar.spec.yaml_reader import read_yaml

    read = read_yaml(text, file=file)
    if not isinstance(read.value, dict):
        message = "the spec is empty" if read.value is None else "a spec is a map of keys"
        problem = Problem(message=message, remedy="sklpar init writes one to start from")
        raise SpecError([replace(problem, line=1, column=1)], file=file, text=text)
    if isinstance(job := read.value.get("estimator"), dict) and FROM_PYTHON in job:
        message = "this job was given to sklpar.tune from Python, and is not in this file"
        remedy = "call sklpar.tune again, or write estimator and data as a spec has them"
        problem = Problem(message=message, remedy=remedy, path=("estimator",))
        raise SpecError([placed(problem, read.positions)], file=file, text=text)
    unset, flags = apply_overrides(read.value, read.positions, overrides)
    return read_document(
        read.value,
        file=file,
        folder=Path.cwd() if file == "-" else Path(file).resolve().parent,
        defaults=defaults,
        text=text,
        positions=read.positions,
        unset=unset,
        flags=flags,
    )


def read_document(
    document: Mapping[Any, Any],
    *,
    file: str,
    folder: Path,
    defaults: Mapping[str, Any] | None = None,
    text: str = "",
    positions: Mapping[KeyPath, Place] | None = None,
    unset: Sequence[Problem] = (),
    flags: Mapping[KeyPath, str] | None = None,
) -> Spec:
    """Validate a spec that is a document already, wherever it comes from.

    Parameters
    ----------
    document : mapping
        Plain values, as YAML has them.
    file, text, positions
        What it was read from, for messages; there may be none.
    folder : Path
        Where relative paths and trusted modules are looked for.
    unset, flags
        Overrides that failed, and those that hold: the path of each value to its flag.

    Raises
    ------
    SpecError
        With everything that is wrong.
    """
    from sklpar.spec.document import json_safe, with_defaults
    from sklpar.spec.schema import SpecModel, validate

    positions = positions or {}
    filled = with_defaults(document, defaults or {})
    model, wrong = validate(SpecModel, filled)
    parts = _Parts(filled)
    problems = [*wrong, *parts.problems]
    if isinstance(model, SpecModel):
        problems += _contradictions(model)
    if unset or problems or not isinstance(model, SpecModel):
        found = [_led_by_flag(placed(p, positions), flags or {}) for p in problems]
        raise SpecError(bounded([*unset, *found]), file=file, text=text)
    return Spec(
        file=file,
        folder=str(folder),
        text=text,
        document=json_safe(document),
        positions=positions,
        name=model.name,
        estimator=parts.estimator,
        data=parts.data,
        callable=_callable(model),
        sweep=_sweep(model, parts.params),
        measure=_measure(model),
        objective=_objective(model),
        memory_limit_bytes=model.limits.memory if model.limits else None,
        guard=_guard(model),
    )


def _led_by_flag(problem: Problem, flags: Mapping[KeyPath, str]) -> Problem:
    """Name the flag that set the value, where it was not the file."""
    for length in range(len(problem.path), 0, -1):
        if flag := flags.get(problem.path[:length]):
            return replace(problem, message=f"{flag}: {problem.message}")
    return problem


def read_text(file: str, *, written_by: str = "sklpar init") -> str:
    """Return the text of a YAML file; ``-`` is stdin.

    Parameters
    ----------
    written_by : str
        The command that writes such a file, for whoever has none.

    Raises
    ------
    SpecError
        It cannot be read, is too large, or is not UTF-8.
    """

    def fail(message: str, remedy: str) -> SpecError:
        return SpecError([Problem(message=message, remedy=remedy)], file=file)

    try:
        if file == "-":
            raw = sys.stdin.buffer.read(MAX_BYTES + 1)
        else:
            if not Path(file).is_file():
                kind = "is not a file" if Path(file).exists() else "there is no such file"
                raise fail(kind, f"check the path, or write one with {written_by}")
            with Path(file).open("rb") as stream:
                raw = stream.read(MAX_BYTES + 1)
    except (OSError, ValueError) as error:  # ValueError: a NUL in the name
        reason = getattr(error, "strerror", None) or error
        raise fail(f"cannot be read: {reason}", "check the path and its permissions") from None
    if len(raw) > MAX_BYTES:
        raise fail(f"larger than {MAX_BYTES // 1000} kB, which no spec is", "keep data apart")
    try:
        return raw.decode("utf-8")
    except UnicodeDecodeError as error:
        before = raw[: error.start]
        line, column = before.count(b"\n") + 1, len(before) - (before.rfind(b"\n") + 1) + 1
        problem = Problem(
            message="not UTF-8 text", remedy="save the file as UTF-8", line=line, column=column
        )
        raise SpecError([problem], file=file) from None


class _Parts:
    """The parts of a spec whose shape is not pydantic's: estimator, data, swept parameters."""

    def __init__(self, document: Mapping[Any, Any]) -> None:
        from sklpar.spec.nodes import NodeReader

        self._nodes = NodeReader()
        self._own: list[Problem] = []
        self.estimator: Node = None
        self.data: DataSpec | None = None
        self._which_job(document)
        if "estimator" in document:
            self.estimator = self._nodes.estimator(document["estimator"], ("estimator",))
        if "data" in document:
            self.data = self._read_data(document["data"])
        self.params = self._read_params(document.get("sweep"))

    @property
    def problems(self) -> list[Problem]:
        return [*self._own, *self._nodes.problems]

    def _problem(self, path: KeyPath, message: str, remedy: str = "") -> None:
        self._own.append(Problem(message=message, remedy=remedy, path=path))

    def _which_job(self, document: Mapping[Any, Any]) -> None:
        has = {key: key in document for key in ("estimator", "data")}
        has["callable"] = document.get("callable") is not None
        if has["callable"]:
            for key in ("estimator", "data"):
                if has[key]:
                    message = f"a spec has either callable or {key}, not both"
                    self._problem((key, KEY), message, "remove one")
        elif not has["estimator"] and not has["data"]:
            message = "there is nothing to fit"
            self._problem((), message, "give estimator and data, or callable")
        elif not has["data"]:
            message = "an estimator needs data"
            self._problem(("estimator", KEY), message, "add data: {sklearn: digits}, or your own")
        elif not has["estimator"]:
            message = "data need an estimator"
            self._problem(("data", KEY), message, "add estimator: {class: LogisticRegression}")

    def _read_data(self, data: Any) -> DataSpec | None:
        from sklpar.sources import SOURCES
        from sklpar.sources.suggest import did_you_mean

        one_of_them = f"exactly one of {', '.join(SOURCES)}"
        if not isinstance(data, Mapping):
            self._problem(("data",), f"expected a map with {one_of_them}", "{sklearn: digits}")
            return None
        named = [key for key in SOURCES if key in data]
        if len(named) != 1:
            found = " and ".join(named) or "none"
            remedy = next((r for key in data if (r := did_you_mean(key, SOURCES))), "")
            remedy = "keep one" if named else remedy
            self._problem(("data",), f"needs {one_of_them}, found {found}", remedy)
            return None
        source = SOURCES[named[0]]
        legal = [named[0], *source.options]
        for key in data:
            if not isinstance(key, str) or (key not in legal and not source.open_options):
                remedy = did_you_mean(key, legal, otherwise=f"it takes {', '.join(legal)}")
                self._problem(("data", str(key), KEY), f"unknown key for {named[0]}", remedy)
        options = {key: value for key, value in data.items() if isinstance(key, str)}
        self._own += [replace(p, path=("data", *p.path)) for p in source.shape(options)]
        return DataSpec(source=named[0], options=options)

    def _read_params(self, sweep: Any) -> dict[str, tuple[Node, ...]] | None:
        from sklpar.spec.nodes import is_memory_path

        params = sweep.get("params") if isinstance(sweep, Mapping) else None
        if not isinstance(params, Mapping):
            return None
        axes: dict[str, tuple[Node, ...]] = {}
        for path, axis in params.items():
            here: KeyPath = ("sweep", "params", str(path))
            if is_memory_path(path):
                message = "memory= caches fits, and a cached fit is not a timed fit"
                self._problem(here, message, "remove this axis")
            if isinstance(axis, list):
                read = [self._nodes.value(item, (*here, i)) for i, item in enumerate(axis)]
            else:
                read = [self._nodes.value(axis, here)]
            axes[str(path)] = tuple(read)
        return axes


def _contradictions(model: SpecModel) -> list[Problem]:
    problems = []
    minimize = model.objective.minimize if model.objective else None
    repeats = model.measure.repeats if model.measure else None
    if minimize == "fit" and repeats == 0:
        message = "minimize: fit compares warm fits, and measure.repeats: 0 makes none"
        remedy = "set measure.repeats to 1 or more, or minimize first_fit"
        problems.append(Problem(message=message, remedy=remedy, path=("objective", "minimize")))
    if model.callable and model.sweep and model.sweep.params:
        message = "a callable has no set_params, so params cannot be an axis"
        remedy = "give the value to setup through args, or sweep an estimator"
        problems.append(Problem(message=message, remedy=remedy, path=("sweep", "params", KEY)))
    return problems


def _callable(model: SpecModel) -> CallableSpec | None:
    job = model.callable
    if job is None:
        return None
    return CallableSpec(fit=job.fit, setup=job.setup, args=job.args or {})


def _sweep(model: SpecModel, params: Mapping[str, tuple[Node, ...]] | None) -> Sweep:
    axes = model.sweep
    if axes is None:
        return Sweep()
    return Sweep(
        n_jobs=None if axes.n_jobs is None else tuple(axes.n_jobs),
        backend=None if axes.backend is None else tuple(axes.backend),
        inner_threads=None if axes.inner_threads is None else tuple(axes.inner_threads),
        params=params,
    )


def _measure(model: SpecModel) -> Measure:
    given = model.measure
    if given is None:
        return Measure()
    default = Measure()
    return Measure(
        repeats=default.repeats if given.repeats is None else given.repeats,
        rounds=default.rounds if given.rounds is None else given.rounds,
        timeout_s=given.timeout,
        budget_s=given.budget,
        exhaustive=bool(given.exhaustive),
    )


def _objective(model: SpecModel) -> Objective:
    given = model.objective
    if given is None:
        return Objective()
    default = Objective()
    return Objective(
        minimize=given.minimize or default.minimize,
        within=default.within if given.within is None else given.within,
        then=default.then if given.then is None else tuple(given.then),
    )


def _guard(model: SpecModel) -> GuardPolicy:
    given = {key: value for key, value in model.guard or () if value is not None}
    return GuardPolicy(**given)
