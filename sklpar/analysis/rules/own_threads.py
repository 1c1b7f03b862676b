"""A package's own pool of threads that no cap of the environment reaches."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sklpar.analysis.case import Case
from sklpar.analysis.index import trials_of
from sklpar.model import Caps, Finding, Layer, Pool, SettingReport

RULE = "own_threads"


def own_threads(case: Case) -> Mapping[str, Sequence[Finding]]:
    """Tell of settings whose cap was broken by an estimator that counts its threads itself.

    LightGBM is the best known: with n_jobs unset it passes OpenMP the number of cores, in every
    worker, whatever the seven variables say.
    """
    found = {row.id: own_threads_of(case, row) for row in case.rows}
    return {setting: [one] for setting, one in found.items() if one}


def own_threads_of(case: Case, row: SettingReport) -> Finding | None:
    """Return the finding on one setting, None where its caps held or broke for another reason."""
    if not is_violated(case, row) or pools_above(row):
        return None  # where the pools themselves were widened, nobody passed a count of his own
    owner, path = _own(case, row)
    if path is None:
        return None
    return Finding(
        rule=RULE,
        severity="warning",
        evidence={**thread_counts(row), "parameter": path},
        advice=f"{owner} brings its own threads and counts them itself, in every worker, so no "
        f"*_NUM_THREADS variable caps them, nor does loky: set {path} to 1 (sweep.params: "
        f"{{{path}: [1]}}), or OMP_THREAD_LIMIT=1 in the environment",
    )


def is_violated(case: Case, row: SettingReport) -> bool:
    """Tell whether any trial of the setting ran more threads than its cap."""
    return any(
        outcome.status == "not_as_requested"
        or (outcome.observed is not None and outcome.observed.caps == "violated")
        for outcome in trials_of(case.run, row.id)
    )


def pools_above(row: SettingReport) -> list[Pool]:
    """Return the native pools that were read to be wider than the cap."""
    pools = row.observed.pools if row.observed else ()
    inner = row.inner_threads
    if isinstance(inner, Caps):
        caps = {"blas": inner.blas}
        return [pool for pool in pools if pool.num_threads > caps.get(pool.user_api, inner.openmp)]
    return [pool for pool in pools if pool.num_threads > cap_of(row)]


def cap_of(row: SettingReport) -> int:
    """Return the cap that was asked for, the larger of two; only such a setting can break one."""
    inner = row.inner_threads
    if isinstance(inner, Caps):
        return max(inner.blas, inner.openmp)
    return inner if isinstance(inner, int) else 1


def thread_counts(row: SettingReport) -> dict[str, int | None]:
    """Return the numbers that show a cap to be broken."""
    observed = row.observed
    return {
        "cap": cap_of(row),
        "busy_threads": observed.busy_threads if observed else None,
        "process_count": observed.processes if observed else None,
    }


def _own(case: Case, row: SettingReport) -> tuple[str, str | None]:
    """Return whose threads they are and the parameter that sets them, None where none is known."""
    inspection = case.run.inspection
    for layer in inspection.layers:
        if layer.kind == "own" and layer.parameter and _value(row, layer) != 1:
            return layer.owner, layer.parameter
    if inspection.layers or not inspection.opaque:
        return "", None
    inner = [path for path in inspection.serial_params if path not in inspection.n_jobs_paths]
    unset = [path for path in inner if row.resolved.get(path) != 1]
    return "the innermost estimator", max(unset, key=lambda path: path.count("__"), default=None)


def _value(row: SettingReport, layer: Layer) -> object:
    return row.resolved.get(layer.parameter or "", layer.as_written)
