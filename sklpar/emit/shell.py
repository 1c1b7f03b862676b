"""The thread caps as a script for a POSIX shell to source: it alone can unset a variable too."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.emit.environment import opening, variables
from sklpar.host.threads import THREAD_VARIABLES

if TYPE_CHECKING:
    from sklpar.emit.interface import Pinned

_USE = "Source it in the shell that starts the program: `. ./tuned.sh`"


def emit(pinned: Pinned) -> str:
    """Return ``export`` lines, or one ``unset`` where the libraries are to choose."""
    lines = [f"export {name}={value}" for name, value in variables(pinned).items()]
    if pinned.inner_threads == "default":
        names = " \\\n    ".join(THREAD_VARIABLES)
        lines = ["# The libraries choose their own number of threads.", f"unset {names}"]
    # A linter of shell scripts wants to know which shell it is, where no #! line says so.
    return "\n".join(["# shellcheck shell=sh", *opening(pinned, _USE, unsets=True), *lines, ""])
