"""The document that ``doctor --json`` prints."""

from __future__ import annotations

from typing import Any

from sklpar.model import SCHEMA_VERSION, Checkup, Facts
from sklpar.store.codec import nulled, to_plain

# Facts that may be null, each with the reason where no missing library explains it.
_REASONS = {
    "affinity_cpus": "the system has no affinity mask, or the libraries could not be looked at",
    "joblib_cpus": "joblib could not count",
    "quota_cpus": "no quota is in force",
    "throttled_s": "no quota is in force",
    "interpreter": "the libraries could not be looked at",
    "xdist": "pytest-xdist is not installed",
    "xdist_workers": "no pytest-xdist runs around this process",
    "load": "the kernel does not tell",
    "shm_space": "there is no /dev/shm",
}


def checkup_to_json(checkup: Checkup) -> dict[str, Any]:
    """Return the document as plain JSON values, none of them NaN; each null has its reason."""
    facts = nulled(to_plain(checkup.facts))
    host = facts.pop("host")
    document: dict[str, Any] = {
        "schema_version": SCHEMA_VERSION,
        "sklpar_version": checkup.sklpar_version,
        "host": host,
        **_counted(checkup.facts),
        "pools": host["thread_pools"],
    }
    for name, value in facts.items():
        if name in {"joblib_cpus", "joblib_cpus_after_imports"}:
            continue
        document[name] = value
        if value is None and name in _REASONS:
            document[f"{name}_unavailable"] = _REASONS[name]
    document["findings"] = nulled(to_plain(checkup.findings))
    document["calibration"] = nulled(to_plain(checkup.calibration))
    if checkup.calibration is None:
        document["calibration_unavailable"] = checkup.calibration_unavailable
    return document


def _counted(facts: Facts) -> dict[str, Any]:
    """Return what joblib counts, with the reason where it could not."""
    counts: dict[str, Any] = {
        "joblib_cpu_count": facts.joblib_cpus,
        "joblib_cpu_count_after_imports": facts.joblib_cpus_after_imports,
    }
    if facts.joblib_cpus is None:
        whys = [m.why for m in facts.missing if m.what in {"joblib.cpu_count()", "joblib"}]
        counts["joblib_cpu_count_unavailable"] = whys[0] if whys else _REASONS["joblib_cpus"]
    return counts
