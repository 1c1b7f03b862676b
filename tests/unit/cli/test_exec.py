"""What is passed to the program, and what ends before there is one; nothing is started."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import pytest

from sklpar.cli import main
from sklpar.effect import launch
from sklpar.effect.environment import PAYLOAD
from sklpar.effect.program import Program
from sklpar.host.threads import THREAD_VARIABLES
from sklpar.model import Report
from sklpar.store.folder import RunFolder
from tests.unit.reports import digits

YAML = """
version: 1
setting: {n_jobs: 2, backend: threading, inner_threads: 1, params: {}}
"""


@dataclass(frozen=True)
class Started:
    program: Program
    command: list[str]
    environ: dict[str, str]


@pytest.fixture
def started(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[Started]:
    """Stands in for the program: what it would have been started with."""
    found: list[Started] = []

    def become(program: Program, command: Sequence[str], environ: Mapping[str, str]) -> None:
        found.append(Started(program, list(command), dict(environ)))

    monkeypatch.setattr(launch, "become", become)
    monkeypatch.chdir(tmp_path)
    (tmp_path / "tuned.yaml").write_text(YAML, encoding="utf-8")
    for name in THREAD_VARIABLES:
        monkeypatch.delenv(name, raising=False)
    return found


def store(report: Report) -> None:
    RunFolder.create(run_id=report.run_id).write_report(report)


@pytest.mark.parametrize(
    ("arguments", "command"),
    [
        (["--", "env", "-q", "--config", "x"], ["env", "-q", "--config", "x"]),
        (["env", "a", "--", "b"], ["env", "a", "--", "b"]),
        (["--", "env", "--", "--", "-h"], ["env", "--", "--", "-h"]),
        (["-q", "env", "", "a b", "'\"$\\\n"], ["env", "", "a b", "'\"$\\\n"]),
        (["env", "--help"], ["env", "--help"]),
        (["env", "\udcff"], ["env", "\udcff"]),
    ],
)
def test_what_follows_the_first_word_or_dashes_is_the_programs(
    arguments: list[str], command: list[str], started: list[Started]
) -> None:
    assert main(["exec", "--config", "tuned.yaml", *arguments]) == 0
    assert started[0].command == command


def test_the_setting_is_named_and_put_into_the_environment(
    started: list[Started], capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["exec", "--config", "tuned.yaml", "--", "env"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    first, second, *_ = captured.err.splitlines()
    assert first == "sklpar: threading, n_jobs=2, 1 thread per worker (tuned.yaml)"
    assert second.startswith("sklpar: env is no Python program")
    assert started[0].environ["OMP_NUM_THREADS"] == "1"
    assert PAYLOAD in started[0].environ


def test_quiet_says_nothing(started: list[Started], capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["exec", "-q", "--config", "tuned.yaml", "--", "env"]) == 0
    assert capsys.readouterr() == ("", "")
    assert '"quiet": true' in started[0].environ[PAYLOAD]


def test_without_a_file_the_newest_run_recommends(
    started: list[Started], capsys: pytest.CaptureFixture[str]
) -> None:
    report = digits()
    store(report)
    assert main(["exec", "--", "env"]) == 0
    first = capsys.readouterr().err.splitlines()[0]
    assert first.endswith(f"(run {report.run_id})")
    assert started[0].environ["OPENBLAS_NUM_THREADS"] == "1"


def test_a_run_that_recommends_nothing_has_its_own_exit_code(
    started: list[Started], capsys: pytest.CaptureFixture[str]
) -> None:
    store(replace(digits(), recommendation=None, recommendation_unavailable="too noisy"))
    assert main(["exec", "--", "env"]) == 4
    assert "recommends nothing" in capsys.readouterr().err
    assert not started


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "CMD"),
        (["--"], "CMD"),
        (["--config", "tuned.yaml"], "CMD"),
        (["--config", "-", "--", "env"], "standard input is the program's"),
        (["--config", "", "--", "env"], "--config: the name of the file is empty"),
        (["--config", "none.yaml", "--", "env"], "there is no such file"),
        (["--config", "bad.yaml", "--", "env"], "bad.yaml:3:"),
        (["--config", "tuned.yaml", "--", "no-such-command"], "no command 'no-such-command'"),
        (["--config", "tuned.yaml", "--", "./tuned.yaml"], "not executable"),
        (["--no-such-option", "--", "env"], "no-such-option"),
        (["--", "env"], "there is no run"),
    ],
)
def test_what_is_wrong_before_the_program_starts_exits_2(
    arguments: list[str],
    message: str,
    started: list[Started],
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
) -> None:
    (tmp_path / "bad.yaml").write_text(YAML.replace("loky", "").replace("2", "two"), "utf-8")
    assert main(["exec", *arguments]) == 2
    captured = capsys.readouterr()
    assert message in captured.err
    assert len(captured.err.splitlines()) > 1  # the next step is named
    assert captured.out == ""
    assert not started
