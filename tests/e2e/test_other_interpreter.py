"""The same job under another Python: its libraries, and nothing else of its own or of ours."""

from __future__ import annotations

import json
import os
import re
import subprocess
import sys
import tempfile
import textwrap
import time
from collections.abc import Iterator
from importlib.metadata import distribution
from pathlib import Path
from typing import Any

import pytest

import sklpar
from sklpar.errors import SpecError, UsageError
from sklpar.execution.runner import ProcessRunner
from sklpar.host.interpreter import Interpreter, find_interpreter
from sklpar.model import Bound, Inspection, Outcome, Setting, Spec, Trial
from sklpar.session import prepare
from sklpar.spec.checking import inspect_spec
from sklpar.spec.job import encode_job
from sklpar.spec.loader import parse_spec
from tests.e2e.command import ROOT, environment
from tests.e2e.test_hostile_fits import processes_with

pytestmark = pytest.mark.e2e

OTHER_VERSION = "9.9.9"
LOKY = Setting(n_jobs=2, backend="loky", inner_threads=1)

SEARCH = """
version: 1
estimator: "GridSearchCV(LogisticRegression(max_iter=5), {'C': [0.1, 1]}, cv=2)"
data: {sklearn: iris}
"""
REPORTING = """
version: 1
callable: {setup: "reporting:setup", fit: "reporting:fit", args: {file: FILE}}
"""
REPORT = """
    import json, os, sys, time

    def setup(file):
        return file

    def who():
        import sklearn, sklpar
        time.sleep(0.1)
        return {
            "pid": os.getpid(),
            "executable": sys.executable,
            "scikit-learn": sklearn.__version__,
            "sklpar": sklpar.__file__,
            "safe_path": sys.flags.safe_path,
            "path": sys.path,
            "home": os.environ.get("PYTHONHOME"),
        }

    def fit(file):
        from joblib import Parallel, delayed
        found = [who(), *Parallel()(delayed(who)() for _ in range(4))]
        with open(file, "w") as stream:
            json.dump(found, stream)
        return 1.0
"""


def required(name: str, found: set[str] | None = None) -> set[str]:
    """A distribution and what it requires, extras apart."""
    found = set() if found is None else found
    found.add(name)
    for line in distribution(name).requires or []:
        other = re.match(r"[\w.-]+", line)
        if other and "extra ==" not in line and other[0] not in found:
            required(other[0], found)
    return found


def make_environment(folder: Path) -> Path:
    """An environment of scikit-learn alone, of another version; return its site-packages."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder], check=True)
    site = next(folder.glob("lib/python3*/site-packages"))
    for name in required("scikit-learn"):
        installed = distribution(name)
        tops = {file.parts[0] for file in installed.files or [] if file.parts[0] != ".."}
        for top in tops - {"__pycache__", "sklearn"}:
            if not top.endswith(".dist-info"):
                (site / top).symlink_to(Path(str(installed.locate_file(top))))
    real = Path(str(distribution("scikit-learn").locate_file("sklearn")))
    (site / "sklearn").mkdir()
    for entry in real.iterdir():
        if entry.name not in {"__init__.py", "__pycache__"}:
            (site / "sklearn" / entry.name).symlink_to(entry)
    code = (real / "__init__.py").read_text(encoding="utf-8")
    code = re.sub(r'(?m)^__version__ = ".*"$', f'__version__ = "{OTHER_VERSION}"', code)
    (site / "sklearn" / "__init__.py").write_text(code, encoding="utf-8")
    (site / "sitecustomize.py").write_text("print('good morning')\n", encoding="utf-8")
    return site


@pytest.fixture(scope="module", autouse=True)
def own_python_finds_sklpar() -> Iterator[None]:
    """Guardians run under it, with the environment of this very process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        yield


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Interpreter]:
    """A Python that sees no sklpar but through what is put before its own path."""
    folder = tmp_path_factory.mktemp("other") / "env"
    make_environment(folder)
    with find_interpreter(str(folder)) as python:
        yield python


def trial(folder: Path, spec: Spec, python: Interpreter, **extra: str) -> Outcome:
    """Run one trial of a spec whose code is trusted; the caller has no PYTHONPATH."""
    environ = {**environment(), **extra}
    del environ["PYTHONPATH"]
    runner = ProcessRunner(
        job=encode_job(spec, ("reporting",)),
        inspection=Inspection(label="job", n_jobs_paths=("n_jobs",)),
        folder=lambda _: folder / "trial",
        environ=environ,
        interpreter=python,
    )
    return runner.run(Trial(number=1, round=1, setting=LOKY), Bound(first_s=120), lambda _: None)


def reports(folder: Path, python: Interpreter, **extra: str) -> list[dict[str, Any]]:
    """What a trial of a callable and its workers say of the Python that they run in."""
    (folder / "reporting.py").write_text(textwrap.dedent(REPORT), encoding="utf-8")
    file = folder / "found.json"
    text = REPORTING.replace("FILE", str(file))
    outcome = trial(folder, parse_spec(text, file=str(folder / "spec.yaml")), python, **extra)
    log = folder / "trial" / "log.txt"
    assert outcome.status == "ok", log.read_text(encoding="utf-8")
    found: list[dict[str, Any]] = json.loads(file.read_text(encoding="utf-8"))
    return found


# --------------------------------------------------------------------------- inspections, trials


def test_a_job_is_looked_at_with_the_libraries_of_the_other_python(other: Interpreter) -> None:
    spec = parse_spec(SEARCH, file="spec.yaml")
    there = prepare(spec, trust=(), defaults={}, interpreter=other)
    here = prepare(spec, trust=(), defaults={})
    assert (
        there.host.versions["scikit-learn"] == OTHER_VERSION != here.host.versions["scikit-learn"]
    )
    assert there.host.versions["python"] == other.version
    assert there.inspection.label == here.inspection.label
    assert there.host.thread_pools
    assert there.plan == here.plan


def test_a_problem_that_is_found_there_says_where(other: Interpreter) -> None:
    spec = parse_spec("version: 1\nestimator: SVX()\ndata: {sklearn: iris}\n", file="spec.yaml")
    with pytest.raises(SpecError, match="SVX") as caught:
        inspect_spec(spec, (), interpreter=other)
    assert f"under {other.executable}" in str(caught.value)
    with pytest.raises(SpecError) as caught:
        inspect_spec(spec, ())
    assert "under" not in caught.value.problems[0].message


@pytest.fixture(scope="module")
def reported(tmp_path_factory: pytest.TempPathFactory, other: Interpreter) -> list[dict[str, Any]]:
    """Of a caller whose own Python has to be told where its library is."""
    return reports(tmp_path_factory.mktemp("reported"), other, PYTHONHOME="/nowhere")


def test_a_trial_and_its_workers_run_under_the_other_python(
    reported: list[dict[str, Any]], other: Interpreter
) -> None:
    main, *workers = reported
    assert main["pid"] not in {worker["pid"] for worker in workers}
    for one in reported:
        assert one["executable"] == other.executable
        assert one["scikit-learn"] == OTHER_VERSION
        assert one["path"][0] == other.paths[0]
        assert one["sklpar"].startswith(other.paths[0])
        assert one["safe_path"]
        assert one["home"] is None


def test_nothing_of_our_own_environment_is_on_its_path(reported: list[dict[str, Any]]) -> None:
    ours = {str(distribution("pytest").locate_file("")), str(ROOT)}
    for one in reported:
        assert not ours & set(one["path"])


def test_an_estimator_is_fitted_where_only_scikit_learn_is_installed(
    tmp_path: Path, other: Interpreter
) -> None:
    outcome = trial(tmp_path, parse_spec(SEARCH, file="spec.yaml"), other)
    assert outcome.status == "ok", (tmp_path / "trial" / "log.txt").read_text(encoding="utf-8")


def test_an_environment_with_an_sklpar_of_its_own_still_runs_ours(tmp_path: Path) -> None:
    own = make_environment(tmp_path / "env") / "sklpar"
    own.mkdir()
    (own / "__init__.py").write_text("raise ImportError('of another time')\n", encoding="utf-8")
    with find_interpreter(str(tmp_path / "env")) as python:
        found = inspect_spec(parse_spec(SEARCH, file="spec.yaml"), (), interpreter=python)
        assert found.versions["scikit-learn"] == OTHER_VERSION
        for one in reports(tmp_path, python):
            assert one["sklpar"].startswith(python.paths[0])


@pytest.mark.parametrize("module", ["sklpar.trial.child", "sklpar.spec.inspection"])
def test_what_runs_in_a_child_loads_the_standard_library_alone_before_the_job(module: str) -> None:
    code = (
        "import sys; before = set(sys.modules)\n"
        f"import {module}\n"
        "roots = {name.split('.')[0] for name in set(sys.modules) - before}\n"
        "print(*sorted(roots - sys.stdlib_module_names))"
    )
    done = subprocess.run(
        [sys.executable, "-P", "-c", code], capture_output=True, text=True, check=True
    )
    assert done.stdout.split() == ["sklpar"]


# --------------------------------------------------------------------------- finding it


def private_folders() -> list[str]:
    return [name for name in os.listdir(tempfile.gettempdir()) if name.startswith("sklpar-path-")]


@pytest.fixture
def own_temp(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "tmp").mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(tmp_path / "tmp"))


@pytest.mark.usefixtures("own_temp")
@pytest.mark.parametrize("ending", [KeyboardInterrupt, ValueError])
def test_the_folder_that_leads_to_sklpar_goes_however_it_ends(
    ending: type[BaseException], other: Interpreter
) -> None:
    def use() -> None:
        with find_interpreter(other.executable) as python:
            assert python.executable == other.executable
            assert Path(python.paths[0], "sklpar", "__init__.py").is_file()
            raise ending

    with pytest.raises(ending):
        use()
    assert not private_folders()
    assert Path(sklpar.__file__).is_file()


@pytest.fixture
def script(tmp_path: Path) -> Path:
    file = tmp_path / "python"
    file.touch(mode=0o755)
    return file


@pytest.mark.usefixtures("own_temp")
@pytest.mark.parametrize(
    ("code", "why"),
    [
        ("#!/bin/sh\necho hello", "is no Python that works .exit code 0: hello"),
        ("#!/bin/sh\nkill -9 $$", "is no Python that works .signal 9"),
        ("#!/bin/cat", "is no Python that works"),
        ("#!/nowhere/python3", "cannot start"),
        ("hello", "cannot start"),
        ("#!/bin/sh\necho 'sklpar-probe {\"version\": [3, 10, 4]}'", r"is Python 3\.10\.4"),
        (f'#!/bin/sh\nexec {sys.executable} -I "$@"', "does not take sklpar from PYTHONPATH"),
    ],
)
def test_what_is_no_python_for_sklpar_is_a_usage_error(script: Path, code: str, why: str) -> None:
    script.write_text(f"{code}\n", encoding="utf-8")
    with pytest.raises(UsageError, match=why), find_interpreter(str(script)):
        pass
    assert not private_folders()


@pytest.mark.usefixtures("own_temp")
def test_an_interpreter_that_hangs_is_stopped_with_what_it_started(script: Path) -> None:
    script.write_text("#!/bin/sh\nsleep 611.5 & wait\n", encoding="utf-8")
    started = time.monotonic()
    with (
        pytest.raises(UsageError, match="did not say within 1 s"),
        find_interpreter(str(script), timeout_s=1),
    ):
        pass
    assert time.monotonic() - started < 10
    assert not private_folders()
    assert not processes_with("sleep\x00611.5")


def test_an_environment_without_scikit_learn_is_told_how_to_get_it(tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", tmp_path / "env"], check=True)
    with (
        pytest.raises(UsageError, match="lacks scikit-learn, joblib, numpy") as caught,
        find_interpreter(str(tmp_path / "env")),
    ):
        pass
    assert caught.value.remedy.endswith("/env/bin/python -m pip install scikit-learn")


def test_the_current_folder_lends_it_no_modules(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, other: Interpreter
) -> None:
    marker = tmp_path / "was-imported"
    for name in ("json", "importlib", "sklearn", "sklpar"):
        (tmp_path / f"{name}.py").write_text(f"open({str(marker)!r}, 'w')", encoding="utf-8")
    monkeypatch.chdir(tmp_path)
    with find_interpreter(other.executable) as python:
        assert python.version == other.version
    assert not marker.exists()
