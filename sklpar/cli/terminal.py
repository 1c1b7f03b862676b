"""Where text goes, and what that place can show."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

import typer

from sklpar.errors import UsageError
from sklpar.render.interface import RenderOptions
from sklpar.store.folder import named_from_here

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Mapping

# What is no terminal (a file, a pipe, a CI log) has no width of its own.
_NO_TERMINAL = (120, 24)


def render_options(stream: TextIO | None, *, folder: Path | None = None) -> RenderOptions:
    """Return what `stream` can show; None is a file.

    Parameters
    ----------
    stream : text stream or None
        Where the text goes.
    folder : Path, optional
        The run's folder, which a report names.
    """
    place = None if folder is None else named_from_here(folder)
    if stream is None:
        return RenderOptions(width=_NO_TERMINAL[0], folder=place)
    environ = os.environ
    terminal = stream.isatty() and environ.get("TERM") != "dumb"
    return RenderOptions(
        width=shutil.get_terminal_size(_NO_TERMINAL).columns,
        color=terminal and not environ.get("NO_COLOR"),
        unicode=(stream.encoding or "").lower().startswith("utf") and not _ascii_locale(environ),
        folder=place,
    )


def write(text: str, output: Path | None) -> None:
    """Write to a file, or to stdout where `output` is None or ``-``.

    Raises
    ------
    OSError
        Whatever the system has against it.
    """
    if output is not None and str(output) != "-":
        output.write_text(text, encoding="utf-8")
        return
    if sys.stdout is None:
        message = "standard output is closed"
        raise OSError(message)
    sys.stdout.write(text)
    sys.stdout.flush()


def refuse_page_on_terminal(format_: str, output: Path | None) -> None:
    """Refuse to flood a terminal with a page that only a browser shows; ``--output -`` insists.

    Raises
    ------
    UsageError
        The format is ``html``, and standard output a terminal.
    """
    if format_ == "html" and output is None and sys.stdout is not None and sys.stdout.isatty():
        raise UsageError(
            "a page of HTML is for a browser, not for a terminal",
            remedy="add --output report.html, and open that file",
        )


def one_of(choices: Collection[str]) -> Callable[[str], str]:
    """Return a callback that lets only the keys of a registry through."""

    def check(value: str) -> str:
        if value not in choices:
            message = f"{value!r} is none of {', '.join(choices)}"
            raise typer.BadParameter(message)
        return value

    return check


def _ascii_locale(environ: Mapping[str, str]) -> bool:
    """Tell a C locale that was asked for; Python sets LC_CTYPE=C.UTF-8 by itself where none is."""
    ctype = environ.get("LC_CTYPE")
    names = (environ.get("LC_ALL"), ctype if ctype != "C.UTF-8" else None, environ.get("LANG"))
    return next((name for name in names if name), "") in ("C", "POSIX")
