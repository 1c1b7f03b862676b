"""A job that outgrows any memory limit, but only under threads; it takes no time to load."""

from __future__ import annotations

from joblib.parallel import get_active_backend


def fit(_: object = None) -> float:
    backend, _n_jobs = get_active_backend()
    size = 1_600_000_000 if type(backend).__name__ == "ThreadingBackend" else 1
    return float((b"x" * size)[0])
