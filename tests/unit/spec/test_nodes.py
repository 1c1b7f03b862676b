from __future__ import annotations

import json
import math
from typing import Any

import pytest

from sklpar.model import CallNode, Node, ObjectNode
from sklpar.spec.constructor_text import parse_constructor
from sklpar.spec.node_codec import decode_node, encode_node
from sklpar.spec.nodes import NodeReader
from sklpar.spec.yaml_reader import read_yaml


def read(text: str) -> Any:
    """Read an estimator written in YAML; it must be sound."""
    reader = NodeReader()
    node = reader.estimator(read_yaml(text, file="a").value, ())
    assert reader.problems == []
    return node


def kwargs(text: str) -> Any:
    return read(text).kwargs


def test_a_map_with_class_is_an_object_and_the_rest_its_parameters() -> None:
    node = read("{class: SVC, C: 1e-2, class_weight: {0: 1.0}, missing: .nan}")
    assert node.path == "SVC"
    assert node.kwargs["class_weight"] == {0: 1.0}
    assert math.isnan(node.kwargs["missing"])


@pytest.mark.parametrize(
    ("text", "args", "parameters"),
    [
        ("SVC()", (), {}),
        ("SVC", (), {}),
        ("sklearn.svm.SVC", (), {}),
        (" SVC( 1, kernel = 'rbf' ) ", (1,), {"kernel": "rbf"}),
        ("SVC(-1, C=+2.5, a=None, b=True)", (-1,), {"C": 2.5, "a": None, "b": True}),
        ("SVC(h=(100,), l=[1, [2]], d={0: 1.0, 'a': ()})", (),
         {"h": (100,), "l": [1, [2]], "d": {0: 1.0, "a": ()}}),
        ("SVC(C=1e999)", (), {"C": math.inf}),
        ("SVC('a\\nb' 'c')", ("a\nbc",), {}),
    ],
)  # fmt: skip
def test_constructor_text_is_parsed(text: str, args: Any, parameters: Any) -> None:
    node = parse_constructor(text, ())
    assert node.path.rsplit(".", 1)[-1] == "SVC"
    assert node.args == args
    assert node.kwargs == parameters


def test_constructor_calls_nest() -> None:
    node = parse_constructor("Pipeline([('a', PCA(2)), ('b', SVC())])", ("estimator",))
    assert node.args == (
        [
            ("a", ObjectNode(path="PCA", args=(2,), where=("estimator",))),
            ("b", ObjectNode(path="SVC", where=("estimator",))),
        ],
    )


@pytest.mark.parametrize(
    "text", ["age (years)", "Age (years)", "f(x)", "rbf", "l2", "Income", "a.b", "passthrough"]
)
def test_text_that_is_no_constructor_call_stays_text(text: str) -> None:
    assert NodeReader().value(text, ()) == text


@pytest.mark.parametrize("text", ["KFold(3)", "sklearn.svm.SVC()", "scipy.stats.norm(0, 1)"])
def test_a_constructor_call_is_an_object_wherever_it_stands(text: str) -> None:
    assert isinstance(NodeReader().value([text], ()), list)
    assert isinstance(NodeReader().value(text, ()), ObjectNode)


@pytest.mark.parametrize(
    "steps",
    [
        "{scale: {class: PCA}, clf: SVC}",
        "[[scale, PCA], [clf, SVC()]]",
        "[{scale: PCA()}, {clf: {class: SVC}}]",
        "[[scale, {class: PCA}], {clf: SVC}]",
    ],
)
def test_steps_are_pairs_in_their_order(steps: str) -> None:
    pairs = kwargs(f"{{class: Pipeline, steps: {steps}}}")["steps"]
    assert [(name, node.path) for name, node in pairs] == [("scale", "PCA"), ("clf", "SVC")]
    assert all(isinstance(pair, tuple) for pair in pairs)


@pytest.mark.parametrize("key", ["steps", "estimators", "transformer_list"])
def test_members_may_be_left_out_by_their_words(key: str) -> None:
    pairs = kwargs(f"{{class: X, {key}: {{a: passthrough, b: drop, c: null}}}}")[key]
    assert pairs == [("a", "passthrough"), ("b", "drop"), ("c", None)]


@pytest.mark.parametrize(
    "transformers",
    [
        "{num: {class: PCA, n_components: 2, columns: [a, b]}}",
        "{num: {transformer: {class: PCA, n_components: 2}, columns: [a, b]}}",
        "{num: {transformer: PCA(n_components=2), columns: [a, b]}}",
        "[[num, PCA(n_components=2), [a, b]]]",
        "[{num: {class: PCA, n_components: 2, columns: [a, b]}}]",
    ],
)
def test_the_forms_of_a_column_transformer_are_one(transformers: str) -> None:
    ((name, node, columns),) = kwargs(f"{{class: C, transformers: {transformers}}}")["transformers"]
    assert (name, node.path, dict(node.kwargs)) == ("num", "PCA", {"n_components": 2})
    assert columns == ["a", "b"]


def test_columns_are_names_indices_or_a_selector_but_never_a_call() -> None:
    text = "[[a, drop, 'Age(x)'], [b, drop, [0, 1]], [c, drop, {dtype_include: [category]}]]"
    triples = kwargs(f"{{class: C, transformers: {text}}}")["transformers"]
    assert triples[0][2] == "Age(x)"
    assert triples[1][2] == [0, 1]
    assert triples[2][2].path == "make_column_selector"
    assert triples[2][2].kwargs == {"dtype_include": ["category"]}


def test_a_call_takes_its_arguments_under_args() -> None:
    node = read("{call: 'm.sub:make', args: {n: 3, base: SVC()}}")
    assert isinstance(node, CallNode)
    assert node.target == "m.sub:make"
    assert node.kwargs["n"] == 3
    assert isinstance(node.kwargs["base"], ObjectNode)


def test_memory_may_be_null() -> None:
    assert kwargs("{class: Pipeline, memory: null, steps: {a: SVC}}")["memory"] is None


NODES: list[Node] = [
    None,
    "text",
    1,
    True,
    -1.5,
    math.inf,
    [1, [2, (3, "a")]],
    (),
    {0: 1.0, "a": {None: [True]}, 1.5: "x"},
    {"$tuple": [1], "$map": {"$object": 2}},
    ObjectNode(path="A", args=(1, (2,)), kwargs={"b": ObjectNode(path="B")}, where=("x", 0)),
    CallNode(target="m:f", kwargs={"n": {1: 2}}, where=("x",)),
]


@pytest.mark.parametrize("node", NODES, ids=repr)
def test_a_node_survives_json(node: Node) -> None:
    decoded = decode_node(json.loads(json.dumps(encode_node(node), allow_nan=False)))
    assert decoded == node
    assert repr(decoded) == repr(node)
    assert getattr(decoded, "where", None) == getattr(node, "where", None)


def test_nan_survives_json() -> None:
    decoded = decode_node(json.loads(json.dumps(encode_node({0: math.nan}), allow_nan=False)))
    assert repr(decoded) == "{0: nan}"
