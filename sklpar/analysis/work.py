"""Which settings do the same work, so that their times can be held against each other."""

from __future__ import annotations

from typing import Any

from sklpar.model import Run, SettingReport

# Parameters that say how the work is shared out, not what it is.
_SHARING = ("n_jobs", "pre_dispatch")


def work_of(run: Run, row: SettingReport) -> dict[str, Any]:
    """Return the params by which a setting's work is another than serial's; empty where it is not.

    A sweep over another solver is one over other work: whoever is quicker or leaner at it is no
    better at running it in parallel.
    """
    sharing = run.inspection.serial_params
    return {
        path: value
        for path, value in row.params.items()
        if path not in sharing and path.rsplit("__", 1)[-1] not in _SHARING
    }
