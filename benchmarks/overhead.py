"""What sklpar's measuring costs: a fit inside a trial against the same fit in a bare script.

Both run in turn, so that a slow minute of the machine hits both. Printed are, for each workload,
the median ratio of the fits' wall-clock (goal: within 3%), and what a whole trial takes beyond a
bare process that imports, loads and fits the same (goal: under 0.3 s).

    python benchmarks/overhead.py [PAIRS]
"""

from __future__ import annotations

import json
import os
import statistics
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from sklpar.execution.runner import ProcessRunner
from sklpar.host.threads import thread_environment
from sklpar.model import Bound, Reading, Sample, Setting, Trial
from sklpar.spec.checking import inspect_spec
from sklpar.spec.job import encode_job
from sklpar.spec.loader import parse_spec

SERIAL = Setting(kind="serial", n_jobs=1, backend="sequential", inner_threads=1)
THREADS = Setting(n_jobs=2, backend="threading", inner_threads=1)

# Name, spec, setting, and the same job as a script would write it.
WORKLOADS = [
    (
        "digits grid search, serial",
        """
version: 1
estimator:
  class: GridSearchCV
  cv: 3
  estimator: {class: LogisticRegression, max_iter: 120}
  param_grid: {C: [0.01, 1, 100]}
data: {sklearn: digits}
""",
        SERIAL,
        """
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
X, y = load_digits(return_X_y=True)
job = GridSearchCV(LogisticRegression(max_iter=120), {"C": [0.01, 1, 100]}, cv=3)
""",
    ),
    (
        "random forest, two threads",
        """
version: 1
estimator: {class: RandomForestClassifier, n_estimators: 200, random_state: 0, n_jobs: 2}
data: {synthetic: classification, n_samples: 4000}
""",
        THREADS,
        """

from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
X, y = make_classification(n_samples=4000, random_state=0)
job = RandomForestClassifier(n_estimators=200, random_state=0, n_jobs=2)
""",
    ),
]

TIMED = """
import json, time
before = time.perf_counter()
job.fit(X, y)
print(json.dumps(time.perf_counter() - before))
"""


def bare(script: str, setting: Setting) -> tuple[float, float]:
    """Return (fit, whole process) in seconds of the job as a script."""
    before = time.perf_counter()
    done = subprocess.run(
        [sys.executable, "-W", "ignore", "-c", script + TIMED],
        env=thread_environment(setting.inner_threads, os.environ),
        capture_output=True,
        check=True,
    )
    return float(json.loads(done.stdout.splitlines()[-1])), time.perf_counter() - before


def measured(runner: ProcessRunner, number: int, setting: Setting) -> tuple[float, float]:
    """Return (fit, whole trial) in seconds of the job under sklpar."""
    outcome = runner.run(
        Trial(number=number, round=1, setting=setting),
        Bound(),
        lambda _index: None,
    )
    if not isinstance(outcome, Sample):
        raise SystemExit(outcome.reason)
    wall = outcome.fits[0].readings["wall_s"]
    assert isinstance(wall, Reading)
    return wall.value, outcome.trial_s


def compare(name: str, text: str, setting: Setting, script: str, pairs: int) -> None:
    spec = parse_spec(text, file=f"{name}.yaml")
    with tempfile.TemporaryDirectory() as folder:
        runner = ProcessRunner(
            job=encode_job(spec, ()),
            inspection=inspect_spec(spec, ()),
            folder=lambda trial: Path(folder) / str(trial.number),
            environ=os.environ,
        )
        ratios, extras = [], []
        for number in range(pairs + 1):
            # The order alternates: the second of a pair may find the machine otherwise.
            if number % 2:
                fit, trial = measured(runner, number, setting)
                bare_fit, process = bare(script, setting)
            else:
                bare_fit, process = bare(script, setting)
                fit, trial = measured(runner, number, setting)
            if number:  # the first pair warms the page cache
                ratios.append(fit / bare_fit)
                extras.append((trial - fit) - (process - bare_fit))
    quartiles = statistics.quantiles(ratios, n=4)
    print(
        f"{name}: fit {statistics.median(ratios):.3f} times the bare script's "
        f"(quartiles {quartiles[0]:.3f} to {quartiles[2]:.3f}, {pairs} pairs); "
        f"trial {statistics.median(extras):+.3f} s"
    )


def main() -> None:
    """Compare every workload."""
    pairs = int(sys.argv[1]) if len(sys.argv) > 1 else 20
    print(f"load average before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} CPUs")
    for workload in WORKLOADS:
        compare(*workload, pairs=pairs)


if __name__ == "__main__":
    main()
