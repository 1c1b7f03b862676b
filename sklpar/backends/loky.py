"""Worker processes that are kept and reused between calls."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from sklpar.backends.processes import no_processes
from sklpar.model import InnerThreads


class Loky:
    """joblib's LokyBackend."""

    name = "loky"
    in_process = False
    workers_stay = True

    def unavailable(self, environ: Mapping[str, str]) -> str | None:
        """Without process support joblib would quietly run one job."""
        return no_processes(environ)

    def context(
        self, *, n_jobs: int | None, inner_threads: InnerThreads | None
    ) -> AbstractContextManager[Any]:
        """Give an int cap a second time: here it beats loky's own ``cpu_count // n_jobs``."""
        from joblib import parallel_config

        cap = {"inner_max_num_threads": inner_threads} if isinstance(inner_threads, int) else {}
        config: AbstractContextManager[Any] = parallel_config(backend="loky", n_jobs=n_jobs, **cap)
        return config
