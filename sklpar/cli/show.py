"""``sklpar show``: the report of a stored run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from sklpar.cli import arguments, completion
from sklpar.cli.terminal import one_of, refuse_page_on_terminal, render_options, write
from sklpar.render import RENDERERS

EXAMPLES = (
    "sklpar show",
    "sklpar show --format html --output report.html",
    "sklpar show --list",
    "sklpar show 20261121-112756 --format json > report.json",
)

# A screenful.
_LISTED = 20


def show(
    run: arguments.RunOrNewest = None,
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="|".join(RENDERERS),
            callback=one_of(RENDERERS),
            autocompletion=completion.choices(RENDERERS),
            help="How to write it; csv has a row for each setting, json every single value.",
        ),
    ] = "text",
    output: arguments.Output = None,
    list_: Annotated[
        bool, typer.Option("--list", help="List the runs in this folder, newest first; no RUN.")
    ] = False,
) -> None:
    """Show the report of a stored run, or which runs there are.

    Nothing is measured or computed anew.
    """
    from sklpar.store.folder import RunFolder

    if list_:
        _list(run, format_, output)
        return
    refuse_page_on_terminal(format_, output)
    folder = RunFolder.find(run)
    report = folder.read_report()
    stream = sys.stdout if output is None or str(output) == "-" else None
    write(RENDERERS[format_](report, render_options(stream, folder=folder.path)), output)


def _list(run: str | None, format_: str, output: Path | None) -> None:
    from sklpar.errors import UsageError
    from sklpar.render import runs
    from sklpar.store.folder import RunFolder
    from sklpar.store.listing import stored_runs

    if run is not None or format_ != "text":
        raise UsageError(
            "--list names the runs in this folder, as text",
            remedy="Leave RUN and --format out; or leave --list out for the report of one run.",
        )
    found, count = stored_runs(_LISTED)
    if not found:
        RunFolder.find(None)  # says that there is none, and what to do
    stream = sys.stdout if output is None or str(output) == "-" else None
    write(runs.render(found, count - len(found), render_options(stream)), output)
