"""The native thread pools of the calling process; read in children only."""

from __future__ import annotations

from pathlib import Path
from typing import Any


def loaded_pools() -> list[dict[str, Any]]:
    """Return each native pool as the fields of `sklpar.model.Pool`, as the calling thread sees it.

    OpenMP keeps a number of threads for each thread: ask in the one that does the work. Only what
    has been imported by now is there.
    """
    from threadpoolctl import threadpool_info

    return [
        {
            "user_api": str(pool["user_api"]),
            "internal_api": str(pool["internal_api"]),
            "num_threads": int(pool["num_threads"]),
            "version": pool.get("version"),
            "threading_layer": pool.get("threading_layer"),
            "library": Path(str(pool.get("filepath", ""))).name,
        }
        for pool in threadpool_info()
    ]
