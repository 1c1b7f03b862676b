"""What every data source keeps to."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sklpar.sources import SOURCES, Dataset


def from_a_function(n: int = 12) -> tuple[Any, Any]:
    return np.arange(2.0 * n).reshape(n, 2), np.arange(n)


SOUND: dict[str, dict[str, Any]] = {
    "synthetic": {"synthetic": "classification", "n_samples": 30},
    "sklearn": {"sklearn": "iris"},
    "path": {"path": "t.npy", "target": -1},
    "call": {"call": "module:function", "args": {"n": 6}},
}


@pytest.fixture
def folder(tmp_path: Path) -> str:
    np.save(tmp_path / "t.npy", np.arange(20.0).reshape(10, 2))
    return str(tmp_path)


def resolve(_: str) -> Any:
    return from_a_function


@pytest.mark.parametrize("name", SOURCES)
def test_every_source_describes_itself_for_editors(name: str) -> None:
    source = SOURCES[name]
    assert source.value_schema["description"]
    assert all(option["description"] for option in source.options.values())
    assert name not in source.options


@pytest.mark.parametrize("name", SOURCES)
def test_sound_options_have_no_problems_and_load(name: str, folder: str) -> None:
    source, options = SOURCES[name], SOUND[name]
    assert source.shape(options) == []
    assert source.header(options, folder, resolve) == []
    data = source.load(options, folder, resolve)
    assert isinstance(data, Dataset)
    assert len(data.y) == data.X.shape[0] > 0


@pytest.mark.parametrize("name", SOURCES)
def test_loading_twice_gives_the_same_rows(name: str, folder: str) -> None:
    first, second = (SOURCES[name].load(SOUND[name], folder, resolve) for _ in range(2))
    assert np.array_equal(first.X, second.X)
    assert np.array_equal(first.y, second.y)


@pytest.mark.parametrize("name", SOURCES)
@pytest.mark.parametrize("value", [None, 5, True, "", [], {}, ["x"], {"a": 1}, 1.5])
def test_a_wrong_value_is_a_problem_at_its_own_key(name: str, value: object) -> None:
    problems = SOURCES[name].shape({name: value})
    assert problems
    assert all(problem.path == (name,) for problem in problems)


@pytest.mark.parametrize("name", SOURCES)
def test_every_option_named_is_checked(name: str) -> None:
    for option in SOURCES[name].options:
        problems = SOURCES[name].shape({**SOUND[name], option: {1: object()}})
        assert any(problem.path == (option,) for problem in problems)
