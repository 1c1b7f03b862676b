"""Large arrays reach worker processes as read-only memory maps."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence

from sklpar.analysis.case import Case
from sklpar.analysis.factors import uses_processes
from sklpar.analysis.products import PROCESSES
from sklpar.analysis.samples import failures_of
from sklpar.analysis.thresholds import MAPPED_BYTES
from sklpar.model import Finding, SettingReport

RULE = "readonly_memmap"

# numpy's words, and Cython's for a typed buffer; a read-only file system is another matter.
_SAYS_SO = re.compile(r"(array|destination|source) is read-only|WRITEABLE|read-only (array|buffer)")
_BACKENDS = (*PROCESSES, None)
_CURE = (
    "copy before writing (check_array(X, copy=True)), or fit under "
    "joblib.parallel_config(backend=..., mmap_mode='c'), a map that each worker may write to, or "
    "max_nbytes=None, no map at all"
)


def readonly_memmap(case: Case) -> Mapping[str, Sequence[Finding]]:
    """Tell of rows that failed for it, and of rehearsals too small to show it."""
    findings = {}
    for row in case.rows:
        found = _failed(case, row) or _hidden(case, row)
        if found is not None:
            findings[row.id] = [found]
    return findings


def _reason(case: Case, setting: str) -> str | None:
    for failure in failures_of(case.run, setting):
        if _SAYS_SO.search(failure.reason):
            return failure.reason
    return None


def _failed(case: Case, row: SettingReport) -> Finding | None:
    reason = _reason(case, row.id)
    # What fails in one process as well was read-only before it came to a worker.
    if reason is None or row.backend not in _BACKENDS or _reason(case, "serial"):
        return None
    return Finding(
        rule=RULE,
        severity="error",
        evidence={
            "error": reason,
            "data_bytes": _data_bytes(case, row),
            "mapped_from_bytes": MAPPED_BYTES,
        },
        advice="the fit writes into an array that it was given, and worker processes get those of "
        f"1 MB and more as read-only memory maps: {_CURE}",
    )


def _hidden(case: Case, row: SettingReport) -> Finding | None:
    """Tell of a sample below the size from which on arrays are mapped."""
    data, found = case.run.spec.data, case.evidence.get(row.id)
    size = _data_bytes(case, row)
    if data is None or not data.options.get("sample") or found is None or size is None:
        return None
    if size >= MAPPED_BYTES or not uses_processes(found, row) or _copies_rows(case):
        return None
    opaque = case.run.inspection.opaque
    return Finding(
        rule=RULE,
        severity="warning" if opaque else "info",
        evidence={
            "data_bytes": size,
            "mapped_from_bytes": MAPPED_BYTES,
            "sampled_rows": data.options["sample"],
        },
        advice="this sample is too small to be mapped into memory; from 1 MB on, workers get X "
        "read-only, and what writes into X fails only then: measure with a larger data.sample "
        "before relying on worker processes",
    )


def _copies_rows(case: Case) -> bool:
    """Tell whether the workers take rows out of X first: a fold is a copy, and may be written."""
    outer = [
        layer
        for layer in case.run.inspection.layers
        if layer.kind == "joblib" and layer.depth == 0 and "fit" in layer.methods
        if not layer.ignored
    ]
    owners = ("sklearn.model_selection.", "sklearn.feature_selection._rfe.")
    return bool(outer) and all(layer.evidence.startswith(owners) for layer in outer)


def _data_bytes(case: Case, row: SettingReport) -> int | None:
    sizes = [o.data_bytes for o in case.run.outcomes if o.setting in {row.id, "serial"}]
    return next((size for size in sizes if size is not None), None)
