"""The child that inspects a spec: what it finds, and how it may die."""

from __future__ import annotations

import os
import subprocess
import sys
import textwrap
import time
from pathlib import Path

import pytest

from sklpar.errors import SpecError, TrustError, UsageError
from sklpar.spec import load_spec
from sklpar.spec.checking import inspect_spec

pytestmark = pytest.mark.e2e


def write(folder: Path, job: str, **modules: str) -> str:
    for name, code in modules.items():
        (folder / f"{name}.py").write_text(textwrap.dedent(code))
    file = folder / "spec.yaml"
    file.write_text(f"version: 1\n{job}\n")
    return str(file)


OWN = "estimator:\n  call: ownmodule:make\ndata: {sklearn: iris}"
MAKE = "\ndef make():\n    from sklearn.svm import SVC\n    return SVC()\n"


def test_a_sound_spec_is_described(tmp_path: Path) -> None:
    search = "GridSearchCV(RandomForestClassifier(n_jobs=2), {}, cv=3)"
    spec = load_spec(write(tmp_path, f'estimator: "{search}"\ndata: {{sklearn: iris}}'))
    found = inspect_spec(spec, ())
    assert found.label == "GridSearchCV(RandomForestClassifier)"
    assert found.n_jobs_paths == ("n_jobs",)
    assert found.nested_n_jobs == {"estimator__n_jobs": 2}
    assert found.serial_params == {"n_jobs": 1, "estimator__n_jobs": 1}
    assert found.n_jobs_as_written == {"n_jobs": None}
    assert found.tasks == 3
    assert not found.opaque
    assert any(pool.user_api == "openmp" for pool in found.pools)
    assert "scikit-learn" in found.versions
    assert "sklearn" not in found.label


def test_problems_come_back_with_their_places(tmp_path: Path) -> None:
    job = "estimator:\n  class: SVC\n  C: -1\n  kernl: rbf\ndata:\n  path: nope.csv"
    spec = load_spec(write(tmp_path, job))
    with pytest.raises(SpecError) as caught:
        inspect_spec(spec, ())
    assert [(p.line, p.column) for p in caught.value.problems] == [(4, 6), (5, 3), (7, 9)]
    assert f"{spec.file}:5:3: estimator.kernl: SVC has no parameter 'kernl'" in str(caught.value)


def test_untrusted_code_is_not_imported(tmp_path: Path) -> None:
    marker = tmp_path / "was-imported"
    code = f"open({str(marker)!r}, 'w').close()\n{MAKE}"
    spec = load_spec(write(tmp_path, OWN, ownmodule=code))
    with pytest.raises(TrustError) as caught:
        inspect_spec(spec, ())
    assert f"{spec.file}:3:9: " in str(caught.value)
    assert "--trust ownmodule" in str(caught.value)
    with pytest.raises(TrustError):
        inspect_spec(spec, ("xgboost", "own"))
    assert not marker.exists()
    assert inspect_spec(spec, ("ownmodule",)).label == "SVC"
    assert marker.exists()


def test_a_module_beside_the_spec_cannot_stand_in_for_a_library(tmp_path: Path) -> None:
    marker = tmp_path / "was-imported"
    code = f"open({str(marker)!r}, 'w').close()\n"
    shadows = dict.fromkeys(["sklearn", "joblib", "numpy", "json", "sklpar"], code)
    spec = load_spec(write(tmp_path, OWN, ownmodule=MAKE, **shadows))
    assert inspect_spec(spec, ("ownmodule",)).label == "SVC"
    assert not marker.exists()


def test_a_module_that_hangs_is_stopped_with_what_it_started(tmp_path: Path) -> None:
    code = f"""
        import subprocess, time
        child = subprocess.Popen(["sleep", "600"])
        open({str(tmp_path / "pid")!r}, "w").write(str(child.pid))
        print("waiting for nothing", flush=True)
        time.sleep(600)
    """
    spec = load_spec(write(tmp_path, OWN, ownmodule=code))
    started = time.monotonic()
    with pytest.raises(SpecError, match="longer than 2 s") as caught:
        inspect_spec(spec, ("ownmodule",), timeout_s=2)
    assert time.monotonic() - started < 15
    assert "waiting for nothing" in str(caught.value)
    assert caught.value.problems[0].line == 2
    assert _is_gone(int((tmp_path / "pid").read_text()))


@pytest.mark.parametrize(
    ("code", "how"),
    [
        ("import os\nprint('so long', flush=True)\nos._exit(0)", "exit code 0"),
        ("import os\nos._exit(7)", "exit code 7"),
        ("import os\nos.kill(os.getpid(), 9)", "signal 9"),
        ("import ctypes\nctypes.string_at(0)", "signal 11"),
    ],
)
def test_a_module_that_ends_the_child_is_a_clear_error(tmp_path: Path, code: str, how: str) -> None:
    spec = load_spec(write(tmp_path, OWN, ownmodule=code))
    with pytest.raises(SpecError) as caught:
        inspect_spec(spec, ("ownmodule",))
    assert how in str(caught.value)
    assert caught.value.problems[0].line == 2


@pytest.mark.parametrize("code", ["raise SystemExit(3)", "1 / 0", "import nothing_of_that_name"])
def test_an_import_that_raises_is_told_without_a_traceback(tmp_path: Path, code: str) -> None:
    spec = load_spec(write(tmp_path, OWN, ownmodule=code))
    with pytest.raises(SpecError) as caught:
        inspect_spec(spec, ("ownmodule",))
    assert "importing ownmodule" in str(caught.value)
    assert "Traceback" not in str(caught.value)
    assert caught.value.problems[0].line == 3


def test_a_noisy_module_neither_corrupts_nor_floods(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    code = f"""
        import sys
        print("{{}}" * 300000)
        sys.stderr.write("noise\\n" * 100000)
        sys.stdin.read()
        {MAKE.replace(chr(10), chr(10) + " " * 8)}
    """
    spec = load_spec(write(tmp_path, OWN, ownmodule=code))
    assert inspect_spec(spec, ("ownmodule",)).label == "SVC"
    assert capfd.readouterr() == ("", "")


def test_a_grandchild_that_keeps_the_output_open_delays_nothing(tmp_path: Path) -> None:
    code = "import subprocess\nsubprocess.Popen(['sleep', '600'])\n" + MAKE
    spec = load_spec(write(tmp_path, OWN, ownmodule=code))
    started = time.monotonic()
    assert inspect_spec(spec, ("ownmodule",)).label == "SVC"
    assert time.monotonic() - started < 30


def test_the_child_goes_when_the_parent_is_killed(tmp_path: Path) -> None:
    code = f"""
        import os, time
        open({str(tmp_path / "pid.part")!r}, "w").write(str(os.getpid()))
        os.rename({str(tmp_path / "pid.part")!r}, {str(tmp_path / "pid")!r})
        time.sleep(600)
    """
    file = write(tmp_path, OWN, ownmodule=code)
    script = (
        "import sys\nfrom sklpar.spec import load_spec\n"
        "from sklpar.spec.checking import inspect_spec\n"
        "inspect_spec(load_spec(sys.argv[1]), ['ownmodule'])\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script, file])
    deadline = time.monotonic() + 60
    while not (tmp_path / "pid").exists() and time.monotonic() < deadline:
        time.sleep(0.05)
    parent.kill()
    parent.wait()
    assert _is_gone(int((tmp_path / "pid").read_text()))


def test_a_package_to_trust_is_named_by_its_root(tmp_path: Path) -> None:
    spec = load_spec(write(tmp_path, "estimator: SVC\ndata: {sklearn: iris}"))
    with pytest.raises(UsageError, match="not the name of a package"):
        inspect_spec(spec, ("a.b",))


def test_the_parent_imports_nothing_heavy(tmp_path: Path) -> None:
    file = write(tmp_path, "estimator: SVC\ndata: {sklearn: iris}")
    script = (
        "import sys\nfrom sklpar.spec import load_spec\n"
        "from sklpar.spec.checking import inspect_spec\n"
        "inspect_spec(load_spec(sys.argv[1]), [])\n"
        "print({'numpy', 'scipy', 'joblib', 'sklearn', 'pandas'} & set(sys.modules))\n"
    )
    run = subprocess.run(
        [sys.executable, "-c", script, file], capture_output=True, text=True, check=True
    )
    assert run.stdout.strip() == "set()"


def _is_gone(pid: int) -> bool:
    """Tell whether a process ends within two seconds; a zombie counts as ended."""
    deadline = time.monotonic() + 2
    while time.monotonic() < deadline:
        try:
            os.kill(pid, 0)
            if Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()[0] == "Z":
                return True
        except (ProcessLookupError, FileNotFoundError):
            return True
        time.sleep(0.05)
    return False
