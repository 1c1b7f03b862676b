"""The checks, by rule id. An id is stable: users and scripts match on it."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import TypeAlias

from sklpar.doctor.checks.cpus import load, quota, usable_cpus
from sklpar.doctor.checks.libraries import free_threading, imports, versions
from sklpar.doctor.checks.pools import openmp_runtimes, thread_pools
from sklpar.doctor.checks.surroundings import environment, start_method, temp_space, xdist
from sklpar.model import Facts, Finding

Check: TypeAlias = Callable[[Facts], tuple[Finding, ...]]

CHECKS: Mapping[str, Check] = {
    "imports": imports,
    "versions": versions,
    "usable_cpus": usable_cpus,
    "quota": quota,
    "thread_pools": thread_pools,
    "openmp_runtimes": openmp_runtimes,
    "environment": environment,
    "temp_space": temp_space,
    "xdist": xdist,
    "start_method": start_method,
    "free_threading": free_threading,
    "load": load,
}

SEVERITIES = ("error", "warning", "info")


def judge(facts: Facts) -> tuple[Finding, ...]:
    """Return what all checks find, worst first."""
    found = [finding for check in CHECKS.values() for finding in check(facts)]
    return tuple(sorted(found, key=lambda finding: SEVERITIES.index(finding.severity)))
