"""No file beside the spec or in the current folder is imported without trust, by any process."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.e2e.command import tune

pytestmark = pytest.mark.e2e

SHADOWED = ("json", "sklearn", "joblib", "numpy", "sitecustomize", "usercustomize", "helper")


def test_modules_in_the_current_folder_shadow_nothing_in_a_trial_or_its_workers(
    tmp_path: Path,
) -> None:
    marker = tmp_path / "imported"
    for name in SHADOWED:
        code = f"open({str(marker)!r}, 'a').write({name!r})\n"
        (tmp_path / f"{name}.py").write_text(code)
    text = """
version: 1
estimator: {class: RandomForestClassifier, n_estimators: 4, random_state: 0}
data: {sklearn: iris}
sweep: {n_jobs: [2], backend: [loky], inner_threads: [1]}
measure: {repeats: 0, rounds: 1}
"""
    done = tune(tmp_path, text, "-q")
    assert done.code == 0, done.err
    assert done.rows["loky-j2-t1"]["observed"]["workers"] == 2
    assert not marker.exists(), marker.read_text()
