"""``sklpar exec``: an unmodified program under a setting."""

from __future__ import annotations

import os
import sys
from contextlib import suppress
from typing import TYPE_CHECKING, Annotated

import typer

from sklpar.cli.terminal import render_options

if TYPE_CHECKING:
    from sklpar.model import PinnedFile

EXAMPLES = ("sklpar exec --config tuned.yaml -- python train.py --epochs 3",)


def exec_(
    command: Annotated[
        list[str], typer.Argument(metavar="CMD...", help="The program and its arguments.")
    ],
    config: Annotated[
        str | None,
        typer.Option(metavar="FILE", help="The setting (emit yaml); the newest run's if left out."),
    ] = None,
    quiet: Annotated[bool, typer.Option("--quiet", "-q", help="Say nothing but errors.")] = False,
) -> None:
    """Run a program under a setting: backend, n_jobs and thread caps.

    The program takes the place of sklpar: exit code, signals and standard streams are its own.
    Where sklpar cannot start it, it exits with 2; with 4 where the run recommends nothing.

    Out of reach are a backend or n_jobs given in the code, fits in other threads, calls that need
    shared memory, and parameters of the estimator. A program that is no Python has the thread caps
    in its environment.
    """
    from sklpar.backends import BACKENDS
    from sklpar.effect.environment import (
        file_identity,
        program_environment,
        started_with,
        without_coercion,
    )
    from sklpar.effect.launch import become
    from sklpar.effect.program import find_program
    from sklpar.effect.words import notices
    from sklpar.host.cpus import cpu_model, usable_cpus
    from sklpar.render.plain import one_line

    cpus = usable_cpus(os.environ).count
    pinned = _pinned(config, cpus)
    setting = pinned.setting
    program = find_program(command, os.environ)
    environ = without_coercion(os.environ, started_with())
    environ = program_environment(
        setting, pinned.fingerprint, environ, quiet=quiet, stderr=file_identity(2)
    )
    if not quiet and sys.stderr is not None:
        backend = BACKENDS.get(setting.backend or "")
        lines = notices(
            setting,
            source=pinned.file,
            program=program,
            fingerprint=pinned.fingerprint,
            here={"cpu_model": cpu_model(), "usable_cpus": cpus},
            unavailable=backend.unavailable(environ) if backend else None,
        )
        unicode = render_options(sys.stderr).unicode
        with suppress(OSError):  # nobody who listens, but still the program
            for line in lines:
                typer.echo(f"sklpar: {one_line(line, unicode=unicode)}", err=True)
    become(program, command, environ)


def _pinned(config: str | None, cpus: int) -> PinnedFile:
    """Read the setting of a file, or what the newest run recommends."""
    from sklpar.effect.config import pinned_by_run
    from sklpar.errors import StoreError, UsageError
    from sklpar.spec.pinned import read_pinned
    from sklpar.store.folder import RunFolder

    if config == "-":
        raise UsageError(
            "--config: standard input is the program's", remedy="Write the setting to a file."
        )
    if config == "":
        raise UsageError(
            "--config: the name of the file is empty",
            remedy="Name a file; without --config the newest run's setting is taken.",
        )
    if config is not None:
        return read_pinned(config, usable_cpus=cpus)
    try:
        report = RunFolder.find(None).read_report()
    except StoreError as error:
        remedy = "Name a setting with --config FILE, or make a run with `sklpar tune SPEC`."
        raise StoreError(str(error), remedy=remedy) from None
    return pinned_by_run(report, usable_cpus=cpus)
