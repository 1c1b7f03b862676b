"""The program that is to run under a setting: where it is, and whether it is Python."""

from __future__ import annotations

import os
import re
import shlex
import shutil
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from sklpar.errors import UsageError
from sklpar.render.plain import one_line

_PYTHON = re.compile(r"(python|pypy)[\d.]*[a-z]*")
# What pip writes where the interpreter's path is too long for a shebang, or has spaces in it:
# a shell takes ''' for nothing, and Python for a string that it ignores.
_BY_SHELL = re.compile(rb"#!\s*/bin/sh\s*\n'''exec' ([^\n]+)")
_HEAD_BYTES = 4096
# -E and -I leave PYTHONPATH out of account, -S the start-up hooks.
_WITHOUT_HOOK = frozenset("EIS")


@dataclass(frozen=True, kw_only=True)
class Program:
    """An executable, as far as it matters for a setting.

    Attributes
    ----------
    name : str
        What the user calls it, without its folder.
    path : str
        The file to execute; relative to the current folder where it was given so.
    is_python : bool
        True for an interpreter, and for a script that names one in its first lines.
    keeps_hook_out : str
        The option that makes its Python pass over the start-up hook, such as ``-I``; else empty.
    """

    name: str
    path: str
    is_python: bool
    keeps_hook_out: str = ""


def find_program(command: Sequence[str], environ: Mapping[str, str]) -> Program:
    """Find the executable of a command as a shell would, and look at what it is.

    Raises
    ------
    UsageError
        If there is none, or it may not be executed.
    """
    path = _locate(command[0], environ)
    try:
        with Path(path).open("rb") as file:
            head = file.read(_HEAD_BYTES)
    except OSError:  # it may be executable and not readable
        head = b""
    python = python_arguments(Path(path).resolve().name, head, command[1:])
    return Program(
        name=Path(command[0]).name,
        path=path,
        is_python=python is not None,
        keeps_hook_out=option_without_hook(python or ()),
    )


def python_arguments(file_name: str, head: bytes, arguments: Sequence[str]) -> list[str] | None:
    """Return what follows the name of the Python that an executable is run by, or None.

    Parameters
    ----------
    file_name : str
        Of the executable, links resolved.
    head : bytes
        How the file begins.
    arguments : sequence of str
        Of the command.

    Returns
    -------
    list of str or None
        For an interpreter, the arguments; for a script those of its shebang; None where it is not
        known to be Python.
    """
    if _PYTHON.fullmatch(file_name):
        return list(arguments)
    words = _interpreter(head)
    if words and _PYTHON.fullmatch(os.path.basename(words[0])):  # noqa: PTH119 - it is a text
        return words[1:]
    return None


def option_without_hook(arguments: Sequence[str]) -> str:
    """Return the option among Python's own by which it passes over the start-up hook, or ""."""
    rest = iter(arguments)
    for argument in rest:
        if argument == "--check-hash-based-pycs":
            next(rest, None)
        elif not argument.startswith("-") or argument in ("-", "--"):
            return ""
        elif not argument.startswith("--"):
            for letter in argument[1:]:
                if letter in "cm":  # what is to be run, and its own arguments
                    return ""
                if letter in "WX":  # with a value, attached or next
                    if argument[-1] == letter:
                        next(rest, None)
                    break
                if letter in _WITHOUT_HOOK:
                    return f"-{letter}"
    return ""


def _interpreter(head: bytes) -> list[str]:
    """Return the command that a script is run by, from its first lines; empty for none."""
    by_shell = _BY_SHELL.match(head)
    first, _, _ = head.partition(b"\n")
    if by_shell:
        words = _words(by_shell[1])
        return words[: words.index("$0")] if "$0" in words else words
    if not first.startswith(b"#!"):
        return []
    words = _words(first[2:])
    if not words or os.path.basename(words[0]) != "env":  # noqa: PTH119 - it is a text
        return words
    words.pop(0)
    while words and (words[0].startswith("-") or "=" in words[0]):
        words.pop(0)  # -S, and variables
    return words


def _words(line: bytes) -> list[str]:
    text = os.fsdecode(line.strip())
    try:
        return shlex.split(text)
    except ValueError:  # a quote that is not closed
        return text.split()


def _locate(name: str, environ: Mapping[str, str]) -> str:
    shown = one_line(name)
    if "/" not in name:
        found = shutil.which(name, path=environ.get("PATH", os.defpath)) if name else None
        if found is None:
            raise UsageError(
                f"there is no command '{shown}'",
                remedy="Check the name and PATH; a script in this folder is ./SCRIPT, or is run by "
                "naming its interpreter: sklpar exec -- python SCRIPT",
            )
        return found
    if Path(name).is_dir():
        raise UsageError(f"{shown} is a folder", remedy="Name a program after the --.")
    if not Path(name).exists():
        raise UsageError(f"there is no program {shown}", remedy="Check the path.")
    if not os.access(name, os.X_OK):
        raise UsageError(
            f"{shown} is not executable",
            remedy=f"Name its interpreter: sklpar exec -- python {shown}",
        )
    return name
