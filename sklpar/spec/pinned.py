"""An emitted YAML file, read back: the setting that a project keeps under version control."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeVar

from sklpar.backends import BACKENDS
from sklpar.errors import Problem, SpecError
from sklpar.model import CallNode, Node, ObjectNode, PinnedFile, Plan, Setting
from sklpar.sources.suggest import did_you_mean, one_of
from sklpar.spec import values
from sklpar.spec.document import json_safe
from sklpar.spec.loader import read_text
from sklpar.spec.node_codec import plain_node
from sklpar.spec.nodes import NodeReader, is_memory_path
from sklpar.spec.places import KEY, KeyPath, bounded, placed
from sklpar.spec.yaml_reader import read_yaml

T = TypeVar("T")

_WRITTEN_BY = "sklpar emit yaml"
_KEYS = ("version", "setting", "resolved", "fingerprint")
_KNOBS = {  # what a setting must say, and how
    "n_jobs": "write the number of workers, or null where the job has no n_jobs",
    "backend": f"write one of {', '.join(BACKENDS)}",
    "inner_threads": "write 1, default, or {blas: 1, openmp: 2}",
}
# How a report writes what JSON has no number for.
_NOT_FINITE = {".inf": float("inf"), "-.inf": float("-inf"), ".nan": float("nan")}


def read_pinned(file: str, *, usable_cpus: int) -> PinnedFile:
    """Read a file that ``sklpar emit yaml`` wrote, or one of the same form.

    Parameters
    ----------
    file : str
        Path of the YAML file; ``-`` is stdin.
    usable_cpus : int
        What ``n_jobs: all`` means, which only a file written by hand can hold.

    Raises
    ------
    SpecError
        With everything that is wrong, each with its line and column.
    """
    text = read_text(file, written_by=_WRITTEN_BY)
    return parse_pinned(text, file=file, usable_cpus=usable_cpus)


def parse_pinned(text: str, *, file: str, usable_cpus: int) -> PinnedFile:
    """Read the text of such a file; `file` names it in messages."""
    read = read_yaml(text, file=file)
    if not isinstance(read.value, dict):
        message = "the file is empty" if read.value is None else "expected a map of keys"
        problem = Problem(message=message, remedy=f"{_WRITTEN_BY} writes one", line=1, column=1)
        raise SpecError([problem], file=file, text=text)
    reader = _Reader(usable_cpus)
    pinned = PinnedFile(
        setting=reader.setting(read.value),
        resolved=reader.resolved(read.value),
        fingerprint=reader.fingerprint(read.value),
        file=file,
        text=text,
        positions=read.positions,
    )
    if problems := reader.problems:
        found = [placed(problem, read.positions) for problem in problems]
        raise SpecError(bounded(found), file=file, text=text)
    return pinned


def as_planned(setting: Setting, plan: Plan) -> Setting:
    """Return the plan's own setting where that is the one which was read, else what was read.

    A report, and so an emitted file, cannot hold all that a spec can: of an object's tuples it
    makes lists, of a map's numbers for keys text. What looks the same in it is the same setting.
    """
    known = (*plan.settings, *(skipped.setting for skipped in plan.skipped))
    return next((one for one in known if _written(one) == _written(setting)), setting)


def _written(setting: Setting) -> tuple[object, ...]:
    params = json.dumps(plain_node(setting.params), sort_keys=True)
    return (setting.kind, setting.n_jobs, setting.backend, setting.inner_threads, params)


class _Reader:
    """Reads the parts of the file and collects every problem."""

    def __init__(self, usable_cpus: int) -> None:
        self._usable_cpus = usable_cpus
        self._nodes = NodeReader()
        self._own: list[Problem] = []

    @property
    def problems(self) -> list[Problem]:
        return [*self._own, *self._nodes.problems]

    def setting(self, document: Mapping[Any, Any]) -> Setting:
        self._known_keys(document, _KEYS, ())
        if "version" not in document:
            self._missing("version", (), f"begin the file with version: {values.VERSION}")
        else:
            self._value(values.version, document["version"], ("version",))
        if "setting" not in document:
            self._missing("setting", (), f"{_WRITTEN_BY} writes the whole file")
            return Setting()
        given = document["setting"]
        if not isinstance(given, Mapping):
            self._no_map(given, ("setting",))
            return Setting()
        self._known_keys(given, (*_KNOBS, "params"), ("setting",))
        self._whole(given)
        n_jobs = self._knob(values.n_jobs, given, "n_jobs")
        setting = Setting(
            n_jobs=None if n_jobs is None else values.resolved_n_jobs(n_jobs, self._usable_cpus),
            backend=self._knob(_backend, given, "backend"),
            inner_threads=self._knob(values.inner_threads, given, "inner_threads"),
            params=self._params(given.get("params")),
        )
        if setting.backend == "sequential" and (setting.n_jobs or 1) > 1:
            message = "the sequential backend runs one job, whatever n_jobs says"
            self._problem(("setting", "n_jobs"), message, "write 1, or another backend")
        return _of_its_kind(setting)

    def resolved(self, document: Mapping[Any, Any]) -> dict[str, str]:
        paths = self._map(document, "resolved")
        for path, value in paths.items():
            self._check_path(path, ("resolved",))
            if value != "n_jobs":
                message = (
                    f"expected n_jobs, which this parameter carries, got {values.shown(value)}"
                )
                self._problem(("resolved", str(path)), message, f"write {path}: n_jobs")
        return {str(path): "n_jobs" for path in paths}

    def fingerprint(self, document: Mapping[Any, Any]) -> dict[str, Any]:
        plain: dict[str, Any] = json_safe(self._map(document, "fingerprint"))
        return plain

    def _whole(self, given: Mapping[Any, Any]) -> None:
        """Refuse half a setting, such as the first lines of a file that was cut off."""
        set_ = [key for key in (*_KNOBS, "params") if given.get(key) not in (None, {})]
        for key, remedy in _KNOBS.items():
            if key not in given:
                self._missing(key, ("setting",), remedy)
            elif given[key] is None and key != "n_jobs" and set_:
                message = f"null, though the setting has {' and '.join(set_)}"
                self._problem(("setting", key), message, f"{remedy}; as-written has null for all")

    def _knob(self, read: Callable[[object], T], given: Mapping[Any, Any], key: str) -> T | None:
        value = given.get(key)
        return None if value is None else self._value(read, value, ("setting", key))

    def _params(self, given: Any) -> dict[str, Node]:
        if given is None:
            return {}
        here = ("setting", "params")
        if not isinstance(given, Mapping):
            self._no_map(given, here)
            return {}
        params: dict[str, Node] = {}
        for path, value in given.items():
            self._check_path(path, here)
            if is_memory_path(path):
                message = "memory= caches fits, and a cached fit is not a timed fit"
                self._problem((*here, path), message, "remove it")
            params[str(path)] = _restored(self._nodes.value(value, (*here, str(path))))
        return params

    def _map(self, document: Mapping[Any, Any], key: str) -> Mapping[Any, Any]:
        given = document.get(key)
        if isinstance(given, Mapping):
            return given
        if given is not None:
            self._no_map(given, (key,))
        return {}

    def _known_keys(self, given: Mapping[Any, Any], legal: Sequence[str], path: KeyPath) -> None:
        for key in given:
            if key not in legal:
                remedy = did_you_mean(key, legal, otherwise=one_of(legal))
                self._problem((*path, str(key), KEY), "unknown key", remedy)

    def _check_path(self, path: object, where: KeyPath) -> None:
        if not isinstance(path, str) or not path.isidentifier():
            message = f"{values.shown(path)} is not a set_params path"
            self._problem((*where, str(path), KEY), message, "")

    def _value(self, read: Callable[[object], T], value: object, path: KeyPath) -> T | None:
        try:
            return read(value)
        except values.WrongValueError as wrong:
            self._problem(path, str(wrong), wrong.remedy)
            return None

    def _missing(self, key: str, path: KeyPath, remedy: str) -> None:
        self._problem((*path, KEY) if path else (), f"the key {key!r} is missing", remedy)

    def _no_map(self, value: object, path: KeyPath) -> None:
        self._problem(path, f"expected a map, got {values.shown(value)}", "")

    def _problem(self, path: KeyPath, message: str, remedy: str) -> None:
        self._own.append(Problem(message=message, remedy=remedy, path=path))


_backend = values.one_name(tuple(BACKENDS), "a backend")


def _of_its_kind(setting: Setting) -> Setting:
    """Tell the two settings that every plan has from those of a sweep."""
    if setting == Setting():
        return replace(setting, kind="as-written")
    if setting == Setting(n_jobs=1, backend="sequential", inner_threads=1):
        return replace(setting, kind="serial")
    return setting


def _restored(node: Node) -> Node:
    """Undo what a report does to nodes: words for what is not finite, ``args`` of an object."""
    if isinstance(node, str):
        return _NOT_FINITE.get(node, node)
    if isinstance(node, list | tuple):
        items = [_restored(item) for item in node]
        return tuple(items) if isinstance(node, tuple) else items
    if isinstance(node, Mapping):
        return {key: _restored(item) for key, item in node.items()}
    if not isinstance(node, ObjectNode | CallNode):
        return node
    kwargs = {key: _restored(item) for key, item in node.kwargs.items()}
    args = kwargs.get("args")
    if isinstance(node, CallNode) or not isinstance(args, list):
        return replace(node, kwargs=kwargs)
    del kwargs["args"]
    return replace(node, args=tuple(args), kwargs=kwargs)
