"""No workers: joblib's calls run one after the other in the calling thread."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from sklpar.model import InnerThreads


class Sequential:
    """joblib's SequentialBackend."""

    name = "sequential"
    in_process = True
    workers_stay = True

    def unavailable(self, environ: Mapping[str, str]) -> str | None:  # noqa: ARG002
        """Nothing can keep it from running."""
        return None

    def context(
        self,
        *,
        n_jobs: int | None,
        inner_threads: InnerThreads | None,  # noqa: ARG002
    ) -> AbstractContextManager[Any]:
        """One job, whatever is asked."""
        from joblib import parallel_config

        config: AbstractContextManager[Any] = parallel_config(
            backend="sequential", n_jobs=None if n_jobs is None else 1
        )
        return config
