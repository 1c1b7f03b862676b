"""A real job for guards, calls of ``sklpar guard`` on it, and baselines that are broken."""

from __future__ import annotations

import copy
import json
import os
import shlex
import subprocess
import sys
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
SETTING = "threading-j2-t1"
# Nothing here takes longer, but a guard that hangs must not hang the benchmark.
_PATIENCE_S = 900.0
# The work is hashing, which lets go of the interpreter's lock, so two threads gain on two CPUs.
# Variables change how much of it there is: to sklpar the job stays the same. Answers do not change.
_JOB = """\
import hashlib
import os

import joblib


def setup(pieces, iterations, ballast_mb):
    ballast = b"\\x01" * int(ballast_mb * 1e6 + float(os.environ.get("GUARD_EXTRA_BYTES", "0")))
    return list(range(pieces)), iterations, ballast


def fit(job):
    pieces, iterations, _ = job
    scale = float(os.environ.get("GUARD_WORK", "1"))
    if joblib.effective_n_jobs(None) > 1:
        scale *= float(os.environ.get("GUARD_PARALLEL_WORK", "1"))
    work = joblib.delayed(piece)
    return float(sum(joblib.Parallel()(work(int(iterations * scale)) for _ in pieces)))


def piece(iterations):
    hashlib.pbkdf2_hmac("sha256", b"guard", b"rates", iterations)
    return 1
"""
_SPEC = """\
version: 1
callable:
  setup: guarded_job:setup
  fit: guarded_job:fit
  args: {{pieces: 8, iterations: {iterations}, ballast_mb: 40}}
sweep: {{n_jobs: [2], backend: [threading], inner_threads: [1]}}
measure: {{repeats: 0}}
"""
# What a person may write by hand in place of `sklpar emit yaml`.
_PIN = """\
version: 1
setting: {n_jobs: 2, backend: threading, inner_threads: 1, params: {}}
"""


@dataclass(frozen=True, kw_only=True)
class Said:
    """What one call of the guard came to; `verdict` is empty where it wrote none."""

    code: int
    first_line: str
    verdict: Mapping[str, Any]
    wall_s: float

    @property
    def regressed(self) -> list[tuple[str, str]]:
        """Setting and metric of what regressed or failed."""
        bad = {"regressed", "failed"}
        checks = self.verdict.get("checks", ())
        return [(one["setting"], one["metric"]) for one in checks if one["ruling"] in bad]

    @property
    def measured(self) -> bool:
        """Whether any trial was run."""
        return self.verdict.get("run") is not None


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """A folder with the job, its spec, a pin and a python that never sees the job changed."""

    folder: Path

    @classmethod
    def made(cls, folder: Path, *, iterations: int) -> Workplace:
        """Write it all; `iterations` is how much a fit has to do, 100,000 for about 0.2 s."""
        (folder / "guarded_job.py").write_text(_JOB)
        (folder / "spec.yaml").write_text(_SPEC.format(iterations=iterations))
        (folder / "tuned.yaml").write_text(_PIN)
        other = folder / "unchanged-python"
        unset = "unset GUARD_WORK GUARD_EXTRA_BYTES GUARD_PARALLEL_WORK"
        other.write_text(f'#!/bin/sh\n{unset}\nexec {shlex.quote(sys.executable)} "$@"\n')
        other.chmod(0o755)
        return cls(folder=folder)

    def guard(self, *arguments: str, environ: Mapping[str, str] | None = None) -> Said:
        """Call the guard on the spec; the verdict also goes into a file."""
        verdict = self.folder / "verdict.json"
        verdict.unlink(missing_ok=True)
        command = [
            *(sys.executable, "-P", "-m", "sklpar", "guard", "spec.yaml", *arguments),
            *("--trust", "guarded_job", "--quiet", "--format", "json", "--output", str(verdict)),
        ]
        kept = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
        path = os.pathsep.join(filter(None, [str(ROOT), kept.get("PYTHONPATH")]))
        # On a CI runner it would also write into that job's summary.
        kept.pop("GITHUB_ACTIONS", None)
        began = time.monotonic()
        done = subprocess.run(
            command,
            cwd=self.folder,
            env={**kept, "PYTHONPATH": path, "COLUMNS": "200", **(environ or {})},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            timeout=_PATIENCE_S,
            check=False,
        )
        lines = done.stdout.splitlines()
        return Said(
            code=done.returncode,
            first_line=lines[0] if lines else "",
            verdict=json.loads(verdict.read_text()) if verdict.exists() else {},
            wall_s=time.monotonic() - began,
        )


# --------------------------------------------------------------------------- broken baselines


@dataclass(frozen=True, kw_only=True)
class Broken:
    """One way in which a baseline is broken: what its file holds, or what is done instead."""

    name: str
    content: bytes | None = None
    place: Callable[[Path], None] | None = None
    environ: Mapping[str, str] = field(default_factory=dict)

    def put(self, file: Path) -> None:
        """Put it in place of the baseline."""
        if self.place is not None:
            self.place(file)
        elif self.content is not None:
            file.write_bytes(self.content)


def broken_baselines(good: str) -> list[Broken]:
    """Return every broken version of a sound baseline's text."""
    text = good.strip().encode()
    changed = [Broken(name=n, content=_edited(good, edit)) for n, edit in _EDITS.items()]
    files = [
        Broken(name="absent"),
        Broken(name="a folder", place=Path.mkdir),
        Broken(name="empty", content=b""),
        Broken(name="cut at a third", content=text[: len(text) // 3]),
        Broken(name="without its last byte", content=text[:-1]),
        Broken(name="no JSON", content=b"median: 1.0\n"),
        Broken(name="no text", content=bytes(range(256))),
        Broken(name="a list", content=b"[" + text + b"]"),
        Broken(name="twice", content=text + text),
        # Of a sound file: only what is around it has changed.
        Broken(name="thread variable set", content=text, environ={"OMP_NUM_THREADS": "1"}),
    ]
    if os.geteuid():
        files.append(Broken(name="not readable", place=_unreadable(text)))
    words = [
        Broken(
            name=f"{word} for a median", content=_edited(good, _first_fit("median", _Word(word)))
        )
        for word in ("NaN", "Infinity", "1e999")
    ]
    return [*files, *words, *changed]


def _unreadable(text: bytes) -> Callable[[Path], None]:
    def place(file: Path) -> None:
        file.write_bytes(text)
        file.chmod(0)

    return place


_Edit = Callable[[dict[str, Any]], None]


@dataclass(frozen=True)
class _Word:
    """A word that stands for a number where JSON has none."""

    text: str


def _edited(good: str, edit: _Edit) -> bytes:
    document = copy.deepcopy(json.loads(good))
    edit(document)
    text = json.dumps(document, default=lambda word: f"@@{word.text}@@")
    return text.replace('"@@', "").replace('@@"', "").encode()


def _row(document: dict[str, Any]) -> dict[str, Any]:
    """Return the row that is broken: as-written is guarded whatever the race thought of it."""
    row: dict[str, Any] = next(row for row in document["settings"] if row["id"] == "as-written")
    return row


def _first_fit(name: str, value: Any) -> _Edit:
    def edit(document: dict[str, Any]) -> None:
        _row(document)["first_fit_s"][name] = value

    return edit


def _set(path: Sequence[str], value: Any) -> _Edit:
    def edit(document: dict[str, Any]) -> None:
        *above, last = path
        for key in above:
            document = document[key]
        document[last] = value

    return edit


def _with_row(**changes: Any) -> _Edit:
    return lambda document: _row(document).update(changes)


def _all_of_two_rounds(document: dict[str, Any]) -> None:
    for row in document["settings"]:
        row["first_fit_s"] |= {"n": 2, "low": None, "high": None}


def _no_interval(document: dict[str, Any]) -> None:
    _row(document)["first_fit_s"] |= {"low": None, "high": None}


def _turned_interval(document: dict[str, Any]) -> None:
    first = _row(document)["first_fit_s"]
    first["low"], first["high"] = first["high"], first["low"]


def _other_blas(document: dict[str, Any]) -> None:
    for pool in document["host"]["thread_pools"]:
        if pool["user_api"] == "blas":
            pool["version"] = "0.0.1"


_NULL = {"first_fit_s": None, "first_fit_s_unavailable": "not measured"}
_EDITS: Mapping[str, _Edit] = {
    "newer schema": _set(["schema_version"], 99),
    "no schema": lambda document: document.pop("schema_version"),
    "schema as text": _set(["schema_version"], "1"),
    "no settings": _set(["settings"], []),
    "settings null": _set(["settings"], None),
    "a row is missing": lambda document: document["settings"].remove(_row(document)),
    "a row is renamed": _with_row(id="as-was-written"),
    "a row is there twice": lambda document: document["settings"].append(_row(document)),
    "a row is skipped": _with_row(status="skipped", reason="the plan left it out", **_NULL),
    "a row failed": _with_row(status="failed", reason="ValueError", **_NULL),
    "a row timed out": _with_row(status="timeout", reason="the timeout", **_NULL),
    "a row's status is unknown": _with_row(status="fine"),
    "first fit null": _with_row(**_NULL),
    "first fit null, no reason": _with_row(first_fit_s=None),
    "first fit absent": lambda document: _row(document).pop("first_fit_s"),
    "n is 0": _first_fit("n", 0),
    "n is -1": _first_fit("n", -1),
    "no interval": _no_interval,
    "interval turned round": _turned_interval,
    "median outside of it": _first_fit("median", 1e6),
    "median negative": _first_fit("median", -1.0),
    "median as text": _first_fit("median", "0.1"),
    "median true": _first_fit("median", True),
    "two rounds of each setting": _all_of_two_rounds,
    "other CPU model": _set(["host", "cpu_model"], "Other CPU"),
    "other usable CPUs": _set(["host", "usable_cpus"], 99),
    "other BLAS": _other_blas,
    "other spec": _set(["spec", "callable", "args", "pieces"], 9),
    "other data": _set(["data", "digest"], "0" * 16),
    "data of another shape": _set(["data", "shape"], [9]),
}
