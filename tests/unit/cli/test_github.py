"""What GitHub Actions is told beside the verdict: annotations in the log, and the summary."""

from __future__ import annotations

import io
import re
from pathlib import Path

import pytest

from sklpar.cli import main
from sklpar.cli.github import annotated
from sklpar.errors import Problem, SpecError, UsageError
from sklpar.model import Conclusion, Verdict
from sklpar.render.verdicts import github
from tests.unit.verdicts import OUTCOMES, check, verdict

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A step of a job that works in the repository's folder ``ci``."""
    (tmp_path / "ci").mkdir()
    monkeypatch.chdir(tmp_path / "ci")
    monkeypatch.setenv("GITHUB_ACTIONS", "true")
    monkeypatch.setenv("GITHUB_WORKSPACE", str(tmp_path))
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(tmp_path / "summary.md"))
    return tmp_path


def said(spec: str, of: Verdict) -> str:
    stream = io.StringIO()
    with annotated(spec) as annotate:
        annotate(of, stream)
    return stream.getvalue()


def files(text: str) -> set[str]:
    return set(re.findall(r"file=([^,:]*)", text))


def test_outside_of_github_nothing_is_said_or_written(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.delenv("GITHUB_ACTIONS")
    assert said("spec.yaml", verdict("failed")) == ""
    with pytest.raises(UsageError), annotated("spec.yaml"):
        raise UsageError("no")
    assert capsys.readouterr().err == ""
    assert not (repository / "summary.md").exists()


@pytest.mark.parametrize("outcome", OUTCOMES)
def test_there_is_an_error_annotation_exactly_where_the_exit_code_is_not_0(
    outcome: Conclusion,
) -> None:
    of = verdict(outcome)
    text = said("spec.yaml", of)
    assert ("::error " in text) == (of.exit_code != 0)
    assert all(line.startswith("::") for line in text.splitlines())


def test_the_summary_is_appended_to_what_other_steps_wrote(repository: Path) -> None:
    (repository / "summary.md").write_text("# Before\n")
    said("spec.yaml", verdict("failed"))
    text = (repository / "summary.md").read_text()
    assert text == "# Before\n" + github.summary(verdict("failed"))


def test_the_summary_leaves_room_for_what_the_step_has_written(repository: Path) -> None:
    """GitHub drops the summary of a step whole where that is beyond 1 MiB."""
    (repository / "summary.md").write_text("x" * (github.SUMMARY_BYTES - 1000))
    many = verdict("failed", checks=tuple(check("regressed") for _ in range(5000)))
    said("spec.yaml", many)
    assert (repository / "summary.md").stat().st_size <= github.SUMMARY_BYTES


def test_a_summary_that_cannot_be_written_is_told_and_changes_nothing(
    repository: Path, monkeypatch: pytest.MonkeyPatch, capsys: Output
) -> None:
    monkeypatch.setenv("GITHUB_STEP_SUMMARY", str(repository / "no" / "such" / "folder"))
    assert "::error " in said("spec.yaml", verdict("failed"))
    assert "summary was not written" in capsys.readouterr().err


def test_without_a_summary_file_the_annotations_are_written_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.delenv("GITHUB_STEP_SUMMARY")
    assert "::error " in said("spec.yaml", verdict("failed"))


# --------------------------------------------------------------------------- where the spec is


@pytest.mark.parametrize(
    ("given", "shown"),
    [
        ("spec.yaml", "ci/spec.yaml"),
        ("deep/spec.yaml", "ci/deep/spec.yaml"),
        ("./spec.yaml", "ci/spec.yaml"),
        ("../spec.yaml", "spec.yaml"),
        ("../ci/../spec.yaml", "spec.yaml"),
    ],
)
def test_the_spec_is_named_from_the_root_of_the_repository(given: str, shown: str) -> None:
    assert files(said(given, verdict("failed"))) == {shown}


def test_an_absolute_path_in_the_repository_is_named_from_its_root(repository: Path) -> None:
    assert files(said(str(repository / "a" / "spec.yaml"), verdict("failed"))) == {"a/spec.yaml"}


def test_a_spec_outside_of_the_repository_keeps_its_name() -> None:
    assert files(said("/elsewhere/spec.yaml", verdict("failed"))) == {"/elsewhere/spec.yaml"}


def test_without_a_workspace_the_spec_keeps_its_name(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GITHUB_WORKSPACE")
    assert files(said("spec.yaml", verdict("failed"))) == {"spec.yaml"}


def test_standard_input_is_no_file() -> None:
    assert files(said("-", verdict("failed"))) == set()


# --------------------------------------------------------------------------- errors


def test_an_error_before_any_verdict_is_annotated_and_goes_on(capsys: Output) -> None:
    with pytest.raises(UsageError), annotated("spec.yaml"):
        raise UsageError("guard needs one of --config")
    line = capsys.readouterr().err.strip()
    assert line.startswith("::error file=ci/spec.yaml")
    assert "guard needs one of --config" in line


def test_a_spec_error_is_put_on_its_line(capsys: Output) -> None:
    with pytest.raises(SpecError), annotated("spec.yaml"):
        raise SpecError([Problem(message="unknown key", line=4, column=2)], file="spec.yaml")
    assert "file=ci/spec.yaml,line=4," in capsys.readouterr().err


def test_an_error_in_the_pinned_file_is_put_on_that_file(capsys: Output) -> None:
    with pytest.raises(SpecError), annotated("spec.yaml"):
        raise SpecError([Problem(message="unknown key", line=4, column=2)], file="tuned.yaml")
    assert "file=ci/tuned.yaml,line=4," in capsys.readouterr().err


def test_another_exception_is_not_for_annotations(capsys: Output) -> None:
    with pytest.raises(KeyboardInterrupt), annotated("spec.yaml"):
        raise KeyboardInterrupt
    assert capsys.readouterr().err == ""


def test_misuse_of_the_command_is_annotated_and_nothing_goes_to_standard_output(
    capsys: Output,
) -> None:
    assert main(["guard", "spec.yaml", "--format", "json"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.count("::error ") == 1
