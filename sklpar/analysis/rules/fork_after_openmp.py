"""Forked workers hang once their parent has run an OpenMP region of more than one thread."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

from sklpar.analysis.case import Case
from sklpar.analysis.factors import uses_processes
from sklpar.analysis.samples import failures_of
from sklpar.analysis.thresholds import HANGING_CPU
from sklpar.model import Caps, Failure, Finding, Fit, Host, Layer, Reading, SettingReport

RULE = "fork_after_openmp"

_CURE = (
    "use backend: loky, which does not fork; or inner_threads: 1 (OMP_NUM_THREADS=1); or "
    "JOBLIB_START_METHOD=spawn with a guard if __name__ == '__main__'"
)


def fork_after_openmp(case: Case) -> Mapping[str, Sequence[Finding]]:
    """Tell of multiprocessing rows that hung, and of those that may with the next fit."""
    if not _forks(case.run.host) or case.run.host.usable_cpus == 1:
        return {}
    findings = {}
    for row in case.rows:
        if row.backend == "multiprocessing" and (reaches := _reaches(case, row)):
            found = _hung(case, row) or _risk(case, row, reaches)
            if found is not None:
                findings[row.id] = [found]
    return findings


def _forks(host: Host) -> bool:
    """Tell whether joblib's multiprocessing forks: Python 3.14 prefers a server of its own."""
    method = host.environment.get("JOBLIB_START_METHOD", "").strip()
    if method:
        return method == "fork"
    parts = host.versions.get("python", "").split(".")
    return [int(part) for part in parts[:2] if part.isdecimal()] < [3, 14]


def _reaches(case: Case, row: SettingReport) -> Literal["certain", "possible", ""]:
    """Tell whether the job runs OpenMP regions of more than one thread under this cap."""
    inspection, inner = case.run.inspection, row.inner_threads
    cap = inner.openmp if isinstance(inner, Caps) else inner
    layers = [layer for layer in inspection.layers if _wide(layer, row, capped=cap == 1)]
    if any(layer.certain for layer in layers):
        return "certain"
    known = inspection.layers and not inspection.is_callable
    has_pool = any(pool.user_api == "openmp" for pool in inspection.pools)
    if layers or (not known and has_pool and cap != 1):
        return "possible"
    return ""


def _wide(layer: Layer, row: SettingReport, *, capped: bool) -> bool:
    if layer.kind == "own":  # no cap reaches it but its own parameter
        return bool(row.resolved.get(layer.parameter or "", layer.as_written) != 1)
    return layer.kind == "openmp" and not capped


def _hung(case: Case, row: SettingReport) -> Finding | None:
    for failure in failures_of(case.run, row.id):
        if failure.unfinished is not None and _is_idle(failure.unfinished):
            return Finding(
                rule=RULE,
                severity="error",
                evidence={
                    "stopped_after_s": failure.cut_off_s,
                    "hanging_cpu_s": _value(failure.unfinished, "cpu_s"),
                    "fits_before": len(failure.fits),
                },
                advice=f"the workers hang{_when(failure)}: forked after OpenMP ran in "
                "their parent (a refit, a predict), they wait for threads that only it has: "
                f"{_CURE}",
            )
    return None


def _risk(case: Case, row: SettingReport, reaches: str) -> Finding | None:
    """Tell of a setting that did not hang yet: one after OpenMP's first use does."""
    found = case.evidence.get(row.id)
    if reaches != "certain" or found is None or not uses_processes(found, row):
        return None
    owner = next(
        layer.owner for layer in case.run.inspection.layers if layer.kind in {"openmp", "own"}
    )
    return Finding(
        rule=RULE,
        severity="warning",
        evidence={
            "fits_that_ended": sum(len(o.fits) for o in case.run.outcomes if o.setting == row.id),
            "openmp_of": owner,
        },
        advice=f"multiprocessing forks its workers, and {owner} uses OpenMP: a fit after any "
        f"predict, refit or other OpenMP work in the same process hangs forever: {_CURE}",
    )


def _when(failure: Failure) -> str:
    return f" from fit {len(failure.fits) + 1} on" if failure.fits else ""


def _is_idle(fit: Fit) -> bool:
    wall_s, cpu_s = _value(fit, "wall_s"), _value(fit, "cpu_s")
    return wall_s is not None and cpu_s is not None and cpu_s < HANGING_CPU * wall_s


def _value(fit: Fit, quantity: str) -> float | None:
    reading = fit.readings.get(quantity)
    return reading.value if isinstance(reading, Reading) else None
