"""Each check on made-up facts: what it must see, and what it must leave alone."""

from __future__ import annotations

from typing import Any

import pytest

from sklpar.doctor.checks import CHECKS, judge
from sklpar.model import Facts, Finding, Interpreter, Load, Missing, Requirement, Space
from tests.unit.doctor.facts import GB, HEALTHY, SHM, TEMP, blas, facts, openmp


def only(rule: str, found: Facts) -> Finding:
    """The one finding of a check."""
    (finding,) = CHECKS[rule](found)
    assert finding.rule == rule
    return finding


def test_a_healthy_machine_has_no_finding() -> None:
    assert judge(HEALTHY) == ()


def test_findings_come_worst_first() -> None:
    found = facts(
        missing=(Missing(what="sklearn", why="ModuleNotFoundError: No module named 'sklearn'"),),
        environment={"JOBLIB_NUM_THREADS": "4", "JOBLIB_X": "1"},
    )
    assert [finding.severity for finding in judge(found)] == ["error", "warning", "info"]


# --- CPUs


def test_joblib_that_counts_more_than_are_usable_is_named_with_the_cure() -> None:
    source = "cgroup quota /sys/fs/cgroup/a/cpu.max (2 CPUs)"
    found = facts(usable_cpus=2, usable_cpus_source=source)
    finding = only("usable_cpus", found)
    assert finding.severity == "warning"
    assert "n_jobs=-1 starts 4 workers for 2 CPUs" in finding.advice
    assert "LOKY_MAX_CPU_COUNT=2" in finding.advice
    assert (finding.evidence["joblib_cpus"], finding.evidence["usable_cpus"]) == (4, 2)


def test_joblib_that_counts_fewer_is_a_note() -> None:
    assert only("usable_cpus", facts(joblib_cpus=1)).severity == "info"


def test_a_process_that_importing_scikit_learn_pins_is_a_warning() -> None:
    found = facts(affinity_after_imports=1, joblib_cpus_after_imports=1)
    finding = only("usable_cpus", found)
    assert finding.severity == "warning"
    assert "pinned the process to 1 CPU of 4" in finding.advice


def test_hardware_threads_are_told_from_cores() -> None:
    finding = only("usable_cpus", facts(physical_cpus=2))
    assert finding.severity == "info"
    assert "n_jobs=2" in finding.advice


def test_one_usable_cpu_is_said() -> None:
    finding = only("usable_cpus", facts(usable_cpus=1, joblib_cpus=1))
    assert "one CPU to work with" in finding.advice


def test_counts_that_are_not_known_are_not_judged() -> None:
    unknown = facts(joblib_cpus=None, physical_cpus=None, affinity_cpus=None)
    assert CHECKS["usable_cpus"](unknown) == ()


@pytest.mark.parametrize(("quota", "cap"), [(1.5, 1), (2.0, 2), (0.5, 1)])
def test_a_quota_that_blas_does_not_see_is_a_warning(quota: float, cap: int) -> None:
    found = facts(quota_cpus=quota, quota_source="/sys/fs/cgroup/cpu.max", throttled_s=3.5)
    finding = only("quota", found)
    assert finding.severity == "warning"
    assert f"MKL_NUM_THREADS to {cap} " in finding.advice
    assert finding.evidence["throttled_s"] == 3.5


@pytest.mark.parametrize(
    "pools",
    [(), (blas(1), openmp(1)), (blas(2),)],
)
def test_pools_within_the_quota_are_fine(pools: Any) -> None:
    assert CHECKS["quota"](facts(quota_cpus=2.0, thread_pools=pools)) == ()


def test_the_load_of_others_and_steal_are_two_things() -> None:
    found = facts(load=Load(busy_cpus=1.0, steal_cpus=0.2, over_s=0.5, average_1min=None))
    busy, stolen = CHECKS["load"](found)
    assert "other work" in busy.advice
    assert "hypervisor" in stolen.advice
    assert CHECKS["load"](facts(load=None)) == ()


# --- thread pools


def test_a_pool_larger_than_the_usable_cpus_is_a_warning() -> None:
    finding = only("thread_pools", facts(thread_pools=(blas(4), openmp(8))))
    assert finding.evidence["threads"] == 8
    assert finding.evidence["libraries"] == "openmp"
    assert "*_NUM_THREADS" in finding.advice


def test_a_limit_of_loky_is_said_not_to_reach_blas() -> None:
    source = "LOKY_MAX_CPU_COUNT (2 CPUs)"
    found = facts(usable_cpus=2, usable_cpus_source=source, joblib_cpus=2)
    assert "not BLAS" in only("thread_pools", found).advice


def test_under_a_quota_the_pools_are_left_to_the_check_of_the_quota() -> None:
    found = facts(usable_cpus=2, quota_cpus=2.0)
    assert CHECKS["thread_pools"](found) == ()


def test_a_blas_that_nothing_can_see_is_a_note() -> None:
    finding = only("thread_pools", facts(thread_pools=(openmp(4),)))
    assert finding.severity == "info"
    assert "Accelerate" in finding.advice


@pytest.mark.parametrize(
    ("libraries", "words"),
    [
        (("libgomp-a.so.1", "libgomp-b.so.1"), "2 copies of libgomp"),
        (("libgomp.so.1", "libiomp5.so"), "two OpenMP runtimes"),
        (("libgomp.so.1", "libomp.so"), "two OpenMP runtimes"),
        (("libomp.dylib", "libiomp5.dylib"), "may crash or hang"),
        (("libgomp.so.1", "libiomp5.so", "libomp.so"), "may crash or hang"),
    ],
)
def test_two_openmp_runtimes_are_told_apart(libraries: tuple[str, ...], words: str) -> None:
    pools = tuple(openmp(4, library) for library in libraries)
    finding = only("openmp_runtimes", facts(thread_pools=pools))
    assert words in finding.advice
    assert finding.evidence["runtimes"] == len(libraries)


# --- libraries


def test_modules_that_fail_for_one_reason_are_one_finding() -> None:
    why = "ImportError: numpy.dtype size changed, may indicate binary incompatibility"
    missing = tuple(Missing(what=name, why=why) for name in ("numpy", "scipy.linalg", "sklearn"))
    finding = only("imports", facts(missing=missing))
    assert finding.severity == "error"
    assert finding.advice.startswith("numpy, scipy.linalg, sklearn cannot be imported")
    assert "built for another major version of numpy" in finding.advice


def test_what_merely_could_not_be_read_is_no_import() -> None:
    missing = (Missing(what="the load", why="no /proc"),)
    assert CHECKS["imports"](facts(missing=missing)) == ()


def test_a_requirement_that_is_not_met_is_named_with_both_versions() -> None:
    def one(installed: str | None, *, met: bool) -> Requirement:
        return Requirement(
            distribution="scikit-learn",
            version="1.9.1",
            requires="joblib>=1.4.0",
            installed=installed,
            met=met,
        )

    finding = only("versions", facts(requirements=(one("1.2.0", met=False), one("1.6", met=True))))
    assert "scikit-learn 1.9.1 requires joblib>=1.4.0, but 1.2.0 is installed" in finding.advice
    assert "not installed" in only("versions", facts(requirements=(one(None, met=False),))).advice


def python(**changes: Any) -> Interpreter:
    known: dict[str, Any] = {"start_method": "fork", "free_threaded": False, "gil_enabled": True}
    return Interpreter(executable="/usr/bin/python", **{**known, **changes})


def test_a_free_threaded_build_is_a_note_and_its_lock_a_warning() -> None:
    off = only("free_threading", facts(interpreter=python(free_threaded=True, gil_enabled=False)))
    back = only("free_threading", facts(interpreter=python(free_threaded=True)))
    assert (off.severity, back.severity) == ("info", "warning")
    assert CHECKS["free_threading"](facts(interpreter=python())) == ()
    assert CHECKS["free_threading"](facts(interpreter=None)) == ()


# --- surroundings


def test_fork_and_openmp_are_told_of_the_hang() -> None:
    finding = only("start_method", facts(interpreter=python()))
    assert "hang" in finding.advice
    capped = facts(interpreter=python(), thread_pools=(openmp(1),))
    assert CHECKS["start_method"](capped) == ()


def test_the_start_method_of_joblib_goes_before_pythons() -> None:
    found = facts(interpreter=python(), environment={"JOBLIB_START_METHOD": "spawn"})
    assert "__main__" in only("start_method", found).advice


def space(free_bytes: int, **changes: Any) -> Space:
    known: dict[str, Any] = {"path": "/tmp", "filesystem": "ext4", "writable": True}
    return Space(free_bytes=free_bytes, **{**known, **changes})


def test_memory_maps_on_disk_are_a_note_that_names_the_limit_of_dev_shm() -> None:
    small = space(64 * 10**6, path="/dev/shm", filesystem="tmpfs")
    finding = only("temp_space", facts(memmap_space=TEMP, shm_space=small))
    assert finding.severity == "info"
    assert "2 GB" in finding.advice
    assert "--shm-size" in finding.advice


def test_little_room_is_a_warning_and_none_to_write_an_error() -> None:
    assert only("temp_space", facts(memmap_space=space(10**8))).severity == "warning"
    closed = space(GB * 50, writable=False)
    assert only("temp_space", facts(memmap_space=closed)).severity == "error"


def test_a_folder_on_disk_that_was_asked_for_is_fine() -> None:
    named = {"JOBLIB_TEMP_FOLDER": "/tmp"}
    assert CHECKS["temp_space"](facts(memmap_space=TEMP, environment=named)) == ()


def test_workers_of_xdist_that_each_count_all_cpus_are_a_warning() -> None:
    finding = only("xdist", facts(xdist="3.8.0", xdist_workers=4))
    assert finding.severity == "warning"
    assert finding.evidence == {"xdist_workers": 4, "usable_cpus": 4}


def test_xdist_that_is_merely_installed_is_a_note() -> None:
    assert only("xdist", facts(xdist="3.8.0")).severity == "info"


@pytest.mark.parametrize(
    "changes",
    [
        {"xdist": None},
        {"xdist": "3", "xdist_workers": 1},
        {"xdist": "3", "usable_cpus": 1},
        {"xdist": "3", "environment": {"LOKY_MAX_CPU_COUNT": "2", "OMP_NUM_THREADS": "2"}},
        {
            "xdist": "3",
            "xdist_workers": 4,
            "environment": {"LOKY_MAX_CPU_COUNT": "1", "OMP_NUM_THREADS": "1"},
        },
    ],
)
def test_xdist_without_anything_to_multiply_is_fine(changes: Any) -> None:
    assert CHECKS["xdist"](facts(**changes)) == ()


def test_the_environment_is_judged_by_the_usable_cpus() -> None:
    found = facts(environment={"OMP_NUM_THREADS": "4"})
    assert only("environment", found).severity == "warning"
    assert CHECKS["environment"](facts(environment={"OMP_WAIT_POLICY": "passive"})) == ()


def test_every_finding_of_a_wrecked_machine_has_advice_and_plain_evidence() -> None:
    wreck = facts(
        usable_cpus=1,
        joblib_cpus=4,
        affinity_after_imports=1,
        quota_cpus=0.5,
        thread_pools=(blas(4), openmp(4), openmp(4, "libiomp5.so")),
        environment={"JOBLIB_BACKEND": "x", "OMP_NUM_THREADS": "many"},
        memmap_space=space(0),
        shm_space=None,
        interpreter=python(free_threaded=True),
        load=Load(busy_cpus=4, steal_cpus=1, over_s=0.5, average_1min=9.0),
        missing=(Missing(what="numpy", why="broken"),),
    )
    findings = judge(wreck)
    assert {finding.rule for finding in findings} >= {"quota", "usable_cpus", "temp_space", "load"}
    for finding in findings:
        assert finding.rule in CHECKS
        assert finding.advice
        assert "\n" not in finding.advice
        assert not finding.advice.endswith(".")
        for value in finding.evidence.values():
            assert value is None or isinstance(value, int | float | str)


def test_shared_memory_with_room_needs_no_word() -> None:
    assert CHECKS["temp_space"](facts(memmap_space=SHM)) == ()
