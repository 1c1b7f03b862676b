"""The start-up hook: what it takes for a worker, and how it waits for joblib."""

from __future__ import annotations

import ast
import importlib
import importlib.util
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from sklpar.effect import hook
from sklpar.effect.environment import HOOK_FOLDER, PAYLOAD

SPAWN = "from multiprocessing.spawn import spawn_main; spawn_main(tracker_fd=5, pipe_handle=7)"
SERVER = "from multiprocessing.forkserver import main; main(4, 5, ['__main__'], **{})"
TRACKER = "from multiprocessing.resource_tracker import main;main(4)"
LOKY = "joblib.externals.loky.backend"


def test_the_name_of_the_variable_is_the_one_that_is_set() -> None:
    assert hook.PAYLOAD == PAYLOAD


def test_what_every_python_imports_is_written_for_all_of_them() -> None:
    newer = (
        ast.AnnAssign,
        ast.JoinedStr,
        ast.NamedExpr,
        ast.FunctionDef,
        ast.Starred,
        ast.Nonlocal,
    )
    for node in ast.walk(ast.parse((Path(HOOK_FOLDER) / "sitecustomize.py").read_bytes())):
        assert not isinstance(node, newer), ast.unparse(node)
        assert not isinstance(node, ast.ImportFrom), "from __future__ is an error in older ones"


@pytest.mark.parametrize(
    "arguments",
    [
        ["-c", SPAWN, "--multiprocessing-fork"],
        ["-X", "dev", "-W", "error", "-Bc", SPAWN, "--multiprocessing-fork"],
        ["-c", SERVER],
        ["-c", TRACKER],
        ["-c", f"from {LOKY}.resource_tracker import main; main(9, False)"],
        ["-c", "from loky.backend.resource_tracker import main; main(9, False)"],
        ["-m", f"{LOKY}.popen_loky_posix", "--process-name", "LokyProcess-1", "--pipe", "14"],
        ["-W", "ignore", "-m", "loky.backend.popen_loky_posix"],
        [f"-m{LOKY}.popen_loky_posix"],
        ["--multiprocessing-fork", "tracker_fd=5"],
        ["-P", "-m", "sklpar.trial", "order.json"],
        ["-m", "sklpar", "tune"],
    ],
)
def test_workers_and_their_helpers_are_no_programs(arguments: list[str]) -> None:
    assert hook.is_worker(["/usr/bin/python", *arguments])


@pytest.mark.parametrize(
    "arguments",
    [
        [],
        ["-"],
        ["script.py", "-c", SPAWN],
        ["script.py", "--multiprocessing-fork"],
        ["-c", "import multiprocessing; multiprocessing.Pool(2)"],
        ["-c", "from multiprocessing.spawn import spawn_main"],
        ["-c", "from multiprocessing.spawn import"],
        ["-c", "from multiprocessing.spawn import spawn_main; print(spawn_main)"],
        ["-c"],
        ["-m", "joblib"],
        ["-m", "pytest", "-c", SPAWN],
        ["-m", "sklparse"],
        ["-W", "-c", "script.py"],
        ["-X", "-m", "sklpar"],
        ["--check-hash-based-pycs", "default", "script.py"],
        ["--", "-m", "sklpar"],
    ],
)
def test_everything_else_is_a_program(arguments: list[str]) -> None:
    assert not hook.is_worker(["/usr/bin/python", *arguments])


@pytest.fixture
def joblib(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A package of that name, in place of the real one for as long as the test lasts."""
    package = tmp_path / "joblib"
    package.mkdir()
    (package / "__init__.py").write_text("LOADED = True\n", encoding="utf-8")
    (package / "part.py").write_text("", encoding="utf-8")
    monkeypatch.syspath_prepend(str(tmp_path))
    names = [name for name in sys.modules if name.split(".")[0] == "joblib"]
    kept = {name: sys.modules.pop(name) for name in names}
    yield package
    for name in [name for name in sys.modules if name.split(".")[0] == "joblib"]:
        del sys.modules[name]
    sys.modules.update(kept)


@pytest.fixture
def calls(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """A finder is waiting; each call back tells whether joblib had been executed by then."""
    seen: list[bool] = []
    finder = hook.Finder(lambda: seen.append(hasattr(sys.modules["joblib"], "LOADED")))
    monkeypatch.setattr(sys, "meta_path", [finder, *sys.meta_path])
    return seen


def test_joblib_is_waited_for_and_followed_once(joblib: Path, calls: list[bool]) -> None:
    importlib.import_module("joblib.part")
    assert calls == [True]
    importlib.reload(sys.modules["joblib"])
    assert calls == [True]


def test_the_loader_of_joblib_keeps_no_trace(joblib: Path, calls: list[bool]) -> None:
    module = importlib.import_module("joblib")
    assert module.__spec__ is not None
    assert module.__loader__ is module.__spec__.loader
    assert set(vars(module.__spec__.loader)) == {"name", "path"}


def test_to_ask_whether_joblib_is_there_is_not_to_import_it(
    joblib: Path, calls: list[bool]
) -> None:
    for _ in range(2):
        assert importlib.util.find_spec("joblib") is not None
    assert calls == []
    importlib.import_module("joblib")
    assert calls == [True]


def test_an_import_that_fails_is_waited_for_again(joblib: Path, calls: list[bool]) -> None:
    whole = (joblib / "__init__.py").read_text(encoding="utf-8")
    (joblib / "__init__.py").write_text("raise OSError\n", encoding="utf-8")
    with pytest.raises(OSError):  # noqa: PT011 - it has no message
        importlib.import_module("joblib")
    assert calls == []
    (joblib / "__init__.py").write_text(f"{whole}# another size\n", encoding="utf-8")
    importlib.invalidate_caches()
    importlib.import_module("joblib")
    assert calls == [True]


def test_other_modules_are_not_its_matter() -> None:
    finder = hook.Finder(lambda: None)
    assert finder.find_spec("joblib.parallel") is None
    assert finder.find_spec("sklearn") is None
