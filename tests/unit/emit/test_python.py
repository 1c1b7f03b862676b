"""The source of the emitted module; that it works is tried with real processes elsewhere."""

from __future__ import annotations

import ast
import math
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklpar.emit import FORMATS, Pinned, pinned_from_report
from sklpar.emit.python import literal
from sklpar.host.threads import THREAD_VARIABLES
from tests.contracts.test_formats import REPORTS


def source(name: str) -> str:
    return FORMATS["python"](pinned_from_report(REPORTS[name]))


def test_an_estimators_n_jobs_is_never_in_the_config() -> None:
    assert 'parallel_config(backend="threading")' in source("digits")
    assert '"n_jobs": 2,' in source("digits")


def test_a_callables_n_jobs_is_in_the_config_alone() -> None:
    text = FORMATS["python"](Pinned(setting="x", n_jobs=2, backend="threading", inner_threads=1))
    assert 'parallel_config(backend="threading", n_jobs=2)' in text
    assert "set_params" not in text


def test_only_loky_with_an_int_cap_is_told_the_cap_again() -> None:
    assert 'parallel_config(backend="loky", inner_max_num_threads=1)' in source("hostile")
    assert 'parallel_config(backend="loky")' in source("caps")
    assert 'parallel_config(backend="loky")' in source("default")


def test_default_removes_the_variables() -> None:
    text = source("default")
    assert "os.environ.pop(_name, None)" in text
    assert all(f'"{name}",' in text for name in THREAD_VARIABLES)


def test_an_object_is_left_to_be_set_by_hand() -> None:
    assert "# To be set by hand: object = {'class': 'X'}" in source("hostile")


def test_multiprocessing_asks_for_its_guard() -> None:
    text = FORMATS["python"](Pinned(setting="x", backend="multiprocessing", inner_threads=1))
    assert "__main__" in text


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False)
        | st.text().filter(lambda text: text not in {".inf", "-.inf", ".nan"}),
        lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
        max_leaves=6,
    )
)  # fmt: skip
def test_a_literal_is_its_value(value: Any) -> None:
    assert literal(value).isascii()
    assert ast.literal_eval(literal(value)) == value


@pytest.mark.parametrize(
    ("value", "source"),
    [
        (math.inf, 'float("inf")'),
        (".inf", 'float("inf")'),
        ("-.inf", 'float("-inf")'),
        (".nan", 'float("nan")'),
        ([".nan"], '[float("nan")]'),
    ],
)
def test_what_is_not_finite_is_spelt_as_a_call(value: Any, source: str) -> None:
    assert literal(value) == source  # a report spells it as YAML does


def test_a_map_whose_keys_may_have_been_numbers_is_left_to_be_set_by_hand() -> None:
    text = FORMATS["python"](
        Pinned(setting="x", backend="loky", inner_threads=1, params={"class_weight": {"0": 1}})
    )
    assert "# To be set by hand: class_weight = {'0': 1}" in text
    assert "set_params" not in text
