from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sklpar.errors import UsageError
from sklpar.host.interpreter import Interpreter, judge, locate

OTHER = Interpreter(executable="/other/bin/python", version="3.12.1", paths=("/ours",))


def executable(path: Path) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.touch()
    path.chmod(0o755)
    return path


# --------------------------------------------------------------------------- its environment


def test_our_folder_comes_before_the_callers_own_path() -> None:
    assert OTHER.environment({"PYTHONPATH": "/a:/b"})["PYTHONPATH"] == "/ours:/a:/b"


@pytest.mark.parametrize("environ", [{}, {"PYTHONPATH": ""}])
def test_no_path_of_the_callers_is_not_the_current_folder(environ: dict[str, str]) -> None:
    assert OTHER.environment(environ)["PYTHONPATH"] == "/ours"


def test_what_leads_to_another_pythons_library_is_left_out_and_the_rest_is_kept() -> None:
    environ = {
        "PYTHONHOME": "/usr",
        "__PYVENV_LAUNCHER__": "/ours/bin/python",
        "PYTHONHASHSEED": "7",
        "VIRTUAL_ENV": "/ours",
        "OMP_NUM_THREADS": "2",
    }
    before = dict(environ)
    kept = {"PYTHONHASHSEED": "7", "VIRTUAL_ENV": "/ours", "OMP_NUM_THREADS": "2"}
    assert OTHER.environment(environ) == {**kept, "PYTHONPATH": "/ours"}
    assert environ == before


# --------------------------------------------------------------------------- where it is


def test_an_environments_python_is_a_link_that_is_not_followed(tmp_path: Path) -> None:
    real = executable(tmp_path / "usr" / "python3.12")
    link = tmp_path / "env" / "bin" / "python"
    link.parent.mkdir(parents=True)
    link.symlink_to(real)
    assert locate(str(link)) == link
    assert locate(str(tmp_path / "env")) == link


def test_a_relative_path_is_made_absolute(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    python = executable(tmp_path / ".venv" / "bin" / "python")
    monkeypatch.chdir(tmp_path)
    for given in (".venv/bin/python", "./.venv", ".venv", ".venv/"):
        assert locate(given) == python


def test_a_bare_name_is_a_command_on_the_path(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    command = executable(tmp_path / "path" / "python3.99")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    assert locate("python3.99") == command


def test_a_name_of_both_a_command_and_an_environment_is_not_guessed_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    executable(tmp_path / "path" / "env")
    python = executable(tmp_path / "work" / "env" / "bin" / "python")
    monkeypatch.setenv("PATH", str(tmp_path / "path"))
    monkeypatch.chdir(tmp_path / "work")
    with pytest.raises(UsageError, match="is a command") as caught:
        locate("env")
    assert "./env" in caught.value.remedy
    assert locate("./env") == python


def test_the_home_folder_may_be_given_as_a_tilde(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    python = executable(tmp_path / "env" / "bin" / "python")
    assert locate("~/env") == python


@pytest.mark.parametrize(
    "given", ["", "nothing-of-that-name", "/nowhere/python", "a\0b", "x" * 9999]
)
def test_what_is_not_there_is_a_usage_error(given: str) -> None:
    with pytest.raises(UsageError, match="interpreter") as caught:
        locate(given)
    assert "virtual environment" in caught.value.remedy


def test_a_folder_that_is_no_environment_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="no bin/python"):
        locate(str(tmp_path))


def test_an_environment_whose_python_is_gone_is_told(tmp_path: Path) -> None:
    python = tmp_path / "bin" / "python"
    python.parent.mkdir()
    python.symlink_to("/nowhere/python3.9")
    with pytest.raises(UsageError, match=r"/nowhere/python3\.9, which is not there"):
        locate(str(tmp_path))


def test_a_file_that_may_not_be_executed_is_told(tmp_path: Path) -> None:
    file = tmp_path / "python"
    file.touch(mode=0o644)
    with pytest.raises(UsageError, match="not executable"):
        locate(str(file))


# --------------------------------------------------------------------------- what it says of itself

FOLDER = Path("/ours")
SOUND: dict[str, Any] = {
    "version": [3, 12, 1],
    "implementation": "cpython",
    "missing": [],
    "sklpar": "/ours/sklpar/__init__.py",
}


@pytest.mark.parametrize("joblib", [{}, {"joblib": "1.4.2"}, {"joblib": "1.10.dev0"}])
def test_a_python_that_has_it_all_is_taken(joblib: dict[str, str]) -> None:
    assert judge("/other/python", {**SOUND, **joblib}, FOLDER) == "3.12.1"


@pytest.mark.parametrize(
    ("changes", "why"),
    [
        ({"version": [3, 10, 13]}, "Python 3.10.13.*needs 3.11 or later"),
        ({"implementation": "pypy"}, "pypy"),
        ({"missing": ["sklearn", "joblib"]}, "lacks scikit-learn, joblib"),
        ({"sklpar": "/other/site-packages/sklpar/__init__.py"}, "/other/site-packages/sklpar"),
        ({"sklpar": None}, "from nowhere"),
        ({"joblib": "1.2.0"}, "has joblib 1.2.0; sklpar needs 1.4 or later"),
    ],
)
def test_a_python_that_will_not_do_is_refused_with_the_reason(
    changes: dict[str, Any], why: str
) -> None:
    with pytest.raises(UsageError, match=why):
        judge("/other/python", {**SOUND, **changes}, FOLDER)


def test_a_python_too_old_to_be_asked_for_more_is_told_its_age() -> None:
    with pytest.raises(UsageError, match=r"Python 2\.7\.18"):
        judge("/other/python", {"version": [2, 7, 18]}, FOLDER)


def test_the_way_to_install_what_lacks_can_be_pasted() -> None:
    with pytest.raises(UsageError) as caught:
        judge("/my env/bin/python", {**SOUND, "missing": ["sklearn", "joblib"]}, FOLDER)
    assert caught.value.remedy == "'/my env/bin/python' -m pip install scikit-learn"
