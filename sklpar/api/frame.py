"""A report as a pandas DataFrame, one row for each setting."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from sklpar.errors import UsageError
from sklpar.model import Estimate, InnerThreads, Report, SettingReport, threads_text
from sklpar.render import sentence
from sklpar.render.rows import gain
from sklpar.store.document import MEASURES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    import pandas as pd


class NoPandasError(UsageError, ImportError):
    """A frame was asked for where there is no pandas."""


def frame(report: Report) -> pd.DataFrame:
    """Return the settings of a report as `sklpar.api.result.Result.to_frame` describes them."""
    try:
        import pandas as pd
    except ImportError as error:
        raise NoPandasError("to_frame needs pandas: pip install pandas") from error
    rows = report.settings
    index = pd.Index([row.id for row in rows], name="setting", dtype="object")
    columns = {
        name: pd.Series(values, index=index, dtype=dtype)
        for name, (dtype, values) in _columns(report, rows).items()
    }
    # Parameters may be anything: as narrow a type as their values allow.
    narrow = {
        name: column.convert_dtypes() if column.dtype == "object" else column
        for name, column in columns.items()
    }
    return pd.DataFrame(narrow, index=index)


def _columns(report: Report, rows: Sequence[SettingReport]) -> dict[str, tuple[Any, list[Any]]]:
    """Return each column's type and values, in order; None is what is missing."""
    recommendation = report.recommendation
    name, _ = sentence.minimized(report)
    chosen = recommendation.setting if recommendation else None
    tied = recommendation.tied if recommendation else ()
    return {
        "n_jobs": ("Int64", [row.n_jobs for row in rows]),
        "backend": ("string", [row.backend for row in rows]),
        "inner_threads": ("string", [_threads(row.inner_threads) for row in rows]),
        **_params(rows),
        "status": ("string", [row.status for row in rows]),
        "reason": ("string", [row.reason for row in rows]),
        "n": ("Int64", [_bounds(row, name).get("n") for row in rows]),
        **_measures(rows),
        **_three("speedup", [vars(gain(report, row)) for row in rows]),
        "recommended": ("bool", [row.id == chosen for row in rows]),
        "tied": ("bool", [row.id in tied for row in rows]),
        "findings": (
            "string",
            [", ".join(dict.fromkeys(one.rule for one in row.findings)) for row in rows],
        ),
    }


def _threads(inner: InnerThreads | None) -> str | None:
    return None if inner is None else threads_text(inner)


def _params(rows: Sequence[SettingReport]) -> dict[str, tuple[Any, list[Any]]]:
    """Return a column for each swept parameter, named as in scikit-learn's ``cv_results_``."""
    paths = dict.fromkeys(path for row in rows for path in row.params)
    return {f"param_{path}": ("object", [row.params.get(path) for row in rows]) for path in paths}


def _measures(rows: Sequence[SettingReport]) -> dict[str, tuple[Any, list[Any]]]:
    names = dict.fromkeys((*MEASURES, *(name for row in rows for name in row.measures)))
    return {
        key: column
        for name in names
        for key, column in _three(name, [_bounds(row, name) for row in rows]).items()
    }


def _three(name: str, found: Sequence[Mapping[str, Any]]) -> dict[str, tuple[Any, list[Any]]]:
    keys = {name: "median", f"{name}_low": "low", f"{name}_high": "high"}
    return {column: ("float64", [one.get(key) for one in found]) for column, key in keys.items()}


def _bounds(row: SettingReport, name: str) -> Mapping[str, Any]:
    measured = row.measures.get(name)
    return vars(measured) if isinstance(measured, Estimate) else {}
