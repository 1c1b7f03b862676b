"""A quota that held the fit: CPU that was there, and not allowed.

Where the threads were a crowd as well, `oversubscription` names the layer that multiplies and this
rule the quota: one may be cured without the other.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sklpar.analysis.case import Case
from sklpar.analysis.evidence import Evidence
from sklpar.analysis.factors import factors_of, n_jobs_knob
from sklpar.analysis.thresholds import THROTTLED_SHARE
from sklpar.model import Finding, SettingReport

RULE = "throttled"


def throttled(case: Case) -> Mapping[str, Sequence[Finding]]:
    """Tell of a setting that a quota held for a good part of its fit."""
    return {
        row.id: [_finding(case, row, found)]
        for row, found in case.seen()
        if found.wall_s and (found.typical.throttled_s or 0.0) >= THROTTLED_SHARE * found.wall_s
    }


def _finding(case: Case, row: SettingReport, found: Evidence) -> Finding:
    host, work = case.run.host, found.typical
    factors = factors_of(case, row, found)
    cpus = f"{host.usable_cpus} CPU{'' if host.usable_cpus == 1 else 's'}"
    knobs = [f"workers × threads at {cpus} at most"]
    if factors.workers > host.usable_cpus:
        knobs.append(f"lower {n_jobs_knob(case)}")
    if factors.threads > 1:
        knobs.append(
            f"set {factors.variables or 'a cap'} (inner_threads: 1), since {factors.library} "
            "counts the machine's CPUs and does not see a quota"
        )
    return Finding(
        rule=RULE,
        severity="warning",
        evidence={
            "fit": found.kind,
            "throttled_s": work.throttled_s,
            "wall_s": work.wall_s,
            "limit": host.usable_cpus_source,
            "cpu_s": work.cpu_s,
            "usable_cpus": host.usable_cpus,
        },
        advice=f"a CPU quota held this fit ({host.usable_cpus_source}): keep "
        f"{', and '.join(knobs)}; or raise the quota",
    )
