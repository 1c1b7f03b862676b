"""How many CPUs there are to work with, by whose count, and who else works on them."""

from __future__ import annotations

from typing import Literal

from sklpar.analysis.thresholds import OUTSIDE_CPUS
from sklpar.model import Facts, Finding

# Stolen CPUs from which on a hypervisor's other guests show in the times.
_STEAL_CPUS = 0.05


def usable_cpus(facts: Facts) -> tuple[Finding, ...]:
    """Say where joblib counts other CPUs than there are to use, and what n_jobs=-1 comes to."""
    host, findings = facts.host, []
    counted = facts.joblib_cpus
    if counted is not None and counted > host.usable_cpus:
        advice = (
            f"joblib counts {counted} CPUs, so n_jobs=-1 starts {counted} workers for "
            f"{_cpus(host.usable_cpus)} ({host.usable_cpus_source}): set LOKY_MAX_CPU_COUNT="
            f"{host.usable_cpus}, or name n_jobs"
        )
        findings.append(_counts("warning", facts, advice))
    elif counted is not None and counted < host.usable_cpus:
        advice = (
            f"joblib counts {_cpus(counted)}, so n_jobs=-1 is {counted}, though "
            f"{host.usable_cpus} can be used: look at JOBLIB_MULTIPROCESSING and the quota of the "
            "mounted control group, or name n_jobs"
        )
        findings.append(_counts("info", facts, advice))
    if _was_pinned(facts):
        findings.append(_pinned(facts))
    cores = host.physical_cpus
    if cores is not None and cores < host.usable_cpus:
        advice = (
            f"n_jobs=-1 is {counted or host.usable_cpus}, the hardware threads, not the {cores} "
            f"cores, though tutorials say so: measure n_jobs={cores} beside it"
        )
        findings.append(_counts("info", facts, advice))
    if host.usable_cpus == 1:
        advice = (
            f"there is one CPU to work with ({host.usable_cpus_source}): n_jobs above 1 gains "
            "nothing for fits that compute; raise that limit if it is not meant"
        )
        findings.append(_counts("info", facts, advice))
    return tuple(findings)


def _was_pinned(facts: Facts) -> bool:
    before, after = facts.affinity_cpus, facts.affinity_after_imports
    return before is not None and after is not None and after < before


def _pinned(facts: Facts) -> Finding:
    after = facts.joblib_cpus_after_imports
    advice = (
        f"importing scikit-learn pinned the process to {_cpus(facts.affinity_after_imports or 1)} "
        f"of {facts.affinity_cpus}: joblib counts {after} from then on, and workers inherit it; "
        "unset OMP_PROC_BIND, OMP_PLACES and GOMP_CPU_AFFINITY"
    )
    evidence = {
        "affinity_cpus": facts.affinity_cpus,
        "affinity_after_imports": facts.affinity_after_imports,
        "joblib_cpus_after_imports": after,
    }
    return Finding(rule="usable_cpus", severity="warning", evidence=evidence, advice=advice)


def _counts(severity: Literal["info", "warning"], facts: Facts, advice: str) -> Finding:
    evidence = {
        "usable_cpus": facts.host.usable_cpus,
        "usable_cpus_source": facts.host.usable_cpus_source,
        "joblib_cpus": facts.joblib_cpus,
        "physical_cpus": facts.host.physical_cpus,
    }
    return Finding(rule="usable_cpus", severity=severity, evidence=evidence, advice=advice)


def quota(facts: Facts) -> tuple[Finding, ...]:
    """Say so where BLAS or OpenMP start more threads than a CPU quota lets run."""
    if facts.quota_cpus is None:
        return ()
    wide = [pool for pool in facts.host.thread_pools if pool.num_threads > facts.quota_cpus]
    threads = max((pool.num_threads for pool in wide), default=0)
    if threads <= 1:
        return ()
    cap = max(1, int(facts.quota_cpus))
    kinds = ", ".join(sorted({pool.internal_api for pool in wide}))
    advice = (
        f"{kinds} see the CPUs but never a quota: {threads} threads share {facts.quota_cpus:g} "
        f"CPU's worth of time, and the kernel stops them all when it is used up; set "
        f"OMP_NUM_THREADS, OPENBLAS_NUM_THREADS and MKL_NUM_THREADS to {cap} where the quota is set"
    )
    evidence = {
        "quota_cpus": facts.quota_cpus,
        "quota_source": facts.quota_source,
        "threads": threads,
        "throttled_s": facts.throttled_s,
    }
    return (Finding(rule="quota", severity="warning", evidence=evidence, advice=advice),)


def load(facts: Facts) -> tuple[Finding, ...]:
    """Say so where others keep CPUs busy: every time measured now would be partly theirs."""
    seen, said = facts.load, []
    if seen is None:
        return ()
    evidence = {
        "busy_cpus": seen.busy_cpus,
        "steal_cpus": seen.steal_cpus,
        "over_s": seen.over_s,
        "load_average_1min": seen.average_1min,
    }
    if seen.busy_cpus >= OUTSIDE_CPUS:
        advice = (
            "other work keeps CPUs busy: wait until it is done before you measure, and give "
            "n_jobs only what is left"
        )
        said.append(advice)
    if seen.steal_cpus >= _STEAL_CPUS:
        advice = (
            "the hypervisor gives our CPUs to other guests: times on this machine vary whatever "
            "is set; compare only what was measured side by side"
        )
        said.append(advice)
    return tuple(
        Finding(rule="load", severity="warning", evidence=evidence, advice=advice)
        for advice in said
    )


def _cpus(count: int) -> str:
    return "1 CPU" if count == 1 else f"{count} CPUs"
