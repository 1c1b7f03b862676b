"""Variables of the caller's environment that work against the job, or that nobody reads."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sklpar.analysis.case import Case
from sklpar.analysis.index import trials_of
from sklpar.host.environment import judge_environment
from sklpar.model import Finding, Inspection

RULE = "environment"


def environment(case: Case) -> Mapping[str, Sequence[Finding]]:
    """Tell of what as-written inherits; every other setting has thread variables of its own."""
    run = case.run
    if not trials_of(run, "as-written") or not _has_workers(run.inspection):
        return {}
    found = judge_environment(run.host.environment, run.host.usable_cpus)
    serious = [finding for finding in found if finding.severity != "info"]
    return {"as-written": serious} if serious else {}


def _has_workers(inspection: Inspection) -> bool:
    """Tell whether joblib has any part in the job: the variables are about its workers."""
    if inspection.is_callable or not inspection.layers:
        return inspection.is_callable or bool(inspection.n_jobs_paths)
    return any(
        layer.kind == "joblib"
        and layer.certain
        and not layer.ignored
        and layer.n_jobs_from != "openmp"
        for layer in inspection.layers
    )
