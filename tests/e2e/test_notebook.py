"""sklpar in a real Jupyter kernel: what its cells show, and that nothing stays behind."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from sklpar.host.threads import thread_environment
from tests.e2e.command import ROOT

pytestmark = pytest.mark.e2e

CELLS = (
    """
import sklpar
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
from sklearn.pipeline import make_pipeline

class Halve(TransformerMixin, BaseEstimator):
    \"\"\"Known to no module but this notebook.\"\"\"

    def fit(self, X, y=None):
        return self

    def transform(self, X):
        return X / 2

X, y = load_iris(return_X_y=True)
search = GridSearchCV(
    make_pipeline(Halve(), LogisticRegression(max_iter=5)),
    {"logisticregression__C": [0.1, 1]},
    cv=2,
)
""",
    """
result = sklpar.tune(
    search, X, y, n_jobs=2, backend="threading", inner_threads=1, rounds=1, repeats=0
)
result
""",
    "print(result)",
    "result.to_frame()",
    "again = sklpar.load()\nagain.run_id == result.run_id, again.setting.id == result.setting.id",
    """
import warnings
from joblib import Parallel
with warnings.catch_warnings():
    warnings.simplefilter("ignore", RuntimeWarning)  # the kernel has loaded OpenMP before
    with sklpar.applied(result) as setting:
        parallel = Parallel()
        search.fit(X, y)
setting.id, type(parallel._backend).__name__, parallel.n_jobs
""",
    "Parallel().n_jobs",
)


def notebook(folder: Path, cells: tuple[str, ...]) -> list[list[dict[str, Any]]]:
    """Run cells in a kernel in `folder`; return the outputs of each."""
    file = folder / "work" / "notebook.ipynb"
    for name in ("work", "tmp", "home"):
        (folder / name).mkdir()
    code: dict[str, Any] = {
        "cell_type": "code",
        "metadata": {},
        "execution_count": None,
        "outputs": [],
    }
    document = {
        "nbformat": 4,
        "nbformat_minor": 5,
        "metadata": {"kernelspec": {"name": "python3", "display_name": "Python 3"}},
        "cells": [
            {**code, "id": f"cell-{number}", "source": source.strip()}
            for number, source in enumerate(cells)
        ],
    }
    file.write_text(json.dumps(document))
    done = subprocess.run(
        [sys.executable, "-c", "from nbclient.cli import main; main()", "--inplace", str(file)],
        cwd=folder / "work",
        env={
            **thread_environment("default", os.environ),
            "PYTHONPATH": str(ROOT),
            "TMPDIR": str(folder / "tmp"),
            "HOME": str(folder / "home"),
            "IPYTHONDIR": str(folder / "home" / "ipython"),
            "JUPYTER_RUNTIME_DIR": str(folder / "home" / "runtime"),
            "PYDEVD_DISABLE_FILE_VALIDATION": "1",
        },
        capture_output=True,
        text=True,
        timeout=280,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return [cell["outputs"] for cell in json.loads(file.read_text())["cells"]]


def shown(outputs: list[dict[str, Any]]) -> dict[str, str]:
    """What a cell's value is shown as, by its media type."""
    (value,) = [one for one in outputs if one["output_type"] == "execute_result"]
    return {kind: "".join(text) for kind, text in value["data"].items()}


def streams(outputs: list[dict[str, Any]], name: str) -> str:
    return "".join("".join(one["text"]) for one in outputs if one.get("name") == name)


def test_a_notebook_tunes_shows_and_applies(tmp_path: Path) -> None:
    outputs = notebook(tmp_path, CELLS)
    assert not [one for cell in outputs for one in cell if one["output_type"] == "error"]

    result = shown(outputs[1])
    assert result["text/plain"].startswith("<sklpar.Result ")
    assert result["text/html"].startswith('<div class="sklpar-result">')
    assert "with sklpar.applied(result):" in result["text/html"] or "Keep" in result["text/html"]
    for setting in ("as-written", "serial", "threading-j2-t1"):
        assert f"{setting}</th>" in result["text/html"]

    text = streams(outputs[2], "stdout")
    assert "Show it again: sklpar show" in text
    assert "\x1b" not in text

    frame = shown(outputs[3])
    assert "threading-j2-t1" in frame["text/plain"]
    assert "first_fit_s" in frame["text/plain"]
    assert "<table" in frame["text/html"]

    assert shown(outputs[4])["text/plain"] == "(True, True)"
    applied = shown(outputs[5])["text/plain"]
    assert applied in {
        "('threading-j2-t1', 'ThreadingBackend', 2)",
        "('serial', 'SequentialBackend', 1)",
        "('as-written', 'LokyBackend', 1)",
        "('as-written', 'SequentialBackend', 1)",
    }
    assert shown(outputs[6])["text/plain"] == "1"

    assert sorted(path.name for path in (tmp_path / "work").iterdir()) == [
        ".sklpar",
        "notebook.ipynb",
    ]
    assert list((tmp_path / "tmp").iterdir()) == []
