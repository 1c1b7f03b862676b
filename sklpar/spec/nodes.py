"""From plain YAML values to the nodes of an estimator tree."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from sklpar.errors import Problem
from sklpar.model import CallNode, Node, ObjectNode
from sklpar.sources.call import check_arguments, check_target
from sklpar.spec.constructor_text import (
    ConstructorTextError,
    looks_like_constructor,
    parse_constructor,
)
from sklpar.spec.node_codec import decode_node, encode_node
from sklpar.spec.places import KEY, KeyPath

__all__ = ["NodeReader", "decode_node", "encode_node", "is_memory_path"]

# Parameters that hold one estimator: text there names a class, even without parentheses.
_ONE_OBJECT = frozenset(
    {"estimator", "base_estimator", "final_estimator", "regressor", "classifier", "transformer"}
)
# Parameters that hold named estimators, which scikit-learn wants as a list of pairs.
_NAMED_OBJECTS = frozenset({"steps", "transformer_list", "estimators"})
_SELECTOR_KEYS = frozenset({"dtype_include", "dtype_exclude", "pattern"})
_NO_OBJECT = frozenset({"passthrough", "drop"})


def is_memory_path(path: object) -> bool:
    """Tell whether a set_params path ends in ``memory``: a cached fit is not a timed fit."""
    return isinstance(path, str) and path.rsplit("__", 1)[-1] == "memory"


class NodeReader:
    """Reads nodes and collects every problem on the way, each with the path of its value."""

    def __init__(self) -> None:
        self.problems: list[Problem] = []

    def estimator(self, value: Any, path: KeyPath) -> Node:
        """Read a value that must be an object: a map with ``class`` or ``call``, or text."""
        if isinstance(value, Mapping) and ("class" in value or "call" in value):
            return self.value(value, path)
        if isinstance(value, str):
            return self._text(value, path)
        shown = "a map without 'class'" if isinstance(value, Mapping) else repr(value)[:60]
        self._problem(
            path,
            f"expected an estimator, got {shown}",
            "write {class: LogisticRegression, C: 1.0} or LogisticRegression(C=1.0)",
        )
        return None

    def value(self, value: Any, path: KeyPath) -> Node:
        """Read any value of the tree."""
        if isinstance(value, Mapping):
            if "class" in value:
                return self._object(value, path)
            if "call" in value:
                return self._call(value, path)
            return {key: self._entry(key, item, path) for key, item in value.items()}
        if isinstance(value, list):
            return [self.value(item, (*path, index)) for index, item in enumerate(value)]
        if isinstance(value, str) and looks_like_constructor(value):
            return self._text(value, path)
        return value  # type: ignore[no-any-return]

    def _entry(self, key: Any, item: Any, path: KeyPath) -> Node:
        """Read an entry of a plain map, such as a param_grid."""
        here = _below(path, key)
        if is_memory_path(key) and item not in (None, [None]):
            self._refuse_memory(here)
        return self.value(item, here)

    def _text(self, text: str, path: KeyPath) -> Node:
        try:
            node = parse_constructor(text, path)
        except ConstructorTextError as error:
            remedy = "write {class: Name, parameter: value} or Name(parameter=value)"
            self._problem(path, str(error), remedy)
            return None
        self._check_memory_in(node, path)
        return node

    def _check_memory_in(self, node: Node, path: KeyPath) -> None:
        """Look for ``memory`` in objects that were read from text at `path`."""
        named: Mapping[Any, Node] = node if isinstance(node, Mapping) else {}
        if isinstance(node, ObjectNode):
            named = node.kwargs
            self._check_memory_in(node.args, path)
        for name, item in named.items():
            if is_memory_path(name) and item not in (None, [None]):
                self._refuse_memory(path)
            self._check_memory_in(item, path)
        if isinstance(node, list | tuple):
            for item in node:
                self._check_memory_in(item, path)

    def _object(self, value: Mapping[Any, Any], path: KeyPath) -> Node:
        name = value["class"]
        if isinstance(name, str) and "(" in name:
            remedy = "put the parameters beside it, or write the whole object as that text"
            self._problem((*path, "class"), f"{name[:60]!r} is a call, not a class", remedy)
            return None
        if not isinstance(name, str) or not name.strip():
            message = f"class must be the name of a class, got {name!r}"
            self._problem((*path, "class"), message, "")
            return None
        kwargs: dict[str, Node] = {}
        for key, item in value.items():
            if key == "class":
                continue
            if not isinstance(key, str):
                message = f"{key!r} is not the name of a parameter"
                self._problem((*_below(path, key), KEY), message, "")
                continue
            kwargs[key] = self._parameter(key, item, (*path, key))
        return ObjectNode(path=name.strip(), kwargs=kwargs, where=path)

    def _parameter(self, name: str, value: Any, path: KeyPath) -> Node:
        if name == "memory" and value is not None:
            self._refuse_memory(path)
        if name in _ONE_OBJECT and isinstance(value, str) and value not in _NO_OBJECT:
            return self._text(value, path)
        if name in _NAMED_OBJECTS:
            return self._named(value, path)
        if name == "transformers":
            return self._transformers(value, path)
        return self.value(value, path)

    def _call(self, value: Mapping[Any, Any], path: KeyPath) -> Node:
        for key in value:
            if key not in ("call", "args"):
                remedy = "put arguments of the function under args"
                self._problem((*_below(path, key), KEY), f"unknown key {str(key)!r}", remedy)
        if wrong := check_target(value["call"]):
            self._problem((*path, "call"), wrong, "for example mypackage.models:make_estimator")
        args = value.get("args") or {}
        if wrong := check_arguments(args):
            self._problem((*path, "args"), wrong, "")
            return None
        kwargs = {name: self.value(item, (*path, "args", name)) for name, item in args.items()}
        return CallNode(target=str(value["call"]), kwargs=kwargs, where=path)

    def _named(self, value: Any, path: KeyPath) -> Node:
        """Read steps: an ordered map, a list of pairs, or a list of maps with one key."""
        if isinstance(value, Mapping) and "class" not in value and "call" not in value:
            return [
                (str(name), self._member(item, _below(path, name))) for name, item in value.items()
            ]
        if not isinstance(value, list):
            return self.value(value, path)
        pairs: list[Node] = []
        for index, item in enumerate(value):
            here = (*path, index)
            if isinstance(item, Mapping) and len(item) == 1 and "class" not in item:
                ((name, member),) = item.items()
                pairs.append((str(name), self._member(member, _below(here, name))))
            elif isinstance(item, list) and len(item) == 2 and isinstance(item[0], str):
                pairs.append((item[0], self._member(item[1], (*here, 1))))
            elif isinstance(item, Mapping | str | list):
                message = "a name and an object are needed here"
                self._problem(here, message, "write {scale: {class: StandardScaler}}")
            else:
                pairs.append(self.value(item, here))
        return pairs

    def _member(self, value: Any, path: KeyPath) -> Node:
        if value is None or (isinstance(value, str) and value in _NO_OBJECT):
            return value
        return self.estimator(value, path)

    def _transformers(self, value: Any, path: KeyPath) -> Node:
        """Read a ColumnTransformer's transformers: a map, or a list of [name, object, columns]."""
        if isinstance(value, Mapping):
            return [self._by_columns(k, item, _below(path, k)) for k, item in value.items()]
        if not isinstance(value, list):
            return self.value(value, path)
        triples: list[Node] = []
        for index, item in enumerate(value):
            here = (*path, index)
            if isinstance(item, Mapping) and len(item) == 1:
                ((name, member),) = item.items()
                triples.append(self._by_columns(name, member, _below(here, name)))
            elif isinstance(item, list) and len(item) == 3 and isinstance(item[0], str):
                member = self._member(item[1], (*here, 1))
                triples.append((item[0], member, self._columns(item[2], (*here, 2))))
            else:
                self._bad_transformer(here)
        return triples

    def _by_columns(self, name: Any, value: Any, path: KeyPath) -> Node:
        if not isinstance(value, Mapping) or "columns" not in value:
            return self._bad_transformer(path)
        rest = {key: item for key, item in value.items() if key != "columns"}
        columns = self._columns(value["columns"], (*path, "columns"))
        if "transformer" in rest and "class" not in rest:
            for key in rest.keys() - {"transformer"}:
                self._problem((*_below(path, key), KEY), f"unknown key {str(key)!r}", "")
            member = self._member(rest["transformer"], (*path, "transformer"))
        else:
            member = self.estimator(rest, path)
        return (str(name), member, columns)

    def _columns(self, value: Any, path: KeyPath) -> Node:
        """Read columns: names, indices, or a selector; text here never is a constructor call."""
        if isinstance(value, Mapping):
            for key in value.keys() - _SELECTOR_KEYS - {"class"}:
                remedy = f"choose from {', '.join(sorted(_SELECTOR_KEYS))}"
                self._problem((*_below(path, key), KEY), f"unknown key {str(key)!r}", remedy)
            if not value:
                self._problem(path, "a column selector must select by something", "")
            kwargs = {str(key): item for key, item in value.items() if key in _SELECTOR_KEYS}
            return ObjectNode(path="make_column_selector", kwargs=kwargs, where=path)
        items = value if isinstance(value, list) else [value]
        if items and all(isinstance(item, str | int) for item in items):
            return value  # type: ignore[no-any-return]
        remedy = "write names, indices, or {dtype_include: [category]}"
        self._problem(path, f"{value!r:.60} names no columns", remedy)
        return None

    def _bad_transformer(self, path: KeyPath) -> Node:
        message = "a transformer and its columns are needed here"
        self._problem(path, message, "write {class: StandardScaler, columns: [age, income]}")
        return None

    def _refuse_memory(self, path: KeyPath) -> None:
        message = "memory= caches fits, and a cached fit is not a timed fit"
        self._problem(path, message, "remove it, or set it to null")

    def _problem(self, path: KeyPath, message: str, remedy: str) -> None:
        self.problems.append(Problem(message=message, remedy=remedy, path=path))


def _below(path: KeyPath, key: Any) -> KeyPath:
    """Return the path of an entry of a map; only text and whole numbers are kept as they are."""
    return (*path, key if type(key) is int else str(key))
