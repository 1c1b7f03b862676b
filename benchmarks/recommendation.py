"""Whether the recommended setting is the one that a plain script is fastest with.

A grid search of LogisticRegression on digits is tuned over n_jobs x backend x inner threads. The
same settings are then run by bare scripts, one fresh process each, in every one of `ROUNDS` rounds;
those that take too long are stopped. At last the recommended setting runs in ten interleaved pairs
with the best of that sweep, or with the second best where it is the best itself.

    python benchmarks/recommendation.py
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import signal
import statistics
import subprocess
import sys
import tempfile
from pathlib import Path

from sklpar.host.threads import thread_environment
from sklpar.model import InnerThreads

ROUNDS, PAIRS, TIMEOUT_S = 3, 10, 8.0
SPEC = """
version: 1
estimator:
  class: GridSearchCV
  cv: 3
  estimator: {class: LogisticRegression, max_iter: 120}
  param_grid: {C: [0.01, 1, 100]}
data: {sklearn: digits}
sweep:
  n_jobs: [1, 2, 4]
  backend: [threading, loky, multiprocessing]
  inner_threads: [1, 2, default]
measure: {rounds: 3, repeats: 0, budget: 20m}
"""
SCRIPT = """
import json, sys, time
from joblib import parallel_config
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
backend, n_jobs, inner = sys.argv[1], int(sys.argv[2]), sys.argv[3]
X, y = load_digits(return_X_y=True)
job = GridSearchCV(LogisticRegression(max_iter=120), {"C": [0.01, 1, 100]}, cv=3, n_jobs=n_jobs)
cap = {"inner_max_num_threads": int(inner)} if backend == "loky" and inner != "default" else {}
with parallel_config(backend=backend, **cap):
    before = time.perf_counter()
    job.fit(X, y)
    print(json.dumps(time.perf_counter() - before))
"""
Knobs = tuple[str, int, InnerThreads]


def script(knobs: Knobs) -> float:
    """Return the fit's seconds of a bare script under a setting; infinite where it was stopped."""
    backend, n_jobs, inner = knobs
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", SCRIPT, backend, str(n_jobs), str(inner)],
        env=thread_environment(inner, os.environ),
        stdout=subprocess.PIPE,
        start_new_session=True,
    )
    try:
        out, _ = process.communicate(timeout=TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return float("inf")
    finally:
        # A script that is stopped leaves loky's workers behind, for minutes.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    return float(json.loads(out.splitlines()[-1]))


def tuned(folder: Path) -> Knobs:
    """Tune, and return the recommended knobs."""
    (folder / "spec.yaml").write_text(SPEC)
    command = [sys.executable, "-m", "sklpar", "tune", "spec.yaml", "--json"]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=True)
    report = json.loads(done.stdout)
    chosen = report["recommendation"]["setting"]
    print(f"recommended: {chosen}, {report['recommendation']['speedup']}, {report['cost']}")
    for row in report["settings"]:
        rules = [finding["rule"] for finding in row["findings"]]
        time = row["first_fit_s"] and f"{row['first_fit_s']['median']:.3f} s"
        print(f"  {row['id']:32} {row['status']:16} {time or '-':>9}  {' '.join(rules)}")
    row = next(row for row in report["settings"] if row["id"] == chosen)
    return row["backend"], row["n_jobs"], row["inner_threads"]


def main() -> None:
    """Tune, sweep by scripts, compare in pairs."""
    print(f"load average before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} CPUs", flush=True)
    with tempfile.TemporaryDirectory() as folder:
        recommended = tuned(Path(folder))
    backends, inner = ("threading", "loky", "multiprocessing"), (1, 2, "default")
    settings: list[Knobs] = list(itertools.product(backends, (1, 2, 4), inner))  # type: ignore[arg-type]
    times: dict[Knobs, list[float]] = {knobs: [] for knobs in settings}
    for _ in range(ROUNDS):
        for knobs in settings:
            if float("inf") not in times[knobs]:
                times[knobs].append(script(knobs))
    medians = {knobs: statistics.median(values) for knobs, values in times.items()}
    ranked = sorted(medians, key=lambda knobs: medians[knobs])
    for knobs in ranked[:6]:
        print(f"  script {knobs}: {medians[knobs]:.3f} s")
    rival = next(knobs for knobs in ranked if knobs != recommended)
    ratios = []
    for pair in range(PAIRS):
        order = (recommended, rival) if pair % 2 else (rival, recommended)
        pair_times = {knobs: script(knobs) for knobs in order}
        ratios.append(pair_times[recommended] / pair_times[rival])
    print(f"recommended {recommended}, best by scripts {ranked[0]}, compared with {rival}")
    print(f"recommended over rival: {statistics.median(ratios):.3f} (median of {PAIRS} pairs)")


if __name__ == "__main__":
    main()
