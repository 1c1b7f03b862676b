"""What tells a job's data from other data: the shape of X, and a digest of a sample of it all.

The digest must cost next to nothing, so a fixed number of places is read however large the data
are; what changes between those places goes unseen. It is the same in every process.

No library is imported for it: one that the job did not load has made no object of the job's.
"""

from __future__ import annotations

import hashlib
import math
import mmap
import sys
from collections.abc import Iterator
from datetime import date, time, timedelta
from decimal import Decimal
from typing import Any

from sklpar.model import DataFacts

# Read of one array, in this many places spread evenly over its memory.
_BYTES = 1 << 18
_PLACES = 64
# Python objects looked at, of an array or a list, and characters of a text.
_OBJECTS = 1024
_CHARACTERS = 200
# Lists within a list that are opened, however long they are.
_OPENED = 64
# Of a frame as many rows as make so many cells, but no fewer than this.
_FRAME_COLUMNS = 256
_FRAME_CELLS = 1 << 13
_FRAME_ROWS = 32
# Bits of a float's mantissa that are left out; 16 remain, or about five digits. Data that pass
# through BLAS, such as make_classification's, differ in the last ones from machine to machine.
_IGNORED_BITS = {4: 7, 8: 36}
# Types whose text is the same in every process and with every release of their library.
_SCALARS = (str, bytes, bool, int, float, complex, Decimal, date, time, timedelta)


def data_facts(X: Any, *others: Any) -> DataFacts | None:
    """Return what tells data apart: arrays, data frames, sparse matrices, lists, or None.

    Parameters
    ----------
    X : array-like of shape (n_samples, ...)
        What the shape is taken from.
    *others
        What else goes into the digest, such as y.

    Returns
    -------
    DataFacts or None
        None where any of it is of another kind, or anything goes wrong: that is no failed trial.
    """
    try:
        digest = hashlib.sha256()
        for part in (X, *others):
            for piece in _pieces(part):
                digest.update(b"%d:" % len(piece))
                digest.update(piece)
        return DataFacts(shape=_shape(X), digest=digest.hexdigest()[:16])
    except Exception:  # noqa: BLE001  it has read foreign objects
        return None


def state_facts(state: Any) -> DataFacts | None:
    """Return what tells apart the data that a callable's setup returned: ``(X, y, ...)``.

    None where it returned anything but a tuple that begins with an X.
    """
    if not isinstance(state, tuple) or not state:
        return None
    return data_facts(*state[:2]) or data_facts(state[0])


def _shape(X: Any) -> tuple[int, ...]:
    if not isinstance(X, list | tuple):
        return tuple(int(length) for length in X.shape)
    first = X[0] if X else None
    return (len(X), len(first)) if isinstance(first, list | tuple) else (len(X),)


def _pieces(part: Any) -> Iterator[bytes]:
    if part is None:
        yield b"none"
    elif _is(part, "numpy", "ndarray"):
        yield from _array(part)
    elif _is(part, "pandas", "DataFrame"):
        yield from _frame(part)
    elif _is(part, "pandas", "Series"):
        yield from _frame(part.to_frame())
    elif _is(part, "scipy.sparse", "spmatrix") or _is(part, "scipy.sparse", "sparray"):
        yield from _sparse(part)
    elif isinstance(part, list | tuple):
        yield from _items(part, _OBJECTS)
    else:
        raise TypeError(type(part).__name__)


def _is(value: Any, module: str, name: str) -> bool:
    """Tell whether it is of a library's type, without loading the library."""
    kind = getattr(sys.modules.get(module), name, None)
    return kind is not None and isinstance(value, kind)


def _array(array: Any) -> Iterator[bytes]:
    """Read places that are spread over the array's memory, in its order, whatever its strides."""
    yield f"{array.dtype} {array.shape}".encode()
    kind, itemsize = array.dtype.kind, int(array.itemsize)
    is_plain = kind in "biuSUmM" or (kind in "fc" and itemsize <= (8 if kind == "f" else 16))
    cost = max(1, itemsize) if is_plain else max(itemsize, _BYTES // _OBJECTS)
    places = min(_PLACES, max(1, _BYTES // cost))
    read = _read(array, _spans(int(array.size), places, max(1, _BYTES // places // cost)))
    if is_plain:
        for values in read:
            yield (_rounded(values) if kind in "fc" else values).tobytes()
    else:  # objects, strings of any length, records, and floats with padding among their bytes
        yield from _items([item for values in read for item in values.tolist()], _OBJECTS)


def _read(array: Any, spans: list[tuple[int, int]]) -> list[Any]:
    axes = sorted(range(array.ndim), key=lambda axis: -abs(array.strides[axis]))
    flat = array.transpose(axes).flat
    mapped = _map_of(array)
    if mapped is None:
        return [flat[start:stop] for start, stop in spans]
    # Or the kernel reads around each place, up to some megabytes, from the disk.
    mapped.madvise(mmap.MADV_RANDOM)
    try:
        return [flat[start:stop] for start, stop in spans]
    finally:
        mapped.madvise(mmap.MADV_NORMAL)


def _map_of(array: Any) -> mmap.mmap | None:
    base = array
    while base is not None and not isinstance(base, mmap.mmap):
        base = getattr(base, "base", None)
    return base


def _spans(size: int, places: int, length: int) -> list[tuple[int, int]]:
    """Return where to read: everything, or `places` of which the first and last are the ends."""
    if size <= places * length:
        return [(0, size)]
    starts = [place * (size - length) // max(1, places - 1) for place in range(places)]
    return [(start, start + length) for start in starts]


def _rounded(values: Any) -> Any:
    """Return floats as whole numbers that keep 16 bits of the mantissa."""
    native = values.astype(values.dtype.newbyteorder("="), copy=False)
    size = native.itemsize // (2 if native.dtype.kind == "c" else 1)
    bits = native.view(f"u{size}")
    ignored = _IGNORED_BITS.get(size)
    return bits if ignored is None else (bits + (1 << (ignored - 1))) >> ignored


def _frame(frame: Any) -> Iterator[bytes]:
    """Read rows that are spread over the frame: of each type of column as of one array."""
    rows, columns = frame.shape
    column_step = max(1, math.ceil(columns / _FRAME_COLUMNS))
    # No more than are looked at: a text out of Arrow's memory is copied whole.
    kept = min(_OBJECTS, max(_FRAME_ROWS, _FRAME_CELLS * column_step // max(1, columns)))
    part = frame.iloc[:: max(1, math.ceil(rows / kept)), ::column_step]
    types = [str(dtype) for dtype in part.dtypes]
    yield f"frame {frame.shape}".encode()
    yield from _items(list(part.columns), _FRAME_COLUMNS)
    yield from _items(types, _FRAME_COLUMNS)
    for kind in dict.fromkeys(types):
        where = [index for index, dtype in enumerate(types) if dtype == kind]
        yield from _array(part.iloc[:, where].to_numpy())


def _sparse(matrix: Any) -> Iterator[bytes]:
    """Read the arrays that a format is made of."""
    yield f"{matrix.format} {matrix.shape}".encode()
    names = ("data", "indices", "indptr", "row", "col", "rows", "offsets")
    arrays = [
        array for name in names if _is(array := getattr(matrix, name, None), "numpy", "ndarray")
    ]
    if not arrays:
        raise TypeError(matrix.format)
    for array in arrays:
        yield from _array(array)


def _items(values: Any, room: int) -> Iterator[bytes]:
    """Read at most `room` items of a list, those of lists within it counted."""
    yield f"{type(values).__name__} of {len(values)}".encode()
    first = _opened(values[0], room) if values else None
    # Of lists within it many short ones are opened, or few long ones.
    most = room if first is None else min(room, max(_OPENED, room // max(1, len(first))))
    chosen = values[:: max(1, math.ceil(len(values) / most))]
    room = max(1, room // max(1, len(chosen)))
    for value in chosen:
        inner = _opened(value, room)
        if inner is None:
            yield _text(value).encode("utf-8", "surrogatepass")
        else:
            yield from _items(inner, room)


def _opened(value: Any, room: int) -> list[Any] | tuple[Any, ...] | None:
    """Return what a container holds, of an array its first items; None for anything else."""
    if isinstance(value, _SCALARS):
        return None
    if isinstance(value, list | tuple):
        return value
    if isinstance(value, dict):
        return list(value.items())
    if _is(value, "numpy", "ndarray"):
        return [str(value.dtype), str(value.shape), *value.flat[:room].tolist()]
    return None


def _text(value: Any) -> str:
    """Return a scalar's text; that of an unknown object may hold its address, so it is refused."""
    if _is(value, "numpy", "generic"):
        value = value.item()
    kind = type(value).__name__
    if isinstance(value, str | bytes):
        return f"{kind} {len(value)} {value[:_CHARACTERS]!r}"
    is_numpy = _is(value, "numpy", "generic")  # a float that Python has no type for
    is_pandas = type(value).__module__.startswith("pandas.")  # NA, a period, an interval
    if value is None or isinstance(value, _SCALARS) or is_numpy or is_pandas:
        return f"{kind} {value}"
    raise TypeError(kind)
