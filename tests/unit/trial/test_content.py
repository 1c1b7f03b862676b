"""The digest by which data are told apart: of a sample, whatever holds the data."""

from __future__ import annotations

import mmap
from decimal import Decimal
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from scipy import sparse

from sklpar.model import DataFacts
from sklpar.trial.content import data_facts, state_facts

RANDOM = np.random.default_rng(0)
SMALL = RANDOM.normal(size=(100, 5))
LARGE = RANDOM.normal(size=(40_000, 50))
TEXTS = [f"some text {number}" for number in range(5000)]
FRAME = pd.DataFrame(
    {
        "number": SMALL[:, 0],
        "text": TEXTS[:100],
        "object": pd.Series(["a", None, 1.5, "b"] * 25, dtype=object),
        "kind": pd.Categorical(["x", "y"] * 50),
        "day": pd.date_range("2026-01-01", periods=100, tz="UTC"),
        "count": pd.array([1, None] * 50, dtype="Int64"),
    }
)
RECORDS = np.zeros(100, dtype=[("a", "i4"), ("b", "f8")])


def digest(*parts: Any) -> str:
    facts = data_facts(*parts)
    assert facts is not None
    assert facts.digest is not None
    assert len(facts.digest) == 16
    return facts.digest


@pytest.mark.parametrize(
    ("X", "shape"),
    [
        (SMALL, (100, 5)),
        (LARGE, (40_000, 50)),
        (LARGE[::3, ::-2], (13_334, 25)),
        (np.asfortranarray(LARGE), (40_000, 50)),
        (np.zeros((3, 4, 5), dtype=np.uint8), (3, 4, 5)),
        (np.zeros((0, 5)), (0, 5)),
        (np.array([1.0, np.nan, -np.inf]), (3,)),
        (SMALL.astype(">f4"), (100, 5)),
        (SMALL.astype(complex), (100, 5)),
        (SMALL.astype(np.longdouble), (100, 5)),
        (np.array(TEXTS), (5000,)),
        (np.array(TEXTS, dtype=object), (5000,)),
        (np.array([1, 2.5, None, "x", b"y", Decimal(1), np.float32(3)], dtype=object), (7,)),
        (np.array([SMALL, SMALL, None], dtype=object), (3,)),
        (RECORDS, (100,)),
        (FRAME, (100, 6)),
        (FRAME["text"], (100,)),
        (FRAME.iloc[:0], (0, 6)),
        (sparse.csr_matrix(SMALL), (100, 5)),
        (sparse.csc_array(SMALL), (100, 5)),
        (sparse.coo_array(SMALL), (100, 5)),
        (sparse.lil_array(SMALL), (100, 5)),
        (SMALL.tolist(), (100, 5)),
        (TEXTS, (5000,)),
        ([{"a": 1, "b": ["x"]}] * 10, (10,)),
        ([], (0,)),
    ],
)
def test_a_copy_has_the_same_digest_and_the_shape_is_told(X: Any, shape: tuple[int, ...]) -> None:
    copy = list(X) if isinstance(X, list) else X.copy()
    if isinstance(X, np.ndarray) and not X.flags.c_contiguous:
        copy = X  # a copy would be laid out otherwise
    assert data_facts(X) == data_facts(copy) == DataFacts(shape=shape, digest=digest(X))


def changed(X: Any, index: Any, value: Any) -> Any:
    copy = X.copy()
    copy[index] = value
    return copy


def with_cell(row: int, column: str, value: Any) -> pd.DataFrame:
    frame = FRAME.copy()
    frame.loc[row, column] = value
    return frame


@pytest.mark.parametrize(
    ("X", "other"),
    [
        (SMALL, changed(SMALL, (50, 3), 9.0)),
        (SMALL, SMALL * 1.001),
        (SMALL, SMALL.astype("float32")),
        (SMALL, SMALL.astype(">f8")),
        (SMALL, SMALL.reshape(50, 10)),
        (SMALL, SMALL[:-1]),
        (np.arange(5), np.arange(1, 6)),
        (LARGE, RANDOM.permutation(LARGE)),
        (LARGE, changed(LARGE, (0, 0), 9.0)),
        (LARGE, changed(LARGE, (-1, -1), 9.0)),
        (np.asfortranarray(LARGE), np.asfortranarray(changed(LARGE, (slice(None), 31), 0.0))),
        (np.array(TEXTS), np.array([*TEXTS[:-1], "other"])),
        (np.array(["1"], dtype=object), np.array([1], dtype=object)),
        (RECORDS, changed(RECORDS, 7, (1, 0.0))),
        (FRAME, with_cell(50, "number", 9.0)),
        (FRAME, with_cell(50, "text", "other")),
        (FRAME, with_cell(50, "object", "other")),
        (FRAME, with_cell(50, "kind", "y")),
        (FRAME, with_cell(50, "count", 2)),
        (FRAME, FRAME.rename(columns={"text": "words"})),
        (FRAME, FRAME.astype({"number": "float32"})),
        (FRAME, FRAME[["text", *FRAME.columns.drop("text")]]),
        (sparse.csr_array(SMALL), sparse.csr_array(changed(SMALL, (50, 3), 9.0))),
        (sparse.csr_array(SMALL), sparse.csr_array(changed(SMALL, (50, 3), 0.0))),
        (sparse.csr_array(SMALL), sparse.csc_array(SMALL)),
        ([[1, 2], [3, 4]], [[1, 2], [3, 5]]),
        ([1, 2], ["1", "2"]),
        ([{"a": 1}], [{"a": 2}]),
        (TEXTS, [*TEXTS[:-8], *TEXTS[-7:]]),
    ],
)
def test_other_values_types_shapes_or_names_give_another_digest(X: Any, other: Any) -> None:
    assert digest(X) != digest(other)


def test_what_else_is_given_to_fit_counts_and_each_in_its_place() -> None:
    y, groups = np.arange(100) % 2, np.arange(100) % 5
    found = {
        digest(SMALL),
        digest(SMALL, None),
        digest(SMALL, y),
        digest(SMALL, 1 - y),
        digest(SMALL, y, groups),
        digest(SMALL, groups, y),
    }
    assert len(found) == 6
    facts = data_facts(SMALL, y.tolist())
    assert facts is not None
    assert facts.shape == (100, 5)


def test_the_last_digits_do_not_count_as_another_blas_leaves_others_there() -> None:
    assert digest(LARGE * (1 + 1e-14)) == digest(LARGE)


def test_a_digest_is_the_same_in_every_process_and_release() -> None:
    """A stored one would otherwise never match again."""
    X = np.arange(12.0).reshape(4, 3)
    assert digest(X, np.array([0, 1, 0, 1])) == "75adaaaee3217219"
    assert digest(["a", "b"], [0.5, None]) == "4cc0ed08352e2257"


class Unknown:
    """Its repr holds its address."""

    shape = (3, 2)


@pytest.mark.parametrize(
    "X",
    [
        None,
        3,
        "text",
        Unknown(),
        [Unknown()],
        np.array([Unknown()], dtype=object),
        pd.DataFrame({"a": [Unknown()]}),
        {"a": 1},
        iter([1]),
        sparse.dok_array((3, 2)),
    ],
)
def test_what_cannot_be_read_has_no_facts(X: Any) -> None:
    assert data_facts(X) is None
    assert data_facts(X, np.zeros(3)) is None


def test_one_unreadable_part_leaves_the_whole_without_facts() -> None:
    assert data_facts(SMALL, Unknown()) is None


def test_a_setup_that_returns_a_tuple_that_begins_with_data_has_told_of_its_data() -> None:
    y = np.arange(100)
    assert state_facts((SMALL, y)) == state_facts((SMALL, y, Unknown())) == data_facts(SMALL, y)
    assert state_facts((SMALL, Unknown())) == state_facts((SMALL,)) == data_facts(SMALL)


@pytest.mark.parametrize("state", [None, SMALL, [SMALL, SMALL], (), (Unknown(), SMALL), {"X": 1}])
def test_a_setup_that_returns_anything_else_has_not(state: Any) -> None:
    assert state_facts(state) is None


def test_what_raises_when_it_is_read_has_no_facts() -> None:
    loop: list[Any] = []
    loop.append(loop)
    assert data_facts(loop) is None

    class Broken(list):  # type: ignore[type-arg]
        def __len__(self) -> int:
            raise RuntimeError("no")

    assert data_facts(Broken()) is None


def test_data_of_any_length_are_read_in_a_bounded_number_of_places() -> None:
    """A terabyte that repeats one row: whatever read it all would not come back."""
    endless = np.broadcast_to(np.arange(100.0), (10**9, 100))
    assert data_facts(endless) == data_facts(np.broadcast_to(np.arange(100.0), (10**9, 100)))
    assert digest(endless) != digest(endless[:-1])


def test_a_memory_map_is_told_as_the_array_it_maps_and_is_left_as_it_was(tmp_path: Path) -> None:
    np.save(tmp_path / "X.npy", LARGE)
    mapped = np.load(tmp_path / "X.npy", mmap_mode="r")
    assert isinstance(mapped.base, mmap.mmap)
    assert digest(mapped) == digest(np.asarray(mapped)) == digest(LARGE)
    assert is_read_ahead("X.npy")


def is_read_ahead(name: str) -> bool:
    """Whether the kernel may read around a page of a map: ``rr`` says that it may not."""
    smaps = Path("/proc/self/smaps").read_text(encoding="utf-8").split(name, 1)[1]
    flags = next(line for line in smaps.splitlines() if line.startswith("VmFlags:"))
    return "rr" not in flags.split()
