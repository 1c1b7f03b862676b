"""`sklpar show --list`: which runs there are."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sklpar.cli import main
from sklpar.store.folder import RunFolder
from tests.unit.reports import digits, report, row

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def store(day: int, name: str | None = "digits search") -> str:
    run_id = f"202601{day:02d}-030405-abcd"
    started_at = f"2026-01-{day:02d}T03:04:05+00:00"
    folder = RunFolder.create(run_id=run_id)
    folder.write_report(replace(digits(), run_id=run_id, name=name, started_at=started_at))
    return run_id


def test_a_run_is_a_line_newest_first_with_what_it_recommends(capsys: Output) -> None:
    ids = [store(day) for day in (1, 2, 3)]
    assert main(["show", "--list"]) == 0
    heading, *lines = capsys.readouterr().out.splitlines()
    assert heading.split() == ["run", "started", "status", "recommended", "name"]
    assert [line.split()[0] for line in lines] == ids[::-1]
    assert lines[0].split("  ")[1:] == [
        "2026-01-03 03:04 UTC",
        "complete",
        "threading-j2-t1",
        "digits search",
    ]


def test_a_run_without_a_report_or_a_recommendation_is_listed_too(
    here: Path, capsys: Output
) -> None:
    RunFolder.create(run_id="20260101-000000-aaaa").write_report(report(row("as-written")))
    killed = RunFolder.create(run_id="20260102-000000-bbbb")
    (killed.path / "plan.json").write_text("{damaged", encoding="utf-8")
    assert main(["show", "--list"]) == 0
    _, newest, oldest = capsys.readouterr().out.splitlines()
    assert newest.split() == ["20260102-000000-bbbb", "-", "no", "report", "-", "-"]
    assert "  -  " in oldest


def test_of_many_runs_the_newest_are_listed_and_the_others_counted(capsys: Output) -> None:
    for day in range(1, 24):
        store(day)
    assert main(["show", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert len(lines) == 1 + 20 + 1
    assert lines[-1] == "3 older runs not listed"


@pytest.mark.parametrize("width", [60, 80, 140])
def test_no_cell_is_cut_and_columns_go_where_there_is_no_room(
    width: int, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_id = store(1, "a job with a name that is far too long for a narrow terminal")
    monkeypatch.setenv("COLUMNS", str(width))
    assert main(["show", "--list"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert max(map(len, lines)) <= width
    assert f"{run_id}  " in lines[1]
    assert ("started" in lines[0]) == (width > 60)


def test_a_hostile_name_does_no_harm(capsys: Output) -> None:
    store(1, "evil\n\x1b[2Jname")
    assert main(["show", "--list"]) == 0
    shown = capsys.readouterr().out
    assert len(shown.splitlines()) == 2
    assert "\x1b" not in shown


def test_where_there_is_no_run_the_error_says_so(capsys: Output) -> None:
    assert main(["show", "--list"]) == 2
    assert "there is no run in .sklpar/runs" in capsys.readouterr().err


@pytest.mark.parametrize("more", [["20260101"], ["--format", "json"]])
def test_a_list_takes_neither_run_nor_format(more: list[str], capsys: Output) -> None:
    assert main(["show", "--list", *more]) == 2
    assert "--list" in capsys.readouterr().err
