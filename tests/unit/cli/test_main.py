"""The command line as a user meets it, up to the point where processes would start."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML

from sklpar import __version__
from sklpar.cli import main
from sklpar.emit import FORMATS
from sklpar.render import RENDERERS
from sklpar.store.folder import RunFolder
from tests.unit.reports import digits, report, row

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


@pytest.fixture
def run() -> RunFolder:
    folder = RunFolder.create(run_id=digits().run_id)
    folder.write_report(digits())
    return folder


def test_the_version_is_printed(capsys: Output) -> None:
    assert main(["--version"]) == 0
    assert capsys.readouterr().out == f"sklpar {__version__}\n"


def test_no_command_is_a_usage_error_that_shows_the_help(capsys: Output) -> None:
    assert main([]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Usage: sklpar" in captured.err


@pytest.mark.parametrize(
    "arguments",
    [["nope"], ["show", "--format", "tooml"], ["emit"], ["emit", "tooml"], ["show", "--nope"]],
)
def test_a_usage_error_is_exit_2_in_plain_lines(arguments: list[str], capsys: Output) -> None:
    assert main(arguments) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("sklpar: error: ")
    assert "Traceback" not in captured.err


def test_a_wrong_choice_lists_the_right_ones(capsys: Output) -> None:
    main(["show", "--format", "tooml"])
    assert ", ".join(RENDERERS) in capsys.readouterr().err
    main(["emit", "tooml"])
    assert ", ".join(FORMATS) in capsys.readouterr().err


@pytest.mark.parametrize(
    "ref", [[], ["20260102-030405-abcdef"], [".sklpar/runs/20260102-030405-abcdef"]]
)
def test_show_finds_a_run_by_folder_id_or_age(
    ref: list[str], run: RunFolder, capsys: Output
) -> None:
    assert main(["show", *ref]) == 0
    shown = capsys.readouterr().out
    assert shown.startswith("Run with threading")
    assert "sklpar emit yaml 20260102-030405-abcdef" in shown
    assert "Run: digits search, .sklpar/runs/20260102-030405-abcdef" in shown


def test_a_run_kept_elsewhere_is_named_by_its_folder(here: Path, capsys: Output) -> None:
    RunFolder.create(here / "my runs" / "one").write_report(digits())
    assert main(["show", "my runs/one"]) == 0
    assert "sklpar emit yaml 'my runs/one'" in capsys.readouterr().out


def test_show_json_prints_the_document(run: RunFolder, capsys: Output) -> None:
    assert main(["show", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)["run_id"] == run.run_id


def test_output_goes_to_a_file_and_not_to_stdout(run: RunFolder, capsys: Output) -> None:
    assert main(["show", "--output", "report.txt"]) == 0
    assert capsys.readouterr().out == ""
    assert Path("report.txt").read_text(encoding="utf-8").startswith("Run with threading")


def test_a_missing_run_is_named_with_the_next_step(capsys: Output) -> None:
    assert main(["show", "gone"]) == 2
    error = capsys.readouterr().err
    assert error.startswith("sklpar: error: 'gone'")
    assert len(error.splitlines()) == 2


def test_emit_writes_each_format(run: RunFolder, capsys: Output) -> None:
    for name in FORMATS:
        assert main(["emit", name]) == 0
        assert "Imaginary CPU" in capsys.readouterr().out
        assert main(["emit", name, run.run_id, "--output", f"out.{name}"]) == 0
        assert "Imaginary CPU" in Path(f"out.{name}").read_text(encoding="ascii")


def test_emit_without_a_recommendation_is_inconclusive(capsys: Output) -> None:
    RunFolder.create().write_report(report(row("as-written")))
    assert main(["emit", "yaml"]) == 4
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "recommends nothing: fewer than two settings" in captured.err


def test_an_output_that_cannot_be_written_is_named(run: RunFolder, capsys: Output) -> None:
    assert main(["show", "--output", "no/such/folder"]) == 2
    assert capsys.readouterr().err.startswith("sklpar: error: no/such/folder: No such file")


def test_init_writes_a_spec_that_is_yaml_and_will_not_overwrite_it(capsys: Output) -> None:
    assert main(["init"]) == 0
    spec: Any = YAML(typ="safe", pure=True).load(Path("sklpar.yaml"))
    assert {"version", "estimator", "data", "sweep", "measure", "objective"} <= set(spec)
    Path("sklpar.yaml").write_text("mine", encoding="utf-8")
    assert main(["init"]) == 2
    assert "--force" in capsys.readouterr().err
    assert Path("sklpar.yaml").read_text(encoding="utf-8") == "mine"
    assert main(["init", "--force"]) == 0
    assert Path("sklpar.yaml").read_text(encoding="utf-8") != "mine"


def test_init_writes_to_stdout(capsys: Output) -> None:
    assert main(["init", "-"]) == 0
    assert YAML(typ="safe", pure=True).load(capsys.readouterr().out)["version"] == 1


def test_the_starter_names_its_own_file(capsys: Output) -> None:
    name = "my spec\n- evil: 1.yaml"
    assert main(["init", name]) == 0
    assert YAML(typ="safe", pure=True).load(Path(name))["version"] == 1
    assert "sklpar check 'my spec" in Path(name).read_text(encoding="utf-8")
