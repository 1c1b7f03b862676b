"""The size of X, whatever it is."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from sklpar.trial.size import data_bytes

DENSE = np.zeros((100, 5))


def test_an_array_has_the_size_of_its_elements() -> None:
    assert data_bytes(DENSE) == 4000
    assert data_bytes(DENSE.astype("float32")) == 2000


@pytest.mark.parametrize("make", [sparse.csr_matrix, sparse.csc_array])
def test_a_sparse_matrix_has_the_size_of_its_three_arrays(make: Any) -> None:
    matrix = make(np.eye(10))
    assert data_bytes(matrix) == 10 * 8 + (10 + 11) * matrix.indices.itemsize


def test_a_frame_has_the_size_that_pandas_tells() -> None:
    frame = pd.DataFrame(DENSE)
    assert data_bytes(frame) == frame.memory_usage(deep=True).sum()
    assert data_bytes(frame.iloc[:0]) == frame.iloc[:0].memory_usage(deep=True).sum()


@pytest.mark.parametrize("rows", [10, 250_000])
def test_the_texts_of_a_frame_count_as_a_sample_of_the_rows_has_them(rows: int) -> None:
    text = pd.Series(["some text or other"] * rows, dtype=object)
    frame = pd.DataFrame({"text": text, "kind": text.astype("category"), "number": 1.0})
    told = frame.memory_usage(deep=True).sum()
    assert data_bytes(frame) == pytest.approx(told, rel=0.01, abs=500)


@pytest.mark.parametrize("nothing", [None, [[1, 2]], object(), "text"])
def test_what_is_none_of_these_has_no_size(nothing: object) -> None:
    assert data_bytes(nothing) is None
