"""Whether the race finds on real work what an exhaustive sweep finds, and at what part of its cost.

Each workload is tuned over 27 settings, n_jobs x backend x inner threads, with ``within: 0``. The
same 27 are then measured exhaustively by a sweep of its own: bare scripts, one fresh process each,
in random order within a round. The regret of the race's choice is by the medians of that sweep;
where it is beyond the goal, choice and best run in `PAIRS` interleaved pairs, and their ratio is
the regret. To save an hour the sweep runs `ROUNDS` rounds, and its cost is taken for `OF` by
proportion; what was stopped at `STOPPED_AT_S` once is not run again, and counts as if it were.

    python benchmarks/race_live.py [workload ...]
"""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import random
import signal
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from sklpar.host.threads import thread_environment
from sklpar.model import InnerThreads

ROUNDS, OF, PAIRS, STOPPED_AT_S = 3, 5, 10, 20.0
Knobs = tuple[str, int, InnerThreads]
SETTINGS: list[Knobs] = list(
    itertools.product(
        ("threading", "loky", "multiprocessing"),
        (1, 2, 4),
        (1, 2, "default"),
    )
)
SWEEP = """
sweep:
  n_jobs: [1, 2, 4]
  backend: [threading, loky, multiprocessing]
  inner_threads: [1, 2, default]
measure: {rounds: 5, repeats: 0, budget: 20m}
objective: {minimize: first_fit, within: 0}
"""
SCRIPT = """
import json, sys, time
from joblib import parallel_config
backend, n_jobs, inner = sys.argv[1], int(sys.argv[2]), sys.argv[3]
{setup}
job.set_params(n_jobs=n_jobs)
cap = {{"inner_max_num_threads": int(inner)}} if backend == "loky" and inner != "default" else {{}}
with parallel_config(backend=backend, **cap):
    before = time.perf_counter()
    job.fit(X, y)
    print(json.dumps(time.perf_counter() - before), flush=True)
"""


@dataclass(frozen=True)
class Workload:
    """One job, as a spec and as a script that makes X, y and job."""

    name: str
    spec: str
    setup: str


WORKLOADS = (
    Workload(
        "BLAS: grid search of LogisticRegression on digits",
        """
estimator:
  class: GridSearchCV
  cv: 3
  estimator: {class: LogisticRegression, max_iter: 60}
  param_grid: {C: [0.01, 1, 100]}
data: {sklearn: digits}
""",
        """
from sklearn.datasets import load_digits
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
X, y = load_digits(return_X_y=True)
job = GridSearchCV(LogisticRegression(max_iter=60), {"C": [0.01, 1, 100]}, cv=3)
""",
    ),
    Workload(
        "OpenMP: grid search of HistGradientBoosting",
        """
estimator:
  class: GridSearchCV
  cv: 3
  estimator: {class: HistGradientBoostingClassifier, max_iter: 40, random_state: 0}
  param_grid: {max_leaf_nodes: [8, 31]}
data: {synthetic: classification, n_samples: 6000, n_features: 20}
""",
        """
from sklearn.datasets import make_classification
from sklearn.ensemble import HistGradientBoostingClassifier
from sklearn.model_selection import GridSearchCV
X, y = make_classification(n_samples=6000, n_features=20, random_state=0)
job = GridSearchCV(
    HistGradientBoostingClassifier(max_iter=40, random_state=0),
    {"max_leaf_nodes": [8, 31]}, cv=3)
""",
    ),
    Workload(
        "forest of 200 trees",
        """
estimator: {class: RandomForestClassifier, n_estimators: 200, random_state: 0}
data: {synthetic: classification, n_samples: 4000, n_features: 20}
""",
        """
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier
X, y = make_classification(n_samples=4000, n_features=20, random_state=0)
job = RandomForestClassifier(200, random_state=0)
""",
    ),
    Workload(
        "tiny: forest of 10 trees on iris",
        """
estimator: {class: RandomForestClassifier, n_estimators: 10, random_state: 0}
data: {sklearn: iris}
""",
        """
from sklearn.datasets import load_iris
from sklearn.ensemble import RandomForestClassifier
X, y = load_iris(return_X_y=True)
job = RandomForestClassifier(10, random_state=0)
""",
    ),
    Workload(
        "KMeans search",
        """
estimator:
  class: GridSearchCV
  cv: 3
  estimator: {class: KMeans, n_init: 3, random_state: 0}
  param_grid: {n_clusters: [4, 8, 12]}
data: {synthetic: blobs, n_samples: 8000, n_features: 12, centers: 10}
""",
        """
from sklearn.cluster import KMeans
from sklearn.datasets import make_blobs
from sklearn.model_selection import GridSearchCV
X, y = make_blobs(n_samples=8000, n_features=12, centers=10, random_state=0)
job = GridSearchCV(KMeans(n_init=3, random_state=0), {"n_clusters": [4, 8, 12]}, cv=3)
""",
    ),
)


def script(workload: Workload, knobs: Knobs) -> tuple[float, float]:
    """Return the seconds of the fit, infinite where it was stopped or failed, and of it all."""
    backend, n_jobs, inner = knobs
    code = SCRIPT.format(setup=workload.setup)
    started = time.perf_counter()
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", "-c", code, backend, str(n_jobs), str(inner)],
        env=thread_environment(inner, os.environ),
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        start_new_session=True,
    )
    try:
        out, _ = process.communicate(timeout=STOPPED_AT_S)
    except subprocess.TimeoutExpired:
        out = b""
    finally:
        took = time.perf_counter() - started
        # A script that is stopped leaves loky's workers behind, for minutes.
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    fit = json.loads(out.splitlines()[-1]) if out else float("inf")
    return float(fit), took


def raced(workload: Workload, folder: Path) -> dict[str, Any]:
    """Tune the workload and return the result document."""
    (folder / "spec.yaml").write_text(f"version: 1\n{workload.spec}{SWEEP}")
    command = [sys.executable, "-m", "sklpar", "tune", "spec.yaml", "--json", "--quiet"]
    done = subprocess.run(command, cwd=folder, stdout=subprocess.PIPE, check=False)
    document: dict[str, Any] = json.loads(done.stdout)
    return document


def exhausted(workload: Workload) -> tuple[dict[Knobs, float], float]:
    """Return the median fit of every setting over all rounds, and the seconds of the sweep."""
    times: dict[Knobs, list[float]] = {knobs: [] for knobs in SETTINGS}
    cost_s = 0.0
    for round_ in range(ROUNDS):
        order = random.Random(round_).sample(SETTINGS, len(SETTINGS))
        for knobs in order:
            if float("inf") in times[knobs]:
                cost_s += STOPPED_AT_S
                continue
            fit_s, took_s = script(workload, knobs)
            times[knobs].append(fit_s)
            cost_s += took_s
    medians = {
        knobs: max(values) if float("inf") in values else statistics.median(values)
        for knobs, values in times.items()
    }
    return medians, cost_s * OF / ROUNDS


def knobs_of(document: dict[str, Any]) -> Knobs | None:
    """Return the chosen setting as one of the 27; serial and as-written are both among them."""
    if document["recommendation"] is None:
        return None
    chosen = document["recommendation"]["setting"]
    if chosen == "serial":
        return "threading", 1, 1
    if chosen == "as-written":
        return "threading", 1, "default"
    row = next(row for row in document["settings"] if row["id"] == chosen)
    return row["backend"], row["n_jobs"], row["inner_threads"]


def regret(workload: Workload, chosen: Knobs, medians: dict[Knobs, float]) -> tuple[float, str]:
    """Return how much longer the choice takes than the best, relative, and how that was found."""
    best = min(medians, key=lambda knobs: medians[knobs])
    apart_s = medians[chosen] - medians[best]
    if apart_s <= max(0.02, 0.05 * medians[best]):
        return apart_s / medians[best], f"medians, best {best}"
    ratios = []
    for pair in range(PAIRS):
        order = (chosen, best) if pair % 2 else (best, chosen)
        fits = {knobs: script(workload, knobs)[0] for knobs in order}
        ratios.append(fits[chosen] / fits[best])
    return statistics.median(ratios) - 1, f"{PAIRS} pairs with {best}"


def report(workload: Workload) -> None:
    """Race, exhaust, compare, and print a line."""
    with tempfile.TemporaryDirectory() as folder:
        started = time.perf_counter()
        document = raced(workload, Path(folder))
        race_s = time.perf_counter() - started
    medians, sweep_s = exhausted(workload)
    chosen = knobs_of(document)
    cost = document["cost"]
    print(f"{workload.name}\n  race: {cost['trials']} trials, {race_s:.0f} s", end="; ")
    print(f"sweep: {OF * len(SETTINGS)} trials, {sweep_s:.0f} s; ratio {race_s / sweep_s:.1%}")
    if chosen is None:
        print(f"  no choice: {document['recommendation_unavailable']}", flush=True)
        return
    lost, how = regret(workload, chosen, medians)
    fit_s = medians[chosen]
    print(f"  choice {chosen}: {fit_s:.3f} s, regret {lost:+.1%} ({how})", end="; ")
    print(f"gain {document['recommendation']['speedup']}", flush=True)


def main(names: Sequence[str]) -> None:
    """Report on the workloads whose name holds one of the words, or on all."""
    print(f"load average before: {os.getloadavg()[0]:.2f} on {os.cpu_count()} CPUs", flush=True)
    for workload in WORKLOADS:
        if not names or any(name in workload.name for name in names):
            report(workload)


if __name__ == "__main__":
    main(sys.argv[1:])
