"""``sklpar emit`` as a user meets it: above all a file of theirs that is updated."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sklpar.cli import main
from sklpar.emit import FORMATS
from sklpar.spec.pinned import parse_pinned
from sklpar.store.folder import RunFolder
from tests.unit.reports import HOST, digits, recommendation, report, row

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "200")
    return tmp_path


def stored(name: str, setting: str = "threading-j2-t1", **fields: Any) -> None:
    """Store a run that recommends this setting."""
    best = row(setting, 1.0, **{"n_jobs": 2, "backend": "threading", "inner_threads": 1, **fields})
    of = report(row("as-written", 2.0), best, recommendation=recommendation(setting), run_id=name)
    RunFolder.create(Path(name)).write_report(of)


@pytest.fixture
def tuned(here: Path, capsys: Output) -> Path:
    """A file of threading-j2-t1 to which a person added comments; run `new` has another setting."""
    stored("old")
    stored("new", "loky-j4-t1", n_jobs=4, backend="loky")
    file = here / "tuned.yaml"
    assert main(["emit", "yaml", "old", "--output", str(file)]) == 0
    text = file.read_text(encoding="utf-8")
    file.write_text(f"# ours: ä\n{text}".replace("backend:", "# why\n  backend:"), encoding="utf-8")
    return file


def read(file: Path) -> str:
    return parse_pinned(file.read_text(encoding="utf-8"), file="", usable_cpus=2).setting.id


def refused(capsys: Output, *arguments: str) -> str:
    """What is said of a command that fails as misuse."""
    assert main(["emit", *arguments]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith("sklpar: error: ")
    assert "Traceback" not in captured.err
    return captured.err


def test_a_file_is_updated_and_the_change_is_said(tuned: Path, capsys: Output) -> None:
    assert main(["emit", "yaml", "new", "--update", "tuned.yaml"]) == 0
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err == "tuned.yaml: threading-j2-t1 -> loky-j4-t1\n"
    text = tuned.read_text(encoding="utf-8")
    assert read(tuned) == "loky-j4-t1"
    assert text.startswith("# ours: ä\n#: loky-j4-t1, recommended by")
    assert "\n  # why\n  backend: loky\n" in text


def test_a_second_update_changes_nothing_at_all(tuned: Path, capsys: Output) -> None:
    assert main(["emit", "yaml", "new", "--update", "tuned.yaml"]) == 0
    once = tuned.read_bytes(), tuned.stat().st_mtime_ns, tuned.stat().st_ino
    capsys.readouterr()
    assert main(["emit", "yaml", "new", "--update", "tuned.yaml"]) == 0
    assert (tuned.read_bytes(), tuned.stat().st_mtime_ns, tuned.stat().st_ino) == once
    assert capsys.readouterr().err == (
        "tuned.yaml: is up to date with loky-j4-t1, nothing changed\n"
    )


@pytest.mark.parametrize(
    ("changes", "said"),
    [
        ({"finished_at": "2027-01-01"}, "the evidence alone"),
        ({"host": replace(HOST, usable_cpus=8)}, "fingerprint"),
    ],
)
def test_what_changed_around_the_same_setting_is_said(
    changes: dict[str, Any], said: str, tuned: Path, capsys: Output
) -> None:
    again = RunFolder.find("old").read_report()
    RunFolder.create(Path("again")).write_report(replace(again, **changes))
    assert main(["emit", "yaml", "again", "--update", "tuned.yaml"]) == 0
    assert capsys.readouterr().err == f"tuned.yaml: still threading-j2-t1; changed: {said}\n"


def test_other_parameters_that_carry_n_jobs_are_told(tuned: Path, capsys: Output) -> None:
    stored("other", resolved={"clf__n_jobs": 2})
    assert main(["emit", "yaml", "other", "--update", "tuned.yaml"]) == 0
    assert capsys.readouterr().err.endswith("still threading-j2-t1; changed: resolved\n")


def test_a_parameter_that_is_not_a_number_is_the_same_as_itself(
    tuned: Path, capsys: Output
) -> None:
    stored("nan", "threading-j2-t1-nan", params={"missing_values": float("nan")})
    assert main(["emit", "yaml", "nan", "--update", "tuned.yaml"]) == 0
    before = tuned.read_bytes()
    assert main(["emit", "yaml", "nan", "--update", "tuned.yaml"]) == 0
    assert tuned.read_bytes() == before
    assert capsys.readouterr().err.endswith("nothing changed\n")


@pytest.mark.parametrize("mode", [0o600, 0o664, 0o755])
def test_the_mode_of_the_file_stays(mode: int, tuned: Path) -> None:
    tuned.chmod(mode)
    assert main(["emit", "yaml", "new", "--update", "tuned.yaml"]) == 0
    assert tuned.stat().st_mode & 0o777 == mode
    assert read(tuned) == "loky-j4-t1"


def test_a_link_stays_a_link_and_its_target_is_updated(tuned: Path, here: Path) -> None:
    (here / "conf").mkdir()
    link = here / "conf" / "link.yaml"
    link.symlink_to("../tuned.yaml")
    assert main(["emit", "yaml", "new", "--update", str(link)]) == 0
    assert link.is_symlink()
    assert read(tuned) == "loky-j4-t1"


def test_nothing_is_left_beside_the_file(tuned: Path, here: Path) -> None:
    before = sorted(here.iterdir())
    assert main(["emit", "yaml", "new", "--update", "tuned.yaml"]) == 0
    assert sorted(here.iterdir()) == before


def test_a_full_disk_leaves_the_file_as_it_was(
    tuned: Path, here: Path, capsys: Output, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(_: int) -> None:
        raise OSError(28, "No space left on device")

    before = tuned.read_bytes(), sorted(here.iterdir())
    monkeypatch.setattr(os, "fsync", full)
    assert "No space left on device" in refused(capsys, "yaml", "new", "--update", "tuned.yaml")
    assert (tuned.read_bytes(), sorted(here.iterdir())) == before


def test_no_such_file_names_output(tuned: Path, capsys: Output) -> None:
    said = refused(capsys, "yaml", "new", "--update", "tunde.yaml")
    assert "there is no such file" in said
    assert "sklpar emit yaml --output tunde.yaml" in said


def test_what_is_no_emitted_file_is_told_with_its_place(tuned: Path, capsys: Output) -> None:
    text = tuned.read_text(encoding="utf-8")
    tuned.write_text(text.replace("backend: threading", "backend: treading"), encoding="utf-8")
    before = tuned.read_bytes()
    line = text[: text.index("backend: threading")].count("\n") + 1
    assert f"tuned.yaml:{line}:12" in refused(capsys, "yaml", "new", "--update", "tuned.yaml")
    assert tuned.read_bytes() == before


@pytest.mark.parametrize(
    ("params", "why"),
    [
        ("{\n    a: 1  # mine\n  }", "the comment on line"),
        ("&all {a: 1}\nfingerprint: *all", "an alias of another value"),
    ],
)
def test_a_layout_that_cannot_be_kept_is_refused_with_the_way_out(
    params: str, why: str, here: Path, tuned: Path, capsys: Output
) -> None:
    text = "version: 1\nsetting: {n_jobs: 2, backend: loky, inner_threads: 1, params: "
    file = here / "odd.yaml"
    head, *rest = params.partition("\nfingerprint")
    file.write_text(f"{text}{head}}}{''.join(rest)}\n", encoding="utf-8")
    before = file.read_bytes()
    said = refused(capsys, "yaml", "new", "--update", "odd.yaml")
    assert "odd.yaml cannot be changed in place: " in said
    assert why in said
    assert "sklpar emit yaml --output odd.yaml" in said
    assert file.read_bytes() == before


def test_a_run_whose_setting_no_file_can_hold_changes_nothing(tuned: Path, capsys: Output) -> None:
    stored("hostile", params={"no path": 1})
    before = tuned.read_bytes()
    said = refused(capsys, "yaml", "hostile", "--update", "tuned.yaml")
    assert "is not a set_params path" in said
    assert tuned.read_bytes() == before


@pytest.mark.parametrize("format_", [name for name in FORMATS if name != "yaml"])
def test_only_yaml_is_updated(format_: str, tuned: Path, capsys: Output) -> None:
    said = refused(capsys, format_, "new", "--update", "tuned.yaml")
    assert f"--update goes with yaml, not with {format_}" in said


def test_update_and_output_do_not_go_together(tuned: Path, capsys: Output) -> None:
    said = refused(capsys, "yaml", "new", "--update", "tuned.yaml", "--output", "other.yaml")
    assert "--update and --output" in said


def test_standard_input_is_no_file_to_update(tuned: Path, capsys: Output) -> None:
    assert "- is none" in refused(capsys, "yaml", "new", "--update", "-")


def test_a_run_without_a_recommendation_changes_nothing(tuned: Path, capsys: Output) -> None:
    RunFolder.create(Path("none")).write_report(replace(digits(), recommendation=None))
    before = tuned.read_bytes()
    assert main(["emit", "yaml", "none", "--update", "tuned.yaml"]) == 4
    assert tuned.read_bytes() == before
