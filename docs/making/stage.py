"""Where the commands of the pages are run: a folder of their own, always the same terminal."""

from __future__ import annotations

import json
import os
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory

from docs.making.pages import ROOT

RUNS = ROOT / "docs" / "runs"
# What the pages show is of two CPUs.
CPUS = 2


class CommandFailedError(Exception):
    """A command of a page did not end well; the message is what it said."""


@dataclass(frozen=True, kw_only=True)
class Stage:
    """A folder in which commands run as a reader would type them."""

    folder: Path
    variables: Mapping[str, str] = field(default_factory=dict)

    def run(self, command: str, *, both: bool = False) -> str:
        """Return what a command printed, errors and notes too where `both`.

        Raises
        ------
        CommandFailedError
            Its exit code is not 0.
        """
        done = subprocess.run(
            [*_on_few_cpus(), *_words(command)],
            cwd=self.folder,
            env={**_environment(), **self.variables},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT if both else subprocess.PIPE,
            text=True,
            check=False,
        )
        if done.returncode:
            message = f"{command!r} exits with {done.returncode}: {done.stderr or done.stdout}"
            raise CommandFailedError(message)
        return done.stdout

    def put_runs(self, names: Sequence[str]) -> None:
        """Lay stored runs where the commands find them: by id, and in folders of their names."""
        for name in names:
            text = (RUNS / name / "run.json").read_text(encoding="utf-8")
            home = self.folder / ".sklpar" / "runs" / str(json.loads(text)["run_id"])
            home.mkdir(parents=True)
            (home / "run.json").write_text(text, encoding="utf-8")
            (self.folder / name).symlink_to(home)

    def keep_newest_run(self, name: str) -> None:
        """Store the newest run under a name."""
        newest = max((self.folder / ".sklpar" / "runs").iterdir())
        home = RUNS / name
        home.mkdir(parents=True, exist_ok=True)
        text = small((newest / "run.json").read_text(encoding="utf-8"))
        (home / "run.json").write_text(text, encoding="utf-8")


def small(document: str) -> str:
    """Return a run's document in one line and with six digits: a third of its size."""
    plain = json.loads(document, parse_float=lambda digits: float(f"{float(digits):.6g}"))
    return json.dumps(plain, separators=(",", ":"), ensure_ascii=False) + "\n"


@contextmanager
def stage(variables: Mapping[str, str] | None = None) -> Iterator[Stage]:
    """Make a stage with the repository's specs on it, and clear it away."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        for part in ("configs", "examples"):
            shutil.copytree(ROOT / part, folder / part)
        yield Stage(folder=folder, variables=variables or {})


def _words(command: str) -> list[str]:
    python = {"python": [sys.executable], "sklpar": [sys.executable, "-P", "-m", "sklpar"]}
    return [part for word in shlex.split(command) for part in python.get(word, [word])]


def _on_few_cpus() -> list[str]:
    usable = sorted(os.sched_getaffinity(0))
    if len(usable) <= CPUS or shutil.which("taskset") is None:
        return []
    return ["taskset", "-c", ",".join(str(cpu) for cpu in usable[:CPUS])]


def _environment() -> dict[str, str]:
    """Return this environment without what changes outputs or what is measured."""
    kept = {
        name: value
        for name, value in os.environ.items()
        if not name.endswith("_NUM_THREADS")
        and not name.startswith(("KMP_", "OMP_", "JOBLIB_", "LOKY_", "GITHUB_", "LC_"))
    }
    fixed = {"COLUMNS": "110", "NO_COLOR": "1", "LC_ALL": "C.UTF-8", "PYTHONPATH": str(ROOT)}
    return kept | fixed
