"""Worker processes forked for each call: they inherit the pools of the parent, locks included."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from sklpar.backends.processes import no_processes
from sklpar.model import InnerThreads


class Multiprocessing:
    """joblib's MultiprocessingBackend."""

    name = "multiprocessing"
    in_process = False
    workers_stay = False

    def unavailable(self, environ: Mapping[str, str]) -> str | None:
        """Without process support joblib would quietly run one job."""
        return no_processes(environ)

    def context(
        self,
        *,
        n_jobs: int | None,
        inner_threads: InnerThreads | None,  # noqa: ARG002
    ) -> AbstractContextManager[Any]:
        """Leave the cap to the environment: ``inner_max_num_threads`` is an AssertionError here."""
        from joblib import parallel_config

        config: AbstractContextManager[Any] = parallel_config(
            backend="multiprocessing", n_jobs=n_jobs
        )
        return config
