"""The native thread pools that scikit-learn's imports start."""

from __future__ import annotations

import re
from collections import Counter

from sklpar.model import Facts, Finding, Pool

# File name of a runtime, after its version and the hash that wheels put in.
_RUNTIME = re.compile(r"(libgomp|libiomp5?|libomp|vcomp)", re.IGNORECASE)


def thread_pools(facts: Facts) -> tuple[Finding, ...]:
    """Say so where a pool is larger than the usable CPUs, or cannot be seen at all.

    What a quota makes of it is said by the check of that name.
    """
    host = facts.host
    findings = []
    wide = [pool for pool in host.thread_pools if pool.num_threads > host.usable_cpus]
    if wide and facts.quota_cpus is None:
        threads = max(pool.num_threads for pool in wide)
        kinds = ", ".join(sorted({pool.internal_api for pool in wide}))
        advice = (
            f"{kinds} start {threads} threads for {host.usable_cpus} usable "
            f"CPU{'' if host.usable_cpus == 1 else 's'} ({host.usable_cpus_source}): "
            f"{_why_wide(host.usable_cpus_source)}"
        )
        evidence = {"threads": threads, "usable_cpus": host.usable_cpus, "libraries": kinds}
        findings.append(
            Finding(rule="thread_pools", severity="warning", evidence=evidence, advice=advice)
        )
    numpy = host.versions.get("numpy")
    if numpy and host.thread_pools and not any(p.user_api == "blas" for p in host.thread_pools):
        advice = (
            "threadpoolctl sees no BLAS in the process (Apple's Accelerate, or one linked in): its "
            "threads can be capped by variables before the start alone, and not be verified"
        )
        findings.append(
            Finding(rule="thread_pools", severity="info", evidence={"numpy": numpy}, advice=advice)
        )
    return tuple(findings)


def _why_wide(source: str) -> str:
    if source.startswith("LOKY_MAX_CPU_COUNT"):
        return (
            "LOKY_MAX_CPU_COUNT reaches joblib and scikit-learn's own OpenMP loops, not BLAS and "
            "other libraries; set OMP_NUM_THREADS, OPENBLAS_NUM_THREADS and MKL_NUM_THREADS "
            "beside it, or use taskset"
        )
    return "unset the *_NUM_THREADS variable that asks for so many, or lower it"


def openmp_runtimes(facts: Facts) -> tuple[Finding, ...]:
    """Say so where one process has two OpenMP runtimes, or one of them twice."""
    pools = [pool for pool in facts.host.thread_pools if pool.user_api == "openmp"]
    if len(pools) < 2:
        return ()
    kinds = Counter(_runtime(pool) for pool in pools)
    libraries = ", ".join(sorted(pool.library for pool in pools))
    if "libomp" in kinds and "libiomp" in kinds:
        advice = (
            "LLVM's and Intel's OpenMP in one process may crash or hang it: install all packages "
            "from one source (conda-forge, or wheels alone)"
        )
    elif len(kinds) > 1:
        advice = (
            "two OpenMP runtimes in one process: each has threads of its own, which spin while the "
            "other works, and forking after both have run may hang; install packages that share one"
        )
    else:
        advice = (
            f"{len(pools)} copies of {next(iter(kinds))} in one process: each has threads of its "
            "own, so a cap must reach both, and they spin against each other where code goes "
            "from one to the other; install packages that share one (conda-forge's do)"
        )
    evidence = {"runtimes": len(pools), "libraries": libraries}
    return (Finding(rule="openmp_runtimes", severity="warning", evidence=evidence, advice=advice),)


def _runtime(pool: Pool) -> str:
    match = _RUNTIME.search(pool.library)
    return match[1].lower().rstrip("5") if match else pool.library
