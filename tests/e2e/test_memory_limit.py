"""A fit that outgrows a real memory limit is a row, and sklpar itself survives."""

from __future__ import annotations

import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from sklpar.host.cgroup_tree import groups
from tests.e2e.command import environment, workplace

pytestmark = pytest.mark.e2e

LIMIT_BYTES = 500 * 2**20


@pytest.fixture
def limited() -> Iterator[Path]:
    """A memory group of 500 MiB below our own; only where one can be made (root, version 1)."""
    own = next(iter(groups("memory")), None)
    if own is None or own.version != 1 or not os.access(own.folder, os.W_OK):
        pytest.skip("no memory control group of version 1 can be made here")
    folder = own.folder / f"sklpar-test-{os.getpid()}"
    try:
        folder.mkdir()
        (folder / "memory.limit_in_bytes").write_text(str(LIMIT_BYTES))
    except OSError as error:
        pytest.skip(f"no memory control group can be made here: {error}")
    yield folder
    for below in [*folder.glob("*/"), folder]:
        below.rmdir()


def test_a_fit_killed_for_memory_is_out_of_memory_and_the_sweep_goes_on(
    limited: Path, tmp_path: Path
) -> None:
    import json
    import subprocess
    import sys

    workplace(
        tmp_path,
        """
version: 1
callable: {fit: "greedy:fit"}
sweep: {backend: [threading], n_jobs: [2], inner_threads: [1]}
measure: {repeats: 0, rounds: 1}
""",
    )
    join = f'echo $$ > {limited}/cgroup.procs && exec "$@"'
    command = [sys.executable, "-m", "sklpar", "tune", "spec.yaml", "--output", "run", "-q"]
    done = subprocess.run(
        ["sh", "-c", join, "sh", *command, "--trust", "greedy"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    report = json.loads((tmp_path / "run" / "run.json").read_text())
    rows = {row["id"]: row for row in report["settings"]}
    assert rows["threading-j2-t1"]["status"] == "out_of_memory"
    assert rows["serial"]["status"] == "ok"
    assert report["host"]["memory_bytes"] == LIMIT_BYTES
