"""What sklpar must know about a joblib backend to run a trial under it."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

from sklpar.model import InnerThreads


class Backend(Protocol):
    """One joblib backend. Implementations are stateless; joblib is imported in children only."""

    name: str
    # True where the workers are threads of the calling process.
    in_process: bool
    # True where the workers outlive the fit, so that their pools can be read after it.
    workers_stay: bool

    def unavailable(self, environ: Mapping[str, str]) -> str | None:
        """Return why the backend cannot run here, or None."""

    def context(
        self, *, n_jobs: int | None, inner_threads: InnerThreads | None
    ) -> AbstractContextManager[Any]:
        """Return the ``joblib.parallel_config`` to fit under.

        Parameters
        ----------
        n_jobs : int or None
            Only for a callable. An estimator carries its own: given here as well, it would leak
            into nested calls whose n_jobs is None.
        inner_threads : int, Caps, "default" or None
            The cap per worker. The environment carries it; loky is told again, because it fills
            in every variable that is not set with ``cpu_count // n_jobs``.
        """
