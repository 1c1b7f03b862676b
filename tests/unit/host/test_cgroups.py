from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

import pytest

from sklpar.host import cgroups
from sklpar.host.cgroup_tree import groups, parse_memberships, parse_mounts
from sklpar.host.cgroups import MemoryGroup, Quota

Tree = Callable[[dict[str, str]], Path]

V1_MOUNTS = """\
23 1 254:0 / / rw,relatime - ext4 /dev/root rw
31 23 0:28 / /sys/fs/cgroup rw,relatime - tmpfs tmpfs rw,mode=755
32 31 0:29 / /sys/fs/cgroup/cpu,cpuacct rw,relatime shared:9 - cgroup cgroup rw,cpu,cpuacct
35 31 0:32 / /sys/fs/cgroup/memory rw,relatime - cgroup cgroup rw,memory
40 31 0:37 / /sys/fs/cgroup/systemd rw,relatime - cgroup cgroup rw,name=systemd
"""
V1_SLURM = """\
9:name=systemd:/system.slice/slurmd.service
4:memory:/slurm/uid_1000/job_42
1:cpu,cpuacct:/slurm/uid_1000/job_42
"""
V2_MOUNTS = "24 1 0:22 / /sys/fs/cgroup rw,nosuid shared:4 - cgroup2 cgroup2 rw,nsdelegate\n"
SLICE = "sys/fs/cgroup/user.slice/user-1000.slice"


@pytest.fixture
def tree(tmp_path: Path) -> Tree:
    def build(files: dict[str, str]) -> Path:
        for name, text in files.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        return tmp_path

    return build


def v1(memberships: str, files: dict[str, str], mounts: str = V1_MOUNTS) -> dict[str, str]:
    return {"proc/self/cgroup": memberships, "proc/self/mountinfo": mounts, **files}


def v2(path: str, files: dict[str, str], mounts: str = V2_MOUNTS) -> dict[str, str]:
    return {"proc/self/cgroup": f"0::{path}\n", "proc/self/mountinfo": mounts, **files}


def cfs(folder: str, quota: int, period: int = 100_000) -> dict[str, str]:
    return {
        f"{folder}/cpu.cfs_quota_us": f"{quota}\n",
        f"{folder}/cpu.cfs_period_us": f"{period}\n",
    }


def test_a_machine_without_control_groups_has_no_quota_and_no_limit(tmp_path: Path) -> None:
    assert cgroups.cpu_quota(tmp_path) is None
    assert cgroups.memory_limit(tmp_path) is None
    assert cgroups.throttled(tmp_path) is None
    assert MemoryGroup.create("sklpar-1-1", tmp_path) is None
    assert cgroups.sweep_stale(tmp_path) == 0


def test_a_version_1_quota_on_an_ancestor_is_found_and_named(tree: Tree) -> None:
    base = "sys/fs/cgroup/cpu,cpuacct"
    root = tree(
        v1(
            V1_SLURM,
            cfs(base, -1)
            | cfs(f"{base}/slurm", -1)
            | cfs(f"{base}/slurm/uid_1000", 150_000)
            | cfs(f"{base}/slurm/uid_1000/job_42", 400_000),
        )
    )
    assert cgroups.cpu_quota(root) == Quota(
        cpus=1.5, source="/sys/fs/cgroup/cpu,cpuacct/slurm/uid_1000/cpu.cfs_quota_us"
    )


def test_a_version_2_quota_in_a_nested_slice_is_found(tree: Tree) -> None:
    root = tree(
        v2(
            "/user.slice/user-1000.slice/app.slice/run-7.scope",
            {
                f"{SLICE}/cpu.max": "50000 100000\n",
                f"{SLICE}/app.slice/cpu.max": "max 100000\n",
                f"{SLICE}/app.slice/run-7.scope/cpu.max": "200000 100000\n",
            },
        )
    )
    assert cgroups.cpu_quota(root) == Quota(
        cpus=0.5, source="/sys/fs/cgroup/user.slice/user-1000.slice/cpu.max"
    )


def test_a_hybrid_machine_is_read_in_both_hierarchies(tree: Tree) -> None:
    mounts = V1_MOUNTS + "41 31 0:38 / /sys/fs/cgroup/unified rw - cgroup2 cgroup2 rw\n"
    root = tree(
        v1(
            "1:cpu,cpuacct:/a\n0::/b\n",
            {
                **cfs("sys/fs/cgroup/cpu,cpuacct/a", 300_000),
                "sys/fs/cgroup/unified/b/cpu.max": "100000 100000",
            },
            mounts,
        )
    )
    quota = cgroups.cpu_quota(root)
    assert quota is not None
    assert (quota.cpus, quota.source) == (1.0, "/sys/fs/cgroup/unified/b/cpu.max")


def test_a_docker_container_of_version_1_sees_its_group_at_the_mount_root(tree: Tree) -> None:
    mounts = "32 31 0:29 /docker/abc /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n"
    root = tree(v1("1:cpu:/docker/abc\n", cfs("sys/fs/cgroup/cpu", 100_000), mounts))
    assert cgroups.cpu_quota(root) == Quota(cpus=1.0, source="/sys/fs/cgroup/cpu/cpu.cfs_quota_us")


def test_a_path_that_the_mount_does_not_show_falls_back_to_the_mount_root(tree: Tree) -> None:
    mounts = "32 31 0:29 /kubepods/pod1 /sys/fs/cgroup/cpu ro - cgroup cgroup rw,cpu\n"
    root = tree(v1("1:cpu:/elsewhere\n", cfs("sys/fs/cgroup/cpu", 250_000), mounts))
    quota = cgroups.cpu_quota(root)
    assert quota is not None
    assert quota.cpus == 2.5


def test_a_cgroup_namespace_is_read_from_its_root(tree: Tree) -> None:
    root = tree(v2("/", {"sys/fs/cgroup/cpu.max": "150000 100000"}))
    quota = cgroups.cpu_quota(root)
    assert quota is not None
    assert quota.cpus == 1.5


@pytest.mark.parametrize(("path", "top"), [("/../other", "/"), ("/", "/..")])
def test_a_group_outside_the_namespace_falls_back_to_the_mount_root(
    tree: Tree, path: str, top: str
) -> None:
    mounts = f"24 1 0:22 {top} /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n"
    root = tree(v2(path, {"sys/fs/cgroup/cpu.max": "100000 100000"}, mounts))
    assert cgroups.cpu_quota(root) == Quota(cpus=1.0, source="/sys/fs/cgroup/cpu.max")


def test_a_mount_that_shows_only_a_group_beneath_ours_does_not_bind_us(tree: Tree) -> None:
    mounts = "32 31 0:29 /child /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
    root = tree(v1("1:cpu:/\n", cfs("sys/fs/cgroup/cpu", 100_000), mounts))
    assert cgroups.cpu_quota(root) is None


def test_of_two_mounts_at_one_point_the_later_is_what_is_seen() -> None:
    host = "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
    view = "99 32 0:29 /box /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
    (mount,) = parse_mounts(host + view)
    assert mount.root == "/box"
    assert parse_mounts(host + "99 32 0:9 / /sys/fs/cgroup/cpu rw - tmpfs tmpfs rw\n") == ()


def test_the_mount_that_shows_most_ancestors_is_read(tree: Tree) -> None:
    mounts = (
        "50 1 0:29 /a/b /mnt/view rw - cgroup cgroup rw,cpu\n"
        "32 31 0:29 / /sys/fs/cgroup/cpu rw - cgroup cgroup rw,cpu\n"
    )
    files = cfs("mnt/view", -1) | cfs("sys/fs/cgroup/cpu/a", 100_000)
    root = tree(v1("1:cpu:/a/b\n", files | cfs("sys/fs/cgroup/cpu/a/b", -1), mounts))
    assert [str(group.folder.relative_to(root)) for group in groups("cpu", root)] == [
        "sys/fs/cgroup/cpu/a/b",
        "sys/fs/cgroup/cpu/a",
        "sys/fs/cgroup/cpu",
    ]
    quota = cgroups.cpu_quota(root)
    assert quota is not None
    assert quota.cpus == 1.0


def test_names_with_spaces_and_colons_are_read(tree: Tree) -> None:
    mounts = r"24 1 0:22 / /sys/fs/my\040cgroup rw - cgroup2 cgroup2 rw"
    assert parse_mounts(mounts)[0].point == "/sys/fs/my cgroup"
    assert parse_memberships("0::/a:b/c d\n4:memory,cpu:/x") == {
        "": "/a:b/c d",
        "memory": "/x",
        "cpu": "/x",
    }


@pytest.mark.parametrize("text", ["", "garbage", "1 2 3 - cgroup", "::", "a - b - c\n\n"])
def test_garbage_gives_nothing(text: str) -> None:
    assert parse_mounts(text) == ()
    parse_memberships(text)


@pytest.mark.parametrize("text", ["max 100000", "", "x y", "0 100000", "100000 0", "-1 100000"])
def test_what_is_no_quota_is_none(tree: Tree, text: str) -> None:
    assert cgroups.cpu_quota(tree(v2("/", {"sys/fs/cgroup/cpu.max": text}))) is None


def test_a_deleted_group_still_shows_its_ancestors(tree: Tree) -> None:
    root = tree(v2("/a/b (deleted)", {"sys/fs/cgroup/a/cpu.max": "100000 100000"}))
    quota = cgroups.cpu_quota(root)
    assert quota is not None
    assert quota.source == "/sys/fs/cgroup/a/cpu.max"


def test_the_group_of_another_process_can_be_asked_for(tree: Tree) -> None:
    root = tree(v2("/", {"proc/77/cgroup": "0::/a\n", "sys/fs/cgroup/a/cpu.max": "100000 100000"}))
    assert cgroups.cpu_quota(root) is None
    assert cgroups.cpu_quota(root, 77) is not None


def test_the_memory_limit_is_the_least_of_all_ancestors(tree: Tree) -> None:
    root = tree(
        v2(
            "/a/b",
            {
                "sys/fs/cgroup/a/memory.max": "1000000\n",
                "sys/fs/cgroup/a/b/memory.max": "max\n",
            },
        )
    )
    assert cgroups.memory_limit(root) == 1_000_000


def test_the_version_1_word_for_no_limit_is_no_limit(tree: Tree) -> None:
    name = "memory.limit_in_bytes"
    base = "sys/fs/cgroup/memory"
    files = {f"{base}/{name}": "9223372036854771712\n", f"{base}/x/{name}": "2048\n"}
    assert cgroups.memory_limit(tree(v1("4:memory:/\n", files))) is None
    assert cgroups.memory_limit(tree(v1("4:memory:/x\n", files))) == 2048


def test_throttling_is_read_where_the_quota_is(tree: Tree) -> None:
    stat = "nr_periods 32\nnr_throttled 30\nthrottled_time 1500000000\n"
    base = "sys/fs/cgroup/cpu,cpuacct"
    files = cfs(f"{base}/a", 100_000) | cfs(f"{base}/a/b", -1)
    files |= {f"{base}/a/cpu.stat": stat, f"{base}/a/b/cpu.stat": "nr_throttled 0\n"}
    reading = cgroups.throttled(tree(v1("1:cpu,cpuacct:/a/b\n", files)))
    assert reading is not None
    assert (reading.nr_throttled, reading.throttled_s) == (30, 1.5)


def test_version_2_throttling_is_in_microseconds(tree: Tree) -> None:
    files = {
        "sys/fs/cgroup/a/cpu.max": "100000 100000",
        "sys/fs/cgroup/a/cpu.stat": "usage_usec 9\nnr_throttled 4\nthrottled_usec 250000\n",
    }
    reading = cgroups.throttled(tree(v2("/a", files)))
    assert reading is not None
    assert (reading.nr_throttled, reading.throttled_s) == (4, 0.25)


def test_a_group_without_a_quota_is_never_throttled(tree: Tree) -> None:
    files = {"sys/fs/cgroup/cpu.stat": "nr_throttled 3\nthrottled_usec 5\n"}
    assert cgroups.throttled(tree(v2("/", files))) is None


def test_usage_is_anonymous_plus_shared_memory_without_the_file_cache() -> None:
    v1_stat = b"cache 9\nrss 1\nshmem 2\ntotal_cache 900\ntotal_rss 100\ntotal_shmem 20\n"
    v2_stat = b"anon 300\nfile 5000\nkernel 8\nshmem 40\nfile_mapped 3\nanon_thp 5\n"
    assert cgroups.stat_usage_bytes(v1_stat, 1) == 120
    assert cgroups.stat_usage_bytes(v2_stat, 2) == 340


@pytest.mark.parametrize("data", [b"", b"anon 3", b"anon 3\nfile 2\n", b"total_rss 1\n"])
def test_a_memory_stat_without_the_fields_has_no_usage(data: bytes) -> None:
    assert cgroups.stat_usage_bytes(data, 1) is None
    assert cgroups.stat_usage_bytes(data, 2) is None


def test_a_group_is_read_again_and_again_from_its_path_alone(tmp_path: Path) -> None:
    stat = tmp_path / "memory.stat"
    stat.write_bytes(b"anon 300\nshmem 40\n")
    (tmp_path / "memory.events").write_text("low 0\noom 2\noom_kill 1\n")
    group = MemoryGroup.at(str(tmp_path), 2)
    assert group.usage_bytes() == 340
    stat.write_bytes(b"anon 301\nshmem 40\n")
    assert group.usage_bytes() == 341
    assert group.oom_kills() == 1
    assert group.procs_file == tmp_path / "cgroup.procs"
    group.close()


def test_version_1_counts_its_kills_in_oom_control(tmp_path: Path) -> None:
    (tmp_path / "memory.oom_control").write_text("oom_kill_disable 0\nunder_oom 0\noom_kill 3\n")
    assert MemoryGroup.at(tmp_path, 1).oom_kills() == 3


def test_a_group_that_is_gone_reads_as_none_and_removes_as_done(tmp_path: Path) -> None:
    group = MemoryGroup.at(tmp_path / "gone", 1)
    assert group.usage_bytes() is None
    assert group.oom_kills() is None
    assert group.remove()


def test_removing_takes_the_groups_below_along(tmp_path: Path) -> None:
    (tmp_path / "sklpar-1-1" / "inner" / "most").mkdir(parents=True)
    assert MemoryGroup.at(tmp_path / "sklpar-1-1", 1).remove()
    assert list(tmp_path.iterdir()) == []


def test_no_group_is_made_where_it_would_bring_the_cpu_controller(tree: Tree) -> None:
    procs = f"{os.getpid()}\n"
    together = "32 31 0:29 / /sys/fs/cgroup/all rw - cgroup cgroup rw,cpu,memory\n"
    files = {"sys/fs/cgroup/all/cgroup.procs": procs}
    root = tree(v1("1:cpu,memory:/\n", files, together))
    assert MemoryGroup.create("sklpar-1-1", root) is None
    assert not (root / "sys/fs/cgroup/all/sklpar-1-1").exists()


@pytest.mark.parametrize(
    ("enabled", "offered", "may"),
    [
        ("memory pids", "cpu memory pids", True),
        ("cpu memory", "cpu memory pids", False),
        ("", "cpu pids", False),
    ],
)
def test_version_2_needs_memory_handed_down_without_cpu(
    tree: Tree, enabled: str, offered: str, may: bool
) -> None:
    files = {
        "cgroup.procs": f"{os.getpid()}\n",
        "cgroup.subtree_control": enabled,
        "cgroup.controllers": offered,
        "sklpar-999999999-1/cgroup.kill": "",
    }
    root = tree(v2("/", {f"sys/fs/cgroup/{name}": text for name, text in files.items()}))
    (root / "sys/fs/cgroup/sklpar-999999999-1/cgroup.kill").unlink()
    # Sweeping looks at a folder only where a group may be made.
    assert cgroups.sweep_stale(root) == may


def test_no_group_is_made_in_a_group_that_is_not_ours(tree: Tree) -> None:
    files = {"sys/fs/cgroup/memory/cgroup.procs": "1\n"}
    assert MemoryGroup.create("sklpar-1-1", tree(v1("4:memory:/\n", files))) is None


def test_only_groups_of_dead_sklpar_processes_are_swept(tree: Tree) -> None:
    base = "sys/fs/cgroup/memory"
    root = tree(v1("4:memory:/\n", {f"{base}/cgroup.procs": f"{os.getpid()}\n"}))
    for name in ("sklpar-7-1", "sklpar-8-1", "sklpar-7-x", "other"):
        (root / base / name).mkdir()
    (root / "proc/8").mkdir()
    assert cgroups.sweep_stale(root) == 1
    left = {path.name for path in (root / base).iterdir() if path.is_dir()}
    assert left == {"sklpar-8-1", "sklpar-7-x", "other"}


def test_a_groups_name_tells_whose_it_is() -> None:
    assert cgroups.group_name(3) == f"sklpar-{os.getpid()}-3"
