"""Running sklpar as a user does: in a process of its own."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from sklpar.execution.runner import ProcessRunner
from sklpar.model import Bound, Inspection, Outcome, Setting, Trial
from sklpar.spec.job import encode_job
from sklpar.spec.loader import parse_spec

ROOT = Path(__file__).parents[2]
JOBS = Path(__file__).parent / "jobs"

DIGITS = """
version: 1
estimator:
  class: GridSearchCV
  cv: 2
  estimator: {class: LogisticRegression, max_iter: 5}
  param_grid: {C: [0.1, 1]}
data: {sklearn: iris}
"""


@dataclass(frozen=True, kw_only=True)
class Done:
    code: int
    out: str
    err: str
    folder: Path

    @property
    def report(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads((self.folder / "run.json").read_text())
        return document

    @property
    def rows(self) -> dict[str, dict[str, Any]]:
        return {row["id"]: row for row in self.report["settings"]}


def environment(**extra: str) -> dict[str, str]:
    # KMP_ ones are set by whatever test has imported scikit-learn.
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.endswith("_NUM_THREADS") and not name.startswith("KMP_")
    }
    return {**kept, "PYTHONPATH": str(ROOT), "COLUMNS": "100", **extra}


def workplace(folder: Path, spec: str) -> Path:
    """Write a spec beside the user code that it may name."""
    for job in JOBS.glob("*.py"):
        shutil.copy(job, folder)
    path = folder / "spec.yaml"
    path.write_text(spec, encoding="utf-8")
    return path


def start(*arguments: str, cwd: Path, **extra: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-P", "-m", "sklpar", *arguments],  # as the installed command
        cwd=cwd,
        env=environment(**extra),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def tune(cwd: Path, spec: str, *arguments: str, **extra: str) -> Done:
    """Tune a spec in `cwd` with the run in ``cwd/run``."""
    workplace(cwd, spec)
    process = start("tune", "spec.yaml", "--output", "run", *arguments, cwd=cwd, **extra)
    out, err = process.communicate(timeout=280)
    return Done(code=process.returncode, out=out, err=err, folder=cwd / "run")


def run_trial(
    folder: Path,
    spec: str,
    setting: Setting,
    *,
    repeats: int = 1,
    bound: Bound | None = None,
    on_fit: Callable[[int | None], None] = lambda _: None,
    environ: Mapping[str, str] | None = None,
) -> Outcome:
    """Run one trial in `folder`, without the run around it, of a spec that may name any job here.

    `n_jobs` is the estimator's own parameter of that name; serial sets a forest's below it too.
    """
    runner = ProcessRunner(
        job=encode_job(
            parse_spec(spec, file=str(JOBS / "spec.yaml")), [job.stem for job in JOBS.glob("*.py")]
        ),
        inspection=Inspection(
            label="job",
            n_jobs_paths=("n_jobs",),
            serial_params={"n_jobs": 1, "estimator__n_jobs": 1},
        ),
        folder=lambda _: folder,
        environ=environment(**(environ or {})),
    )
    with pytest.MonkeyPatch.context() as patch:
        # The guardian is started with the environment of this very process.
        patch.setenv("PYTHONPATH", str(ROOT), prepend=os.pathsep)
        trial = Trial(number=1, round=1, setting=setting, repeats=repeats)
        return runner.run(trial, bound or Bound(first_s=120.0), on_fit)
