from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, fields, is_dataclass
from typing import Any, Literal, get_args, get_type_hints

import pytest

from sklpar.model import Failure, Report, Sample
from sklpar.store.plan_file import PlanFile
from sklpar.store.typed import MisfitError, build


@dataclass(frozen=True, kw_only=True)
class Leaf:
    size: int


@dataclass(frozen=True, kw_only=True)
class Twig:
    name: str
    length: float
    green: bool
    kind: Literal["long", "short"]
    anything: Any
    leaves: tuple[Leaf, ...]
    by_name: Mapping[str, Leaf | None]
    either: int | Literal["default"] | Leaf | None
    extra: int = 3


GOOD: dict[str, Any] = {
    "name": "a",
    "length": 1.5,
    "green": True,
    "kind": "long",
    "anything": {"x": [1]},
    "leaves": [{"size": 1}, {"size": 2}],
    "by_name": {"a": {"size": 1}, "b": None},
    "either": {"size": 4},
}


def test_every_kind_of_annotation_is_built() -> None:
    assert build(Twig, GOOD) == Twig(
        name="a",
        length=1.5,
        green=True,
        kind="long",
        anything={"x": [1]},
        leaves=(Leaf(size=1), Leaf(size=2)),
        by_name={"a": Leaf(size=1), "b": None},
        either=Leaf(size=4),
    )


@pytest.mark.parametrize("either", [7, "default", None])
def test_each_member_of_a_union_is_tried(either: Any) -> None:
    assert build(Twig, {**GOOD, "either": either}).either == either


def test_a_whole_number_is_a_number_and_unknown_fields_are_passed_over() -> None:
    twig = build(Twig, {**GOOD, "length": 2, "unheard": 1})
    assert (twig.length, type(twig.length)) == (2.0, float)


@pytest.mark.parametrize(
    ("change", "place"),
    [
        ({"name": 3}, "name"),
        ({"name": None}, "name"),
        ({"length": "1.5"}, "length"),
        ({"length": True}, "length"),
        ({"length": 10**400}, "length"),
        ({"green": 1}, "green"),
        ({"kind": "middling"}, "kind"),
        ({"kind": ["long"]}, "kind"),
        ({"leaves": {"size": 1}}, "leaves"),
        ({"leaves": [{"size": 1}, {"size": True}]}, "leaves.1.size"),
        ({"leaves": [{"size": 1.0}]}, "leaves.0.size"),
        ({"leaves": [{}]}, "leaves.0.size"),
        ({"leaves": ["size"]}, "leaves.0"),
        ({"by_name": [1]}, "by_name"),
        ({"by_name": {"a": {"size": "x"}}}, "by_name.a.size"),
        ({"either": "all"}, "either"),
        ({"either": {"size": "x"}}, "either.size"),
        ({"extra": None}, "extra"),
    ],
)
def test_a_misfit_is_led_to_by_its_place(change: dict[str, Any], place: str) -> None:
    with pytest.raises(MisfitError) as caught:
        build(Twig, GOOD | change)
    assert ".".join(caught.value.place) == place


@pytest.mark.parametrize("value", [None, [], 3, "x"])
def test_what_is_no_object_is_a_misfit_at_the_top(value: Any) -> None:
    with pytest.raises(MisfitError, match="an object was expected") as caught:
        build(Twig, value)
    assert caught.value.place == ()


def annotations_of(kind: Any) -> set[Any]:
    """All simple types that a dataclass and those in it are annotated with."""
    if is_dataclass(kind):
        hints = get_type_hints(kind)
        return {simple for f in fields(kind) for simple in annotations_of(hints[f.name])}
    arguments = [argument for argument in get_args(kind) if argument is not ...]
    if arguments and not all(isinstance(argument, str) for argument in arguments):
        return {simple for argument in arguments for simple in annotations_of(argument)}
    return {kind if not arguments else Literal}


@pytest.mark.parametrize("kind", [Report, Sample, Failure, PlanFile])
def test_what_is_stored_has_no_annotation_that_is_not_understood(kind: type) -> None:
    assert annotations_of(kind) <= {str, int, float, bool, type(None), Any, Literal}
