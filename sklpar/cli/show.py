"""``sklpar show``: the report of a stored run."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated

import typer

from sklpar.cli.terminal import one_of, render_options, write
from sklpar.render import RENDERERS

EXAMPLE = "Example: sklpar show --format json > report.json"


def show(
    run: Annotated[
        str | None, typer.Argument(help="A run folder or a run id; the newest run if left out.")
    ] = None,
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="|".join(RENDERERS),
            callback=one_of(RENDERERS),
            help="How to write it.",
        ),
    ] = "text",
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write to FILE; - is standard output.")
    ] = None,
) -> None:
    """Show the report of a stored run.

    Nothing is measured or computed anew.
    """
    from sklpar.store.folder import RunFolder

    folder = RunFolder.find(run)
    report = folder.read_report()
    stream = sys.stdout if output is None or str(output) == "-" else None
    write(RENDERERS[format_](report, render_options(stream, folder=folder.path)), output)
