"""The variables, judged: what each does by the libraries' sources, and who reads none of it."""

from __future__ import annotations

import json

import pytest

from sklpar.host.environment import judge_environment
from sklpar.model import Finding


def only(environ: dict[str, str], cpus: int = 8) -> Finding:
    (finding,) = judge_environment(environ, cpus)
    assert finding.rule == "environment"
    return finding


@pytest.mark.parametrize(
    "environ",
    [
        {},
        {"HOME": "/root", "PATH": "/bin"},
        {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1", "MKL_NUM_THREADS": "1"},
        {"OMP_WAIT_POLICY": "passive", "OMP_PROC_BIND": "false", "OMP_PLACES": "cores"},
        {"OMP_DYNAMIC": "false", "KMP_BLOCKTIME": "0", "KMP_AFFINITY": "disabled"},
        {"KMP_DUPLICATE_LIB_OK": "FALSE", "MKL_THREADING_LAYER": "GNU", "OMP_THREAD_LIMIT": "8"},
        {"LOKY_MAX_CPU_COUNT": "4", "LOKY_MAX_DEPTH": "2", "LOKY_PICKLER": "pickle"},
        {"JOBLIB_MULTIPROCESSING": "1", "JOBLIB_TEMP_FOLDER": "/big", "JOBLIB_START_METHOD": ""},
        {"OMP_NUM_TEAMS": "2", "MKL_DOMAIN_NUM_THREADS": "1", "OPENBLAS_DEFAULT_NUM_THREADS": "2"},
    ],
)
def test_a_sound_environment_has_no_finding(environ: dict[str, str]) -> None:
    assert judge_environment(environ, 8) == ()


@pytest.mark.parametrize(
    "name", ["JOBLIB_NUM_THREADS", "JOBLIB_N_JOBS", "JOBLIB_BACKEND", "JOBLIB_TIMEOUT"]
)
def test_what_tutorials_set_and_joblib_does_not_read_is_a_warning(name: str) -> None:
    finding = only({name: "4"})
    assert finding.severity == "warning"
    assert finding.advice.startswith(f"tutorials set {name}, but joblib does not read it: ")
    assert finding.evidence == {"variable": name, "value": "4"}


@pytest.mark.parametrize("name", ["JOBLIB_CACHE_DIR", "LOKY_TIMEOUT"])
def test_any_other_variable_that_they_do_not_read_is_a_note(name: str) -> None:
    finding = only({name: "4"})
    assert finding.severity == "info"
    assert f"does not read {name}" in finding.advice


def test_a_misspelt_variable_is_told_what_was_meant() -> None:
    assert "OMP_NUM_THREADS is probably meant" in only({"OMP_NUM_THREAD": "1"}).advice


@pytest.mark.parametrize(
    ("value", "cpus", "threads"), [("8", 8, 64), ("16", 8, 128), ("4,2", 2, 8)]
)
def test_as_many_threads_as_cpus_switch_the_protection_off(
    value: str, cpus: int, threads: int
) -> None:
    finding = only({"OMP_NUM_THREADS": value}, cpus)
    assert finding.severity == "warning"
    assert f"up to {threads} threads on {cpus} usable CPUs" in finding.advice
    assert finding.evidence == {"variable": "OMP_NUM_THREADS", "value": value, "usable_cpus": cpus}


def test_variables_of_one_value_share_a_finding() -> None:
    names = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "MKL_NUM_THREADS")
    finding = only(dict.fromkeys(names, "8"))
    assert finding.evidence["variable"] == ", ".join(names)


def test_more_than_one_cpu_has_is_a_warning_and_one_is_not() -> None:
    assert "on 1 usable CPU;" in only({"OMP_NUM_THREADS": "4"}, 1).advice
    assert judge_environment({"OMP_NUM_THREADS": "1"}, 1) == ()


def test_a_few_threads_bound_the_workers() -> None:
    finding = only({"OMP_NUM_THREADS": "2"})
    assert finding.severity == "info"
    assert "keep n_jobs at 4 or less" in finding.advice


def test_one_variable_at_1_leaves_the_others_to_loky() -> None:
    finding = only({"OMP_NUM_THREADS": "1"})
    assert finding.severity == "info"
    assert "leaves OPENBLAS_NUM_THREADS, MKL_NUM_THREADS to loky" in finding.advice
    assert "4 for n_jobs=2 on 8 CPUs" in finding.advice
    assert "OpenMP is not capped" in only({"OPENBLAS_NUM_THREADS": "1"}).advice


def test_different_values_are_a_note() -> None:
    notes = judge_environment({"OMP_NUM_THREADS": "2", "OPENBLAS_NUM_THREADS": "1"}, 2)
    finding = next(note for note in notes if "pools differ" in note.advice)
    assert finding.severity == "info"
    assert finding.evidence["value"] == "2, 1"


@pytest.mark.parametrize("value", ["", " ", "0", "-1", "all", "1.5", "²", "9" * 5000])
def test_what_is_no_number_of_threads_is_a_warning(value: str) -> None:
    finding = only({"OPENBLAS_NUM_THREADS": value})
    assert finding.severity == "warning"
    assert "loky takes the variable for set" in finding.advice
    assert len(finding.advice) < 400


@pytest.mark.parametrize(
    ("name", "value", "severity", "words"),
    [
        ("LOKY_MAX_CPU_COUNT", "abc", "error", "ValueError"),
        ("LOKY_MAX_CPU_COUNT", "", "error", "ValueError"),
        ("LOKY_MAX_CPU_COUNT", "0", "warning", "1 CPU"),
        ("LOKY_MAX_CPU_COUNT", "64", "info", "only lower"),
        ("LOKY_MAX_DEPTH", "x", "error", "whole number"),
        ("JOBLIB_MULTIPROCESSING", "0", "warning", "one job"),
        ("JOBLIB_MULTIPROCESSING", "false", "error", "ValueError"),
        ("JOBLIB_START_METHOD", "spawn", "info", "multiprocessing"),
        ("JOBLIB_START_METHOD", "bogus", "error", "ValueError"),
        ("JOBLIB_TEMP_FOLDER", "", "warning", "current folder"),
        ("OMP_WAIT_POLICY", "ACTIVE", "warning", "spin"),
        ("KMP_BLOCKTIME", "infinite", "warning", "spinning"),
        ("GOMP_SPINCOUNT", "infinity", "warning", "spinning"),
        ("OMP_PROC_BIND", "TRUE", "warning", "n_jobs=-1 is 1"),
        ("OMP_PLACES", "cores", "warning", "n_jobs=-1 is 1"),
        ("GOMP_CPU_AFFINITY", "0-7", "warning", "n_jobs=-1 is 1"),
        ("KMP_AFFINITY", "granularity=fine,compact", "info", "Intel"),
        ("OMP_THREAD_LIMIT", "2", "info", "threadpoolctl"),
        ("OMP_DYNAMIC", "true", "info", "load average"),
        ("MKL_THREADING_LAYER", "sequential", "info", "one thread"),
        ("KMP_DUPLICATE_LIB_OK", "TRUE", "warning", "two OpenMP runtimes"),
    ],
)
def test_each_variable_is_judged_by_what_it_does(
    name: str, value: str, severity: str, words: str
) -> None:
    finding = only({name: value})
    assert finding.severity == severity
    assert words in finding.advice
    assert finding.advice.startswith(name)
    assert finding.evidence["variable"] == name


@pytest.mark.parametrize("name", ["OMP_PROC_BIND", "KMP_AFFINITY"])
def test_pinning_to_the_only_cpu_harms_nobody(name: str) -> None:
    assert judge_environment({name: "true"}, 1) == ()


def test_the_worst_comes_first_and_all_of_it_is_json() -> None:
    found = judge_environment(
        {"JOBLIB_X": "1", "OMP_NUM_THREADS": "8", "LOKY_MAX_CPU_COUNT": "many"}, 8
    )
    assert [finding.severity for finding in found] == ["error", "warning", "info"]
    assert json.dumps([dict(finding.evidence) for finding in found])


def test_a_secret_is_never_quoted() -> None:
    assert judge_environment({"JOBLIB_S3_SECRET_KEY": "hunter2"}, 8) == ()
