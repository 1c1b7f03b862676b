"""``sklpar compare``: two stored runs, setting by setting."""

from __future__ import annotations

import gc
import sys
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sklpar.cli import arguments, completion
from sklpar.cli.terminal import one_of, refuse_page_on_terminal, render_options, write
from sklpar.render.contrasts import CONTRASTS

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sklpar.model import Report

EXAMPLES = (
    "sklpar compare 20261121-0034 20261121-1128",
    "sklpar compare before/ after/ --format markdown --output compared.md",
)

_RUN = "A run folder, a run id, or a run document in JSON."


def compare(
    a: Annotated[
        str,
        typer.Argument(metavar="RUN", help=f"A, before. {_RUN}", autocompletion=completion.runs),
    ],
    b: Annotated[
        str,
        typer.Argument(metavar="RUN", help="B, after: likewise.", autocompletion=completion.runs),
    ],
    format_: Annotated[
        str,
        typer.Option(
            "--format",
            metavar="|".join(CONTRASTS),
            callback=one_of(CONTRASTS),
            autocompletion=completion.choices(CONTRASTS),
            help="How to write it.",
        ),
    ] = "text",
    output: arguments.Output = None,
) -> None:
    """Compare two stored runs, setting by setting.

    What changed in host and versions comes first, then both answers, then each setting with its
    ratio B/A and a 95% interval. Nothing is measured. Seconds are compared only where machine, data
    and job are the same, else speedups. It judges nothing: the exit code is 0 whatever changed;
    sklpar guard is the check for CI.
    """
    from sklpar.guard.contrast import contrast

    refuse_page_on_terminal(format_, output)
    stream = sys.stdout if output is None or str(output) == "-" else None
    with _uncollected():
        found = contrast(_report(a), _report(b))
        text = CONTRASTS[format_](found, render_options(stream))
    write(text, output)


@contextmanager
def _uncollected() -> Iterator[None]:
    """Keep the collector of cycles off two documents, which have none.

    It would look through all of them again and again: a third of the time where there are thousands
    of settings.
    """
    was_enabled = gc.isenabled()
    gc.disable()
    try:
        yield
    finally:
        if was_enabled:
            gc.enable()


def _report(ref: str) -> Report:
    from sklpar.store.document import read_report_file
    from sklpar.store.folder import RunFolder

    file = Path(ref)
    return read_report_file(file) if file.is_file() else RunFolder.find(ref).read_report()
