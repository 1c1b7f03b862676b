"""``sklpar exec``: programs as users have them, under a setting, with real joblib."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import signal
import subprocess
import sys
import sysconfig
import venv
from pathlib import Path
from typing import Any

import pytest

from sklpar.host.threads import THREAD_VARIABLES
from tests.e2e.command import ROOT

pytestmark = pytest.mark.e2e

# What a program sees of the setting: joblib's configuration, and pools in the workers themselves.
LOOK = """
import json, os, sys
assert "joblib" not in sys.modules
assert "sitecustomize" not in sys.modules
assert not [entry for entry in sys.path if "effect" in entry], sys.path
from joblib import Parallel, delayed

def look():
    import numpy
    from sklearn.ensemble import HistGradientBoostingClassifier
    from threadpoolctl import threadpool_info
    pools = {p["user_api"]: p["num_threads"] for p in threadpool_info()}
    return [pools, os.environ.get("OPENBLAS_NUM_THREADS"), os.getpid() == PARENT]

PARENT = None
def main():
    call = Parallel()
    seen = call(delayed(look)() for _ in range(4))
    print(json.dumps([type(call._backend).__name__, call.n_jobs, seen]))
"""
SCRIPT = LOOK + '\nif __name__ == "__main__":\n    main()\n'


@pytest.fixture
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    (tmp_path / "script.py").write_text(SCRIPT, encoding="utf-8")
    for backend in ("threading", "loky", "sequential", "multiprocessing"):
        config(tmp_path, backend)
    return tmp_path


def config(folder: Path, backend: str, *, name: str = "", **more: Any) -> None:
    n_jobs = 1 if backend == "sequential" else 3
    setting = {"n_jobs": n_jobs, "backend": backend, "inner_threads": 1, "params": {}}
    document = {"version": 1, "setting": setting, **more}
    (folder / f"{name or backend}.yaml").write_text(json.dumps(document), encoding="utf-8")


def environment(**extra: str) -> dict[str, str]:
    dropped = {*THREAD_VARIABLES, "PYTHONPATH", "PYTHONWARNINGS", "SKLPAR_EXEC"}
    return {**{k: v for k, v in os.environ.items() if k not in dropped}, **extra}


def sklpar(*arguments: str) -> list[str]:
    # Not by PYTHONPATH: the programs are to see their own.
    code = f"import sys; sys.path.insert(0, {str(ROOT)!r}); from sklpar.cli import main; "
    return [sys.executable, "-P", "-c", f"{code}sys.exit(main())", *arguments]


def run(
    *command: str, setting: str = "threading", options: tuple[str, ...] = (), **popen: Any
) -> subprocess.CompletedProcess[str]:
    extra = popen.pop("env", {})
    return subprocess.run(
        sklpar("exec", "--config", f"{setting}.yaml", *options, "--", *command),
        env=environment(**extra),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
        **popen,
    )


def python(code: str, *arguments: str, **more: Any) -> subprocess.CompletedProcess[str]:
    return run(sys.executable, "-c", code, *arguments, **more)


def told(done: subprocess.CompletedProcess[str]) -> list[str]:
    """What the hook has said, which comes after the notices of the start."""
    assert done.returncode == 0, done.stderr
    lines = done.stderr.splitlines()
    return lines[next(n for n, line in enumerate(lines) if "Out of reach" in line) + 1 :]


def assert_in_effect(done: subprocess.CompletedProcess[str], backend: str = "Threading") -> None:
    assert done.returncode == 0, done.stderr
    line = next(line for line in done.stdout.splitlines() if "Backend" in line)
    name, n_jobs, seen = json.loads(line[line.index("[") :])
    assert (name, n_jobs) == (f"{backend}Backend", 3)
    for pools, variable, _ in seen:
        assert pools == {"blas": 1, "openmp": 1}
        assert variable == "1"


# ---------------------------------------------------------------------- kinds of programs


@pytest.mark.parametrize(
    ("setting", "backend"),
    [("threading", "Threading"), ("loky", "Loky"), ("multiprocessing", "Multiprocessing")],
)
def test_a_script_runs_under_the_setting(setting: str, backend: str, here: Path) -> None:
    done = run(sys.executable, "-W", "error", "script.py", setting=setting)
    assert_in_effect(done, backend)
    assert told(done) == []


def test_a_script_with_a_shebang_is_python(here: Path) -> None:
    path = here / "tool"
    path.write_text(f"#!{sys.executable}\n{SCRIPT}", encoding="utf-8")
    path.chmod(0o755)
    done = run("./tool")
    assert_in_effect(done)
    assert told(done) == []


def test_a_pytest_run_is_under_the_setting(here: Path) -> None:
    test = LOOK.replace('assert "joblib" not in sys.modules', "")
    (here / "test_it.py").write_text(
        f"{test}\ndef test_it(capfd):\n    main()\n    out, err = capfd.readouterr()\n"
        "    assert err == ''\n    with capfd.disabled():\n        print(out)\n",
        encoding="utf-8",
    )
    done = run(sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", "test_it.py")
    assert_in_effect(done)


@pytest.mark.parametrize("name", ["script", "package"])
def test_a_module_is_under_the_setting(name: str, here: Path) -> None:
    (here / "package").mkdir()
    (here / "package" / "__init__.py").touch()
    (here / "package" / "__main__.py").write_text(SCRIPT, encoding="utf-8")
    assert_in_effect(run(sys.executable, "-m", name))


def test_a_script_in_another_virtual_environment_is_under_the_setting(here: Path) -> None:
    venv.create(here / "other", symlinks=True, with_pip=False)
    other = here / "other" / "bin" / "python"
    version = f"python{sys.version_info.major}.{sys.version_info.minor}"
    site = here / "other" / "lib" / version / "site-packages"
    (site / "base.pth").write_text(sysconfig.get_path("purelib") + "\n", encoding="utf-8")
    (here / "script.py").write_text(
        f"import importlib.util, sys\nassert sys.prefix == {str(here / 'other')!r}\n"
        f"assert {str(ROOT)!r} not in sys.path\n{SCRIPT}",
        encoding="utf-8",
    )
    assert_in_effect(run(str(other), "script.py", setting="loky"), "Loky")


def test_a_shell_script_passes_the_setting_on_to_python(here: Path) -> None:
    (here / "job.sh").write_text(f'#!/bin/sh\n"{sys.executable}" script.py\n', encoding="utf-8")
    (here / "job.sh").chmod(0o755)
    done = run("./job.sh")
    assert_in_effect(done)
    assert "job.sh is no Python program: its environment carries the thread caps" in done.stderr


def test_options_that_keep_the_hook_out_leave_the_caps(here: Path) -> None:
    code = "import os, joblib; print(joblib.Parallel().n_jobs, os.environ['OMP_NUM_THREADS'])"
    done = run(sys.executable, "-I", "-c", code)
    assert done.stdout == "1 1\n"
    assert "-I keeps the start-up hook out" in done.stderr


def test_the_inner_of_two_settings_wins(here: Path) -> None:
    inner = sklpar("exec", "--config", "threading.yaml", "--", sys.executable, "script.py")
    assert_in_effect(run(*inner, setting="loky"))


def test_a_process_that_the_program_starts_is_reached_and_its_workers_are_not(here: Path) -> None:
    (here / "job.py").write_text(
        "import multiprocessing, subprocess, sys\n"
        "def backend():\n"
        "    import joblib\n"
        "    return type(joblib.Parallel()._backend).__name__\n"
        "if __name__ == '__main__':\n"
        "    with multiprocessing.get_context('spawn').Pool(1) as pool:\n"
        "        print(pool.apply(backend))\n"
        "    code = 'import job; print(job.backend())'\n"
        "    subprocess.run([sys.executable, '-c', code], check=True)\n",
        encoding="utf-8",
    )
    done = run(sys.executable, "-u", "job.py")
    assert done.stdout.split() == ["LokyBackend", "ThreadingBackend"]


# joblib is loaded by the parent, or by each child for itself.
FORKING = """
import sys
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context

def look(_=None):
    import joblib
    call = joblib.Parallel()
    call(joblib.delayed(abs)(n) for n in range(3))
    print(type(joblib.Parallel()._backend).__name__, call.n_jobs, flush=True)

if __name__ == "__main__":
    fork = get_context("fork")
    if sys.argv[1] == "parent":
        import joblib
    with fork.Pool(1) as pool:
        pool.map(look, [0])
    child = fork.Process(target=look)
    child.start()
    child.join()
    with ProcessPoolExecutor(1, mp_context=fork) as pool:
        list(pool.map(look, [0]))
    look()
"""


@pytest.mark.parametrize("first", ["parent", "child"])
@pytest.mark.parametrize(("setting", "backend"), [("threading", "Threading"), ("loky", "Loky")])
def test_forked_workers_of_the_program_are_as_without_us(
    setting: str, backend: str, first: str, here: Path
) -> None:
    (here / "job.py").write_text(FORKING, encoding="utf-8")
    done = run(sys.executable, "-W", "error::UserWarning", "job.py", first, setting=setting)
    assert done.stdout.splitlines() == ["LokyBackend 1"] * 3 + [f"{backend}Backend 3"]
    assert not [line for line in told(done) if line.startswith("sklpar: ")]


def test_a_program_that_forks_itself_keeps_the_setting(here: Path) -> None:
    code = (
        "import os, joblib\n"
        "if os.fork():\n    os._exit(os.waitstatus_to_exitcode(os.wait()[1]))\n"
        "print(type(joblib.Parallel()._backend).__name__, joblib.Parallel().n_jobs)\n"
    )
    assert python(code).stdout == "ThreadingBackend 3\n"


# ---------------------------------------------------------------------- untouched


def test_arguments_arrive_as_they_were_given(here: Path) -> None:
    arguments = ["a b", "", "--", "'\"", "$HOME\n", "-q", "--config", "é", "*"]
    done = python("import sys, json; print(json.dumps(sys.argv[1:]))", *arguments)
    assert json.loads(done.stdout) == arguments


def test_standard_input_arrives_as_bytes(here: Path) -> None:
    data = bytes(range(256)) * 1000 + b"\r\n\0"
    done = subprocess.run(
        sklpar("exec", "-q", "--config", "threading.yaml", "--", sys.executable, "-c", COPY),
        input=data,
        capture_output=True,
        env=environment(),
        timeout=120,
        check=False,
    )
    assert (done.returncode, done.stdout, done.stderr) == (0, data, b"")


COPY = "import sys, shutil; shutil.copyfileobj(sys.stdin.buffer, sys.stdout.buffer)"


def test_the_exit_code_is_the_programs(here: Path) -> None:
    assert python("raise SystemExit(7)").returncode == 7
    assert python("import os; os._exit(3)").returncode == 3
    failing = python("import joblib; 1 / 0")
    assert failing.returncode == 1
    assert "ZeroDivisionError" in failing.stderr
    assert "sklpar/" not in failing.stderr


@pytest.mark.parametrize("number", [signal.SIGKILL, signal.SIGTERM, signal.SIGPIPE])
def test_a_signal_ends_the_program_as_it_would(number: signal.Signals, here: Path) -> None:
    done = run("sh", "-c", f"kill -{int(number)} $$")
    assert done.returncode == -number


def test_ctrl_c_is_the_programs_to_handle(here: Path) -> None:
    code = (
        "import signal, sys\n"
        "print('ready', flush=True)\n"
        "try:\n"
        "    signal.pause()\n"
        "except KeyboardInterrupt:\n"
        "    sys.exit(9)\n"
    )
    process = subprocess.Popen(
        sklpar("exec", "--config", "threading.yaml", "--", sys.executable, "-c", code),
        stdout=subprocess.PIPE,
        env=environment(),
        start_new_session=True,
    )
    try:
        assert process.stdout is not None
        assert process.stdout.readline() == b"ready\n"
        os.killpg(process.pid, signal.SIGINT)
        process.communicate(timeout=60)
        assert process.returncode == 9
    finally:
        with contextlib.suppress(ProcessLookupError):
            os.killpg(process.pid, signal.SIGKILL)


def test_the_environment_is_the_users_but_for_the_setting(here: Path) -> None:
    given = {"PATH": os.environ["PATH"], "LC_ALL": "C", "ODD": "a=b\n"}
    command = sklpar("exec", "-q", "--config", "threading.yaml", "--", "env", "-0")
    out = subprocess.run(command, env=given, capture_output=True, timeout=60, check=True).stdout
    seen = dict(entry.split("=", 1) for entry in out.decode().split("\0") if entry)
    ours = {*THREAD_VARIABLES, "PYTHONPATH", "SKLPAR_EXEC"}
    assert {name: value for name, value in seen.items() if name not in ours} == given


def test_the_users_own_sitecustomize_runs(here: Path) -> None:
    own = here / "own"
    own.mkdir()
    (own / "sitecustomize.py").write_text("import sys; sys.mine = __file__\n", encoding="utf-8")
    code = "import sys, sitecustomize as s; print(sys.mine, s.__file__, *sys.path[1:2])"
    done = python(code, env={"PYTHONPATH": str(own)})
    file = str(own / "sitecustomize.py")
    assert done.stdout.split() == [file, file, str(own)]


@pytest.mark.parametrize("text", ["1 / 0", "import no_such_module", "raise SystemExit(5)"])
def test_a_sitecustomize_that_fails_does_so_as_without_us(text: str, here: Path) -> None:
    (here / "own").mkdir()
    (here / "own" / "sitecustomize.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-c", "import sys; print('sitecustomize' in sys.modules)"]
    env = {"PYTHONPATH": str(here / "own")}
    bare = subprocess.run(
        command, env=environment(**env), capture_output=True, text=True, timeout=60, check=False
    )
    done = run(*command, env=env, options=("-q",))
    assert (done.returncode, done.stdout) == (bare.returncode, bare.stdout)
    assert done.stderr.splitlines()[:2] == bare.stderr.splitlines()[:2]


def test_resources_of_joblib_are_still_found(here: Path) -> None:
    code = (
        "import importlib.resources, importlib.util, pkgutil, inspect, pickle, joblib\n"
        "assert importlib.util.find_spec('joblib') is joblib.__spec__\n"
        "assert importlib.resources.files('joblib').joinpath('parallel.py').is_file()\n"
        "assert pkgutil.get_data('joblib', '__init__.py')\n"
        "assert 'prefer' in inspect.signature(joblib.Parallel).parameters\n"
        "assert pickle.loads(pickle.dumps(joblib.Parallel)) is joblib.Parallel\n"
        "class Mine(joblib.Parallel):\n"
        "    def __init__(self, *args, **kwargs):\n"
        "        super().__init__(*args, **kwargs)\n"
        "assert Mine()(joblib.delayed(abs)(n) for n in [-1]) == [1]\n"
    )
    done = python(code)
    assert told(done) == []


def test_to_what_measures_coverage_the_hook_is_no_file(here: Path) -> None:
    code = (
        "import sys\n"
        "seen = set()\n"
        "sys.setprofile(lambda frame, *_: seen.add(frame.f_code.co_filename))\n"
        "import joblib\n"
        "joblib.Parallel()\n"
        "sys.setprofile(None)\n"
        "print([name for name in seen if 'sklpar' in name])\n"
    )
    assert python(code).stdout == "['<sklpar exec>']\n"


def test_a_program_without_joblib_gets_nothing_of_it(here: Path) -> None:
    done = python("import sys; print({'joblib', 'json', 'typing'} & set(sys.modules))")
    assert done.stdout == "set()\n"
    assert told(done) == []


# ---------------------------------------------------------------------- what is told

ESTIMATORS = """
from sklearn.datasets import make_classification
from sklearn.ensemble import RandomForestClassifier, HistGradientBoostingClassifier, IsolationForest
from sklearn.linear_model import SGDClassifier, LogisticRegression
from sklearn.model_selection import GridSearchCV, cross_val_score
from sklearn.neighbors import KNeighborsClassifier
X, y = make_classification(90, 6, n_informative=4, n_classes=3, random_state=0)
"""
REACHED = (
    ESTIMATORS
    + """
RandomForestClassifier(4).fit(X, y)
RandomForestClassifier(1).fit(X, y).predict(X)
GridSearchCV(RandomForestClassifier(2, n_jobs=1), {"max_depth": [1, 2]}, cv=2).fit(X, y)
HistGradientBoostingClassifier(max_iter=2).fit(X, y)
cross_val_score(RandomForestClassifier(2, n_jobs=1), X, y, cv=2)
SGDClassifier().fit(X, y)
KNeighborsClassifier(algorithm="kd_tree").fit(X, y).predict(X)
IsolationForest(n_estimators=3).fit(X).score_samples(X)
GridSearchCV(LogisticRegression(), {"C": [1, 2]}, cv=2, n_jobs=3).fit(X, y)
"""
)


@pytest.mark.parametrize("setting", ["threading", "loky", "sequential"])
def test_what_is_reached_is_not_told(setting: str, here: Path) -> None:
    (here / "job.py").write_text(REACHED, encoding="utf-8")
    assert told(run(sys.executable, "job.py", setting=setting)) == []


ESCAPES = {
    "n_jobs": ("RandomForestClassifier(4, n_jobs=2).fit(X, y)", "threading", "with n_jobs=2 from"),
    "plain call": (
        "import joblib; joblib.Parallel(2)(joblib.delayed(abs)(n) for n in [1])",
        "loky",
        "n_jobs=2 from the code, not 3",
    ),
    "sharedmem": (
        "RandomForestClassifier(4).fit(X, y).predict(X)",
        "multiprocessing",
        "shared memory",
    ),
    "thread": (
        "import threading as t; t.Timer(0, lambda: RandomForestClassifier(2).fit(X, y)).start()",
        "threading",
        "threads of the program's own",
    ),
    "config": (
        "import joblib as j; j.parallel_config('sequential'); RandomForestClassifier(2).fit(X, y)",
        "threading",
        "parallel_config or parallel_backend of the code's own",
    ),
}


@pytest.mark.parametrize("kind", ESCAPES)
def test_what_escapes_is_told_at_the_end_with_its_place(kind: str, here: Path) -> None:
    code, setting, text = ESCAPES[kind]
    (here / "job.py").write_text(f"{ESTIMATORS}{code}\n", encoding="utf-8")
    (line,) = told(run(sys.executable, "job.py", setting=setting))
    assert line.startswith("sklpar: joblib.Parallel was made once ")
    assert text in line
    assert line.endswith(f"job.py:{ESTIMATORS.count(chr(10)) + 1}")


EVERY_WAY = """
import threading
from joblib import Parallel, delayed, parallel_config
Parallel(n_jobs=2, require="sharedmem")
Parallel(n_jobs=2)
def own():
    Parallel()(delayed(abs)(n) for n in [1, 2])
thread = threading.Thread(target=own)
thread.start()
thread.join()
with parallel_config("threading"):
    Parallel()
"""


def test_under_quiet_nothing_that_escapes_is_told(here: Path) -> None:
    (here / "job.py").write_text(EVERY_WAY, encoding="utf-8")
    words = ["n_jobs=2 from", "of the code's own", "shared memory", "threads of the program's own"]
    lines = told(run(sys.executable, "job.py", setting="loky"))
    assert len(lines) == len(words)
    assert all(any(word in line for line in lines) for word in words)
    done = run(sys.executable, "job.py", setting="loky", options=("--quiet",))
    assert (done.returncode, done.stderr) == (0, "")


SEVERAL = """
import threading
import joblib
from sklearn.metrics import pairwise_distances
joblib.Parallel(backend="threading")
pairwise_distances([[0.0], [1.0]], n_jobs=2)
with joblib.parallel_config("loky", n_jobs=3, inner_max_num_threads=4):
    joblib.Parallel()
def own():
    with joblib.parallel_config("threading", n_jobs=2):
        joblib.Parallel()(joblib.delayed(abs)(n) for n in [1, 2])
thread = threading.Thread(target=own)
thread.start()
thread.join()
"""


def test_what_escapes_in_several_ways_is_told_apart(here: Path) -> None:
    (here / "job.py").write_text(SEVERAL, encoding="utf-8")
    start, job = "sklpar: joblib.Parallel was made", here / "job.py"
    config = "under a parallel_config or parallel_backend of the code's own"
    assert told(run(sys.executable, "job.py", setting="loky")) == [
        f"{start} once with a backend from the code, not by the setting's loky; at {job}:5",
        f"{start} once with n_jobs=2 from the code, not 3; at {job}:6",
        f"{start} 2 times {config}; the first at {job}:8",
    ]


def test_what_the_program_reads_of_others_is_without_our_lines(here: Path) -> None:
    (here / "part.py").write_text("import joblib; joblib.Parallel(n_jobs=2)\n", encoding="utf-8")
    code = (
        "import subprocess, sys\n"
        "part = [sys.executable, 'part.py']\n"
        "both = subprocess.run(part, stdout=-1, stderr=subprocess.STDOUT)\n"
        "assert (both.returncode, both.stdout) == (0, b''), both\n"
        "subprocess.run(part, check=True)\n"
    )
    (line,) = told(python(code))
    assert line.endswith(f"{here / 'part.py'}:1")


def test_under_the_sequential_backend_no_n_jobs_escapes(here: Path) -> None:
    code = (
        "import os, joblib\n"
        "p = joblib.Parallel(n_jobs=4)(joblib.delayed(os.getpid)() for _ in range(4))\n"
        "assert set(p) == {os.getpid()}"
    )
    assert told(python(code, setting="sequential")) == []


def test_where_another_thread_is_first_the_main_thread_still_gets_the_setting(here: Path) -> None:
    code = (
        "import threading\n"
        "def work():\n    import joblib\n"
        "t = threading.Thread(target=work); t.start(); t.join()\n"
        "import joblib\n"
        "with joblib.parallel_config('loky', n_jobs=2):\n"
        "    assert joblib.effective_n_jobs(None) == 2\n"
        "assert joblib.effective_n_jobs(None) == 3\n"
        "assert type(joblib.Parallel()._backend).__name__ == 'ThreadingBackend'\n"
    )
    assert told(python(code)) == []


def test_what_has_changed_since_is_told(here: Path) -> None:
    found = {
        "versions": {"scikit-learn": "0.1", "python": "2.7.18", "pandas": "0.1"},
        "blas": ["mkl 2000 gnu"],
        "data": {"shape": [5, 6], "digest": None},
        "usable_cpus": 99,
    }
    config(here, "threading", name="old", fingerprint=found)
    (here / "job.py").write_text(f"{ESTIMATORS}RandomForestClassifier(2).fit(X, y)\n", "utf-8")
    done = run(sys.executable, "job.py", setting="old")
    assert "other usable CPUs: 99, and here" in done.stderr
    text = "\n".join(told(done))
    assert "python went from 2.7.18 to" in text
    assert "scikit-learn went from 0.1 to" in text
    assert "BLAS went from mkl 2000 gnu to openblas" in text
    assert "on data of 5 x 6, and these are 90 x 6" in text
    assert "pandas" not in text


def test_where_joblib_has_no_processes_that_is_said_once_and_nothing_is_set(here: Path) -> None:
    code = "import joblib; print(joblib.Parallel(2).n_jobs)"
    done = python(code, env={"JOBLIB_MULTIPROCESSING": "0"}, setting="loky")
    assert (done.returncode, done.stdout) == (0, "2\n")
    assert told(done) == []
    assert done.stderr.count("JOBLIB_MULTIPROCESSING=0 makes joblib run one job") == 1


def test_a_setting_that_joblib_refuses_is_an_error_and_not_the_programs(here: Path) -> None:
    (here / "joblib").mkdir()
    (here / "joblib" / "__init__.py").write_text("from . import parallel\n", encoding="utf-8")
    (here / "joblib" / "parallel.py").write_text("mp = Parallel = print\n", encoding="utf-8")
    with (here / "joblib" / "__init__.py").open("a", encoding="utf-8") as file:
        file.write("def parallel_config(**arguments):\n    raise ValueError('no\\n such')\n")
    done = python("import joblib; print('on')", options=("-q",))
    assert (done.returncode, done.stdout) == (0, "on\n")
    refusal = "joblib refused the setting, only the thread caps hold: ValueError: no  such"
    assert done.stderr == f"sklpar: {refusal}\n"


@pytest.mark.parametrize("closing", ["2>&-", "2>/dev/full", "1>&- 2>&-"])
def test_a_standard_error_that_takes_nothing_changes_nothing(closing: str, here: Path) -> None:
    (here / "job.py").write_text(
        f"{ESTIMATORS}RandomForestClassifier(2, n_jobs=2).fit(X, y)\nraise SystemExit(4)\n",
        encoding="utf-8",
    )
    command = sklpar("exec", "--config", "threading.yaml", "--", sys.executable, "job.py")
    shell = ["sh", "-c", f'exec "$@" {closing}', "sh", *command]
    assert subprocess.run(shell, env=environment(), timeout=60, check=False).returncode == 4


def test_a_fork_does_not_tell_again(here: Path) -> None:
    code = (
        "import os, sys, joblib\n"
        "joblib.Parallel(2)(joblib.delayed(abs)(n) for n in [1])\n"
        "child = os.fork()\n"
        "if child: os.waitpid(child, 0)\n"
        "joblib.Parallel(2)(joblib.delayed(abs)(n) for n in [1])\n"
    )
    (line,) = told(python(code))
    assert "joblib.Parallel was made 2 times with n_jobs=2 from the code, not 3; the first" in line


# ---------------------------------------------------------------------- before it starts


def test_what_cannot_be_executed_exits_2(here: Path) -> None:
    texts = {"none": "#!/no/such/python\n", "bare": "echo hello\n"}
    for name, text in texts.items():
        (here / name).write_text(text, encoding="utf-8")
        (here / name).chmod(0o755)
    bare, none = run("./bare"), run("./none")
    assert (bare.returncode, none.returncode) == (2, 2)
    assert "no shebang" in bare.stderr or "no script with a shebang" in bare.stderr
    assert "the interpreter that ./none names is not there" in none.stderr


@pytest.mark.parametrize("version", ["3.8", "3.9", "3.13"])
def test_older_and_newer_pythons_start_as_they_would(version: str, here: Path) -> None:
    name = shutil.which(f"python{version}")
    works = name and subprocess.run([name, "-c", ""], capture_output=True, check=False)
    if not name or not works or works.returncode:
        pytest.skip(f"there is no Python {version}")
    code = "import sys; print(sys.version_info[:2], 'sitecustomize' in sys.modules)"
    done = run(name, "-W", "error", "-c", code)
    assert done.stdout == f"({version.replace('.', ', ')}) False\n"
    assert told(done) == []
