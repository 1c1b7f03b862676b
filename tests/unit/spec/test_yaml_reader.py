from __future__ import annotations

import math
from typing import Any

import pytest

from sklpar.errors import SpecError
from sklpar.spec.places import KEY
from sklpar.spec.yaml_reader import read_yaml


def read(text: str) -> Any:
    return read_yaml(text, file="a.yaml").value


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ("1", 1),
        ("-1", -1),
        ("+12", 12),
        ("0o17", 15),
        ("0x1F", 31),
        ("012", 12),
        ("1e-2", 0.01),
        ("1.", 1.0),
        (".5", 0.5),
        ("-.inf", -math.inf),
        ("true", True),
        ("False", False),
        ("null", None),
        ("~", None),
        ("", None),
        ("yes", "yes"),
        ("on", "on"),
        ("1_000", "1_000"),
        ("2024-01-01", "2024-01-01"),
        ("12:30:45", "12:30:45"),
        ("'1'", "1"),
        ('"true"', "true"),
        ("1.2.3", "1.2.3"),
        ("é ☃", "é ☃"),
    ],
)
def test_scalars_follow_the_core_schema_of_yaml_1_2(text: str, value: object) -> None:
    result = read(f"a: {text}")["a"]
    assert result == value
    assert type(result) is type(value)


def test_nan_is_a_number() -> None:
    assert math.isnan(read("a: .nan")["a"])


def test_keys_may_be_numbers() -> None:
    assert read("{0: 1.0, 1: 2.0}") == {0: 1.0, 1: 2.0}


def test_small_aliases_are_values_of_their_own() -> None:
    value = read("a: &x [1, 2]\nb: *x\nc: *x")
    assert value == {"a": [1, 2], "b": [1, 2], "c": [1, 2]}
    assert value["a"] is not value["b"]


def test_windows_line_ends_and_a_byte_order_mark_are_read() -> None:
    assert read("\ufeffa: 1\r\nb: 2\r\n") == {"a": 1, "b": 2}


def test_block_text_keeps_its_lines() -> None:
    assert read("a: |\n  x\n  y\n") == {"a": "x\ny\n"}


def test_every_key_and_value_has_its_place() -> None:
    positions = read_yaml("a:\n  b: [1, {c: 2}]\n", file="a.yaml").positions
    assert positions["a", KEY] == (1, 1)
    assert positions["a", "b"] == (2, 3)
    assert positions["a", "b", 0] == (2, 7)
    assert positions["a", "b", 1, "c"] == (2, 14)
    assert positions["a", "b", 1, "c", KEY] == (2, 11)


def test_the_place_of_a_duplicate_is_the_second_key() -> None:
    with pytest.raises(SpecError) as caught:
        read("a: 1\nb: 2\n  \na: 3")
    assert [(p.line, p.column) for p in caught.value.problems] == [(4, 1)]
    assert str(caught.value).startswith("a.yaml:4:1: the key 'a' is already there, on line 1\n")


def test_every_duplicate_is_reported() -> None:
    with pytest.raises(SpecError) as caught:
        read("a: 1\na: 2\nb: {c: 1, c: 2}")
    assert [problem.line for problem in caught.value.problems] == [2, 3]
