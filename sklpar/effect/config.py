"""What of a setting goes into ``joblib.parallel_config``."""

from __future__ import annotations

from typing import Any

from sklpar.model import Setting


def config_arguments(setting: Setting) -> dict[str, Any]:
    """Return the arguments of the ``parallel_config`` that a setting is applied by.

    Here n_jobs is among them even where the measured estimator carried it as a parameter: the
    program's own estimators cannot be reached, and those that leave n_jobs at None take this one.

    Returns
    -------
    dict
        ``backend``, and where they are set ``n_jobs`` and ``inner_max_num_threads``; empty for
        as-written, of which nothing is to be applied.
    """
    if setting.backend is None:
        return {}
    arguments: dict[str, Any] = {"backend": setting.backend}
    if setting.n_jobs is not None:
        arguments["n_jobs"] = setting.n_jobs
    # loky fills in each thread variable that is not set, whatever the caller's environment says
    # by then; on every other backend the argument is an AssertionError.
    if setting.backend == "loky" and isinstance(setting.inner_threads, int):
        arguments["inner_max_num_threads"] = setting.inner_threads
    return arguments
