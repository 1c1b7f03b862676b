"""Nodes as JSON: children read them without pydantic or YAML, which would cost every trial."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from sklpar.model import CallNode, Node, ObjectNode


def encode_node(node: Node) -> Any:
    """Return a JSON value that `decode_node` turns back: int keys, NaN and tuples survive."""
    if isinstance(node, ObjectNode | CallNode):
        return _encode_object(node)
    if isinstance(node, list):
        return [encode_node(value) for value in node]
    if isinstance(node, tuple):
        return {"$tuple": [encode_node(value) for value in node]}
    if isinstance(node, Mapping):
        return {"$map": [[encode_node(key), encode_node(v)] for key, v in node.items()]}
    if isinstance(node, float) and not math.isfinite(node):
        return {"$float": str(node)}
    return node


def plain_node(node: Any) -> Any:
    """Return a node as the spec would write it, in plain JSON values: for reports, not for reading.

    Positional arguments of an object are listed under ``args``.
    """
    if isinstance(node, ObjectNode):
        args = {"args": [plain_node(value) for value in node.args]} if node.args else {}
        return {"class": node.path, **args, **_plain_map(node.kwargs)}
    if isinstance(node, CallNode):
        return {"call": node.target, **({"args": _plain_map(node.kwargs)} if node.kwargs else {})}
    if isinstance(node, Mapping):
        return _plain_map(node)
    if isinstance(node, list | tuple):
        return [plain_node(value) for value in node]
    return node


def _plain_map(values: Mapping[Any, Any]) -> dict[str, Any]:
    return {str(key): plain_node(value) for key, value in values.items()}


def _encode_object(node: ObjectNode | CallNode) -> dict[str, Any]:
    common = {
        "kwargs": {name: encode_node(value) for name, value in node.kwargs.items()},
        "where": list(node.where),
    }
    if isinstance(node, CallNode):
        return {"$call": node.target, **common}
    return {"$object": node.path, "args": [encode_node(value) for value in node.args], **common}


def decode_node(value: Any) -> Node:
    """Return the node that `encode_node` wrote."""
    if isinstance(value, list):
        return [decode_node(item) for item in value]
    if not isinstance(value, dict):
        return value  # type: ignore[no-any-return]
    if "$tuple" in value:
        return tuple(decode_node(item) for item in value["$tuple"])
    if "$float" in value:
        return float(value["$float"])
    if "$map" in value:
        return {decode_node(key): decode_node(item) for key, item in value["$map"]}
    return _decode_object(value)


def _decode_object(value: Mapping[str, Any]) -> ObjectNode | CallNode:
    kwargs = {name: decode_node(item) for name, item in value["kwargs"].items()}
    where = tuple(value["where"])
    if "$call" in value:
        return CallNode(target=value["$call"], kwargs=kwargs, where=where)
    args = tuple(decode_node(item) for item in value["args"])
    return ObjectNode(path=value["$object"], args=args, kwargs=kwargs, where=where)
