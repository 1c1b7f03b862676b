"""How a run goes, on stderr: a live display on a terminal, plain lines elsewhere."""

from __future__ import annotations

import os
import sys

from sklpar.cli.progress.display import Display
from sklpar.cli.progress.lines import Lines
from sklpar.cli.progress.screen import Screen


def observer(*, quiet: bool, verbose: bool) -> Display:
    """Return the display that fits the flags and where stderr goes."""
    if quiet or sys.stderr is None:
        return Display()
    if sys.stderr.isatty() and os.environ.get("TERM") != "dumb":
        return Screen(verbose=verbose)
    return Lines()
