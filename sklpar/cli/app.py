"""The verbs, put together. A new one is a file beside this one and a line below."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

import typer

from sklpar import __version__
from sklpar.cli import check, compare, doctor, emit, explain, guard, init, schema, show, tune
from sklpar.cli import exec as exec_


def _verbatim(examples: Sequence[str]) -> str:
    """Return command lines for the end of a help text, as they are to be typed."""
    heading = "Example:" if len(examples) == 1 else "Examples:"
    # click fills a paragraph unless its first line is a backspace.
    return "\n".join(["\b", heading, *(f"  {line}" for line in examples)])


app = typer.Typer(
    name="sklpar",
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with: sklpar init, then sklpar tune sklpar.yaml",
)
app.command(epilog=_verbatim(init.EXAMPLES))(init.init)
app.command(epilog=_verbatim(check.EXAMPLES))(check.check)
app.command(epilog=_verbatim(explain.EXAMPLES))(explain.explain)
app.command(epilog=_verbatim(tune.EXAMPLES))(tune.tune)
app.command(epilog=_verbatim(show.EXAMPLES))(show.show)
app.command(epilog=_verbatim(compare.EXAMPLES))(compare.compare)
app.command(epilog=_verbatim(emit.EXAMPLES))(emit.emit)
app.command(
    "exec",
    epilog=_verbatim(exec_.EXAMPLES),
    # What follows the program's name is the program's.
    context_settings={"allow_interspersed_args": False},
)(exec_.exec_)
app.command(epilog=_verbatim(guard.EXAMPLES))(guard.guard)
app.command(epilog=_verbatim(doctor.EXAMPLES))(doctor.doctor)
app.command(epilog=_verbatim(schema.EXAMPLES))(schema.schema)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(f"sklpar {__version__}")
        raise typer.Exit


@app.callback(invoke_without_command=True)
def _root(
    context: typer.Context,
    version: Annotated[  # noqa: ARG001 - its callback prints
        bool,
        typer.Option(
            "--version", callback=_print_version, is_eager=True, help="Print the version."
        ),
    ] = False,
) -> None:
    """Find the parallelism setting a scikit-learn job should run with."""
    if context.invoked_subcommand is None:
        typer.echo(context.get_help(), err=True)
        raise typer.Exit(code=2)
