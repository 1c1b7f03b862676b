"""The command line: one verb a file, flags in, exit code out, nothing decided here.

Verbs import what they need when they run, so that ``sklpar --help`` and ``show`` start fast.
"""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Sequence


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one command and return its exit code; no exception gets past it."""
    given = list(sys.argv[1:] if arguments is None else arguments)
    code = _run(given)
    if sys.stderr is not None:
        try:
            sys.stderr.flush()
        except OSError:
            from sklpar.cli.failure import abandon_stderr

            abandon_stderr()
    return code


def _run(given: list[str]) -> int:
    try:
        import os

        # Imported here, so that Ctrl-C while it loads is put in words too.
        from typer.main import get_command

        from sklpar.cli.app import app

        # Not the command's own `main`: on a closed pipe it exits with 1, "a guard failed".
        command = get_command(app)
        if os.environ.get("_SKLPAR_COMPLETE"):
            # Tab was pressed: here nothing but its `main` will do. It answers and exits.
            command.main(args=[], prog_name="sklpar")
        with command.make_context("sklpar", given) as context:
            result = command.invoke(context)
        if sys.stdout is not None:
            sys.stdout.flush()
    except BaseException as error:  # noqa: BLE001 - the last place that can put it in words
        from sklpar.cli.failure import exit_code_of

        return exit_code_of(error)
    return result if isinstance(result, int) else 0
