"""What is known by name of code that is not read: linear algebra, pools, numbers of threads."""

from __future__ import annotations

import inspect
from collections.abc import Mapping
from typing import Any

from sklpar.spec.layers.values import Known, Value

_THREADS = ("n_threads", "num_threads", "nthreads")
_NO_DECOMPOSITION = ("norm", "get_blas_funcs", "get_lapack_funcs", "toeplitz")
_PRODUCTS = ("dot", "matmul", "inner", "tensordot")
# Whoever gets a value here does nothing in parallel with it.
_HARMLESS = frozenset({"builtins", "warnings", "logging", "numbers", "numpy", "math"})


def name_of(it: Any) -> str:
    """Return the full name of a function or class, C's underscores left out."""
    module = getattr(it, "__module__", None) or ""
    return f"{module}.{getattr(it, '__name__', '')}".strip("._")


def is_harmless(it: Any) -> bool:
    """Tell what does nothing in parallel with the values that it is given."""
    return name_of(it).partition(".")[0] in _HARMLESS


def blas_kind(it: Any) -> bool | None:
    """Return whether a function is linear algebra: True surely threaded, False perhaps, None no."""
    module = str(getattr(it, "__module__", None) or "")
    name = getattr(it, "__name__", "")
    if module.startswith(("numpy.linalg", "scipy.linalg")):
        return None if name in _NO_DECOMPOSITION else True
    if module.startswith("scipy.sparse.linalg") or (module == "numpy" and name in _PRODUCTS):
        return False
    return None


def makes_workers(it: Any) -> bool:
    """Tell the standard library's own pools."""
    root = str(getattr(it, "__module__", "")).partition(".")[0]
    name = getattr(it, "__name__", "")
    if root == "concurrent":
        return bool(name.endswith("PoolExecutor"))
    return root == "multiprocessing" and name in ("Pool", "ThreadPool")


def has_one_thread(it: Any, kwargs: Mapping[str, Value]) -> bool:
    """Tell whether native code that can be told the number of threads was told 1."""
    for name in _THREADS:
        if name in kwargs:
            value = kwargs[name]
            return isinstance(value, Known) and type(value.it) is int and value.it == 1
    try:
        parameters = inspect.signature(it).parameters
    except (TypeError, ValueError):
        return False
    return any(parameters[name].default == 1 for name in _THREADS if name in parameters)
