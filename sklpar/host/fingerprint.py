"""The machine and its software, as far as they decide what a measurement means."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from sklpar import __version__
from sklpar.host.cgroup_tree import ROOT, read_text
from sklpar.host.cgroups import memory_limit
from sklpar.host.cpus import cpu_model, logical_cpus, physical_cpus, usable_cpus
from sklpar.host.space import shm_space, temp_space
from sklpar.host.threads import THREAD_VARIABLES
from sklpar.model import DataFacts, Host, Pool

_RELEVANT_NAMES = {*THREAD_VARIABLES, "SCIPY_ARRAY_API", "PYTHON_CPU_COUNT", "LD_PRELOAD"}
_RELEVANT_PREFIXES = (
    *("OMP_", "KMP_", "GOMP_", "MKL_", "OPENBLAS_", "BLIS_"),
    *("JOBLIB_", "LOKY_", "SKLEARN_"),
)
# A plug-in may take its password by such a variable (a joblib store on S3 does).
_SECRET = re.compile(r"TOKEN|SECRET|PASSW|CREDENTIAL|AUTH|_KEY\b|APIKEY", re.IGNORECASE)
_COMPARED_VERSIONS = ("python", "scikit-learn", "joblib", "numpy", "scipy")


def describe_host(
    environ: Mapping[str, str],
    versions: Mapping[str, str],
    pools: Iterable[Pool],
    root: Path = ROOT,
) -> Host:
    """Describe this machine.

    Parameters
    ----------
    environ : mapping
        The environment that as-written inherits.
    versions : mapping
        Versions of what the job imported; python, sklpar, kernel and libc are added.
    pools : iterable of Pool
        Native thread pools of an uncapped process.
    root : Path
        Where the file tree with ``proc`` and ``sys`` begins.
    """
    usable = usable_cpus(environ, root)
    temp, shm = temp_space(environ, root), shm_space(root)
    return Host(
        cpu_model=cpu_model(root),
        logical_cpus=logical_cpus(root),
        physical_cpus=physical_cpus(root),
        usable_cpus=usable.count,
        usable_cpus_source="; ".join(part for part in (usable.source, usable.note) if part),
        memory_bytes=memory_bytes(root),
        thread_pools=tuple(pools),
        versions={**system_versions(), **versions},
        environment=relevant_environment(environ),
        temp_folder=temp.path,
        temp_free_bytes=temp.free_bytes,
        shm_free_bytes=shm.free_bytes if shm else None,
    )


def memory_bytes(root: Path = ROOT) -> int | None:
    """Return the memory this process may use: the machine's, or its control group's if less."""
    bounds = [bound for bound in (_mem_total(root), memory_limit(root)) if bound is not None]
    return min(bounds, default=None)


def relevant_environment(environ: Mapping[str, str]) -> dict[str, str]:
    """Return the variables that steer parallelism, sorted by name; never a secret."""
    return {
        name: environ[name]
        for name in sorted(environ)
        if (name in _RELEVANT_NAMES or name.startswith(_RELEVANT_PREFIXES))
        and not _SECRET.search(name)
    }


def system_versions() -> dict[str, str]:
    """Return the versions of python, sklpar, the kernel and, where it tells, the C library."""
    system = os.uname()
    versions = {
        "python": ".".join(map(str, sys.version_info[:3])),
        "sklpar": __version__,
        "kernel": f"{system.sysname} {system.release}",
    }
    try:
        libc = os.confstr("CS_GNU_LIBC_VERSION")
    except (ValueError, OSError):  # musl and macOS do not know the name
        libc = None
    return {**versions, "libc": libc} if libc else versions


def fingerprint(host: Host, spec_digest: str, data: DataFacts | None = None) -> dict[str, Any]:
    """Return the few facts by which two measurements are comparable, as plain JSON values.

    Parameters
    ----------
    spec_digest : str
        SHA-256 of the spec.
    data : DataFacts, optional
        What tells the data apart.
    """
    facts: dict[str, Any] = {
        "cpu_model": host.cpu_model,
        "usable_cpus": host.usable_cpus,
        "versions": {k: host.versions[k] for k in _COMPARED_VERSIONS if k in host.versions},
        "blas": pool_builds(host, "blas"),
        "spec_sha256": spec_digest,
    }
    if data is None:
        return facts
    return {**facts, "data": {"shape": list(data.shape), "digest": data.digest}}


def pool_builds(host: Host, user_api: str) -> list[str]:
    """Return which builds of libraries of that kind, ``blas`` or ``openmp``, have thread pools."""
    return sorted({_pool_text(pool) for pool in host.thread_pools if pool.user_api == user_api})


def _pool_text(pool: Pool) -> str:
    parts = (pool.internal_api, pool.version, pool.threading_layer)
    return " ".join(part for part in parts if part)


def _mem_total(root: Path) -> int | None:
    text = read_text(root / "proc/meminfo")
    match = re.search(r"^MemTotal:\s+(\d+) kB$", text, re.MULTILINE)
    return int(match[1]) * 1024 if match else None
