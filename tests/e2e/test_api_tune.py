"""`sklpar.tune` from real programs: scripts without a guard, standard input, threads, Ctrl-C."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
import textwrap
from dataclasses import replace
from pathlib import Path

import pytest

from tests.e2e.command import Done, environment, start, tune
from tests.e2e.test_interruption import living, tree_of, wait_for_trials

pytestmark = pytest.mark.e2e

IRIS = """
import sklpar
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
from sklearn.model_selection import GridSearchCV
X, y = load_iris(return_X_y=True)
search = GridSearchCV(LogisticRegression(max_iter=5), {"C": [0.1, 1]}, cv=2)
"""
QUICK = 'rounds=1, repeats=0, inner_threads=1, output="run", progress=False'


@pytest.fixture
def temp(tmp_path: Path) -> Path:
    folder = tmp_path / "temp"
    folder.mkdir()
    return folder


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


def program(here: Path, temp: Path, *arguments: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, *arguments],
        cwd=here,
        env=environment(TMPDIR=str(temp)),
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def script(here: Path, source: str) -> str:
    (here / "job.py").write_text(IRIS + textwrap.dedent(source), encoding="utf-8")
    return "job.py"


def ended(process: subprocess.Popen[str], here: Path, stdin: str | None = None) -> Done:
    out, err = process.communicate(stdin, timeout=280)
    return Done(code=process.returncode, out=out, err=err, folder=here / "run")


def run(here: Path, temp: Path, source: str) -> Done:
    done = ended(program(here, temp, script(here, source)), here)
    assert list(temp.iterdir()) == [], "nothing is left in the temporary folder"
    return done


def statuses(done: Done) -> dict[str, str]:
    return {name: row["status"] for name, row in done.rows.items()}


OWN_CLASSES = """
from sklearn.base import BaseEstimator, TransformerMixin
from sklearn.metrics import accuracy_score
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

class Shift(TransformerMixin, BaseEstimator):
    def __init__(self, by=1.0):
        self.by = by
    def fit(self, X, y=None):
        return self
    def transform(self, X):
        return shifted(X, self.by)

def shifted(X, by):
    return X + by

def twice(X):
    return 2 * X

def score(estimator, X, y):
    return accuracy_score(y, estimator.predict(X))

class Order(Shift):
    "Has the name of something that the trial's own module knows."

own = make_pipeline(Shift(), Order(), FunctionTransformer(twice), LogisticRegression(max_iter=5))
search = GridSearchCV(own, {"shift__by": [0.0, 1.0]}, cv=2, scoring=score)
"""


def test_what_a_script_without_a_guard_defines_fits_under_every_backend(
    here: Path, temp: Path
) -> None:
    """Multiprocessing spawns its workers here; the test below has them forked."""
    backends = ["loky", "threading", "multiprocessing"]
    done = run(
        here,
        temp,
        f"""{OWN_CLASSES}
import os
os.environ["JOBLIB_START_METHOD"] = "spawn"
print("the script runs once")
result = sklpar.tune(search, X, y, n_jobs=2, backend={backends}, {QUICK})
assert type(result) is sklpar.Result
assert result.recommendation is not None
""",
    )
    assert (done.code, done.out, done.err) == (0, "the script runs once\n", "")
    expected = ["as-written", "serial", *(f"{backend}-j2-t1" for backend in backends)]
    assert statuses(done) == dict.fromkeys(expected, "ok")


# The second transformer finds its column by the name that the configuration makes the first give.
FRAME_GROUPS_AND_CONFIGURATION = """
import pandas as pd, sklearn
from sklearn.compose import make_column_transformer
from sklearn.model_selection import GroupKFold
from sklearn.preprocessing import StandardScaler
sklearn.set_config(transform_output="pandas")
X, y = pd.DataFrame(X, columns=list("abcd")), pd.Series(y)
groups, search.cv = [0, 1, 2] * 50, GroupKFold(2)
scaler = make_column_transformer((StandardScaler(), list("abcd")))
named = make_column_transformer((StandardScaler(), ["standardscaler__a"]))
search.estimator.steps[2:-1] = [("scaler", scaler), ("named", named)]
"""


def test_frames_groups_and_scikit_learns_configuration_reach_trials_and_forked_workers(
    here: Path, temp: Path
) -> None:
    job = f"{OWN_CLASSES}\n{FRAME_GROUPS_AND_CONFIGURATION}"
    call = f'sklpar.tune(search, X, y, groups=groups, n_jobs=2, backend="multiprocessing", {QUICK})'
    done = run(here, temp, f"{job}\n{call}")
    assert done.code == 0, done.err
    assert statuses(done) == dict.fromkeys(["as-written", "serial", "multiprocessing-j2-t1"], "ok")


THREADS = """
from concurrent.futures import ThreadPoolExecutor

def job(output, y):
    return sklpar.tune(search, X, y, n_jobs=1, backend="threading", {quick})

with ThreadPoolExecutor() as pool:
    sound, failing = pool.map(job, ["run", "failing"], [y, y[:10]])
assert sound.report.status == failing.report.status == "complete"
assert sound.recommendation is not None
assert failing.recommendation is None
"""


def test_two_threads_tune_at_once_without_a_file_and_one_job_fails_everywhere(
    here: Path, temp: Path
) -> None:
    """What fails everywhere is a result without a recommendation, and no exception."""
    quick = QUICK.replace("progress=False", "progress=True").replace('"run"', "output")
    done = ended(program(here, temp, "-"), here, IRIS + THREADS.format(quick=quick))
    assert (done.code, done.out) == (0, ""), done.err
    assert done.err.startswith("GridSearchCV(LogisticRegression): 2 settings")
    assert done.err.count("GridSearchCV(LogisticRegression): 2 settings") == 2
    assert set(statuses(done).values()) <= {"ok", "skipped"}
    failing = replace(done, folder=here / "failing")
    assert {statuses(failing)[name] for name in ("as-written", "serial")} == {"failed"}
    assert list(temp.iterdir()) == []


def test_the_command_line_measures_the_same_settings_of_the_same_job(
    here: Path, temp: Path
) -> None:
    flags = "n_jobs=2, backend='threading', params={'refit': [False]}"
    done = run(here, temp, f"sklpar.tune(search, X, y, {flags}, {QUICK})")
    spec = """
version: 1
estimator:
  class: GridSearchCV
  cv: 2
  estimator: {class: LogisticRegression, max_iter: 5}
  param_grid: {C: [0.1, 1]}
data: {sklearn: iris}
sweep: {n_jobs: 2, backend: threading, inner_threads: 1, params: {refit: [false]}}
"""
    command = tune(here.parent, spec, "--rounds", "1", "--repeats", "0", "-q")
    assert command.code == 0, command.err
    assert statuses(done) == statuses(command)
    assert done.report["data"] == command.report["data"]
    assert set(done.report) == set(command.report)
    plans = [json.loads((one.folder / "plan.json").read_text()) for one in (done, command)]
    assert plans[0]["settings"] == plans[1]["settings"]
    is_shown_and_emitted_but_cannot_be_gone_on_with(done, here, temp)


def is_shown_and_emitted_but_cannot_be_gone_on_with(done: Done, here: Path, temp: Path) -> None:
    verbs = (
        ("show", "run"),
        ("emit", "yaml", "run"),
        ("tune", "--resume", "run"),
        ("tune", "run/spec.yaml"),
        ("guard", "run/spec.yaml", "--baseline", "run/run.json"),
    )
    said = {verb: ended(start(*verb, cwd=here), here) for verb in verbs}
    codes = {" ".join(verb): one.code for verb, one in said.items()}
    assert list(codes.values()) == [0, 0, 2, 2, 2], codes
    assert "call sklpar.tune again" in said["tune", "--resume", "run"].err
    assert "given to sklpar.tune from Python" in said["tune", "run/spec.yaml"].err
    text = (done.folder / "spec.yaml").read_text()
    assert "GridSearchCV(" in text
    assert str(temp) not in text
    # Importing scikit-learn sets such variables; they are not the user's own.
    assert not [name for name in done.report["host"]["environment"] if name.startswith("KMP_")]


# --- what goes wrong


def test_what_a_fresh_process_cannot_import_is_said(here: Path, temp: Path) -> None:
    done = run(
        here,
        temp,
        """
import sys, types
ghost = types.ModuleType("ghost")
exec("from sklearn.linear_model import Ridge\\nclass Own(Ridge): pass", vars(ghost))
ghost.Own.__module__ = "ghost"
sys.modules["ghost"] = ghost
sklpar.tune(ghost.Own(), X, y)
""",
    )
    assert done.code == 1
    last = [line for line in done.err.splitlines() if "sklpar.tune(" in line][-1]
    assert "sklpar.tune(estimator=...): the estimator cannot be loaded in a fresh process" in last
    assert "No module named 'ghost'" in last


ENDLESS = 'sklpar.tune(search, X, y, n_jobs=1, exhaustive=True, rounds=99, output="run")'


def test_ctrl_c_stores_what_was_measured_and_goes_on_to_the_caller(here: Path, temp: Path) -> None:
    process = program(here, temp, script(here, ENDLESS))
    wait_for_trials(here / "run", 2, process)
    tree = tree_of(process)
    process.send_signal(signal.SIGINT)
    done = ended(process, here)
    assert done.code == -signal.SIGINT
    assert done.err.rstrip().splitlines()[-1].startswith("sklpar: what was measured is stored as")
    assert "sklpar.load(" in done.err
    assert done.report["status"] == "interrupted"
    assert living(tree) == []
    assert list(temp.iterdir()) == []


def test_what_a_killed_program_left_is_swept_by_the_next_though_it_has_an_error(
    here: Path, temp: Path
) -> None:
    process = program(here, temp, script(here, ENDLESS))
    wait_for_trials(here / "run", 1, process)
    tree = tree_of(process)
    process.kill()
    process.communicate()
    assert living(tree) == []
    left = list(temp.iterdir())
    assert [folder.name.startswith("sklpar-handed-") for folder in left] == [True]
    done = run(here, temp, "sklpar.tune(search, X, y, params={'estimator__D': [1]})")
    assert done.code == 1
    assert "sklpar.tune(params=...): estimator__D: GridSearchCV has no parameter" in done.err
    assert not (here / ".sklpar").exists()


def test_a_spec_cannot_have_a_folder_read_that_nobody_handed_over(here: Path, temp: Path) -> None:
    """Reading a pickle runs code: whoever trusts sklpar still does not run that of a spec."""
    folder = temp / "sklpar-handed-00000000-1-1-x"
    folder.mkdir(mode=0o700)
    evil = b"cos\nsystem\n(S'touch " + os.fsencode(here / "evil") + b"'\ntR."
    for name in ("estimator.pickle", "data.pickle"):
        (folder / name).write_bytes(evil)
    args = f"{{folder: {folder}}}"
    spec = f"""
version: 1
estimator: {{call: "sklpar.trial.handed:estimator", args: {args}}}
data: {{call: "sklpar.trial.handed:data", args: {args}}}
"""
    done = tune(here, spec, "--trust", "sklpar", "--budget", "5s", TMPDIR=str(temp))
    assert done.code == 2
    assert "only the process that handed an estimator over" in done.err
    assert not (here / "evil").exists()
