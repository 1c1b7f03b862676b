"""What the backends with worker processes have in common."""

from __future__ import annotations

from collections.abc import Mapping


def no_processes(environ: Mapping[str, str]) -> str | None:
    """Return why joblib would refuse worker processes, or None.

    joblib reads JOBLIB_MULTIPROCESSING once, at import, and 0 makes every process backend run
    one job without saying so.
    """
    value = environ.get("JOBLIB_MULTIPROCESSING", "1")
    if value.strip() == "0":
        return "JOBLIB_MULTIPROCESSING=0 makes joblib run one job in place of worker processes"
    return None
