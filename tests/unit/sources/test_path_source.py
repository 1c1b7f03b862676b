"""Files as data: the check of their header, and what is read."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from sklpar.errors import Problem
from sklpar.sources import SOURCES, Dataset


def refuse(target: str) -> Any:
    raise AssertionError(f"no function is needed, but {target} was asked for")


def header(folder: Path, **options: Any) -> list[Problem]:
    return SOURCES["path"].header(options, str(folder), refuse)


def load(folder: Path, **options: Any) -> Dataset:
    assert SOURCES["path"].shape(options) == []
    assert header(folder, **options) == []
    return SOURCES["path"].load(options, str(folder), refuse)


@pytest.fixture
def tables(tmp_path: Path) -> Path:
    pd = pytest.importorskip("pandas")
    frame = pd.DataFrame(
        {"a": range(10), "b": [f"t{i}" for i in range(10)], "g": [0, 1] * 5, "y": [1.5] * 10}
    )
    frame.to_csv(tmp_path / "t.csv", index=False)
    frame.to_parquet(tmp_path / "t.parquet")
    return tmp_path


@pytest.fixture
def arrays(tmp_path: Path) -> Path:
    table = np.arange(40.0).reshape(10, 4)
    np.save(tmp_path / "t.npy", table)
    np.save(tmp_path / "y.npy", np.arange(10))
    np.save(tmp_path / "short.npy", np.arange(3))
    np.savez(tmp_path / "t.npz", X=table, y=np.arange(10), g=np.arange(10) % 2)
    np.savez(tmp_path / "odd.npz", a=table, b=table)
    np.savez(tmp_path / "one.npz", features=table, y=np.arange(10))
    np.save(tmp_path / "objects.npy", np.array([{}, []], dtype=object), allow_pickle=True)
    np.savez(tmp_path / "objects.npz", X=np.array([{}], dtype=object))
    (tmp_path / "fake.npy").write_text("hello")
    (tmp_path / "fake.npz").write_text("hello")
    return tmp_path


@pytest.mark.parametrize("file", ["t.csv", "t.parquet"])
def test_a_table_keeps_its_column_names(tables: Path, file: str) -> None:
    data = load(tables, path=file, target="y", groups="g")
    assert list(data.X.columns) == ["a", "b"]
    assert data.y.tolist() == [1.5] * 10
    assert data.groups.tolist() == [0, 1] * 5
    options = {"path": file, "target": "y", "groups": "g"}
    assert SOURCES["path"].columns(options, str(tables)) == ("a", "b")


@pytest.mark.parametrize("file", ["t.csv", "t.parquet"])
def test_a_table_may_have_no_target_or_several(tables: Path, file: str) -> None:
    assert load(tables, path=file).y is None
    assert load(tables, path=file, target=["a", "y"]).y.shape == (10, 2)


@pytest.mark.parametrize("file", ["t.csv", "t.parquet"])
def test_a_column_that_is_not_there_is_named_with_what_is_near(tables: Path, file: str) -> None:
    (problem,) = header(tables, path=file, target="Y")
    assert problem.path == ("target",)
    assert problem.remedy == "did you mean 'y'?"


@pytest.mark.parametrize("file", ["t.csv", "t.parquet", "t.npy", "t.npz"])
def test_a_sample_is_the_same_each_time_and_keeps_the_order(
    tables: Path, arrays: Path, file: str
) -> None:
    first, second = (load(tables, path=file, sample=4).X for _ in range(2))
    rows = np.asarray(first)[:, 0].astype(float)
    assert rows.tolist() == np.asarray(second)[:, 0].astype(float).tolist()
    assert len(rows) == 4
    assert (np.diff(rows) > 0).all()
    assert len(load(tables, path=file, sample=1000).X) == 10


def test_an_npz_finds_x_and_y_by_name_or_by_what_is_left(arrays: Path) -> None:
    data = load(arrays, path="t.npz", groups="g")
    assert data.X.shape == (10, 4)
    assert data.y.tolist() == list(range(10))
    assert data.groups.sum() == 5
    assert load(arrays, path="t.npz", target="g").y.sum() == 5
    assert load(arrays, path="one.npz").X.shape == (10, 4)


def test_an_npy_takes_its_target_from_a_column_or_a_second_file(arrays: Path) -> None:
    data = load(arrays, path="t.npy", target=-1)
    assert data.X.shape == (10, 3)
    assert data.y.tolist() == list(range(3, 40, 4))
    assert load(arrays, path="t.npy", target="y.npy").y.tolist() == list(range(10))
    both = load(arrays, path="t.npy", target=0, groups=2)
    assert both.X[0].tolist() == [1.0, 3.0]


def test_a_mapped_npy_stays_mapped(arrays: Path) -> None:
    data = load(arrays, path="t.npy", target=-1, mmap="r")
    assert isinstance(data.X, np.memmap)
    assert not data.X.flags.writeable


def test_an_svmlight_file_carries_its_target(tmp_path: Path) -> None:
    (tmp_path / "t.svm").write_text("# made by hand\n1 1:0.5 3:2\n-1 2:1\n")
    data = load(tmp_path, path="t.svm")
    assert data.X.shape == (2, 3)
    assert data.y.tolist() == [1.0, -1.0]
    (tmp_path / "bad.svm").write_text("hello world\n")
    assert "not an svmlight file" in header(tmp_path, path="bad.svm")[0].message


@pytest.mark.parametrize(
    ("options", "message"),
    [
        ({"path": "objects.npy"}, "holds Python objects"),
        ({"path": "objects.npz"}, "holds Python objects"),
        ({"path": "fake.npy"}, "not a numpy array"),
        ({"path": "fake.npz"}, "not an npz file"),
        ({"path": "odd.npz"}, "cannot tell which key"),
        ({"path": "t.npz", "target": "Y"}, "is not a key"),
        ({"path": "t.npy", "target": 9}, "has no column 9"),
        ({"path": "y.npy", "target": 0}, "has no column 0"),
        ({"path": "t.npy", "target": "nope.npy"}, "there is no file"),
        ({"path": "t.npy", "target": "short.npy"}, "rows"),
        ({"path": "none.csv"}, "there is no file"),
        ({"path": "a\0.csv"}, ""),
    ],
)
def test_what_a_header_shows_to_be_wrong(
    arrays: Path, options: dict[str, Any], message: str
) -> None:
    (problem,) = header(arrays, **options)
    assert message in problem.message


def test_a_folder_is_not_a_file(tmp_path: Path) -> None:
    (tmp_path / "d.csv").mkdir()
    assert "not a regular file" in header(tmp_path, path="d.csv")[0].message


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xff\xfe\x00", b"PAR1"])
@pytest.mark.parametrize("suffix", ["csv", "parquet", "npy", "npz", "svm"])
def test_a_damaged_file_is_a_problem_not_an_exception(
    tmp_path: Path, content: bytes, suffix: str
) -> None:
    pytest.importorskip("pandas")
    (tmp_path / f"t.{suffix}").write_bytes(content)
    for problem in header(tmp_path, path=f"t.{suffix}", target=0 if suffix == "npy" else "y"):
        assert problem.path in {("path",), ("target",)}


def test_without_pandas_the_extra_is_named(tables: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "pandas", None)
    (problem,) = header(tables, path="t.csv")
    assert "pandas" in problem.message
    assert problem.remedy.startswith("pip install pandas")
