"""The verbs, put together. A new one is a file beside this one and a line below."""

from __future__ import annotations

from typing import Annotated

import typer

from sklpar import __version__
from sklpar.cli import check, doctor, emit, explain, guard, init, schema, show, tune
from sklpar.cli import exec as exec_

app = typer.Typer(
    name="sklpar",
    add_completion=False,
    rich_markup_mode=None,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
    epilog="Start with: sklpar init, then sklpar tune sklpar.yaml",
)
app.command(epilog=init.EXAMPLE)(init.init)
app.command(epilog=check.EXAMPLE)(check.check)
app.command(epilog=explain.EXAMPLE)(explain.explain)
app.command(epilog=tune.EXAMPLE)(tune.tune)
app.command(epilog=show.EXAMPLE)(show.show)
app.command(epilog=emit.EXAMPLE)(emit.emit)
app.command(
    "exec",
    epilog=exec_.EXAMPLE,
    # What follows the program's name is the program's.
    context_settings={"allow_interspersed_args": False},
)(exec_.exec_)
app.command(epilog=guard.EXAMPLE)(guard.guard)
app.command(epilog=doctor.EXAMPLE)(doctor.doctor)
app.command(epilog=schema.EXAMPLE)(schema.schema)


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
