"""``path: churn.csv``: csv, parquet, npz, npy and svmlight files, by their suffix."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

from sklpar.errors import Problem
from sklpar.sources.files import FORMATS, DataFileError
from sklpar.sources.interface import Dataset, Resolve
from sklpar.sources.suggest import one_of

if TYPE_CHECKING:
    from collections.abc import Mapping

_NAME_OR_INDEX = {"type": ["string", "integer"]}


class PathSource:
    """Data in a local file; relative paths are relative to the spec's folder."""

    value_schema: Mapping[str, Any] = {
        "type": "string",
        "minLength": 1,
        "description": f"A local file: {', '.join(FORMATS)}. Relative to the spec's folder.",
    }
    options: Mapping[str, Mapping[str, Any]] = {
        "target": {
            "anyOf": [_NAME_OR_INDEX, {"type": "array", "items": {"type": "string"}}],
            "description": "y: a column (csv, parquet; a list for several outputs), a key (npz), "
            "a column index or a second .npy file (npy).",
        },
        "groups": {
            **_NAME_OR_INDEX,
            "description": "groups, passed to fit: named as target is, and left out of X.",
        },
        "sample": {
            "type": "integer",
            "minimum": 1,
            "description": "At most this many rows, chosen with seed 0, in their order.",
        },
        "mmap": {"const": "r", "description": "Map the npy file instead of reading it."},
    }
    open_options = False

    def shape(self, options: Mapping[str, Any]) -> list[Problem]:
        """Check the suffix and the options that this format takes."""
        path = options["path"]
        if not isinstance(path, str) or not path.strip():
            message = f"expected the name of a local file, got {path!r}"
            return [Problem(message=message, path=("path",))]
        if "://" in path:
            message = f"{path!r} is an address; only local files are read"
            remedy = "download it first"
            return [Problem(message=message, remedy=remedy, path=("path",))]
        suffix = Path(path).suffix.lower()
        if suffix in (".pkl", ".pickle", ".joblib"):
            message = "a pickle can run any code when it is read, so none is read"
            remedy = "save the data as npz or parquet"
            return [Problem(message=message, remedy=remedy, path=("path",))]
        if suffix not in FORMATS:
            message = f"cannot tell the format of {path!r} by its suffix"
            return [Problem(message=message, remedy=one_of(FORMATS), path=("path",))]
        return _option_problems(options, suffix)

    def header(self, options: Mapping[str, Any], folder: str, _resolve: Resolve) -> list[Problem]:
        """Check that the file is there and that its header holds what is named."""
        file = Path(folder, options["path"])
        try:
            if not file.exists():
                message, remedy = f"there is no file {file}", "check the path"
                return [Problem(message=message, remedy=remedy, path=("path",))]
            if not file.is_file():
                return [Problem(message=f"{file} is not a regular file", path=("path",))]
            FORMATS[file.suffix.lower()].check(file, options)
        except DataFileError as problem:
            return [Problem(message=str(problem), remedy=problem.remedy, path=(problem.option,))]
        except Exception as error:  # noqa: BLE001  a damaged file breaks its reader anywhere
            what = f"cannot read {file}: {type(error).__name__}: {error}"
            return [Problem(message=what[:400], remedy="is it damaged?", path=("path",))]
        return []

    def columns(self, options: Mapping[str, Any], folder: str) -> tuple[str, ...] | None:
        """Return the column names of X of a csv or parquet file."""
        file = Path(folder, options["path"])
        names = FORMATS[file.suffix.lower()].columns(file)
        if names is None:
            return None
        target = options.get("target")
        taken = {options.get("groups"), *(target if isinstance(target, list) else [target])}
        return tuple(name for name in names if name not in taken)

    def load(self, options: Mapping[str, Any], folder: str, _resolve: Resolve) -> Dataset:
        """Read the file, and keep `sample` of its rows."""
        file = Path(folder, options["path"])
        data = FORMATS[file.suffix.lower()].read(file, options)
        wanted = options.get("sample")
        return data if wanted is None else _sample(data, wanted)


def _option_problems(options: Mapping[str, Any], suffix: str) -> list[Problem]:
    problems = []
    sample = options.get("sample", 1)
    if isinstance(sample, bool) or not isinstance(sample, int) or sample < 1:
        message = f"sample must be a whole number of rows, 1 or more, got {sample!r}"
        problems.append(Problem(message=message, path=("sample",)))
    if "mmap" in options and (options["mmap"] != "r" or suffix != ".npy"):
        message = "mmap is for npy files, and the one mode is r"
        problems.append(Problem(message=message, path=("mmap",)))
    problems += [
        Problem(message=wrong, path=(option,))
        for option in ("target", "groups")
        if option in options and (wrong := FORMATS[suffix].wrong_option(option, options[option]))
    ]
    if "target" in options and options["target"] == options.get("groups"):
        message = f"target and groups are both {options['target']!r}"
        problems.append(Problem(message=message, remedy="name two columns", path=("groups",)))
    return problems


def _sample(data: Dataset, wanted: int) -> Dataset:
    import numpy as np

    rows = data.X.shape[0]
    if wanted >= rows:
        return data
    chosen = np.sort(np.random.default_rng(0).choice(rows, size=wanted, replace=False))

    def take(values: Any) -> Any:
        if values is None:
            return None
        return values.iloc[chosen] if hasattr(values, "iloc") else values[chosen]

    return Dataset(X=take(data.X), y=take(data.y), groups=take(data.groups))
