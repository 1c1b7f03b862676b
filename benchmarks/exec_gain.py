"""Whether ``sklpar exec`` gives a bare script the gain that ``sklpar tune`` promised.

Each workload is a spec and a script of the same job that knows nothing of sklpar and prints how
long its fit took. The spec is tuned and the recommendation emitted; then the script runs in `PAIRS`
interleaved pairs, as it is and under ``sklpar exec``, the order within a pair at random. What was
seen is the geometric mean of the ratios within pairs, with the 95% interval of Student's t on
their logarithms.

    python benchmarks/exec_gain.py [workload ...]
"""

from __future__ import annotations

import json
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

PAIRS, GOAL = 10, 0.10
ROOT = Path(__file__).parents[1]
SKLPAR = (sys.executable, "-m", "sklpar")
# Student's t for 9 degrees of freedom, two-sided 95%.
T_OF_TEN = 2.262


@dataclass(frozen=True)
class Workload:
    """One job, as a spec and as a script that prints the seconds of its fit."""

    name: str
    spec: str
    script: str


DIGITS = """
import time
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV

X, y = load_digits(return_X_y=True)
search = GridSearchCV(LogisticRegression(max_iter=20), {"C": [0.01, 1, 100]}, cv=3)
before = time.perf_counter()
search.fit(X, y)
print(time.perf_counter() - before)
"""
FOREST = """
import time
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier

X, y = make_classification(n_samples=5000, n_features=20, n_informative=8, random_state=0)
forest = RandomForestClassifier(200, random_state=0)
before = time.perf_counter()
forest.fit(X, y)
print(time.perf_counter() - before)
"""
WORKLOADS = {
    "digits": Workload(
        "grid search of LogisticRegression on digits (configs/quickstart.yaml)",
        (ROOT / "configs/quickstart.yaml").read_text(),
        DIGITS,
    ),
    "pipeline": Workload(
        "randomized search over splines and Nystroem (examples/regression_pipeline.yaml)",
        (ROOT / "examples/regression_pipeline.yaml").read_text(),
        (ROOT / "examples/regression_pipeline.py").read_text(),
    ),
    "forest": Workload(
        "forest of 200 trees (examples/random_forest.yaml)",
        (ROOT / "examples/random_forest.yaml").read_text(),
        FOREST,
    ),
}


def measured(workload: Workload, folder: Path) -> dict[str, Any]:
    """Tune, emit, and run the pairs; return what was promised and what was seen."""
    (folder / "spec.yaml").write_text(workload.spec)
    (folder / "script.py").write_text(workload.script)
    tuned = _run([*SKLPAR, "tune", "spec.yaml", "--json", "--quiet"], folder)
    report = json.loads(tuned)
    _run([*SKLPAR, "emit", "yaml", "--output", "tuned.yaml"], folder)
    recommendation = report["recommendation"]
    script = [sys.executable, "script.py"]
    ways = {
        "as it is": script,
        "under exec": [*SKLPAR, "exec", "--config", "tuned.yaml", "--quiet", "--", *script],
    }
    pairs = []
    for _ in range(PAIRS):
        order = random.sample(list(ways), len(ways))
        pairs.append({way: _timed(ways[way], folder) for way in order})
    return {
        "workload": workload.name,
        "setting": recommendation["setting"],
        "promised": recommendation["speedup"],
        "pairs": pairs,
    }


def seen(pairs: Sequence[dict[str, tuple[float, float]]], which: int) -> tuple[float, float, float]:
    """Return the mean ratio of the fits (0) or of the whole processes (1), and its interval."""
    logs = [math.log(pair["as it is"][which] / pair["under exec"][which]) for pair in pairs]
    mean = statistics.fmean(logs)
    half = T_OF_TEN * statistics.stdev(logs) / math.sqrt(len(logs))
    return math.exp(mean), math.exp(mean - half), math.exp(mean + half)


def _timed(command: Sequence[str], folder: Path) -> tuple[float, float]:
    """Return the seconds of the fit, as the script prints them, and of the whole process."""
    before = time.perf_counter()
    fit_s = float(_run(command, folder))
    return fit_s, time.perf_counter() - before


def _run(command: Sequence[str], folder: Path) -> str:
    environ = {k: v for k, v in os.environ.items() if not k.endswith("_NUM_THREADS")}
    environ["PYTHONPATH"] = str(ROOT)
    # Into a file, as the log of a trial: a fit that warns does not wait for a terminal.
    with (folder / "stderr.txt").open("w") as log:
        done = subprocess.run(
            command,
            cwd=folder,
            env=environ,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
            check=False,
        )
    if done.returncode:
        raise SystemExit((folder / "stderr.txt").read_text())
    return done.stdout


def told(row: dict[str, Any]) -> str:
    """Return a row as lines for people."""
    promised = row["promised"]
    mean, low, high = seen(row["pairs"], 0)
    whole = seen(row["pairs"], 1)
    verdict = "within" if abs(promised["median"] / mean - 1) <= GOAL else "beyond"
    fits = {
        way: statistics.median(pair[way][0] for pair in row["pairs"])
        for way in ("as it is", "under exec")
    }
    return textwrap.dedent(
        f"""\
        {row["workload"]}: {row["setting"]}
          promised {promised["median"]:.3g} ({promised["low"]:.3g} to {promised["high"]:.3g})
          seen     {mean:.3g} ({low:.3g} to {high:.3g}); fits {fits["as it is"]:.3g} s as it is, \
{fits["under exec"]:.3g} s under exec
          promised / seen {promised["median"] / mean:.3f}, {verdict} {GOAL:.0%}
          the whole process {whole[0]:.3g} times as fast ({whole[1]:.3g} to {whole[2]:.3g})
        """
    )


def main(names: Sequence[str]) -> None:
    """Measure the named workloads, or all."""
    for name in names or WORKLOADS:
        with tempfile.TemporaryDirectory(prefix="exec-gain-") as folder:
            print(told(measured(WORKLOADS[name], Path(folder))), flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
