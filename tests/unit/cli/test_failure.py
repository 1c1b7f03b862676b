"""What becomes of an exception: a message, a next step, an exit code."""

from __future__ import annotations

import errno
import re
from pathlib import Path

import pytest
import typer

from sklpar.cli.failure import exit_code_of
from sklpar.emit import NoRecommendationError
from sklpar.errors import (
    Problem,
    SpecError,
    UsageError,
)

Output = pytest.CaptureFixture[str]


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (typer.Exit(5), 5),
        (SystemExit(3), 3),
        (SystemExit(None), 0),
        (SystemExit("text"), 1),
        (KeyboardInterrupt(), 130),
        (typer.Abort(), 130),
        (UsageError("no"), 2),
        (NoRecommendationError("no"), 4),
        (typer.BadParameter("no"), 2),
        (OSError(errno.ENOSPC, "No space left on device"), 2),
        (PermissionError(errno.EACCES, "Permission denied", "file"), 2),
        (BrokenPipeError(errno.EPIPE, "Broken pipe"), 0),
        (ZeroDivisionError("no"), 70),
    ],
)
def test_each_kind_has_its_exit_code(
    error: BaseException, code: int, capsys: Output, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    assert exit_code_of(error) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert "Traceback" not in captured.err


def test_the_remedy_follows_the_message(capsys: Output) -> None:
    exit_code_of(UsageError("this is wrong", remedy="Do that."))
    assert capsys.readouterr().err == "sklpar: error: this is wrong\nDo that.\n"


def test_a_spec_error_keeps_its_caret_and_loses_its_escapes(capsys: Output) -> None:
    problem = Problem(message="bad \x1b[2J", line=1, column=3)
    exit_code_of(SpecError([problem], file="s.yaml", text="x: \x1b[31m"))
    assert capsys.readouterr().err == (
        "sklpar: error: s.yaml:1:3: bad \\x1b[2J\n    x: \\x1b[31m\n      ^\n"
    )


def test_a_closed_pipe_is_quiet(capsys: Output) -> None:
    exit_code_of(BrokenPipeError(errno.EPIPE, "Broken pipe"))
    assert capsys.readouterr().err == ""


def test_a_bug_leaves_its_traceback_in_a_file(
    capsys: Output, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path))
    try:
        raise ZeroDivisionError("one\nby zero")
    except ZeroDivisionError as error:
        exit_code_of(error)
    shown = capsys.readouterr().err
    assert "this is a bug in sklpar: ZeroDivisionError: one by zero" in shown
    found = re.search(r"the traceback is in (\S+)", shown)
    assert found
    assert "Traceback (most recent call last)" in Path(found[1]).read_text(encoding="utf-8")


def test_a_bug_on_a_full_disk_still_says_so(
    capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tempfile.tempdir", "/no/such/folder")
    assert exit_code_of(ZeroDivisionError("no")) == 70
    assert "could not be stored" in capsys.readouterr().err
