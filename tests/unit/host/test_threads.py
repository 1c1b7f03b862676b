from __future__ import annotations

from sklpar.host.threads import (
    BLAS_VARIABLES,
    OPENMP_VARIABLES,
    THREAD_VARIABLES,
    thread_environment,
)
from sklpar.model import Caps

BASE = {"PATH": "/bin", "OMP_NUM_THREADS": "7", "OMP_WAIT_POLICY": "passive"}


def test_there_are_seven_variables_each_of_one_kind() -> None:
    assert len(set(THREAD_VARIABLES)) == 7
    assert set(BLAS_VARIABLES) | set(OPENMP_VARIABLES) == set(THREAD_VARIABLES)
    assert not set(BLAS_VARIABLES) & set(OPENMP_VARIABLES)


def test_a_number_sets_all_seven_over_what_was_there() -> None:
    environment = thread_environment(2, BASE)
    assert {environment[name] for name in THREAD_VARIABLES} == {"2"}
    assert environment["PATH"] == "/bin"


def test_a_cap_by_library_sets_each_kind() -> None:
    environment = thread_environment(Caps(blas=1, openmp=4), BASE)
    assert {environment[name] for name in BLAS_VARIABLES} == {"1"}
    assert {environment[name] for name in OPENMP_VARIABLES} == {"4"}


def test_default_removes_the_seven_and_nothing_else() -> None:
    assert thread_environment("default", BASE) == {"PATH": "/bin", "OMP_WAIT_POLICY": "passive"}


def test_as_written_inherits_everything() -> None:
    environment = thread_environment(None, BASE)
    assert environment == BASE
    assert environment is not BASE


def test_the_environment_given_is_not_changed() -> None:
    before = dict(BASE)
    thread_environment(1, BASE)
    assert before == BASE
