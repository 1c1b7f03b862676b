from __future__ import annotations

import doctest
import os
import warnings
from collections.abc import Iterator
from pathlib import Path

import joblib  # with numpy: what is loaded within a block keeps the size that it takes there
import pytest

import sklpar
from sklpar.api.applied import applied, holds, threads_wanted
from sklpar.api.result import Result
from sklpar.emit import NoRecommendationError
from sklpar.errors import SpecError
from sklpar.host.threads import THREAD_VARIABLES, thread_variables
from sklpar.model import Caps, InnerThreads
from tests.unit.reports import digits, recommendation, report, row


@pytest.fixture(autouse=True)
def variables(monkeypatch: pytest.MonkeyPatch) -> Iterator[dict[str, str]]:
    """An environment in which one variable is set, and which is so again afterwards."""
    for name in THREAD_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("OMP_NUM_THREADS", "7")
    before = dict(os.environ)
    yield before
    now = {name: os.environ.get(name) for name in THREAD_VARIABLES}
    assert now == {name: before.get(name) for name in THREAD_VARIABLES}


def config(
    folder: Path, *, backend: str = "loky", inner: object = 1, params: str = "{}", more: str = ""
) -> Path:
    file = folder / "tuned.yaml"
    file.write_text(
        f"version: 1\nsetting:\n  n_jobs: 2\n  backend: {backend}\n  inner_threads: {inner}\n"
        f"  params: {params}\nresolved: {{n_jobs: n_jobs}}\n{more}"
    )
    return file


def set_variables() -> dict[str, str]:
    return {name: os.environ[name] for name in THREAD_VARIABLES if name in os.environ}


# ---------------------------------------------------------------------- what it sets


def test_the_setting_is_in_force_inside_and_gone_after(tmp_path: Path) -> None:
    with applied(config(tmp_path)) as setting:
        assert setting.id == "loky-j2-t1"
        assert set_variables() == thread_variables(1)
        assert (joblib.effective_n_jobs(None), type(joblib.Parallel()._backend).__name__) == (
            2,
            "LokyBackend",
        )
    assert joblib.effective_n_jobs(None) == 1
    assert set_variables() == {"OMP_NUM_THREADS": "7"}


@pytest.mark.filterwarnings("ignore:threading-j2-t1 is not wholly in force")
def test_a_result_is_applied_as_its_emitted_file_is(tmp_path: Path) -> None:
    found = Result(report=digits())
    file = tmp_path / "tuned.yaml"
    file.write_text(found.emit("yaml"))
    told = "run 20260102-030405-abcdef was measured with"
    with pytest.warns(UserWarning, match=told), applied(found) as from_result:
        inside = set_variables()
    with pytest.warns(UserWarning, match="was measured with"), applied(str(file)) as from_file:
        assert set_variables() == inside
    assert from_result == from_file


@pytest.mark.parametrize(
    ("inner", "expected"),
    [
        (2, thread_variables(2)),
        ("{blas: 1, openmp: 2}", thread_variables(Caps(blas=1, openmp=2))),
        ("default", {}),
    ],
)
def test_the_variables_are_those_of_the_cap(
    inner: object, expected: dict[str, str], tmp_path: Path
) -> None:
    with applied(config(tmp_path, inner=inner)):
        assert set_variables() == expected


def test_an_exception_leaves_all_as_it_was(tmp_path: Path) -> None:
    with pytest.raises(ZeroDivisionError), applied(config(tmp_path)):
        _ = 1 / 0
    assert joblib.effective_n_jobs(None) == 1


def test_a_warning_that_is_an_error_leaves_all_as_it_was(tmp_path: Path) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with pytest.raises(UserWarning), applied(config(tmp_path, params="{max_iter: 3}")):
            pass


def test_the_inner_of_two_counts_and_the_outer_comes_back(tmp_path: Path) -> None:
    with applied(config(tmp_path, inner=2)):
        with applied(config(tmp_path, backend="multiprocessing", inner="default")):
            assert set_variables() == {}
            assert type(joblib.Parallel()._backend).__name__ == "MultiprocessingBackend"
        assert set_variables() == thread_variables(2)
        assert type(joblib.Parallel()._backend).__name__ == "LokyBackend"


def test_as_written_changes_nothing() -> None:
    whole = report(row("as-written"), recommendation=recommendation("as-written"))
    with applied(Result(report=whole)) as setting:
        assert setting.id == "as-written"
        assert set_variables() == {"OMP_NUM_THREADS": "7"}


def test_the_example_is_true(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(config(tmp_path).parent)
    names = {"sklpar": sklpar, "joblib": joblib}
    (example,) = doctest.DocTestFinder().find(applied, globs=names)
    assert doctest.DocTestRunner().run(example) == (0, 1)


# ---------------------------------------------------------------------- what it refuses


def test_a_file_that_is_none_is_the_error_of_the_command_line(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match=r"x\.yaml"), applied(tmp_path / "x.yaml"):
        pass
    bad = config(tmp_path, backend="gpu")
    with pytest.raises(SpecError, match=r"tuned\.yaml:4:12"), applied(bad):
        pass


def test_a_result_without_a_recommendation_cannot_be_applied() -> None:
    with pytest.raises(NoRecommendationError), applied(Result(report=report(row("as-written")))):
        pass


# ---------------------------------------------------------------------- what it says


def test_parameters_are_named_since_only_the_estimator_carries_them(tmp_path: Path) -> None:
    file = config(tmp_path, params='{clf__n_jobs: 1, clf__solver: "lbf\\ngs"}')
    said = "by set_params: clf__n_jobs=1, clf__solver=lbf gs"
    with pytest.warns(UserWarning, match=said) as told, applied(file):
        pass
    assert [one.filename for one in told] == [__file__]


@pytest.mark.parametrize(
    ("fingerprint", "said"),
    [
        ("{cpu_model: Abacus}", "cpu_model Abacus"),
        ("{versions: {joblib: 0.1, nothing-such: 1}}", r"versions\.joblib 0\.1 \(now 1"),
        ("{usable_cpus: 999}", "usable_cpus 999"),
    ],
)
def test_another_machine_or_version_is_told_once(
    fingerprint: str, said: str, tmp_path: Path
) -> None:
    file = config(tmp_path, more=f"fingerprint: {fingerprint}\n")
    with pytest.warns(UserWarning, match=said) as told, applied(file):
        pass
    assert len(told) == 1
    assert "tune again" in str(told[0].message)


@pytest.mark.parametrize(
    "fingerprint",
    ["{spec_sha256: 0ab, data: {shape: [1], digest: x}}", "{blas: 3, versions: {}, cpu: null}"],
)
def test_what_a_running_program_cannot_know_is_no_difference(
    fingerprint: str, tmp_path: Path
) -> None:
    file = config(tmp_path, more=f"fingerprint: {fingerprint}\n")
    with applied(file):  # a warning would be an error
        pass


def test_a_process_backend_that_joblib_would_not_use_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOBLIB_MULTIPROCESSING", "0")
    said = "loky-j2-t1 is not in force: JOBLIB_MULTIPROCESSING=0"
    with pytest.warns(RuntimeWarning, match=said), applied(config(tmp_path)):
        pass


def test_a_fork_server_may_be_older_than_the_caps(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JOBLIB_START_METHOD", "forkserver")
    file = config(tmp_path, backend="multiprocessing")
    with pytest.warns(RuntimeWarning, match="fork server") as told, applied(file):
        pass
    assert "sklpar exec --config" in str(told[0].message)


# ---------------------------------------------------------------------- what a cap comes to


@pytest.mark.parametrize(
    ("inner", "blas", "openmp"),
    [(1, 1, 1), (8, 4, 8), (Caps(blas=2, openmp=3), 2, 3), ("default", 4, 4)],
)
def test_a_cap_beyond_the_cpus_is_one_for_openmp_alone(
    inner: InnerThreads, blas: int, openmp: int
) -> None:
    assert threads_wanted(inner, affinity=4) == {"blas": blas, "openmp": openmp}


@pytest.mark.parametrize(
    ("kind", "threads", "asked", "expected"),
    [
        ("openmp", 2, 2, True),
        ("openmp", 2, 1, False),
        ("openmp", 1, 2, False),
        ("blas", 2, 1, False),
        ("blas", 1, 4, False),
        ("blas", 2, 4, True),  # MKL takes one thread for each of two cores
        ("blas", 8, 4, False),
        ("other", 8, 4, True),
    ],
)
def test_a_pool_is_held_to_what_its_library_makes_of_a_cap(
    kind: str, threads: int, asked: int, expected: bool
) -> None:
    wanted = {"blas": asked, "openmp": asked}
    assert holds({"user_api": kind, "num_threads": threads}, wanted, cores=2) is expected
    assert holds({"user_api": kind, "num_threads": threads}, wanted, cores=None) is (
        expected and (kind, threads) != ("blas", 2)
    )


def test_openblas_has_a_size_of_its_own_on_large_machines() -> None:
    wanted = threads_wanted("default", affinity=192)
    assert holds({"user_api": "blas", "num_threads": 64}, wanted, cores=96)
