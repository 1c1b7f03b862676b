"""A report as a pandas DataFrame, one row for each setting."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.errors import UsageError
from sklpar.model import Report
from sklpar.render.columns import columns

if TYPE_CHECKING:
    import pandas as pd

_TYPES = {
    "text": "string",
    "count": "Int64",
    "number": "float64",
    "flag": "bool",
    "any": "object",
}


class NoPandasError(UsageError, ImportError):
    """A frame was asked for where there is no pandas."""


def frame(report: Report) -> pd.DataFrame:
    """Return the settings of a report as `sklpar.api.result.Result.to_frame` describes them."""
    try:
        import pandas as pd
    except ImportError as error:
        raise NoPandasError("to_frame needs pandas: pip install pandas") from error
    index = pd.Index([row.id for row in report.settings], name="setting", dtype="object")
    series = {
        one.name: pd.Series(list(one.values), index=index, dtype=_TYPES[one.kind])
        for one in columns(report)
    }
    # Parameters may be anything: as narrow a type as their values allow.
    narrow = {
        name: column.convert_dtypes() if column.dtype == "object" else column
        for name, column in series.items()
    }
    return pd.DataFrame(narrow, index=index)
