"""The environment file: all seven variables, and comments for what it cannot say."""

from __future__ import annotations

from sklpar.emit import FORMATS, pinned_from_report
from sklpar.host.threads import THREAD_VARIABLES
from tests.contracts.test_formats import REPORTS


def env(name: str) -> tuple[dict[str, str], str]:
    text = FORMATS["env"](pinned_from_report(REPORTS[name]))
    lines = [line for line in text.splitlines() if not line.startswith("#")]
    return dict(line.split("=", 1) for line in lines), text


def test_an_int_cap_sets_all_seven() -> None:
    values, text = env("digits")
    assert values == dict.fromkeys(THREAD_VARIABLES, "1")
    assert "backend threading, n_jobs 2" in text


def test_a_cap_by_library_sets_each_its_own() -> None:
    values, _ = env("caps")
    assert values["OMP_NUM_THREADS"] == values["NUMBA_NUM_THREADS"] == "2"
    assert values["OPENBLAS_NUM_THREADS"] == values["VECLIB_MAXIMUM_THREADS"] == "1"
    assert len(values) == 7


def test_default_sets_nothing_and_says_what_must_not_be_set() -> None:
    values, text = env("default")
    assert values == {}
    assert "cannot unset" in text
    assert all(f"#   {name}" in text for name in THREAD_VARIABLES)


def test_as_written_sets_nothing() -> None:
    assert env("as-written")[0] == {}


def test_params_are_named_as_missing() -> None:
    assert "n_jobs 1, encoding" in env("encoding")[1]
