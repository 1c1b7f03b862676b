"""``sklpar emit``: the recommended setting for other programs."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated

import typer

from sklpar.cli.terminal import one_of, write
from sklpar.emit import FORMATS

EXAMPLE = "Example: sklpar emit python --output parallel_setting.py"


def emit(
    format_: Annotated[
        str,
        typer.Argument(metavar="|".join(FORMATS), callback=one_of(FORMATS), help="What to write."),
    ],
    run: Annotated[
        str | None, typer.Argument(help="A run folder or a run id; the newest run if left out.")
    ] = None,
    output: Annotated[
        Path | None, typer.Option(metavar="FILE", help="Write to FILE; - is standard output.")
    ] = None,
) -> None:
    """Write the recommended setting of a run.

    The evidence for it, and what the format cannot carry, stand in its comments.
    """
    from sklpar.emit import pinned_from_report
    from sklpar.store.folder import RunFolder

    write(FORMATS[format_](pinned_from_report(RunFolder.find(run).read_report())), output)
