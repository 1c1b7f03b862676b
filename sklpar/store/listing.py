"""The runs of this folder at a glance, without reading any of them in full."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sklpar.errors import StoreError
from sklpar.store.codec import parse
from sklpar.store.folder import runs_newest_first


@dataclass(frozen=True, kw_only=True)
class StoredRun:
    """A run on the shelf, as far as its files say; `status` is None where it has no report yet.

    `run_id` is the name of its folder, which commands take; `setting` is the recommended one.
    """

    run_id: str
    name: str | None
    started_at: str | None
    status: str | None
    setting: str | None


def stored_runs(limit: int) -> tuple[list[StoredRun], int]:
    """Return the newest runs in ``.sklpar/runs``, at most `limit`, and how many there are."""
    found = runs_newest_first()
    return [_stored(path) for path in found[:limit]], len(found)


def run_names(prefix: str, limit: int) -> list[tuple[str, str]]:
    """Return the ids that begin with `prefix`, newest first, each with the name of its job."""
    found = [path for path in runs_newest_first() if path.name.startswith(prefix)][:limit]
    return [(path.name, _text(_document(path / "plan.json"), "name") or "") for path in found]


def _stored(path: Path) -> StoredRun:
    plan, report = _document(path / "plan.json"), _document(path / "run.json")
    chosen = report.get("recommendation")
    return StoredRun(
        run_id=path.name,
        name=_text(report, "name") or _text(plan, "name"),
        started_at=_text(report, "started_at") or _text(plan, "started_at"),
        status=_text(report, "status"),
        setting=_text(chosen, "setting") if isinstance(chosen, dict) else None,
    )


def _document(file: Path) -> Mapping[str, Any]:
    """Read a file of a run; a damaged one is told of when the run itself is asked for."""
    try:
        return parse(file.read_bytes(), "")
    except (OSError, StoreError):
        return {}


def _text(document: Mapping[str, Any], key: str) -> str | None:
    value = document.get(key)
    return value if isinstance(value, str) else None
