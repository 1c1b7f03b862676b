from __future__ import annotations

import json
from pathlib import Path

from sklpar.host.fingerprint import (
    describe_host,
    fingerprint,
    memory_bytes,
    relevant_environment,
    system_versions,
)
from sklpar.model import DataFacts, Pool

POOLS = (
    Pool(user_api="blas", internal_api="openblas", num_threads=2, version="0.3.31"),
    Pool(
        user_api="blas",
        internal_api="openblas",
        num_threads=2,
        version="0.3.30",
        threading_layer="pthreads",
    ),
    Pool(user_api="openmp", internal_api="openmp", num_threads=2),
)


def write(root: Path, files: dict[str, str]) -> Path:
    for name, text in files.items():
        (root / name).parent.mkdir(parents=True, exist_ok=True)
        (root / name).write_text(text)
    return root


def test_memory_is_the_control_groups_where_that_is_less(tmp_path: Path) -> None:
    root = write(tmp_path, {"proc/meminfo": "MemTotal:     4096 kB\nMemFree: 1 kB\n"})
    assert memory_bytes(root) == 4096 * 1024
    write(
        root,
        {
            "proc/self/cgroup": "0::/\n",
            "proc/self/mountinfo": "24 1 0:22 / /sys/fs/cgroup rw - cgroup2 cgroup2 rw\n",
            "sys/fs/cgroup/memory.max": "5000\n",
        },
    )
    assert memory_bytes(root) == 5000


def test_memory_is_none_where_nothing_tells(tmp_path: Path) -> None:
    assert memory_bytes(tmp_path) is None


def test_only_variables_that_steer_parallelism_are_kept_sorted() -> None:
    environ = {
        "OMP_WAIT_POLICY": "passive",
        "MKL_NUM_THREADS": "1",
        "LD_PRELOAD": "libjemalloc.so",
        "VECLIB_MAXIMUM_THREADS": "2",
        "HOME": "/home/me",
        "AWS_SECRET_ACCESS_KEY": "x",
        "JOBLIB_S3_SECRET_KEY": "x",
        "SKLEARN_API_TOKEN": "x",
        "LOKY_MAX_CPU_COUNT": "4",
    }
    assert list(relevant_environment(environ)) == [
        "LD_PRELOAD",
        "LOKY_MAX_CPU_COUNT",
        "MKL_NUM_THREADS",
        "OMP_WAIT_POLICY",
        "VECLIB_MAXIMUM_THREADS",
    ]


def test_every_host_names_python_sklpar_and_the_kernel() -> None:
    assert {"python", "sklpar", "kernel"} <= system_versions().keys()


def test_a_host_carries_what_was_found_and_what_was_given(tmp_path: Path) -> None:
    environ = {"LOKY_MAX_CPU_COUNT": "many", "OMP_NUM_THREADS": "1"}
    host = describe_host(environ, {"numpy": "2.4.6"}, POOLS, tmp_path)
    assert host.versions["numpy"] == "2.4.6"
    assert host.thread_pools == POOLS
    assert host.environment == {"LOKY_MAX_CPU_COUNT": "many", "OMP_NUM_THREADS": "1"}
    assert "LOKY_MAX_CPU_COUNT is 'many'" in host.usable_cpus_source
    assert host.usable_cpus >= 1
    assert host.temp_folder
    assert host.temp_free_bytes is not None
    assert host.shm_free_bytes is None  # a root without /dev/shm


def test_a_fingerprint_is_small_and_plain_json(tmp_path: Path) -> None:
    host = describe_host({}, {"numpy": "2.4.6", "lightgbm": "4"}, POOLS, tmp_path)
    facts = fingerprint(host, "ab12", DataFacts(shape=(10, 3), digest="cd"))
    assert json.loads(json.dumps(facts)) == facts
    assert facts["blas"] == ["openblas 0.3.30 pthreads", "openblas 0.3.31"]
    assert set(facts["versions"]) == {"python", "numpy"}
    assert (facts["spec_sha256"], facts["data"]) == ("ab12", {"shape": [10, 3], "digest": "cd"})
    assert "data" not in fingerprint(host, "ab12")
