"""Facts made up: a healthy machine of four CPUs, changed by each test in one thing."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

from sklpar.model import Facts, Host, Interpreter, Load, Pool, Space

GB = 10**9
SHM = Space(path="/dev/shm", filesystem="tmpfs", free_bytes=8 * GB, writable=True)
TEMP = Space(path="/tmp", filesystem="ext4", free_bytes=50 * GB, writable=True)
QUIET = Load(busy_cpus=0.01, steal_cpus=0.0, over_s=0.5, average_1min=0.1)


def blas(threads: int, library: str = "libscipy_openblas.so") -> Pool:
    return Pool(user_api="blas", internal_api="openblas", num_threads=threads, library=library)


def openmp(threads: int, library: str = "libgomp-e985.so.1.0.0") -> Pool:
    return Pool(user_api="openmp", internal_api="openmp", num_threads=threads, library=library)


HOST = Host(
    cpu_model="A CPU",
    logical_cpus=4,
    physical_cpus=4,
    usable_cpus=4,
    usable_cpus_source="affinity (4 CPUs)",
    memory_bytes=16 * GB,
    thread_pools=(blas(4), openmp(4)),
    versions={"python": "3.14.0", "scikit-learn": "1.9.1", "numpy": "2.4.6"},
)
HEALTHY = Facts(
    host=HOST,
    affinity_cpus=4,
    affinity_after_imports=4,
    joblib_cpus=4,
    joblib_cpus_after_imports=4,
    memmap_space=SHM,
    temp_space=TEMP,
    shm_space=SHM,
    load=QUIET,
    interpreter=Interpreter(
        executable="/usr/bin/python", start_method="loky", free_threaded=False, gil_enabled=True
    ),
)


def facts(**changes: Any) -> Facts:
    """A healthy machine but for these; fields of the host are taken for the host's."""
    of_host = {name: changes.pop(name) for name in set(changes) & set(vars(HOST))}
    return replace(HEALTHY, host=replace(HOST, **of_host), **changes)
