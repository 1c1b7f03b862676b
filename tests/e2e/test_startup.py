"""What does not measure starts fast, and loads nothing whose loading is part of a measurement."""

from __future__ import annotations

import json
import os
import resource
import subprocess
import sys
from pathlib import Path

import pytest

from sklpar.store.folder import RunFolder
from tests.e2e.command import environment, workplace
from tests.unit.reports import digits

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
HEAVY = ("numpy", "scipy", "joblib", "sklearn", "pandas")
SPEC = str(ROOT / "configs" / "quickstart.yaml")
COMMANDS = [["--help"], ["show"], ["show", "--format", "json"], ["emit", "python"], ["check", SPEC]]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("runs")
    run = RunFolder.create(path / ".sklpar" / "runs" / digits().run_id)
    run.write_report(digits())
    return path


def python(*arguments: str, cwd: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command[0])
def test_the_parent_loads_no_numerical_library(command: list[str], folder: Path) -> None:
    code = (
        "import sys; from sklpar.cli import main; assert main(sys.argv[1:]) == 0;"
        f"loaded = set(sys.modules) & set({HEAVY}); assert not loaded, loaded"
    )
    done = python("-c", code, *command, cwd=folder)
    assert done.returncode == 0, done.stderr


@pytest.mark.parametrize("line", ["", "sklpar tune --backend "], ids=["help", "completion"])
def test_help_and_completion_load_nothing_that_draws_or_measures(line: str, folder: Path) -> None:
    words = {"COMP_WORDS": line, "COMP_CWORD": "3", "_SKLPAR_COMPLETE": "complete_bash"}
    setup = f"import os; os.environ.update({words}); " if line else ""
    code = (
        f"{setup}import sys; from sklpar.cli import main;"
        f"assert main({[] if line else ['--help']}) == 0;"
        f"loaded = set(sys.modules) & {{*{HEAVY}, 'sklpar.render.figures', 'rich.live'}};"
        "assert not loaded, loaded"
    )
    done = python("-c", code, cwd=folder)
    assert done.returncode == 0, done.stderr
    assert ("threading" if line else "Usage: sklpar") in done.stdout


TINY = """
version: 1
estimator: {class: Ridge}
data: {synthetic: regression, n_samples: 50, n_features: 3}
sweep: {backend: [sequential], inner_threads: [1]}
measure: {rounds: 1, repeats: 0}
"""


def test_the_parent_of_a_whole_tune_loads_neither_scikit_learn_nor_joblib(tmp_path: Path) -> None:
    """It may load scipy for its statistics; what fits may not be loaded beside a timed fit."""
    (tmp_path / "tiny.yaml").write_text(TINY, encoding="utf-8")
    code = (
        "import sys; from sklpar.cli import main; assert main(sys.argv[1:]) == 0;"
        "loaded = set(sys.modules) & {'sklearn', 'joblib', 'pandas'}; assert not loaded, loaded"
    )
    done = python("-c", code, "tune", "tiny.yaml", "--output", "run", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert len(RunFolder.find(str(tmp_path / "run")).outcomes()) == 1 + 3


@pytest.mark.parametrize("command", COMMANDS[:4], ids=lambda command: command[-1])
def test_help_and_stored_runs_start_fast(command: list[str], folder: Path) -> None:
    """Under 0.3 s of CPU on an idle machine, of which the libraries of the command line take half.

    CPU time grows with the load of the machine, so the bound here is against just those libraries.
    """
    bare = ["-c", "import typer.main, pydantic.main"]
    ours = ["-m", "sklpar", *command]
    pairs = [(cpu_seconds(ours, folder), cpu_seconds(bare, folder)) for _ in range(5)]
    assert min(own for own, _ in pairs) < 3 * min(their for _, their in pairs)


def cpu_seconds(arguments: list[str], folder: Path) -> float:
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    done = python(*arguments, cwd=folder)
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    assert done.returncode == 0, done.stderr
    return after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime


def test_a_reader_that_goes_away_is_no_error(folder: Path) -> None:
    done = subprocess.run(
        ["sh", "-c", f"{sys.executable} -m sklpar show; echo $? >&2"],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        stdout=broken_pipe(),
        stderr=subprocess.PIPE,
        text=True,
        timeout=60,
        check=True,
    )
    assert done.stderr == "0\n"


def broken_pipe() -> int:
    """The writing end of a pipe that nobody reads."""
    reader, writer = os.pipe()
    os.close(reader)
    return writer


def test_a_full_disk_is_named_without_a_traceback(folder: Path) -> None:
    with Path("/dev/full").open("w", encoding="utf-8") as full:
        done = subprocess.run(
            [sys.executable, "-m", "sklpar", "show"],
            cwd=folder,
            env={**os.environ, "PYTHONPATH": str(ROOT)},
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            timeout=60,
            check=False,
        )
    assert done.returncode == 2
    assert done.stderr.startswith("sklpar: error: No space left on device")
    assert "Traceback" not in done.stderr


BUSY = """
version: 1
callable: {fit: "guarded:fit"}
sweep: {backend: [sequential], n_jobs: [1], inner_threads: [1]}
measure: {rounds: 1, repeats: 0}
"""


@pytest.mark.parametrize("closing", ["0<&- 2>/dev/full", "0<&- 1>&- 2>&-"])
def test_a_standard_stream_that_is_closed_or_full_changes_no_exit_code(
    closing: str, tmp_path: Path
) -> None:
    workplace(tmp_path, BUSY)
    command = f"{sys.executable} -m sklpar %s {closing}"
    codes = [
        subprocess.run(
            ["sh", "-c", command % arguments],
            cwd=tmp_path,
            env=environment(),
            check=False,
            capture_output=True,
            timeout=280,
        ).returncode
        for arguments in ("tune spec.yaml --trust guarded --output run", "check nosuch.yaml")
    ]
    assert json.loads((tmp_path / "run/run.json").read_text())["status"] == "complete"
    assert codes[1] == 2
    assert codes[0] == (2 if "1>" in closing else 0)
