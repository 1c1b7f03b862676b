"""Which programs are Python, and which of those the start-up hook does not reach."""

from __future__ import annotations

import os
import sys
from pathlib import Path

import pytest

from sklpar.effect.program import find_program, option_without_hook, python_arguments
from sklpar.errors import UsageError

PYTHONS = ["python", "python3", "python3.12", "python3.13t", "pypy3.10", "pypy"]
OTHERS = ["make", "pythonic-3", "python3-config", "bash", "java", "ipython.sh"]
SCRIPTS = {
    b"#!/usr/bin/python3\n": [],
    b"#! /opt/my env/bin/python\n": None,  # the kernel too takes /opt/my for it
    b"#!/v/bin/python -sE\n": ["-sE"],
    b"#!/usr/bin/env python3\nprint()": [],
    b"#!/usr/bin/env -S python3 -I -u\n": ["-I", "-u"],
    b"#!/usr/bin/env -S A=1 python3 -u\n": ["-u"],
    b"#!/bin/sh\n'''exec' \"/a folder/bin/python3\" \"$0\" \"$@\"\n' '''\nimport re": [],
    b"#!/bin/sh\n'''exec' /v/python3 -E \"$0\" \"$@\"\n' '''\n": ["-E"],
    b"#!/bin/sh\necho python\n": None,
    b"#!/bin/bash\nexec python x\n": None,
    b"#!\n": None,
    b"#!/usr/bin/env\n": None,
    b"#!/usr/bin/python 'unclosed\n": ["'unclosed"],
    b"": None,
    b"\x7fELF\x02\x01": None,
}


@pytest.mark.parametrize("name", PYTHONS)
def test_an_interpreter_is_known_by_its_name(name: str) -> None:
    assert python_arguments(name, b"\x7fELF", ["-u", "x.py"]) == ["-u", "x.py"]


@pytest.mark.parametrize("name", OTHERS)
def test_other_names_are_no_interpreter(name: str) -> None:
    assert python_arguments(name, b"\x7fELF", ["x.py"]) is None


@pytest.mark.parametrize("head", SCRIPTS)
def test_a_script_is_known_by_its_first_lines(head: bytes) -> None:
    assert python_arguments("tool", head, ["-I"]) == SCRIPTS[head]


@pytest.mark.parametrize(
    ("arguments", "option"),
    [
        (["x.py", "-I"], ""),
        (["-I", "x.py"], "-I"),
        (["-sE", "x.py"], "-E"),
        (["-u", "-S", "x.py"], "-S"),
        (["-P", "-s", "-B", "x.py"], ""),
        (["-c", "code", "-I"], ""),
        (["-mE"], ""),
        (["-Bm", "I", "-I"], ""),
        (["-W", "-I", "x.py"], ""),
        (["-WE", "-E"], "-E"),
        (["-XI", "-X", "-I", "x.py"], ""),
        (["--check-hash-based-pycs", "-I", "x.py"], ""),
        (["--version", "-I"], "-I"),
        (["-", "-I"], ""),
        (["--", "-I"], ""),
        ([], ""),
    ],
)
def test_pythons_own_options_are_read_as_python_reads_them(
    arguments: list[str], option: str
) -> None:
    assert option_without_hook(arguments) == option


def test_a_link_to_an_interpreter_is_one_and_keeps_its_own_path(tmp_path: Path) -> None:
    link = tmp_path / "py"
    link.symlink_to(Path(sys.executable).resolve())
    found = find_program(["py", "-I"], {"PATH": str(tmp_path)})
    assert (found.path, found.name, found.is_python) == (str(link), "py", True)
    assert found.keeps_hook_out == "-I"


def script(folder: Path, *, mode: int = 0o755) -> Path:
    path = folder / "tool"
    path.write_text("#!/usr/bin/env python3\n", encoding="utf-8")
    path.chmod(mode)
    return path


def test_a_path_is_taken_as_it_is_given(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    script(tmp_path)
    monkeypatch.chdir(tmp_path)
    assert find_program(["./tool"], {}).path == "./tool"


@pytest.mark.parametrize(
    ("name", "message"),
    [
        ("tool", "there is no command 'tool'"),
        ("", "there is no command ''"),
        ("no\x1b[2Jsuch", r"there is no command 'no\\x1b"),
        ("./none", "there is no program ./none"),
        ("./", "is a folder"),
        ("./tool", "./tool is not executable"),
    ],
)
def test_what_cannot_be_found_is_named(
    name: str, message: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    script(tmp_path, mode=0o644)
    monkeypatch.chdir(tmp_path)
    if os.geteuid() == 0:
        assert not os.access("tool", os.X_OK)
    with pytest.raises(UsageError, match=message) as caught:
        find_program([name], {"PATH": str(tmp_path)})
    assert caught.value.remedy
