"""Arguments and options that several verbs take, in the same words."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any, TypeAlias

import typer

from sklpar.cli import completion

_SPEC: Any = typer.Argument(
    metavar="SPEC",
    help="The spec, a YAML file; - is standard input.",
    autocompletion=completion.specs,
)
Spec: TypeAlias = Annotated[str, _SPEC]
SpecOrNone: TypeAlias = Annotated[str | None, _SPEC]

RunOrNewest: TypeAlias = Annotated[
    str | None,
    typer.Argument(
        metavar="RUN",
        help="A run folder or a run id; the newest run if left out.",
        autocompletion=completion.runs,
    ),
]

Set: TypeAlias = Annotated[
    list[str] | None,
    typer.Option("--set", metavar="PATH=VALUE", help="Change the spec; may be repeated."),
]
Trust: TypeAlias = Annotated[
    list[str] | None,
    typer.Option(metavar="PACKAGE", help="Import this package too; may be repeated."),
]

Repeats: TypeAlias = Annotated[
    int | None, typer.Option(metavar="N", help="Warm fits after the first, in each trial.")
]
Budget: TypeAlias = Annotated[
    str | None, typer.Option(metavar="TIME", help="Bound of the whole job, such as 5m.")
]
Timeout: TypeAlias = Annotated[
    str | None, typer.Option(metavar="TIME", help="Bound of one fit, such as 120s.")
]

Quiet: TypeAlias = Annotated[bool, typer.Option("--quiet", "-q", help="No progress.")]
Verbose: TypeAlias = Annotated[bool, typer.Option("--verbose", "-v", help="A line for each trial.")]

Output: TypeAlias = Annotated[
    Path | None, typer.Option(metavar="FILE", help="Write to FILE; - is standard output.")
]
