"""Python threads of the calling process: nothing is copied, the GIL is shared."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import AbstractContextManager
from typing import Any

from sklpar.model import InnerThreads


class Threading:
    """joblib's ThreadingBackend. It sets no inner cap: the environment has to."""

    name = "threading"
    in_process = True
    workers_stay = True

    def unavailable(self, environ: Mapping[str, str]) -> str | None:  # noqa: ARG002
        """Threads are always to be had."""
        return None

    def context(
        self,
        *,
        n_jobs: int | None,
        inner_threads: InnerThreads | None,  # noqa: ARG002
    ) -> AbstractContextManager[Any]:
        """Leave the cap to the environment: ``inner_max_num_threads`` is an AssertionError here."""
        from joblib import parallel_config

        config: AbstractContextManager[Any] = parallel_config(backend="threading", n_jobs=n_jobs)
        return config
