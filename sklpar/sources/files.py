"""The file formats that data is read from: a check of the header, and the read itself."""

from __future__ import annotations

import io
import zipfile
from typing import TYPE_CHECKING, Any, Protocol

from sklpar.sources.interface import Dataset
from sklpar.sources.suggest import did_you_mean

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from pathlib import Path
    from types import ModuleType


class DataFileError(Exception):
    """Something wrong with a data file; `option` is the key of the spec that it is about."""

    def __init__(self, message: str, *, option: str = "path", remedy: str = "") -> None:
        super().__init__(message)
        self.option = option
        self.remedy = remedy


class FileFormat(Protocol):
    """One file format."""

    def wrong_option(self, option: str, value: object) -> str | None:
        """Return what is wrong with a value of ``target`` or ``groups``, or None."""
        ...

    def check(self, file: Path, options: Mapping[str, Any]) -> None:
        """Read the header alone; raises DataFileError."""
        ...

    def columns(self, file: Path) -> tuple[str, ...] | None:
        """Return the column names, or None where the format has none."""
        ...

    def read(self, file: Path, options: Mapping[str, Any]) -> Dataset:
        """Read it all."""
        ...


class Table:
    """csv and parquet, through pandas: X stays a data frame, so columns keep their names."""

    def __init__(self, *, parquet: bool) -> None:
        self.parquet = parquet

    def wrong_option(self, option: str, value: object) -> str | None:
        """Take a column's name, or for the target a list of them."""
        several = option == "target" and isinstance(value, list) and bool(value)
        names = value if several and isinstance(value, list) else [value]
        if all(isinstance(name, str) for name in names):
            return None
        return f"{option} must be the name of a column, got {value!r}"

    def check(self, file: Path, options: Mapping[str, Any]) -> None:
        """Check that the columns named are in the header."""
        names = self.columns(file)
        for option in ("target", "groups"):
            wanted = options.get(option, [])
            for name in wanted if isinstance(wanted, list) else [wanted]:
                _require(name, names, option, f"column of {file}")

    def columns(self, file: Path) -> tuple[str, ...]:
        """Return the names in the header."""
        pandas = _pandas(parquet=self.parquet)
        if self.parquet:
            from pyarrow import parquet

            return tuple(str(name) for name in parquet.read_schema(file).names)
        return tuple(str(name) for name in pandas.read_csv(file, nrows=0).columns)

    def read(self, file: Path, options: Mapping[str, Any]) -> Dataset:
        """Read the table and take the target and groups out of X."""
        pandas = _pandas(parquet=self.parquet)
        frame = pandas.read_parquet(file) if self.parquet else pandas.read_csv(file)
        target, groups = options.get("target"), options.get("groups")
        taken = [*(target if isinstance(target, list) else [target]), groups]
        return Dataset(
            X=frame.drop(columns=[name for name in taken if name is not None]),
            y=None if target is None else frame[target],
            groups=None if groups is None else frame[groups],
        )


class Npz:
    """Several arrays in one file: X is the key ``X``, or the one key that is left."""

    def wrong_option(self, option: str, value: object) -> str | None:
        """Take a key of the file."""
        return None if isinstance(value, str) else f"{option} must be a key, got {value!r}"

    def check(self, file: Path, options: Mapping[str, Any]) -> None:
        """Check the keys and that no array holds Python objects."""
        if not zipfile.is_zipfile(file):
            raise DataFileError(f"{file} is not an npz file")
        with zipfile.ZipFile(file) as archive:
            keys = [name.removesuffix(".npy") for name in archive.namelist()]
            for used in self._keys(file, keys, options):
                if used is not None:
                    with archive.open(f"{used}.npy") as member:
                        _npy_shape(io.BytesIO(member.read(4096)), f"{file}, key {used!r}")

    def columns(self, _file: Path) -> tuple[str, ...] | None:
        """Return None: arrays have no column names."""
        return None

    def read(self, file: Path, options: Mapping[str, Any]) -> Dataset:
        """Read the arrays that are used."""
        import numpy as np

        with np.load(file, allow_pickle=False) as arrays:
            keys = self._keys(file, list(arrays), options)
            X, y, groups = (None if key is None else arrays[key] for key in keys)
        return Dataset(X=X, y=y, groups=groups)

    def _keys(
        self, file: Path, keys: Sequence[str], options: Mapping[str, Any]
    ) -> tuple[str, str | None, str | None]:
        target, groups = options.get("target"), options.get("groups")
        for option, key in (("target", target), ("groups", groups)):
            if key is not None:
                _require(key, keys, option, f"key of {file}")
        if target is None and "y" in keys:
            target = "y"
        rest = [key for key in keys if key not in (target, groups)]
        if "X" not in rest and len(rest) != 1:
            raise DataFileError(
                f"cannot tell which key of {file} is X: it has {', '.join(keys) or 'none'}",
                remedy="name the array X when you save it: np.savez(file, X=X, y=y)",
            )
        return ("X" if "X" in rest else rest[0]), target, groups


class Npy:
    """One array; the target is a column of it or a second file."""

    def wrong_option(self, option: str, value: object) -> str | None:
        """Take a column index, or a second .npy file."""
        if isinstance(value, int) and not isinstance(value, bool):
            return None
        if isinstance(value, str) and value.lower().endswith(".npy"):
            return None
        return f"{option} must be a column index or a second .npy file, got {value!r}"

    def check(self, file: Path, options: Mapping[str, Any]) -> None:
        """Check the shapes in the headers."""
        with file.open("rb") as stream:
            shape = _npy_shape(stream, str(file))
        for option in ("target", "groups"):
            wanted = options.get(option)
            if isinstance(wanted, int):
                self._check_column(file, shape, option, wanted)
            elif wanted is not None:
                self._check_second(file, shape, option, wanted)

    def _check_column(self, file: Path, shape: tuple[int, ...], option: str, index: int) -> None:
        if len(shape) != 2 or not -shape[1] <= index < shape[1]:
            raise DataFileError(f"{file} of shape {shape} has no column {index}", option=option)

    def _check_second(self, file: Path, shape: tuple[int, ...], option: str, name: str) -> None:
        second = file.parent / name
        if not second.is_file():
            raise DataFileError(f"there is no file {second}", option=option)
        with second.open("rb") as stream:
            rows = _npy_shape(stream, str(second))[:1]
        if rows != shape[:1]:
            message = f"{second} has {rows} rows, {file} has {shape[:1]}"
            raise DataFileError(message, option=option)

    def columns(self, _file: Path) -> tuple[str, ...] | None:
        """Return None: arrays have no column names."""
        return None

    def read(self, file: Path, options: Mapping[str, Any]) -> Dataset:
        """Read or map the array and take its columns apart."""
        import numpy as np

        table = np.load(file, mmap_mode=options.get("mmap"), allow_pickle=False)
        parts: dict[str, Any] = {}
        taken = []
        for option in ("target", "groups"):
            wanted = options.get(option)
            if isinstance(wanted, int):
                parts[option] = table[:, wanted]
                taken.append(wanted % table.shape[1])
            elif wanted is not None:
                parts[option] = np.load(file.parent / wanted, allow_pickle=False)
        if taken == [table.shape[-1] - 1]:
            table = table[:, :-1]  # a view: a mapped file stays mapped
        elif taken:
            table = np.delete(table, taken, axis=1)
        return Dataset(X=table, y=parts.get("target"), groups=parts.get("groups"))


class SvmLight:
    """Sparse text files that carry their own target."""

    def wrong_option(self, option: str, _value: object) -> str | None:
        """Take neither."""
        return f"an svmlight file carries its own target, so {option} cannot be given"

    def check(self, file: Path, _options: Mapping[str, Any]) -> None:
        """Check that the first line of data begins with a label."""
        with file.open("rb") as stream:
            first = next((line for line in stream if line.split(b"#")[0].strip()), b"")[:4096]
        label = first.split()[0] if first.split() else b""
        try:
            [float(part) for part in label.split(b",")]
        except ValueError:
            raise DataFileError(f"{file} is not an svmlight file: no label at its start") from None

    def columns(self, _file: Path) -> tuple[str, ...] | None:
        """Return None: features are numbered."""
        return None

    def read(self, file: Path, _options: Mapping[str, Any]) -> Dataset:
        """Read the file as a sparse matrix and its labels."""
        from sklearn.datasets import load_svmlight_file

        X, y = load_svmlight_file(str(file))
        return Dataset(X=X, y=y)


FORMATS: dict[str, FileFormat] = {
    ".csv": Table(parquet=False),
    ".parquet": Table(parquet=True),
    ".npz": Npz(),
    ".npy": Npy(),
    ".svm": SvmLight(),
    ".svmlight": SvmLight(),
    ".libsvm": SvmLight(),
}


def _pandas(*, parquet: bool) -> ModuleType:
    """Return pandas, which reads csv by itself and parquet with pyarrow."""
    try:
        import pandas as pd

        if parquet:
            import pyarrow as pa  # noqa: F401
    except ImportError as error:
        raise DataFileError(
            f"reading {'parquet' if parquet else 'csv'} needs {error.name}, which is not installed",
            remedy="pip install pandas pyarrow (the extra `data` of sklpar)",
        ) from error
    return pd


def _require(name: str, names: Sequence[str], option: str, what: str) -> None:
    if name not in names:
        some = ", ".join(names[:20]) + (", ..." if len(names) > 20 else "")
        remedy = did_you_mean(name, names, otherwise=f"it has {some}")
        raise DataFileError(f"{name!r} is not a {what}", option=option, remedy=remedy)


def _npy_shape(stream: Any, what: str) -> tuple[int, ...]:
    """Return the shape in an npy header; arrays of Python objects would need a pickle."""
    from numpy.lib import format as npy

    try:
        version = npy.read_magic(stream)
        read = npy.read_array_header_1_0 if version == (1, 0) else npy.read_array_header_2_0
        shape, _, dtype = read(stream)
    except ValueError as error:
        raise DataFileError(f"{what} is not a numpy array: {error}") from error
    if dtype.hasobject:
        raise DataFileError(
            f"{what} holds Python objects, which are stored as a pickle; none is read",
            remedy="save numbers or fixed-length text",
        )
    return tuple(shape)
