"""The seven variables that size native thread pools, and the environment of a capped process.

They are read once, when a library is loaded, so they only hold in a fresh process; and each
library has its own, so all seven are set: loky fills in whichever is missing.
"""

from __future__ import annotations

from collections.abc import Mapping

from sklpar.model import Caps, InnerThreads

BLAS_VARIABLES = (
    "OPENBLAS_NUM_THREADS",
    "MKL_NUM_THREADS",
    "BLIS_NUM_THREADS",
    "VECLIB_MAXIMUM_THREADS",
)
# numba and numexpr have pools of their own; they fill the CPUs with loops, as OpenMP does.
OPENMP_VARIABLES = ("OMP_NUM_THREADS", "NUMBA_NUM_THREADS", "NUMEXPR_NUM_THREADS")
THREAD_VARIABLES = (*OPENMP_VARIABLES, *BLAS_VARIABLES)


def thread_variables(inner: int | Caps) -> dict[str, str]:
    """Return the seven variables that hold a cap, each with its number of threads."""
    caps = inner if isinstance(inner, Caps) else Caps(blas=inner, openmp=inner)
    return {
        **dict.fromkeys(OPENMP_VARIABLES, str(caps.openmp)),
        **dict.fromkeys(BLAS_VARIABLES, str(caps.blas)),
    }


def thread_environment(inner: InnerThreads | None, environ: Mapping[str, str]) -> dict[str, str]:
    """Return the environment in which a process runs with a cap.

    Parameters
    ----------
    inner : int, Caps, "default" or None
        Threads per process; ``default`` removes all seven variables, None (as-written) leaves
        them as they are.
    environ : mapping
        The environment to begin with; it is not changed.
    """
    if inner is None:
        return dict(environ)
    kept = {name: value for name, value in environ.items() if name not in THREAD_VARIABLES}
    return kept if inner == "default" else {**kept, **thread_variables(inner)}
