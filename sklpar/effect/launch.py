"""Becoming another program: its exit code, its signals and its terminal are then its own."""

from __future__ import annotations

import contextlib
import errno
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from typing import NoReturn

from sklpar.effect.program import Program
from sklpar.errors import UsageError
from sklpar.render.plain import one_line


def become(program: Program, command: Sequence[str], environ: Mapping[str, str]) -> NoReturn:
    """Replace this process by a program.

    Parameters
    ----------
    command : sequence of str
        As the program is to see it, its own name first.
    environ : mapping
        Its whole environment.

    Raises
    ------
    UsageError
        If the system refuses to execute it.
    """
    for stream in (sys.stdout, sys.stderr):
        with contextlib.suppress(OSError, ValueError, AttributeError):
            stream.flush()
    # Python ignores these for itself, and what is ignored stays so: the program would go on
    # writing into a pipe that nobody reads.
    for name in ("SIGPIPE", "SIGXFSZ"):
        number = getattr(signal, name, None)
        if number is not None:
            signal.signal(number, signal.SIG_DFL)
    try:
        os.execve(program.path, list(command), dict(environ))  # noqa: S606 - that is the point
    except (OSError, ValueError) as error:
        signal.signal(signal.SIGPIPE, signal.SIG_IGN)
        raise _refusal(program, error) from error


def _refusal(program: Program, error: OSError | ValueError) -> UsageError:
    shown, number = one_line(program.path), getattr(error, "errno", None)
    if number == errno.ENOEXEC:
        remedy = f"Begin a script with a line such as #!/bin/sh, or name it: sh {shown}"
        return UsageError(f"{shown} is no program and no script with a shebang", remedy=remedy)
    if number == errno.ENOENT:
        remedy = "See its first line; or name an interpreter that is there."
        return UsageError(f"the interpreter that {shown} names is not there", remedy=remedy)
    if number == errno.E2BIG:
        return UsageError(f"the arguments for {shown} are too long", remedy="Give it fewer.")
    why = getattr(error, "strerror", None) or error
    return UsageError(f"{shown} cannot be executed: {why}", remedy="Check the file.")
