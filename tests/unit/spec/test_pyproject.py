from __future__ import annotations

from pathlib import Path

import pytest

from sklpar.errors import SpecError
from sklpar.spec.pyproject import Defaults, read_defaults


def write(folder: Path, text: str) -> None:
    (folder / "pyproject.toml").write_text(text)


def test_the_nearest_file_upward_is_read(tmp_path: Path) -> None:
    write(tmp_path, '[tool.sklpar]\ntrust = ["xgboost"]\n[tool.sklpar.measure]\nrounds = 3\n')
    inside = tmp_path / "a" / "b"
    inside.mkdir(parents=True)
    defaults = read_defaults(inside)
    assert defaults.trust == ("xgboost",)
    assert defaults.values == {"measure": {"rounds": 3}}
    assert defaults.file == str(tmp_path / "pyproject.toml")


def test_a_nearer_file_without_the_table_ends_the_search(tmp_path: Path) -> None:
    write(tmp_path, '[tool.sklpar]\ntrust = ["xgboost"]\n')
    (tmp_path / "a").mkdir()
    write(tmp_path / "a", "[project]\nname = 'x'\n")
    assert read_defaults(tmp_path / "a") == Defaults()


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("[tool.sklpar", "valid TOML"),
        ("tool = 5\n[x]", None),
        ("[tool]\nsklpar = 5", "expected a table"),
        ("[tool.sklpar]\ntrst = []", "did you mean 'trust'"),
        ("[tool.sklpar]\ntrust = 'xgboost'", "list of packages"),
        ("[tool.sklpar]\ntrust = ['a.b']", "not the name of a package"),
        ("[tool.sklpar]\ntrust = [5]", "not the name of a package"),
        ("[tool.sklpar.measure]\nrounds = 0", "tool.sklpar.measure.rounds: must be from 1"),
        ("[tool.sklpar.measure]\nround = 1", "did you mean 'rounds'"),
        ("[tool.sklpar.sweep]\nn_jobs = [0]", "tool.sklpar.sweep.n_jobs.0"),
        ("[tool.sklpar.measure]\nbudget = 2024-01-01", "expected a duration"),
        ("[tool.sklpar]\nmeasure = 5", "expected a map"),
        ("[tool.sklpar.guard]\nregrt = 1", "did you mean 'regret'"),
    ],
)
def test_what_is_wrong_in_it_names_the_file(tmp_path: Path, text: str, message: str | None) -> None:
    write(tmp_path, text)
    if message is None:
        read_defaults(tmp_path)
        return
    with pytest.raises(SpecError) as caught:
        read_defaults(tmp_path)
    assert message in str(caught.value)
    assert str(tmp_path / "pyproject.toml") in str(caught.value)
