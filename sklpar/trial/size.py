"""How much memory a job's data takes."""

from __future__ import annotations

from typing import Any

# Rows of a data frame whose Python objects are weighed one by one; the rest is taken to be alike.
_ROWS = 1000


def data_bytes(X: Any) -> int | None:
    """Return the size of X in memory: an array, a sparse matrix of rows or columns, or a frame.

    None for what is none of these.
    """
    if hasattr(X, "memory_usage"):
        return _frame_bytes(X)
    if hasattr(X, "indptr"):
        return int(X.data.nbytes + X.indices.nbytes + X.indptr.nbytes)
    size = getattr(X, "nbytes", None)
    return size if isinstance(size, int) else None


def _frame_bytes(frame: Any) -> int:
    """Weigh the columns, and what they point to in a sample of the rows.

    To ask every Python object of a long frame for its size would take longer than many a fit.
    """
    whole = int(frame.memory_usage().sum())
    rows = frame.iloc[:: max(1, len(frame) // _ROWS)]
    # A category is pointed to by many rows, and weighs next to nothing.
    rows = rows.loc[:, [dtype.name != "category" for dtype in rows.dtypes]]
    if not rows.size:
        return whole
    beyond = rows.memory_usage(deep=True, index=False) - rows.memory_usage(index=False)
    return whole + int(beyond.sum() * len(frame) / len(rows))
