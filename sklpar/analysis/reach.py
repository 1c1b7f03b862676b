"""Why a knob reaches nothing in a job: from its layers, as they were found without a fit."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from sklpar.analysis.case import Case
from sklpar.model import Layer, SettingReport

_KINDS = {"openmp": "OpenMP threads", "blas": "BLAS threads"}
_IGNORED = "'n_jobs' has no effect"


def why_no_effect(axis: str, case: Case, settings: Iterable[str]) -> str | None:
    """Return in words why an axis changed nothing, None where the layers do not tell.

    Parameters
    ----------
    axis : str
        ``n_jobs``, ``backend``, ``inner_threads`` or a path of set_params.
    settings : iterable of str
        Ids of the settings that came out the same.
    """
    inspection = case.run.inspection
    if inspection.is_callable or not inspection.layers:
        return None
    if axis == "n_jobs" or axis.rpartition("__")[2] == "n_jobs":
        paths = inspection.n_jobs_paths if axis == "n_jobs" else (axis,)
        return _of_n_jobs(case, paths)
    if axis == "backend":
        chosen = set(settings)
        return _of_backend(case, [row for row in case.rows if row.id in chosen])
    return _of_caps(case) if axis == "inner_threads" else None


def _of_n_jobs(case: Case, paths: Iterable[str]) -> str | None:
    wanted = set(paths)
    carriers = [one for one in case.run.inspection.layers if one.parameter in wanted]
    if not carriers or not all(layer.ignored for layer in carriers):
        return None
    owners = ", ".join(dict.fromkeys(layer.owner for layer in carriers))
    warned = any(_IGNORED in text for one in case.run.outcomes for text in one.warnings)
    aside = " and warns wherever it is set, as this sweep does" if warned else ""
    return f"{owners} has an n_jobs that its fit does not read{aside}"


def _of_backend(case: Case, rows: list[SettingReport]) -> str | None:
    calls = list(_joblib_in_fit(case))
    if not calls:
        return _native(case)
    bound = [layer for layer in calls if layer.require == "sharedmem" or layer.backend]
    if len(bound) == len(calls):
        owners = ", ".join(dict.fromkeys(layer.owner for layer in bound))
        return f"{owners} names its own backend, or asks for shared memory: only threads will do"
    if rows and all(row.observed is not None and not row.observed.workers for row in rows):
        return "none of these settings had more than one worker, and a backend is for workers"
    return None


def _joblib_in_fit(case: Case) -> Iterator[Layer]:
    """Yield the calls that share out the work; one that only OpenMP's count sizes is none."""
    for layer in case.run.inspection.layers:
        is_call = layer.kind == "joblib" and layer.certain and not layer.ignored
        if is_call and layer.n_jobs_from != "openmp" and (layer.place or "fit" in layer.methods):
            yield layer


def _native(case: Case) -> str | None:
    layers = [one for one in case.run.inspection.layers if one.certain and "fit" in one.methods]
    own = next((layer for layer in layers if layer.kind == "own"), None)
    if own is not None:
        return f"{own.owner} works in threads of its own, which no backend changes"
    for kind, words in _KINDS.items():
        found = next((layer for layer in layers if layer.kind == kind), None)
        if found is not None:
            return (
                f"{found.owner} works in {words}, which no backend changes, loky no more than the "
                "others, whatever tutorials say (inner_threads is the knob)"
            )
    return None


def _of_caps(case: Case) -> str | None:
    inspection = case.run.inspection
    native = [layer for layer in inspection.layers if layer.kind != "joblib"]
    if not native and not any(part.note for part in inspection.parts):
        return "nothing in it was found to use OpenMP or BLAS threads"
    own = [layer for layer in native if layer.kind == "own" and layer.parameter]
    if own and len(own) == len(native):
        return f"only {own[0].parameter} sets the threads of {own[0].owner}"
    return None
