"""The machine, and the native thread pools of a process on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, kw_only=True)
class Pool:
    """One native thread pool, as threadpoolctl sees it."""

    user_api: str
    internal_api: str
    num_threads: int
    version: str | None = None
    threading_layer: str | None = None
    library: str = ""


@dataclass(frozen=True, kw_only=True)
class Host:
    """The machine, as far as it decides what a measurement means.

    `temp_folder` is where joblib would put its memory maps when /dev/shm has no room for them.
    """

    cpu_model: str
    logical_cpus: int
    physical_cpus: int | None
    usable_cpus: int
    usable_cpus_source: str
    memory_bytes: int | None
    thread_pools: tuple[Pool, ...] = ()
    versions: Mapping[str, str] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    temp_folder: str | None = None
    temp_free_bytes: int | None = None
    shm_free_bytes: int | None = None
