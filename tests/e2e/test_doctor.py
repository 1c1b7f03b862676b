"""``sklpar doctor`` on this machine, as it is and as it is made to be."""

from __future__ import annotations

import glob
import json
import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sklpar.doctor.calibration import measure_once
from sklpar.doctor.checks import judge
from sklpar.doctor.document import checkup_to_json
from sklpar.doctor.facts import ask_child, gather_facts
from sklpar.errors import MeasurementError
from sklpar.host.cgroup_tree import groups
from sklpar.model import Checkup
from sklpar.render.checkup import render
from sklpar.render.interface import RenderOptions
from tests.e2e.command import ROOT, environment

pytestmark = pytest.mark.e2e

CPUS = len(os.sched_getaffinity(0))
several_cpus = pytest.mark.skipif(CPUS < 2, reason="one CPU has nothing to share")
PREFIXES = ("OMP_", "KMP_", "GOMP_", "JOBLIB_", "LOKY_", "PYTEST_XDIST")
DOCTOR = [sys.executable, "-P", "-m", "sklpar", "doctor"]


def surroundings(**extra: str) -> dict[str, str]:
    plain = environment()
    return {**{k: v for k, v in plain.items() if not k.startswith(PREFIXES)}, **extra}


def doctor(*before: str, **extra: str) -> dict[str, Any]:
    done = subprocess.run(
        [*before, *DOCTOR, "--json"],
        env=surroundings(**extra),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr == ""
    document: dict[str, Any] = json.loads(done.stdout, parse_constant=lambda word: word / 0)  # type: ignore[operator]
    return document


def found(document: dict[str, Any], rule: str) -> list[dict[str, Any]]:
    return [finding for finding in document["findings"] if finding["rule"] == rule]


def variables(document: dict[str, Any]) -> dict[str, str]:
    rows = found(document, "environment")
    return {row["evidence"]["variable"]: row["severity"] for row in rows}


@pytest.fixture(scope="module")
def plain() -> dict[str, Any]:
    return doctor()


def test_the_document_tells_what_the_machine_is(plain: dict[str, Any]) -> None:
    assert plain["schema_version"] == 1
    assert plain["host"]["usable_cpus"] >= 1
    assert plain["joblib_cpu_count"] >= 1
    assert {pool["user_api"] for pool in plain["pools"]} == {"blas", "openmp"}
    assert all(pool["num_threads"] >= 1 and pool["library"] for pool in plain["pools"])
    assert {"scikit-learn", "numpy", "scipy", "joblib"} <= plain["host"]["versions"].keys()
    assert plain["host"]["temp_free_bytes"] > 0
    assert plain["calibration"] is None
    assert "--measure" in plain["calibration_unavailable"]


def test_a_sound_environment_is_not_blamed(plain: dict[str, Any]) -> None:
    assert not found(plain, "imports")
    assert not found(plain, "versions")
    assert not found(plain, "openmp_runtimes")
    assert variables(plain) == {}


def test_the_text_opens_with_the_verdict_and_fits() -> None:
    done = subprocess.run(
        DOCTOR,
        env=surroundings(COLUMNS="60", LC_ALL="C", JOBLIB_NUM_THREADS="4"),
        capture_output=True,
        text=True,
        timeout=120,
        check=True,
    )
    assert " finding" in done.stdout.splitlines()[0]
    assert done.stdout.isascii()
    assert max(map(len, done.stdout.splitlines())) <= 60
    assert "tutorials set JOBLIB_NUM_THREADS" in " ".join(done.stdout.split())


def test_useless_and_broken_variables_are_told_apart() -> None:
    document = doctor(JOBLIB_NUM_THREADS="4", LOKY_MAX_CPU_COUNT="64", JOBLIB_MULTIPROCESSING="0")
    assert variables(document) == {
        "JOBLIB_NUM_THREADS": "warning",
        "LOKY_MAX_CPU_COUNT": "info",
        "JOBLIB_MULTIPROCESSING": "warning",
    }
    assert document["joblib_cpu_count"] == 1


@several_cpus
def test_more_threads_than_cpus_are_seen_in_the_pools_too() -> None:
    document = doctor(OMP_NUM_THREADS=str(2 * CPUS))
    assert variables(document)["OMP_NUM_THREADS"] == "warning"
    (pools,) = found(document, "thread_pools")
    assert pools["evidence"]["threads"] == 2 * CPUS


@several_cpus
def test_openmp_that_pins_the_process_is_caught_in_the_act() -> None:
    document = doctor(OMP_PROC_BIND="true")
    assert document["joblib_cpu_count"] == CPUS
    if document["affinity_after_imports"] == CPUS:
        pytest.skip("this OpenMP does not pin the thread that loads it")
    assert document["joblib_cpu_count_after_imports"] < CPUS
    assert any("pinned" in row["advice"] for row in found(document, "usable_cpus"))


@several_cpus
def test_one_cpu_of_several_is_one_usable_cpu() -> None:
    document = doctor("taskset", "-c", str(min(os.sched_getaffinity(0))))
    assert document["host"]["usable_cpus"] == 1
    assert document["joblib_cpu_count"] == 1
    assert {pool["num_threads"] for pool in document["pools"]} == {1}


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("LOKY_MAX_CPU_COUNT", "abc"),
        ("JOBLIB_MULTIPROCESSING", "false"),
        ("JOBLIB_START_METHOD", "none"),
    ],
)
def test_a_variable_that_breaks_joblib_is_named_and_no_traceback(name: str, value: str) -> None:
    document = doctor(**{name: value})
    assert variables(document)[name] == "error"
    assert document["joblib_cpu_count"] is None
    assert "ValueError" in document["joblib_cpu_count_unavailable"]


@pytest.fixture
def quota_group() -> Iterator[Path]:
    """A group of the cpu controller (version 1) with a quota of half a CPU."""
    own = next((group for group in groups("cpu") if group.version == 1), None)
    if own is None:
        pytest.skip("the cpu controller is not of version 1 here")
    folder = own.folder / f"sklpar-doctor-{os.getpid()}"
    try:
        folder.mkdir()
        (folder / "cpu.cfs_quota_us").write_text("50000")
    except OSError as error:
        pytest.skip(f"no group with a quota can be made in {own.folder}: {error.strerror}")
    try:
        yield folder
    finally:
        for _ in range(50):
            try:
                folder.rmdir()
            except OSError:
                time.sleep(0.1)
            else:
                break


@several_cpus
def test_a_quota_that_neither_blas_nor_joblib_sees_is_found(quota_group: Path) -> None:
    join = f'echo $$ > {quota_group / "cgroup.procs"} && exec "$@"'
    document = doctor("sh", "-c", join, "sh")
    assert document["host"]["usable_cpus"] == 1
    assert document["quota_cpus"] == 0.5
    assert str(quota_group) in document["quota_source"]
    (quota,) = found(document, "quota")
    assert quota["evidence"]["threads"] == CPUS
    assert document["joblib_cpu_count"] == CPUS
    assert any("LOKY_MAX_CPU_COUNT=1" in row["advice"] for row in found(document, "usable_cpus"))


def shadow(folder: Path, **modules: str) -> str:
    """Packages of the libraries' names that go before the real ones."""
    for name, code in modules.items():
        (folder / name).mkdir()
        (folder / name / "__init__.py").write_text(code + "\n")
    return f"{ROOT}:{folder}"


@pytest.mark.parametrize(
    ("name", "code", "words"),
    [
        ("sklearn", "raise ModuleNotFoundError(\"No module named 'sklearn'\")", "pip install"),
        ("numpy", "raise ImportError('numpy.dtype size changed')", "another major version"),
        ("joblib", "raise SystemExit(3)", "SystemExit"),
        ("scipy", "import os; print('last words', flush=True); os.abort()", "last words"),
        ("threadpoolctl", "1 / 0", "ZeroDivisionError"),
    ],
)
def test_a_library_that_is_broken_is_a_report_not_a_traceback(
    tmp_path: Path, name: str, code: str, words: str
) -> None:
    document = doctor(PYTHONPATH=shadow(tmp_path, **{name: code}))
    first = found(document, "imports")[0]
    assert name in first["evidence"]["module"]
    assert words in first["advice"]
    assert document["host"]["usable_cpus"] >= 1


def test_two_openmp_runtimes_in_the_process_are_found(
    tmp_path: Path, plain: dict[str, Any]
) -> None:
    (own,) = (pool["library"] for pool in plain["pools"] if pool["user_api"] == "openmp")
    others = [*glob.glob("/usr/lib/*/libgomp.so.1"), *glob.glob("/usr/lib*/libgomp.so.1")]
    if not others or own == Path(others[0]).resolve().name:
        pytest.skip("the system has no libgomp beside that of scikit-learn")
    (tmp_path / "sitecustomize.py").write_text(f"import ctypes\nctypes.CDLL({others[0]!r})\n")
    document = doctor(PYTHONPATH=f"{ROOT}:{tmp_path}")
    (finding,) = found(document, "openmp_runtimes")
    assert finding["evidence"]["runtimes"] == 2


def test_a_full_temp_folder_is_told(tmp_path: Path) -> None:
    document = doctor(JOBLIB_TEMP_FOLDER="/proc/1/maps/none", TMPDIR=str(tmp_path))
    (finding,) = found(document, "temp_space")
    assert finding["severity"] in {"warning", "error"}
    assert document["host"]["temp_folder"] == "/proc/1/maps/none"


def test_a_machine_that_tells_nothing_of_itself_is_still_reported(tmp_path: Path) -> None:
    """No /proc, no control groups, no /dev/shm: said in words, not in a traceback."""
    seen = gather_facts({}, root=tmp_path, look_s=0.0)
    assert seen.host.usable_cpus >= 1
    assert (seen.load, seen.shm_space, seen.quota_cpus) == (None, None, None)
    assert "the load" in {missing.what for missing in seen.missing}
    report = Checkup(
        sklpar_version="0", facts=seen, findings=judge(seen), calibration_unavailable="not asked"
    )
    assert "load unknown" in render(report, RenderOptions())
    assert json.dumps(checkup_to_json(report), allow_nan=False)


def test_bytes_that_are_no_text_are_no_error() -> None:
    document = doctor(JOBLIB_NUM_THREADS=os.fsdecode(b"\xff\xfe"))
    assert variables(document) == {"JOBLIB_NUM_THREADS": "warning"}


def test_an_import_that_hangs_is_stopped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", shadow(tmp_path, numpy="import time; time.sleep(600)"))
    started = time.monotonic()
    answer = ask_child(timeout_s=1.5)
    assert time.monotonic() - started < 20
    assert {"what": "numpy", "why": "took longer than 1.5 s and was stopped"} in answer["missing"]


def test_the_child_goes_when_the_doctor_is_killed(tmp_path: Path) -> None:
    mark = tmp_path / "pid"
    code = f"""
import os, time
open({str(mark) + ".part"!r}, "w").write(str(os.getpid()))
os.rename({str(mark) + ".part"!r}, {str(mark)!r})
time.sleep(600)
"""
    path = shadow(tmp_path, numpy=code)
    parent = subprocess.Popen(DOCTOR, env=surroundings(PYTHONPATH=path))
    wait_for(mark.exists)
    parent.kill()
    parent.wait()
    wait_for(lambda: is_gone(int(mark.read_text())))


def test_one_measurement_gives_a_value_for_each_repeat() -> None:
    values = measure_once("task_threading", 2)
    assert len(values) > 3
    assert all(0 < value < 1e6 for value in values)


def test_a_measurement_that_fails_says_why(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("PYTHONPATH", shadow(tmp_path, joblib="raise ImportError('no joblib')"))
    with pytest.raises(MeasurementError, match="no joblib"):
        measure_once("task_threading", 2)


@pytest.mark.parametrize("how", [signal.SIGKILL, signal.SIGINT])
def test_a_measurement_that_is_killed_leaves_no_worker_and_no_semaphore(
    how: signal.Signals,
) -> None:
    code = (
        "from sklpar.doctor.calibration import calibrate\n"
        f"calibrate({CPUS}, lambda line: print(line, flush=True))\n"
    )
    process = subprocess.Popen(
        [sys.executable, "-c", code],
        env=surroundings(),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    assert process.stdout is not None
    assert process.stdout.readline().startswith("[1/")
    wait_for(lambda: len(tree(process.pid)) > 2)
    pids = tree(process.pid)
    process.send_signal(how)
    process.wait()
    process.stdout.close()
    wait_for(lambda: all(is_gone(pid) for pid in pids))
    names = [Path(file).name for file in glob.glob("/dev/shm/*loky*")]
    assert not [name for name in names for pid in pids if f"-{pid}-" in name]


def tree(root: int) -> list[int]:
    """The processes below `root`."""
    below: list[int] = []
    for file in glob.glob(f"/proc/{root}/task/*/children"):
        try:
            children = [int(pid) for pid in Path(file).read_text().split()]
        except OSError:
            continue
        below += [*children, *(pid for child in children for pid in tree(child))]
    return below


def is_gone(pid: int) -> bool:
    try:
        return Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z"
    except (FileNotFoundError, ProcessLookupError):
        return True


def wait_for(condition: Any, seconds: float = 30) -> None:
    deadline = time.monotonic() + seconds
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)
