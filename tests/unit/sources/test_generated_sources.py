from __future__ import annotations

from typing import Any

import numpy as np
import pytest

from sklpar.sources import SOURCES
from sklpar.sources.sklearn import BUNDLED
from sklpar.sources.synthetic import MAKERS


def refuse(target: str) -> Any:
    raise AssertionError(target)


@pytest.mark.parametrize("maker", MAKERS)
def test_every_generator_gives_x_and_one_target_a_row(maker: str) -> None:
    data = SOURCES["synthetic"].load({"synthetic": maker}, "", refuse)
    assert data.X.ndim == 2
    assert len(data.y) == len(data.X)


@pytest.mark.parametrize("name", BUNDLED)
def test_every_bundled_set_loads(name: str) -> None:
    data = SOURCES["sklearn"].load({"sklearn": name}, "", refuse)
    assert len(data.y) == len(data.X)


def test_the_seed_is_zero_unless_another_is_given() -> None:
    def made(**options: Any) -> Any:
        return (
            SOURCES["synthetic"].load({"synthetic": "moons", "noise": 0.1, **options}, "", refuse).X
        )

    assert np.array_equal(made(), made(seed=0))
    assert np.array_equal(made(seed=3), made(random_state=3))
    assert not np.array_equal(made(), made(seed=3))


def test_lists_become_tuples_where_a_generator_wants_them() -> None:
    options = {"synthetic": "moons", "n_samples": [20, 10]}
    assert SOURCES["synthetic"].header(options, "", refuse) == []
    assert len(SOURCES["synthetic"].load(options, "", refuse).X) == 30


@pytest.mark.parametrize("made", [None, 5, (1,), (1, 2, 3, 4), "ab", {"X": 1, "y": 2}])
def test_a_function_must_return_two_or_three_things(made: object) -> None:
    with pytest.raises(ValueError, match="must return"):
        SOURCES["call"].load({"call": "m:f"}, "", lambda _: lambda: made)


def test_a_function_may_return_groups() -> None:
    data = SOURCES["call"].load({"call": "m:f"}, "", lambda _: lambda: (1, 2, 3))
    assert (data.X, data.y, data.groups) == (1, 2, 3)
