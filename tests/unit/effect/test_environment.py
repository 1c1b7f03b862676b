"""What a program gets: caps, the hook first on its path, and the rest of the setting."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest

from sklpar.effect.environment import (
    HOOK_FOLDER,
    PAYLOAD,
    file_identity,
    program_environment,
    started_with,
    well_formed,
    without_coercion,
    without_hook,
)
from sklpar.host.threads import THREAD_VARIABLES
from sklpar.model import Caps, Setting
from tests.unit.builders import AS_WRITTEN, make_setting

THREADING = make_setting("threading", 2, 1)


def environment(setting: Setting, **environ: str) -> dict[str, str]:
    return program_environment(setting, {}, environ, quiet=False)


def payload(setting: Setting, fingerprint: Mapping[str, Any], *, quiet: bool = False) -> Any:
    return json.loads(program_environment(setting, fingerprint, {}, quiet=quiet)[PAYLOAD])


def test_the_hook_folder_holds_the_hook_alone() -> None:
    held = [path.name for path in Path(HOOK_FOLDER).iterdir() if path.name != "__pycache__"]
    assert held == ["sitecustomize.py"]


def test_all_seven_variables_carry_the_cap() -> None:
    environ = environment(THREADING, OMP_NUM_THREADS="7", HOME="/h")
    assert {environ[name] for name in THREAD_VARIABLES} == {"1"}
    assert environ["HOME"] == "/h"


def test_default_removes_the_variables() -> None:
    environ = environment(make_setting("loky", 2, "default"), OMP_NUM_THREADS="7")
    assert not set(environ) & set(THREAD_VARIABLES)


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, HOOK_FOLDER),
        ({"PYTHONPATH": ""}, HOOK_FOLDER),
        ({"PYTHONPATH": "/a:/b"}, f"{HOOK_FOLDER}:/a:/b"),
        ({"PYTHONPATH": ":/b"}, f"{HOOK_FOLDER}::/b"),  # the current folder, as the user has it
        ({"PYTHONPATH": f"{HOOK_FOLDER}:/a"}, f"{HOOK_FOLDER}:/a"),
        ({"PYTHONPATH": "/other/sklpar/effect/startup"}, HOOK_FOLDER),
    ],
)
def test_the_hook_stands_first_on_the_path_and_once(given: dict[str, str], expected: str) -> None:
    assert environment(THREADING, **given)["PYTHONPATH"] == expected


@pytest.mark.parametrize(
    ("setting", "arguments"),
    [
        (THREADING, {"backend": "threading", "n_jobs": 2}),
        (
            make_setting("loky", 2, 1),
            {"backend": "loky", "n_jobs": 2, "inner_max_num_threads": 1},
        ),
        (make_setting("loky", None, Caps(blas=1, openmp=2)), {"backend": "loky"}),
    ],
)
def test_the_payload_carries_what_parallel_config_takes(
    setting: Setting, arguments: dict[str, Any]
) -> None:
    assert payload(setting, {}) == {
        "arguments": arguments,
        "fingerprint": {"versions": {}, "blas": [], "shape": []},
        "quiet": False,
        "stderr": None,
    }
    assert payload(setting, {}, quiet=True)["quiet"]


def test_as_written_leaves_the_environment_as_it_is() -> None:
    environ = {"OMP_NUM_THREADS": "3", "PYTHONPATH": "/a"}
    assert program_environment(AS_WRITTEN, {}, environ, quiet=False) == environ


def test_as_written_takes_an_outer_setting_off() -> None:
    outer = environment(THREADING, PYTHONPATH="/a")
    inner = program_environment(AS_WRITTEN, {}, outer, quiet=False)
    assert PAYLOAD not in inner
    assert inner["PYTHONPATH"] == "/a"
    assert "PYTHONPATH" not in without_hook(environment(THREADING))


def test_of_an_edited_fingerprint_what_is_well_formed_is_kept() -> None:
    good = {
        "versions": {"python": "3.11.7"},
        "blas": ["openblas 0.3.31 pthreads"],
        "data": {"shape": [10, 2], "digest": None},
    }
    assert well_formed(good) == {
        "versions": {"python": "3.11.7"},
        "blas": ["openblas 0.3.31 pthreads"],
        "shape": [10, 2],
    }
    empty: dict[str, Any] = {"versions": {}, "blas": [], "shape": []}
    for bad in ({}, {"versions": 3, "blas": "x", "data": "y"}, {"data": {"shape": ["a"]}}):
        assert well_formed(bad) == empty


def test_a_locale_that_python_coerced_does_not_reach_the_program() -> None:
    environ = {"LC_CTYPE": "C.UTF-8", "A": "b"}
    assert without_coercion(environ, {"A": "b"}) == {"A": "b"}
    assert without_coercion(environ, environ) == environ
    assert without_coercion(environ, {"LC_CTYPE": "C"}) == {"LC_CTYPE": "C", "A": "b"}
    assert without_coercion(environ, {}) == environ  # not known


def test_two_descriptors_of_one_file_have_one_identity(tmp_path: Path) -> None:
    one, other = tmp_path / "one", tmp_path / "other"
    with one.open("w") as a, one.open("a") as b, other.open("w") as c:
        assert file_identity(a.fileno()) == file_identity(b.fileno()) != file_identity(c.fileno())
        closed = c.fileno()
    assert file_identity(closed) is None


def test_the_environment_at_the_start_is_read_as_it_was(tmp_path: Path) -> None:
    file = tmp_path / "environ"
    file.write_bytes(b"A=1\0B=x=y\0C=\xff\0junk\0")
    assert started_with(file) == {"A": "1", "B": "x=y", "C": os.fsdecode(b"\xff")}
    assert started_with(tmp_path / "none") == {}
