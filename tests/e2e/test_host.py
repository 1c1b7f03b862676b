"""What sklpar reads of the kernel, held against a kernel that is made to do it."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from sklpar.host.cgroup_tree import groups
from sklpar.host.cgroups import MemoryGroup, group_name, sweep_stale

pytestmark = pytest.mark.e2e

MB = 2**20
JOIN = "import os, sys\nopen(sys.argv[1], 'w').write('0')\n"
QUOTA = (
    JOIN
    + """
import json, time
from sklpar.host.cgroups import throttled
from sklpar.host.cpus import usable_cpus
usable = usable_cpus({})
end = time.monotonic() + float(sys.argv[2])
while time.monotonic() < end:
    pass
reading = throttled()
print(json.dumps([usable.count, usable.source, reading.nr_throttled, reading.throttled_s]))
"""
)


@pytest.fixture
def cpu_group() -> Iterator[Path]:
    """A group of the cpu controller (version 1) with room for a quota, and one below it."""
    own = next((group for group in groups("cpu") if group.version == 1), None)
    if own is None:
        pytest.skip("the cpu controller is not of version 1 here")
    outer = own.folder / f"sklpar-test-{os.getpid()}"
    try:
        outer.mkdir()
    except OSError as error:
        pytest.skip(f"no group can be made below {own.folder}: {error.strerror}")
    inner = outer / "inner"
    inner.mkdir()
    try:
        yield inner
    finally:
        inner.rmdir()
        outer.rmdir()


@pytest.fixture
def memory_group() -> Iterator[MemoryGroup]:
    group = MemoryGroup.create(group_name(900))
    if group is None:
        pytest.skip("no memory group can be made here")
    yield group
    assert group.remove()


@contextmanager
def member(group: MemoryGroup, code: str, *args: str) -> Iterator[subprocess.Popen[str]]:
    """Run code in the group; it prints a line when it is ready and ends with its stdin."""
    script = JOIN + code + "\nprint('ready', flush=True)\nsys.stdin.read()\n"
    with subprocess.Popen(
        [sys.executable, "-S", "-c", script, str(group.procs_file), *args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
    ) as process:
        assert process.stdout is not None
        try:
            assert process.stdout.readline() == "ready\n"
            yield process
        finally:
            process.kill()


def under_quota(group: Path, burn_s: float) -> Any:
    done = subprocess.run(
        [sys.executable, "-c", QUOTA, str(group / "cgroup.procs"), str(burn_s)],
        capture_output=True,
        text=True,
        check=True,
    )
    return json.loads(done.stdout)


def test_a_real_quota_of_one_cpu_leaves_one_usable_and_is_named(cpu_group: Path) -> None:
    source = cpu_group / "cpu.cfs_quota_us"
    source.write_text("100000")
    count, text, _, _ = under_quota(cpu_group, 0)
    assert (count, text) == (1, f"cgroup quota {source} (1.0 CPUs)") or os.cpu_count() == 1


def test_a_real_quota_on_the_parent_group_binds_the_child(cpu_group: Path) -> None:
    source = cpu_group.parent / "cpu.cfs_quota_us"
    source.write_text("20000")
    count, text, nr_throttled, throttled_s = under_quota(cpu_group, 0.5)
    assert (count, text) == (1, f"cgroup quota {source} (0.2 CPUs)")
    assert nr_throttled >= 1
    assert 0 < throttled_s < 1


def test_touched_memory_is_the_usage_of_the_group(memory_group: MemoryGroup) -> None:
    with member(memory_group, ""):
        base = memory_group.usage_bytes()
    with member(memory_group, "block = bytearray(b'x') * (300 * 2**20)"):
        usage = MemoryGroup.at(memory_group.path, memory_group.version).usage_bytes()
    assert base is not None
    assert usage is not None
    assert abs(usage - base - 300 * MB) < 5 * MB


def test_memory_that_two_processes_share_counts_once(
    memory_group: MemoryGroup, tmp_path: Path
) -> None:
    shared = Path(f"/dev/shm/sklpar-test-{os.getpid()}")
    code = """
import mmap
with open(sys.argv[2], "r+b") as file:
    view = mmap.mmap(file.fileno(), 0)
for page in range(0, len(view), 4096):
    view[page] = 1
"""
    try:
        with shared.open("wb") as file:
            file.truncate(100 * MB)
        with (
            member(memory_group, code, str(shared)),
            member(memory_group, code, str(shared)),
        ):
            usage = memory_group.usage_bytes()
    finally:
        shared.unlink(missing_ok=True)
    assert usage is not None
    assert 100 * MB < usage < 150 * MB


def test_the_cache_of_a_file_that_is_read_does_not_count(
    memory_group: MemoryGroup, tmp_path: Path
) -> None:
    path = tmp_path / "big"
    code = """
with open(sys.argv[2], "wb") as file:
    for _ in range(100):
        file.write(bytes(2**20))
with open(sys.argv[2], "rb") as file:
    while file.read(2**20):
        pass
"""
    with member(memory_group, code, str(path)):
        usage = memory_group.usage_bytes()
        stat = dict(
            line.split() for line in (memory_group.path / "memory.stat").read_text().splitlines()
        )
    path.unlink()
    cached = int(stat["total_cache" if memory_group.version == 1 else "file"])
    if cached < 90 * MB:
        pytest.skip("the folder for temporary files keeps no cache here")
    assert usage is not None
    assert usage < 50 * MB


def test_a_process_that_the_kernel_kills_for_memory_is_counted(memory_group: MemoryGroup) -> None:
    limit = "memory.limit_in_bytes" if memory_group.version == 1 else "memory.max"
    (memory_group.path / limit).write_text(str(40 * MB))
    assert memory_group.oom_kills() == 0
    done = subprocess.run(
        [sys.executable, "-c", JOIN + "b'x' * (400 * 2**20)", str(memory_group.procs_file)],
        check=False,
    )
    assert done.returncode == -signal.SIGKILL
    assert memory_group.oom_kills() == 1


def test_a_group_with_a_process_in_it_is_not_removed(memory_group: MemoryGroup) -> None:
    with member(memory_group, ""):
        assert not memory_group.remove()
        assert sweep_stale() == 0
        assert memory_group.path.exists()


def test_the_group_of_a_killed_sklpar_is_swept_by_the_next(memory_group: MemoryGroup) -> None:
    code = """
import os
from sklpar.host.cgroups import MemoryGroup, group_name
print(MemoryGroup.create(group_name(1)).path, flush=True)
os.kill(os.getpid(), 9)
"""
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=False)
    left = Path(done.stdout.strip())
    assert left.is_dir()
    assert sweep_stale() >= 1
    assert not left.exists()
    assert memory_group.path.exists()
