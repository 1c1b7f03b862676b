"""The setting that is to be brought into effect, and what of it goes into ``parallel_config``."""

from __future__ import annotations

from typing import Any

from sklpar.emit import FORMATS, pinned_from_report
from sklpar.model import PinnedFile, Report, Setting
from sklpar.spec.pinned import parse_pinned


def pinned_by_run(report: Report, *, usable_cpus: int) -> PinnedFile:
    """Return what a run recommends as if it had been emitted, and its file read.

    So a setting is the same from a run as from its file.

    Raises
    ------
    NoRecommendationError
        If the run recommends nothing.
    """
    text = FORMATS["yaml"](pinned_from_report(report))
    return parse_pinned(text, file=f"run {report.run_id}", usable_cpus=usable_cpus)


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
