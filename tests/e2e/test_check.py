"""``check`` on the specs that come with sklpar, as a user runs it."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

pytestmark = pytest.mark.e2e

ROOT = Path(__file__).parents[2]
YAML = sorted([*ROOT.glob("configs/*.yaml"), *ROOT.glob("examples/*.yaml")])
SPECS = [path for path in YAML if not path.stem.endswith(".tuned")]  # those are emitted settings


def check(*arguments: str, cwd: Path = ROOT) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "sklpar", "check", *arguments],
        cwd=cwd,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )


@pytest.fixture(scope="module", autouse=True)
def churn() -> None:
    """Make the csv that one of the examples reads, as its README says."""
    subprocess.run(
        [sys.executable, str(ROOT / "examples" / "make_churn_csv.py")],
        check=True,
        capture_output=True,
    )


@pytest.fixture(scope="module")
def checked(churn: None) -> dict[str, subprocess.CompletedProcess[str]]:
    """Every spec that comes with sklpar, checked; two at a time."""

    def run(spec: Path) -> subprocess.CompletedProcess[str]:
        trust = ["--trust", "my_job"] if spec.stem == "callable" else []
        return check(str(spec), "--json", *trust)

    with ThreadPoolExecutor(2) as two:
        return dict(zip((spec.stem for spec in SPECS), two.map(run, SPECS), strict=True))


@pytest.mark.parametrize("name", [spec.stem for spec in SPECS])
def test_every_spec_that_comes_with_sklpar_is_sound(
    name: str, checked: dict[str, subprocess.CompletedProcess[str]]
) -> None:
    done = checked[name]
    assert done.returncode == 0, done.stderr
    plan = json.loads(done.stdout)
    assert plan["settings"][:2] == ["as-written", "serial"]
    assert len(plan["settings"]) >= 4


def test_the_starter_is_sound_and_set_changes_it(tmp_path: Path) -> None:
    starter = subprocess.run(
        [sys.executable, "-m", "sklpar", "init", "-"],
        env={**os.environ, "PYTHONPATH": str(ROOT)},
        capture_output=True,
        text=True,
        timeout=60,
        check=True,
    )
    (tmp_path / "s.yaml").write_text(starter.stdout, encoding="utf-8")
    done = check("s.yaml", "--set", "sweep.n_jobs=[2]", "--set", "measure.rounds=7", cwd=tmp_path)
    assert done.returncode == 0, done.stderr
    assert "in 7 rounds" in done.stdout
    assert "  loky-j2-tdefault\n" in done.stdout
    assert "-j1-" not in done.stdout


def test_untrusted_code_is_named_and_not_imported(tmp_path: Path) -> None:
    (tmp_path / "mine.py").write_text("open('hit', 'w').close()\n", encoding="utf-8")
    (tmp_path / "s.yaml").write_text("version: 1\ncallable: {fit: 'mine:fit'}\n", encoding="utf-8")
    done = check("s.yaml", cwd=tmp_path)
    assert done.returncode == 2
    assert "--trust mine" in done.stderr
    assert not (tmp_path / "hit").exists()
