"""The formats that are environment alone: all seven variables, and comments for the rest."""

from __future__ import annotations

import re

import pytest
from ruamel.yaml import YAML

from sklpar.emit import FORMATS, Pinned, pinned_from_report
from sklpar.host.threads import THREAD_VARIABLES
from tests.contracts.test_formats import REPORTS

ENVIRONMENT_ALONE = ("env", "shell", "docker", "k8s", "github")
# Each format's spelling of a variable; what reads them for real is tried elsewhere.
ASSIGNMENT = re.compile(
    r"^(?:export |ENV | +(?:- name: )?)?([A-Z_]+)(?:=| *: |\n +value: )\"?(\d+)\"?(?: \\)?$",
    re.MULTILINE,
)

every_environment = pytest.mark.parametrize("format_", ENVIRONMENT_ALONE)


def emitted(format_: str, name: str) -> str:
    return FORMATS[format_](pinned_from_report(REPORTS[name]))


def values(text: str) -> dict[str, str]:
    found = ASSIGNMENT.findall(text)
    assert len(dict(found)) == len(found)
    return dict(found)


def comment(text: str) -> str:
    """The comments as one line, as they would be read."""
    lines = [line.removeprefix("#") for line in text.splitlines() if line.startswith("#")]
    return " ".join(" ".join(lines).split())


@every_environment
def test_an_int_cap_sets_all_seven(format_: str) -> None:
    assert values(emitted(format_, "digits")) == dict.fromkeys(THREAD_VARIABLES, "1")


@every_environment
def test_a_cap_by_library_sets_each_its_own(format_: str) -> None:
    found = values(emitted(format_, "caps"))
    assert found["OMP_NUM_THREADS"] == found["NUMBA_NUM_THREADS"] == "2"
    assert found["OPENBLAS_NUM_THREADS"] == found["VECLIB_MAXIMUM_THREADS"] == "1"
    assert len(found) == 7


@every_environment
@pytest.mark.parametrize("name", ["default", "as-written"])
def test_where_there_is_no_cap_nothing_is_set(format_: str, name: str) -> None:
    assert values(emitted(format_, name)) == {}


@pytest.mark.parametrize("format_", sorted(set(ENVIRONMENT_ALONE) - {"shell"}))
def test_default_says_what_must_not_be_set(format_: str) -> None:
    text = emitted(format_, "default")
    assert "cannot unset a variable" in comment(text)
    assert all(f"#   {name}" in text.splitlines() for name in THREAD_VARIABLES)


def test_a_shell_alone_unsets_them() -> None:
    text = emitted("shell", "default")
    assert "cannot unset" not in comment(text)
    assert text.partition("\nunset ")[2].replace("\\", "").split() == list(THREAD_VARIABLES)


@every_environment
def test_what_no_variable_carries_is_named_with_its_value_and_the_way_to_have_it(
    format_: str,
) -> None:
    said = comment(emitted(format_, "encoding"))
    assert "backend loky, n_jobs 1 (as n_jobs), encoding = nonsense." in said
    assert "`sklpar exec --config tuned.yaml -- COMMAND`" in said
    assert "`sklpar emit python` sets all of it" in said


@every_environment
def test_an_n_jobs_that_is_not_there_is_not_spoken_of(format_: str) -> None:
    assert "backend threading." in comment(emitted(format_, "no n_jobs"))


@every_environment
@pytest.mark.parametrize("name", REPORTS)
def test_the_first_line_is_sklpars_own(format_: str, name: str) -> None:
    """A comment that begins a Dockerfile may be a directive, as ``# syntax=...`` is."""
    assert emitted(format_, name).split()[:2] in (["#", "For"], ["#", "shellcheck"])


@every_environment
def test_names_that_others_gave_change_comments_alone(format_: str) -> None:
    hostile, plain = (emitted(format_, name) for name in ("hostile", "digits"))
    codes = [
        [line for line in text.splitlines() if not line.startswith("#")]
        for text in (hostile, plain)
    ]
    assert codes[0] == codes[1] != []


@pytest.mark.parametrize(("format_", "empty"), [("k8s", []), ("github", {})])
@pytest.mark.parametrize("name", ["default", "as-written"])
def test_an_empty_env_is_no_null(format_: str, empty: object, name: str) -> None:
    assert YAML(typ="safe").load(emitted(format_, name)) == {"env": empty}


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("digits", "workers x threads, 2 x 1 = 2,"),
        ("caps", "workers x threads, 2 x 2 = 4,"),
        ("serial", "workers x threads, 1 x 1 = 1,"),
        ("no n_jobs", "workers x threads, 1 x 1 = 1,"),
        ("default", "a thread for each CPU of the node in every worker"),
    ],
)
def test_the_cpu_limit_that_a_pod_needs_is_said(name: str, said: str) -> None:
    assert said in comment(emitted("k8s", name))


def test_as_written_asks_for_no_cpu_limit() -> None:
    assert "CPU limit" not in comment(emitted("k8s", "as-written"))


@every_environment
def test_a_value_of_any_length_is_shortened(format_: str) -> None:
    long = Pinned(setting="x", backend="loky", inner_threads=1, params={"x": "y" * 9000})
    assert "more characters)" in comment(FORMATS[format_](long))
