"""``sklpar compare``: which runs, which format, where to, and what exit code."""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path

import pytest

from sklpar.cli import main
from sklpar.render.contrasts import CONTRASTS
from sklpar.store.document import write_report_file
from sklpar.store.folder import RunFolder
from tests.unit.contrasts import one, other

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def stored(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> tuple[str, str]:
    """Two runs where runs are kept below the current folder; their ids."""
    monkeypatch.chdir(tmp_path)
    for of in (one(), other(loky_j2_t1=1.5)):
        RunFolder.create(run_id=of.run_id).write_report(of)
    return one().run_id, other().run_id


def test_runs_are_named_by_id_its_beginning_folder_or_document(
    stored: tuple[str, str], capsys: Output
) -> None:
    a, b = stored
    write_report_file(Path("a.json"), one())
    for ref in (a, a[:15], f".sklpar/runs/{a}", f".sklpar/runs/{a}/run.json", "a.json"):
        assert main(["compare", ref, b]) == 0, ref
        shown = capsys.readouterr().out
        assert shown.startswith(f"A: {a}, digits search"), ref
        assert "slower" in shown


def test_it_exits_with_0_whatever_became_slower(stored: tuple[str, str], capsys: Output) -> None:
    assert main(["compare", *stored]) == 0
    assert main(["compare", *stored[::-1]]) == 0
    broken = replace(other(), host=replace(other().host, usable_cpus=64), recommendation=None)
    write_report_file(Path("b.json"), broken)
    assert main(["compare", stored[0], "b.json"]) == 0


@pytest.mark.parametrize("name", CONTRASTS)
def test_every_format_goes_to_stdout_or_to_a_file(
    name: str, stored: tuple[str, str], capsys: Output
) -> None:
    assert main(["compare", *stored, "--format", name]) == 0
    shown = capsys.readouterr().out
    assert main(["compare", *stored, "--format", name, "--output", "it.out"]) == 0
    assert capsys.readouterr().out == ""
    written = Path("it.out").read_text(encoding="utf-8")
    assert "loky-j2-t1" in shown
    assert "loky-j2-t1" in written
    if name == "json":
        assert json.loads(written)["comparable"] == "seconds"


@pytest.mark.parametrize("runs", [[], ["20260102-030401"], ["a", "b", "c"]])
def test_two_runs_have_to_be_named(runs: list[str], capsys: Output) -> None:
    assert main(["compare", *runs]) == 2
    assert capsys.readouterr().err.startswith("sklpar: error: ")


def test_an_unknown_run_is_an_error_that_names_those_that_there_are(
    stored: tuple[str, str], capsys: Output
) -> None:
    assert main(["compare", stored[0], "nope"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "'nope' is no run folder and no run id" in captured.err
    assert stored[1] in captured.err


def test_a_file_that_is_no_run_document_is_an_error(
    stored: tuple[str, str], capsys: Output
) -> None:
    Path("spec.yaml").write_text("version: 1\n")
    assert main(["compare", stored[0], "spec.yaml"]) == 2
    assert "spec.yaml: not a whole JSON document" in capsys.readouterr().err


def test_the_help_names_the_guard_and_has_an_example(capsys: Output) -> None:
    assert main(["compare", "--help"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "sklpar guard is the check for CI" in shown
    assert "sklpar compare 2026" in shown
