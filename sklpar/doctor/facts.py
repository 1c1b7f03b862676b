"""Gathering the facts: the parent's own reads of the machine, and what its child found."""

from __future__ import annotations

import json
import os
import tempfile
import time
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from sklpar.doctor import child
from sklpar.errors import MeasurementError
from sklpar.host.cgroup_tree import ROOT
from sklpar.host.cgroups import cpu_quota, throttled
from sklpar.host.child import run_child
from sklpar.host.fingerprint import describe_host
from sklpar.host.load import load_average, read_cpu_times
from sklpar.host.space import memmap_space, shm_space, temp_space
from sklpar.model import Facts, Interpreter, Load, Missing, Pool, Requirement

_LIBRARIES = "the libraries"


def gather_facts(
    environ: Mapping[str, str],
    *,
    root: Path = ROOT,
    timeout_s: float = 60,
    look_s: float = 0.5,
) -> Facts:
    """Look at this machine, and at what scikit-learn's imports make of it.

    Parameters
    ----------
    environ : mapping
        This process's environment, which the child inherits.
    root : Path
        Where the file tree with ``proc`` and ``sys`` begins.
    timeout_s : float
        How long imports may take.
    look_s : float
        How long to look at the load.
    """
    found = ask_child(timeout_s)
    versions, pools = found.get("versions") or {}, found.get("pools") or ()
    host = describe_host(environ, versions, [Pool(**pool) for pool in pools], root)
    quota, stopped = cpu_quota(root), throttled(root)
    load = look_at_load(look_s, root)
    unread = () if load else (Missing(what="the load", why="the kernel does not tell"),)
    return Facts(
        host=host,
        affinity_cpus=found.get("affinity"),
        affinity_after_imports=found.get("affinity_after_imports"),
        joblib_cpus=found.get("joblib_cpus"),
        joblib_cpus_after_imports=found.get("joblib_cpus_after_imports"),
        quota_cpus=quota.cpus if quota else None,
        quota_source=quota.source if quota else None,
        throttled_s=stopped.throttled_s if stopped else None,
        memmap_space=memmap_space(environ, root),
        temp_space=temp_space(environ, root),
        shm_space=shm_space(root),
        interpreter=_interpreter(found),
        requirements=tuple(Requirement(**one) for one in found.get("requirements") or ()),
        xdist=found.get("xdist"),
        xdist_workers=_xdist_workers(environ),
        load=load,
        missing=(*(Missing(**one) for one in found["missing"]), *unread),
    )


def ask_child(timeout_s: float) -> dict[str, Any]:
    """Return what the child found, as far as it came; `missing` is always there."""
    try:
        with tempfile.TemporaryDirectory(prefix="sklpar-doctor-") as folder:
            file = Path(folder, "answer.json")
            ending = run_child(child.__name__, [str(file)], timeout_s)
            known = _read(file)
    except (MeasurementError, OSError) as error:  # the temp folder may be what is wrong
        return {"missing": [{"what": _LIBRARIES, "why": str(error)}]}
    if known.get("step") is None and known:
        return known
    step = known.get("step", _LIBRARIES)
    if ending.timed_out:
        why = f"took longer than {timeout_s:g} s and was stopped"
    else:
        last = f"; it last printed: {ending.last_lines[-1]}" if ending.last_lines else ""
        why = f"ended the process that tried it ({ending.how}){last}"
    return {**known, "missing": [*known.get("missing", ()), {"what": step, "why": why}]}


def _read(file: Path) -> dict[str, Any]:
    try:
        known = json.loads(file.read_text(encoding="utf-8"))
    except (OSError, ValueError):
        return {}
    return known if isinstance(known, dict) else {}


def look_at_load(look_s: float, root: Path = ROOT) -> Load | None:
    """Watch what our CPUs do for a moment, None where the kernel does not tell."""
    cpus = os.sched_getaffinity(0) if hasattr(os, "sched_getaffinity") else None
    own_s, started = time.process_time(), time.monotonic()
    before = read_cpu_times(root, cpus)
    if before is None:
        return None
    time.sleep(look_s)
    after = read_cpu_times(root, cpus)
    if after is None:
        return None
    over_s = time.monotonic() - started
    between = after.since(before)
    busy_s = max(0.0, between.busy_s - (time.process_time() - own_s))
    averages = load_average()
    return Load(
        busy_cpus=busy_s / over_s,
        steal_cpus=between.steal_s / over_s,
        over_s=over_s,
        average_1min=averages[0] if averages else None,
    )


def _interpreter(found: Mapping[str, Any]) -> Interpreter | None:
    if "executable" not in found:
        return None
    return Interpreter(
        executable=found["executable"],
        start_method=found["start_method"],
        free_threaded=found["free_threaded"],
        gil_enabled=found.get("gil_enabled", True),
    )


def _xdist_workers(environ: Mapping[str, str]) -> int | None:
    if "PYTEST_XDIST_WORKER" not in environ:
        return None
    count = environ.get("PYTEST_XDIST_WORKER_COUNT", "")
    return int(count) if count.isdecimal() else 1
