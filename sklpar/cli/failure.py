"""What the user sees of an exception, and the exit code it becomes."""

from __future__ import annotations

import os
import sys
import tempfile
import traceback
from contextlib import suppress
from pathlib import Path
from typing import TextIO

import typer

from sklpar.errors import SklparError
from sklpar.render.plain import one_line

_INTERRUPTED = 130
_USAGE = 2
# EX_SOFTWARE of sysexits.h: none of the codes that a script may act on.
_BUG = 70


def exit_code_of(error: BaseException) -> int:  # noqa: PLR0911 - one for each kind
    """Say on stderr what went wrong, in as many lines as it needs, and return the exit code."""
    if isinstance(error, typer.Exit):
        return int(error.exit_code)
    if isinstance(error, SystemExit):
        return error.code if isinstance(error.code, int) else int(error.code is not None)
    if isinstance(error, KeyboardInterrupt | typer.Abort):
        _say("interrupted")
        return _INTERRUPTED
    if isinstance(error, SklparError):
        _say(str(error), error.remedy)
        return error.exit_code
    # click's usage errors, by their method: typer carries click inside, or not, by its version.
    if hasattr(error, "format_message"):
        _say(*_misuse(error))
        return _USAGE
    if isinstance(error, OSError):
        return _system(error)
    return _bug(error)


def _misuse(error: BaseException) -> tuple[str, str]:
    """Return what click has against a command line, and where to look."""
    message = error.format_message()  # type: ignore[attr-defined]
    near = getattr(error, "possibilities", None)
    if near:  # the nearest comes first
        message = f"{getattr(error, 'message', message)}. Did you mean {near[0]!r}?"
    context = getattr(error, "ctx", None)
    command = context.command_path if context is not None else "sklpar"
    return message, f"See `{command} --help`."


def _say(message: str, remedy: str = "") -> None:
    """Print an error, its lines made harmless one by one: a spec's error quotes the spec."""
    lines = [_harmless(line) for line in message.splitlines()] or [""]
    with suppress(OSError):  # the exit code tells it too
        print(f"sklpar: error: {lines[0]}", *lines[1:], sep="\n", file=sys.stderr)  # noqa: T201
        if remedy:
            print(_harmless(remedy), file=sys.stderr)  # noqa: T201


def _harmless(line: str) -> str:
    # The indent is kept: a caret stands under the column it points at.
    text = line.lstrip(" ")
    return " " * (len(line) - len(text)) + one_line(text)


def _system(error: OSError) -> int:
    abandon_stdout()
    if isinstance(error, BrokenPipeError):
        return 0  # the reader has seen enough
    place = f"{error.filename}: " if error.filename is not None else ""
    _say(f"{place}{error.strerror or error}", "Check the path, its permissions and free space.")
    return _USAGE


def abandon_stdout() -> None:
    """Send what stdout still holds to nowhere, or the interpreter would fail again at its exit."""
    _abandon(sys.stdout)


def abandon_stderr() -> None:
    """Do the same for stderr; a closed pipe of progress is no failure of the command."""
    _abandon(sys.stderr)


def _abandon(stream: TextIO | None) -> None:
    if stream is None:
        return
    try:
        stream.flush()
    except OSError:
        nowhere = os.open(os.devnull, os.O_WRONLY)
        os.dup2(nowhere, stream.fileno())
        os.close(nowhere)


def _bug(error: BaseException) -> int:
    text = "".join(traceback.format_exception(error))
    try:
        handle, name = tempfile.mkstemp(prefix="sklpar-", suffix=".txt")
        os.close(handle)
        Path(name).write_text(text, encoding="utf-8", errors="backslashreplace")
        where = f"the traceback is in {name}"
    except OSError as full:
        where = f"the traceback could not be stored ({full.strerror})"
    _say(
        f"this is a bug in sklpar: {type(error).__name__}: {one_line(error)[:200]}; {where}",
        "Please report it with that file.",
    )
    return _BUG
