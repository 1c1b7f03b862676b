from __future__ import annotations

import json
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from sklpar.errors import StoreError
from sklpar.model import Cost, Failure, Host, Noise, Report, Scaling
from sklpar.store.folder import RunFolder, new_run_id
from sklpar.store.plan_file import PlanFile


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    return tmp_path


def plan(run_id: str = "20261120-231500-4f2a", **changes: Any) -> PlanFile:
    return PlanFile(
        sklpar_version="0.1.0",
        run_id=run_id,
        name="churn",
        started_at="2026-11-20T23:15:00Z",
        seed=7,
        spec_file="spec.yaml",
        folder="/data",
        overrides=("measure.rounds=3",),
        defaults={"measure": {"rounds": 3}},
        settings=("as-written", "serial"),
        **changes,
    )


def failure(trial: int) -> Failure:
    return Failure(
        status="failed",
        trial=trial,
        round=1,
        setting="serial",
        started_at="2026-11-20T23:15:00Z",
        trial_s=2.0,
        reason="it raised ValueError",
    )


def report(run: RunFolder, status: Any = "complete") -> Report:
    return Report(
        sklpar_version="0.1.0",
        run_id=run.run_id,
        name=None,
        started_at="2026-11-20T23:15:00Z",
        finished_at=None,
        status=status,
        spec={},
        seed=7,
        host=Host(
            cpu_model="x",
            logical_cpus=2,
            physical_cpus=None,
            usable_cpus=2,
            usable_cpus_source="affinity (2 CPUs)",
            memory_bytes=None,
        ),
        settings=(),
        recommendation=None,
        recommendation_unavailable="nothing measured",
        scaling=Scaling(series=()),
        noise=Noise(level=None, findings=()),
        cost=Cost(trials=0, wall_s=0.0, exhaustive_estimate_s=None),
        data_unavailable="nothing measured",
    )


def made(run_id: str) -> RunFolder:
    run = RunFolder.create(run_id=run_id)
    run.write_plan(plan(run_id))
    return run


def test_a_run_goes_below_dot_sklpar_which_git_ignores(here: Path) -> None:
    run = RunFolder.create()
    assert run.path == here / ".sklpar/runs" / run.run_id
    assert (here / ".sklpar/.gitignore").read_text() == "*\n"


def test_an_id_tells_the_time_and_four_hexadecimal_digits() -> None:
    date, clock, digits = new_run_id().split("-")
    assert (len(date), len(clock), len(digits)) == (8, 6, 4)
    int(digits, 16)


def test_an_output_folder_is_made_with_its_parents_and_no_dot_sklpar(here: Path) -> None:
    run = RunFolder.create(Path("out/deep"))
    assert run.path == here / "out/deep"
    assert not (here / ".sklpar").exists()


def test_an_empty_output_folder_is_taken(here: Path) -> None:
    (here / "out").mkdir()
    assert RunFolder.create(Path("out")).path == here / "out"


def test_a_folder_of_other_things_is_refused_untouched(here: Path) -> None:
    (here / "src").mkdir()
    (here / "src/main.py").write_text("")
    with pytest.raises(StoreError, match="not empty and holds no run") as caught:
        RunFolder.create(Path("src"))
    assert "--output" in caught.value.remedy
    assert [path.name for path in (here / "src").iterdir()] == ["main.py"]


def test_a_folder_that_holds_a_finished_run_is_refused_with_the_way_to_see_it(here: Path) -> None:
    run = RunFolder.create(Path("out"))
    run.write_plan(plan(run.run_id))
    run.write_report(report(run))
    with pytest.raises(StoreError, match="finished run") as caught:
        RunFolder.create(Path("out"))
    assert f"sklpar show {here / 'out'}" in caught.value.remedy


@pytest.mark.parametrize("status", [None, "interrupted"])
def test_a_folder_that_holds_an_unfinished_run_is_refused_with_resume(
    here: Path, status: str | None
) -> None:
    run = RunFolder.create(Path("out"))
    run.write_plan(plan(run.run_id))
    if status:
        run.write_report(report(run, status))
    with pytest.raises(StoreError, match="has not finished") as caught:
        RunFolder.create(Path("out"))
    assert f"--resume {here / 'out'}" in caught.value.remedy


def test_a_run_from_python_is_not_said_to_go_on(here: Path) -> None:
    run = RunFolder.create(Path("out"))
    run.write_plan(replace(plan(run.run_id), from_python=True))
    with pytest.raises(StoreError, match="has not finished") as caught:
        RunFolder.create(Path("out"))
    assert caught.value.remedy == "Name another folder with --output."


def test_an_output_that_is_a_file_is_refused(here: Path) -> None:
    (here / "out").write_text("")
    with pytest.raises(StoreError, match="cannot be made"):
        RunFolder.create(Path("out"))
    with pytest.raises(StoreError, match="cannot be made"):
        RunFolder.create(Path("out/below"))


def test_a_run_is_found_by_folder_id_and_beginning(here: Path) -> None:
    run = made("20261120-231500-4f2a")
    made("20261121-080000-0001")
    for ref in (str(run.path), ".sklpar/runs/20261120-231500-4f2a", run.run_id, "20261120"):
        assert RunFolder.find(ref) == run


def test_a_folder_elsewhere_knows_its_own_id() -> None:
    run = RunFolder.create(Path("out"))
    run.write_plan(plan(run.run_id))
    assert RunFolder.find("out") == run


def test_a_folder_with_a_report_alone_is_a_run(here: Path) -> None:
    run = RunFolder.create(Path("out"))
    run.write_report(report(run))
    assert RunFolder.find("out").read_report() == report(run)


def test_nothing_given_finds_the_newest() -> None:
    made("20261120-231500-ffff")
    newest = made("20261121-000000-0000")
    made("20251120-231500-ffff")
    assert RunFolder.find() == newest


def test_of_two_runs_of_one_second_the_one_begun_later_is_the_newer() -> None:
    first, second = made("20261120-231500-ffff"), made("20261120-231500-0000")
    os.utime(first.path, ns=(1, 1))
    assert RunFolder.find() == second


def test_a_folder_without_a_plan_is_not_yet_a_run() -> None:
    RunFolder.create(run_id="20261120-231500-4f2a")
    with pytest.raises(StoreError, match="there is no run") as caught:
        RunFolder.find()
    assert "sklpar tune SPEC" in caught.value.remedy


@pytest.mark.parametrize("ref", ["", "2027", "nowhere/at/all", "x" * 5000, "a\0b", "."])
def test_what_names_no_run_is_refused_with_what_there_is(ref: str) -> None:
    made("20261120-231500-4f2a")
    with pytest.raises(StoreError, match="20261120-231500-4f2a"):
        RunFolder.find(ref)


def test_a_beginning_that_fits_two_runs_lists_both() -> None:
    made("20261120-231500-4f2a")
    made("20261120-231501-4f2a")
    with pytest.raises(StoreError, match=r"2 runs: 20261120-231501-4f2a, 20261120-231500-4f2a"):
        RunFolder.find("20261120")


def test_spec_and_plan_come_back_as_they_were_written() -> None:
    run = RunFolder.create()
    run.write_spec("name: Überlauf\r\n# kept as it is\n")
    run.write_plan(plan())
    assert run.read_spec() == "name: Überlauf\r\n# kept as it is\n"
    assert run.read_plan() == plan()


def test_a_damaged_or_newer_plan_is_refused() -> None:
    run = RunFolder.create()
    with pytest.raises(StoreError, match=r"plan\.json"):
        run.read_plan()
    run.write_plan(plan(schema_version=9))
    with pytest.raises(StoreError, match="schema 9"):
        run.read_plan()
    path = run.path / "plan.json"
    document = json.loads(path.read_text()) | {"schema_version": 1}
    del document["seed"]
    path.write_text(json.dumps(document))
    with pytest.raises(StoreError, match=r"plan\.json: seed"):
        run.read_plan()


def test_trials_come_back_in_the_order_of_their_end() -> None:
    run = RunFolder.create()
    assert run.outcomes() == []
    with run.lock():
        run.append(failure(2))
        run.append(failure(1))
    assert run.outcomes() == [failure(2), failure(1)]


def test_locking_cuts_off_what_a_killed_writer_left() -> None:
    run = RunFolder.create()
    journal = run.path / "samples.jsonl"
    run.append(failure(1))
    whole = journal.read_bytes()
    journal.write_bytes(whole + b'{"tri')
    with run.lock():
        assert journal.read_bytes() == whole


def test_a_run_is_locked_once_and_free_again_after() -> None:
    run = RunFolder.create()
    with (
        run.lock(),
        pytest.raises(StoreError, match=rf"{run.run_id} .*process {os.getpid()}"),
        run.lock(),
    ):
        pass
    with run.lock():
        pass


def test_a_report_comes_back_and_a_new_one_takes_its_place() -> None:
    run = RunFolder.create()
    run.write_report(report(run, "interrupted"))
    run.write_report(report(run))
    assert run.read_report() == report(run)
    assert sorted(path.name for path in run.path.iterdir()) == ["run.json", "samples.jsonl"]


def test_a_report_that_cannot_be_written_leaves_the_old_one(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    run = RunFolder.create()
    run.write_report(report(run, "interrupted"))

    def full(fd: int) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fsync", full)
    with pytest.raises(StoreError, match=r"run\.json could not be written: No space left") as error:
        run.write_report(report(run))
    assert "--resume" in error.value.remedy
    assert run.read_report().status == "interrupted"
    assert sorted(path.name for path in run.path.iterdir()) == ["run.json", "samples.jsonl"]


def test_a_killed_run_without_a_report_says_how_to_go_on() -> None:
    run = made("20261120-231500-4f2a")
    with pytest.raises(StoreError, match="killed") as caught:
        run.read_report()
    assert "--resume" in caught.value.remedy


def test_a_trials_folder_is_named_by_number_and_setting() -> None:
    run = RunFolder.create()
    folder = run.trial_folder(7, "loky-j2-t1")
    assert folder == run.path / "trials/0007-loky-j2-t1"
    assert not folder.exists()


@pytest.mark.parametrize("setting", ["../../etc", "a/b", "a\0b", "é" * 300, "p=" + "x" * 500])
def test_no_setting_leads_out_of_the_run(setting: str) -> None:
    run = RunFolder.create()
    folder = run.new_trial_folder(1, setting)
    assert folder.parent == run.path / "trials"
    assert folder.is_dir()


def test_a_trial_tried_again_begins_with_an_empty_folder() -> None:
    run = RunFolder.create()
    folder = run.new_trial_folder(1, "serial")
    (folder / "report.jsonl").write_text("of the killed attempt")
    assert run.new_trial_folder(1, "serial") == folder
    assert list(folder.iterdir()) == []
