"""Reading the thread pools after the fits, in the trial and in its very workers."""

from __future__ import annotations

import os
import time
import uuid
from pathlib import Path
from typing import Any

from sklpar.backends import BACKENDS
from sklpar.host.pools import loaded_pools
from sklpar.model import Setting

# Workers that have not all met after this long will not meet: some are gone or busy.
_RENDEZVOUS_S = 10.0


def pools_of_workers(
    setting: Setting, n_jobs: int, config_n_jobs: int | None, folder: str
) -> list[list[dict[str, Any]]]:
    """Return the pools of each worker of the backend that has just fitted.

    The call is made under the configuration of the fit: a different one would have loky start
    new workers, which prove nothing about those that worked. Each task waits until every worker
    holds one, or a single worker would answer for all.

    Parameters
    ----------
    n_jobs : int
        Workers of the outermost parallel call.
    folder : str
        Where the tasks meet; must exist.
    """
    from joblib import Parallel, delayed

    backend = BACKENDS[setting.backend or "sequential"]
    meeting = Path(folder) / uuid.uuid4().hex
    meeting.mkdir()
    with backend.context(n_jobs=config_n_jobs, inner_threads=setting.inner_threads):
        answers: list[list[dict[str, Any]]] = Parallel(n_jobs=n_jobs)(
            delayed(_meet)(str(meeting), n_jobs) for _ in range(n_jobs)
        )
    return answers


def _meet(meeting: str, n_jobs: int) -> list[dict[str, Any]]:
    (Path(meeting) / f"{os.getpid()}-{uuid.uuid4().hex}").touch()
    deadline = time.monotonic() + _RENDEZVOUS_S
    while len(os.listdir(meeting)) < n_jobs:  # noqa: PTH208
        if time.monotonic() > deadline:
            msg = f"only {len(os.listdir(meeting))} of {n_jobs} workers met"  # noqa: PTH208
            raise TimeoutError(msg)
        time.sleep(0.002)
    return loaded_pools()
