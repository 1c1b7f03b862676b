from __future__ import annotations

import os
from pathlib import Path

import pytest

from sklpar.host.cpus import cpu_model, logical_cpus, physical_cpus, usable_cpus


@pytest.fixture(autouse=True)
def sixteen_cpus(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 16)


def quota(root: Path, text: str) -> Path:
    files = {
        "proc/self/cgroup": "0::/job\n",
        "proc/self/mountinfo": "24 1 0:22 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
        "sys/fs/cgroup/job/cpu.max": text,
    }
    for name, content in files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(content)
    return root


def cpuinfo(root: Path, text: str) -> Path:
    (root / "proc").mkdir(exist_ok=True)
    (root / "proc/cpuinfo").write_text(text)
    return root


def test_without_any_limit_the_affinity_names_the_figure(tmp_path: Path) -> None:
    usable = usable_cpus({}, tmp_path, affinity=16)
    assert (usable.count, usable.source, usable.note) == (16, "affinity (16 CPUs)", "")


def test_affinity_below_the_machine_is_the_source(tmp_path: Path) -> None:
    usable = usable_cpus({}, tmp_path, affinity=1)
    assert (usable.count, usable.source) == (1, "affinity (1 CPU)")


@pytest.mark.parametrize(
    ("text", "count", "shown"),
    [("100000 100000", 1, "1.0"), ("150000 100000", 2, "1.5"), ("10000 100000", 1, "0.1")],
)
def test_a_quota_is_rounded_up_and_its_file_named(
    tmp_path: Path, text: str, count: int, shown: str
) -> None:
    usable = usable_cpus({}, quota(tmp_path, text), affinity=16)
    assert usable.count == count
    assert usable.source == f"cgroup quota /sys/fs/cgroup/job/cpu.max ({shown} CPUs)"


def test_a_quota_above_the_affinity_does_not_bind(tmp_path: Path) -> None:
    usable = usable_cpus({}, quota(tmp_path, "800000 100000"), affinity=4)
    assert (usable.count, usable.source) == (4, "affinity (4 CPUs)")


def test_loky_max_cpu_count_lowers_but_never_raises(tmp_path: Path) -> None:
    lower = usable_cpus({"LOKY_MAX_CPU_COUNT": "3"}, tmp_path, affinity=8)
    assert (lower.count, lower.source) == (3, "LOKY_MAX_CPU_COUNT (3 CPUs)")
    assert usable_cpus({"LOKY_MAX_CPU_COUNT": "64"}, tmp_path, affinity=8).count == 8
    assert usable_cpus({"LOKY_MAX_CPU_COUNT": "0"}, tmp_path, affinity=8).count == 1


@pytest.mark.parametrize("text", ["", "four", "2.5"])
def test_a_loky_limit_that_is_no_number_is_noted_and_not_used(tmp_path: Path, text: str) -> None:
    usable = usable_cpus({"LOKY_MAX_CPU_COUNT": text}, tmp_path, affinity=8)
    assert usable.count == 8
    assert repr(text) in usable.note


def test_a_lower_cpu_count_is_a_limit_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)  # as PYTHON_CPU_COUNT=2 has it
    usable = usable_cpus({}, tmp_path, affinity=8)
    assert (usable.count, usable.source) == (2, "os.cpu_count (2 CPUs)")


def test_a_platform_without_affinity_falls_back_to_the_cpu_count(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delattr(os, "sched_getaffinity")
    assert usable_cpus({}, tmp_path).source == "os.cpu_count (16 CPUs)"


def test_hyperthreads_are_told_from_cores(tmp_path: Path) -> None:
    for cpu, siblings in enumerate(["0,2", "1,3", "0,2", "1,3"]):
        folder = tmp_path / f"sys/devices/system/cpu/cpu{cpu}/topology"
        folder.mkdir(parents=True)
        (folder / "thread_siblings_list").write_text(siblings + "\n")
    (tmp_path / "sys/devices/system/cpu/cpufreq/topology").mkdir(parents=True)
    assert physical_cpus(tmp_path) == 2


def test_cores_are_counted_from_cpuinfo_where_sys_is_hidden(tmp_path: Path) -> None:
    block = "processor : {0}\nphysical id : {1}\ncore id : {2}\nmodel name : Big  CPU @ 2GHz\n\n"
    places = [(0, 0), (0, 0), (0, 1), (1, 0)]
    text = "".join(block.format(n, *place) for n, place in enumerate(places))
    root = cpuinfo(tmp_path, text)
    assert (logical_cpus(root), physical_cpus(root)) == (4, 3)
    assert cpu_model(root) == "Big CPU @ 2GHz"


def test_an_arm_cpuinfo_gives_no_cores_and_the_machine_type(tmp_path: Path) -> None:
    root = cpuinfo(tmp_path, "processor\t: 0\nCPU part\t: 0xd0c\n\nprocessor\t: 1\nCPU part\t: 1\n")
    assert (logical_cpus(root), physical_cpus(root)) == (2, None)
    assert cpu_model(root) == os.uname().machine


def test_nothing_to_read_falls_back_to_what_python_knows(tmp_path: Path) -> None:
    assert logical_cpus(tmp_path) == 16
    assert physical_cpus(tmp_path) is None
    assert cpu_model(tmp_path) == os.uname().machine
