"""Too little room where joblib puts the memory maps by which worker processes get large arrays."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sklpar.analysis.case import Case
from sklpar.analysis.factors import uses_processes
from sklpar.analysis.samples import failures_of
from sklpar.analysis.thresholds import MAPPED_BYTES, ROOM_SHARE
from sklpar.host.space import SHM_MIN_BYTES
from sklpar.model import Failure, Finding, Host, SettingReport

RULE = "temp_space"

# A map that could not be written whole is only seen when a worker opens it.
_SAYS_SO = re.compile(r"No space left on device|Errno 28\b|mmap length is greater than file size")


@dataclass(frozen=True, kw_only=True)
class _Folder:
    """Where joblib puts its memory maps, as the machine was before the run."""

    path: str | None
    free_bytes: int | None


def temp_space(case: Case) -> Mapping[str, Sequence[Finding]]:
    """Tell of rows that failed for want of room, and of data that nearly fill it."""
    folder = _folder(case.run.host)
    findings = {}
    for row in case.rows:
        found = _failed(case, row, folder) or _tight(case, row, folder)
        if found is not None:
            findings[row.id] = [found]
    return findings


def _folder(host: Host) -> _Folder:
    """Choose as joblib does: the variable, /dev/shm where there is much room, the temp folder."""
    named = "JOBLIB_TEMP_FOLDER" in host.environment
    if not named and (host.shm_free_bytes or 0) > SHM_MIN_BYTES:
        return _Folder(path="/dev/shm", free_bytes=host.shm_free_bytes)  # noqa: S108 - as joblib
    return _Folder(path=host.temp_folder, free_bytes=host.temp_free_bytes)


def _failed(case: Case, row: SettingReport, folder: _Folder) -> Finding | None:
    failure = _out_of_room(case, row.id)
    # A job that fills the disk by itself does so in one process as well.
    if failure is None or row.backend in {"threading", "sequential"}:
        return None
    if _out_of_room(case, "serial"):
        return None
    return Finding(
        rule=RULE,
        severity="error",
        evidence={
            "error": failure.reason,
            "data_bytes": failure.data_bytes,
            "free_bytes": folder.free_bytes,
            "folder": folder.path,
        },
        advice=f"joblib had no room for the memory maps of its workers{_where(folder)}: {_cure()}",
    )


def _tight(case: Case, row: SettingReport, folder: _Folder) -> Finding | None:
    found = case.evidence.get(row.id)
    size = found.data_bytes if found else None
    if found is None or size is None or folder.free_bytes is None or size < MAPPED_BYTES:
        return None
    if not uses_processes(found, row) or size <= ROOM_SHARE * folder.free_bytes:
        return None
    return Finding(
        rule=RULE,
        severity="warning",
        evidence={"data_bytes": size, "free_bytes": folder.free_bytes, "folder": folder.path},
        advice="the memory maps that workers read the data from nearly fill their folder"
        f"{_where(folder)}, and a call that finds no room fails: {_cure()}",
    )


def _out_of_room(case: Case, setting: str) -> Failure | None:
    failures = failures_of(case.run, setting)
    return next((one for one in failures if _SAYS_SO.search(one.reason)), None)


def _where(folder: _Folder) -> str:
    return f" ({folder.path})" if folder.path else ""


def _cure() -> str:
    return (
        "set JOBLIB_TEMP_FOLDER to a folder with room for several times the data (joblib takes "
        "/dev/shm by itself only where more than 2 GB are free in it), or use backend: threading, "
        "which maps nothing"
    )
