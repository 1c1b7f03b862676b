"""``sklpar guard`` as CI calls it: every mode, every exit code, every format, for real.

Limits are five times, and what is made slower is made ten times slower: no duration is asserted.
"""

from __future__ import annotations

import json
import re
import shutil
import signal
import subprocess
import sys
import time
import xml.etree.ElementTree as ET
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command import start, workplace
from tests.e2e.test_interruption import living, tree_of

pytestmark = pytest.mark.e2e

SPEC = """\
version: 1
name: busy loop
callable: {fit: "guarded:fit"}
sweep: {backend: [sequential], n_jobs: [1], inner_threads: [1]}
measure: {repeats: 0, rounds: 3, timeout: 60s}
guard:
  threshold: 400%
  regret: 900%
  min_speedup: 0.1
  settings: {sequential-j1-t1: ignore}
"""
SLOW = {"BUSY_S": "0.5"}
SETTINGS = {"as-written", "serial"}
PINNED = "version: 1\nsetting: {n_jobs: 1, backend: sequential, inner_threads: 1, params: {}}\n"


@dataclass(frozen=True)
class Done:
    code: int
    out: str
    err: str

    @property
    def verdict(self) -> dict[str, Any]:
        document: dict[str, Any] = json.loads(self.out)
        return document

    @property
    def rulings(self) -> dict[tuple[str, str], str]:
        return {(one["setting"], one["metric"]): one["ruling"] for one in self.verdict["checks"]}


def begin(cwd: Path, *arguments: str, **extra: str) -> subprocess.Popen[str]:
    nowhere = {"GITHUB_ACTIONS": "", "GITHUB_STEP_SUMMARY": "", "GITHUB_WORKSPACE": ""}
    flags = ("--trust", "guarded", "-q")
    return start("guard", "spec.yaml", *arguments, *flags, cwd=cwd, **{**nowhere, **extra})


def guard(cwd: Path, *arguments: str, **extra: str) -> Done:
    process = begin(cwd, *arguments, **extra)
    out, err = process.communicate(timeout=200)
    assert "Traceback" not in out + err
    return Done(process.returncode, out, err)


@pytest.fixture(scope="module")
def recorded(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, Done]:
    """A folder with the spec, the job and a baseline that was measured just now."""
    folder = tmp_path_factory.mktemp("recorded")
    workplace(folder, SPEC)
    return folder, guard(folder, "--baseline", "base.json", "--update")


@pytest.fixture
def place(recorded: tuple[Path, Done], tmp_path: Path) -> Path:
    """A folder of one's own with the spec, the job and the baseline."""
    for name in ("spec.yaml", "guarded.py", "base.json"):
        shutil.copy(recorded[0] / name, tmp_path)
    (tmp_path / "tuned.yaml").write_text(PINNED)
    return tmp_path


def changed(place: Path, change: Callable[[dict[str, Any]], None]) -> None:
    document = json.loads((place / "base.json").read_text())
    change(document)
    (place / "base.json").write_text(json.dumps(document))


def row(document: dict[str, Any], name: str = "serial") -> dict[str, Any]:
    found: dict[str, Any] = next(one for one in document["settings"] if one["id"] == name)
    return found


# --------------------------------------------------------------------------- passing


def test_a_baseline_is_written_as_a_run_document(recorded: tuple[Path, Done]) -> None:
    folder, done = recorded
    assert done.code == 0, done.err
    assert "base.json" in done.out
    document = json.loads((folder / "base.json").read_text())
    assert (document["schema_version"], document["status"]) == (1, "complete")
    assert {one["id"] for one in document["settings"] if one["status"] == "ok"} > SETTINGS
    assert {row(document, name)["first_fit_s"]["n"] for name in SETTINGS} == {3}


def test_the_same_job_passes_in_every_metric(place: Path) -> None:
    done = guard(place, "--baseline", "base.json", "--format", "json")
    assert done.code == 0, done.out + done.err
    assert done.verdict["outcome"] == "passed"
    assert done.verdict["exit_code"] == 0
    metrics = {"first_fit", "cpu", "memory", "threads"}
    expected = {(name, metric) for name in SETTINGS for metric in metrics}
    assert done.rulings.keys() == expected | {("serial", "speedup")}
    folder = place / done.verdict["run"]
    assert folder.parent == place / ".sklpar" / "guard"
    assert (folder / "samples.jsonl").read_bytes().count(b"\n") == 1 + 3 * len(SETTINGS)
    assert json.loads((folder / "run.json").read_text())["status"] == "complete"


def test_an_environment_passes_against_itself(place: Path) -> None:
    done = guard(place, "--against", sys.executable, "--format", "json")
    assert done.code == 0, done.out + done.err
    assert {one["against"] for one in done.verdict["checks"]} == {"other"}
    journals = sorted((place / ".sklpar" / "guard").glob("*/samples.jsonl"))
    assert len(journals) == 2
    assert {one.read_bytes().count(b"\n") for one in journals} == {1 + 3 * len(SETTINGS)}
    assert journals[1].parent.name.endswith("-other")


# --------------------------------------------------------------------------- failing


def test_a_slower_job_fails_on_github_with_junit_annotations_and_a_summary(place: Path) -> None:
    (place / "summary.md").write_text("# Before\n")
    github = {
        "GITHUB_ACTIONS": "true",
        "GITHUB_WORKSPACE": str(place.parent),
        "GITHUB_STEP_SUMMARY": str(place / "summary.md"),
    }
    arguments = ("--baseline", "base.json", "--format", "junit", "--output", "guard.xml")
    done = guard(place, *arguments, **github, **SLOW)
    assert done.code == 1, done.out + done.err
    assert done.out.startswith("FAIL")
    errors = re.findall(r"^::error file=(.*?),line=(\d+),.*$", done.out, re.MULTILINE)
    assert set(errors) == {(f"{place.name}/spec.yaml", "3")}
    suite = ET.parse(place / "guard.xml").getroot()
    assert len(suite.findall(".//testcase/failure")) == len(errors)
    summary = (place / "summary.md").read_text()
    assert summary.startswith("# Before\n")
    assert "serial" in summary


def test_a_gain_that_is_not_there_fails_in_markdown(place: Path) -> None:
    arguments = ("--config", "tuned.yaml", "--min-speedup", "30", "--format", "markdown")
    done = guard(place, *arguments)
    assert done.code == 1, done.out + done.err
    assert done.out.startswith("### sklpar guard: FAIL")
    assert "speedup of <code>serial</code>" in done.out


def test_a_reader_that_goes_away_makes_no_failure_a_pass(place: Path) -> None:
    with begin(place, "--baseline", "base.json", BREAKS="capped") as process:
        assert process.stdout is not None
        process.stdout.close()
        assert process.wait(timeout=100) == 1


def test_where_every_trial_fails_nothing_was_measured(place: Path) -> None:
    done = guard(place, "--baseline", "base.json", BREAKS="all")
    assert done.code == 3, done.out + done.err
    assert "the sky is falling" in done.out


def test_what_could_not_be_guarded_is_not_written_and_the_old_baseline_stays(place: Path) -> None:
    before = (place / "base.json").read_bytes()
    done = guard(place, "--baseline", "base.json", "--update", BREAKS="capped")
    assert done.code == 5, done.out + done.err
    assert "no baseline was written" in done.out
    assert (place / "base.json").read_bytes() == before


def test_a_baseline_that_is_too_vague_to_tell_is_inconclusive(place: Path) -> None:
    def widen(document: dict[str, Any]) -> None:
        for name in SETTINGS:
            found = row(document, name)["first_fit_s"]
            found.update(low=found["low"] / 1e30, high=found["high"] * 1e30)

    changed(place, widen)
    done = guard(place, "--baseline", "base.json", "--format", "json")
    assert done.code == 4, done.out + done.err
    assert done.verdict["outcome"] == "inconclusive"
    assert done.rulings["serial", "first_fit"] == "inconclusive"


def test_a_budget_for_nothing_is_no_pass(place: Path) -> None:
    arguments = ("--baseline", "base.json", "--budget", "0.001s", "--allow-inconclusive")
    assert guard(place, *arguments).code == 3


# --------------------------------------------------------------------------- not comparable


def of_another_job(document: dict[str, Any]) -> None:
    document["spec"]["callable"]["fit"] = "guarded:other"


def of_another_machine(document: dict[str, Any]) -> None:
    document["host"]["usable_cpus"] += 62


def failed(document: dict[str, Any]) -> None:
    row(document).update(status="failed", reason="ValueError: no")


DOCUMENTS: dict[str, tuple[Callable[[dict[str, Any]], None], str]] = {
    "of another job": (of_another_job, "callable"),
    "of another machine": (of_another_machine, "usable_cpus"),
    "failed": (failed, "is failed"),
}


@pytest.mark.parametrize("kind", DOCUMENTS)
def test_a_baseline_that_cannot_be_held_against_is_told_before_any_trial(
    kind: str, place: Path
) -> None:
    change, words = DOCUMENTS[kind]
    changed(place, change)
    done = guard(place, "--baseline", "base.json")
    assert done.code == 5, done.out + done.err
    assert words in done.out
    assert not (place / ".sklpar").exists()


TEXTS: dict[str, Callable[[str], str | None]] = {
    "missing": lambda _: None,
    "cut off": lambda text: text[: len(text) // 2],
    "newer": lambda text: text.replace('"schema_version": 1', '"schema_version": 99', 1),
    "of no machine": lambda text: re.sub(r'"usable_cpus": \d+', '"usable_cpus": 0', text),
}


@pytest.mark.parametrize("kind", TEXTS)
def test_a_baseline_that_cannot_be_read_is_told_before_any_trial(kind: str, place: Path) -> None:
    text = TEXTS[kind]((place / "base.json").read_text())
    if text is None:
        (place / "base.json").unlink()
    else:
        (place / "base.json").write_text(text)
    done = guard(place, "--baseline", "base.json", "--format", "json", "--allow-inconclusive")
    assert done.code == 5, done.out + done.err
    assert done.verdict["outcome"] == "not_comparable"
    assert any("base.json" in one for one in done.verdict["reasons"])
    assert not (place / ".sklpar").exists()


# --------------------------------------------------------------------------- usage


def test_a_wrong_spec_is_an_annotation_on_its_line(place: Path) -> None:
    (place / "spec.yaml").write_text(SPEC + "guards: {}\n")
    done = guard(
        place, "--baseline", "base.json", GITHUB_ACTIONS="true", GITHUB_WORKSPACE=str(place)
    )
    assert done.code == 2
    assert "::error file=spec.yaml,line=11," in done.err
    assert done.out == ""


def test_a_policy_for_a_setting_that_there_is_not_is_refused(place: Path) -> None:
    done = guard(place, "--baseline", "base.json", "--threshold", "seriel:5%")
    assert done.code == 2
    assert "'seriel'" in done.err
    assert "serial" in done.err.replace("'seriel'", "")


def test_a_pin_of_jobs_that_the_job_does_not_take_is_refused(place: Path) -> None:
    """It would be measured as something else, and pass."""
    (place / "spec.yaml").write_text(
        "version: 1\nestimator: {class: Ridge}\n"
        "data: {synthetic: regression, n_samples: 100, n_features: 3}\n"
        "measure: {repeats: 0, rounds: 3}\nguard: {regret: 900%, min_speedup: 0.01}\n"
    )
    (place / "tuned.yaml").write_text(PINNED.replace("n_jobs: 1", "n_jobs: 2").replace(
        "sequential", "threading"))  # fmt: skip
    done = guard(place, "--config", "tuned.yaml", "--budget", "1s")
    assert done.code == 2, done.out
    assert "n_jobs" in done.err


def test_another_interpreter_that_there_is_not_is_refused(place: Path) -> None:
    done = guard(place, "--against", str(place / "no" / "python"))
    assert done.code == 2
    assert "python" in done.err


# --------------------------------------------------------------------------- Ctrl-C


def test_ctrl_c_keeps_what_was_measured_and_leaves_nothing_behind(place: Path) -> None:
    before = (place / "base.json").read_bytes()
    process = begin(place, "--baseline", "base.json", "--update", "--format", "json", BUSY_S="1")
    journal = wait_for_trial(place, process)
    tree = tree_of(process)
    assert len(tree) > 1
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130, err
    assert json.loads(out)["outcome"] == "interrupted"
    assert living(tree) == []
    assert journal.read_bytes().count(b"\n") >= 1
    assert json.loads((journal.parent / "run.json").read_text())["status"] == "interrupted"
    assert (place / "base.json").read_bytes() == before


def wait_for_trial(place: Path, process: subprocess.Popen[str]) -> Path:
    """Wait until the first trial is in the journal and the next one runs."""
    deadline = time.monotonic() + 100
    while time.monotonic() < deadline and process.poll() is None:
        for journal in (place / ".sklpar" / "guard").glob("*/samples.jsonl"):
            trials = list((journal.parent / "trials").glob("*"))
            if journal.read_bytes().count(b"\n") and len(trials) > 1 and len(tree_of(process)) > 2:
                return journal
        time.sleep(0.05)
    pytest.fail(f"no trial: {process.communicate(timeout=5)}")
