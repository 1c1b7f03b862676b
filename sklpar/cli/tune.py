"""``sklpar tune``: measure the settings of a spec, diagnose, recommend."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sklpar.cli import arguments, completion
from sklpar.cli.terminal import render_options, write

if TYPE_CHECKING:
    from sklpar.model import Report
    from sklpar.session import Prepared, Started
    from sklpar.store.folder import RunFolder

EXAMPLES = (
    "sklpar tune sklpar.yaml",
    "sklpar tune sklpar.yaml --n-jobs 1,2,4 --backend loky --budget 5m",
    "sklpar tune --resume 20261121-112756",
)

_INTERRUPTED, _NOTHING_MEASURED, _INCONCLUSIVE = 130, 3, 4


def tune(  # noqa: PLR0917 - typer hands each option over by name
    spec: arguments.SpecOrNone = None,
    n_jobs: Annotated[
        str | None, typer.Option(metavar="1,2,all", help="Values of n_jobs to measure.")
    ] = None,
    backend: Annotated[
        str | None,
        typer.Option(
            metavar="loky,threading",
            help="joblib backends to measure.",
            autocompletion=completion.backends,
        ),
    ] = None,
    inner_threads: Annotated[
        str | None,
        typer.Option(metavar="1,default", help="BLAS and OpenMP threads per worker to measure."),
    ] = None,
    repeats: arguments.Repeats = None,
    rounds: Annotated[
        int | None, typer.Option(metavar="N", help="Trials of each setting, at most.")
    ] = None,
    budget: arguments.Budget = None,
    timeout: arguments.Timeout = None,
    exhaustive: Annotated[
        bool, typer.Option("--exhaustive", help="Every setting in every round, nothing dropped.")
    ] = False,
    dry_run: Annotated[
        bool, typer.Option("--dry-run", help="Print what would be measured, and stop.")
    ] = False,
    resume: Annotated[
        str | None,
        typer.Option(
            metavar="RUN",
            help="Go on with a run that was stopped.",
            autocompletion=completion.runs,
        ),
    ] = None,
    set_: arguments.Set = None,
    trust: arguments.Trust = None,
    output: Annotated[
        Path | None, typer.Option(metavar="DIR", help="The run folder, new or empty.")
    ] = None,
    json_: Annotated[bool, typer.Option("--json", help="Print the result as JSON.")] = False,
    quiet: arguments.Quiet = False,
    verbose: arguments.Verbose = False,
) -> int:
    """Measure the settings of a spec and recommend one.

    Each trial is a fresh process; results go to stdout, progress to stderr. Ctrl-C keeps what was
    measured. Exit codes: 0 a recommendation, 2 a wrong spec, 3 nothing could be measured,
    4 inconclusive, 130 interrupted.
    """
    from sklpar.cli.progress import observer
    from sklpar.pipeline import measure, process_runner
    from sklpar.session import start

    overrides = [
        *_axis("sweep.n_jobs", n_jobs),
        *_axis("sweep.backend", backend),
        *_axis("sweep.inner_threads", inner_threads),
        *value_override("measure.repeats", repeats),
        *value_override("measure.rounds", rounds),
        *value_override("measure.budget", budget),
        *value_override("measure.timeout", timeout),
        *(["measure.exhaustive=true"] if exhaustive else []),
        *(set_ or []),
    ]
    with ending_like_ctrl_c():
        if dry_run:
            with observer(quiet=quiet, verbose=verbose):
                prepared = _prepared(spec, overrides, trust or [], resume)
            _print_plan(prepared, json_=json_)
            return 0
        with observer(quiet=quiet, verbose=verbose) as display:
            if resume is not None:
                started = _resumed(resume, spec, overrides, trust or [], output)
            else:
                started = start(_prepared(spec, overrides, trust or []), overrides, output)
            report = measure(started.run, process_runner(started), started.folder, display)
    _print(report, started.folder, json_=json_)
    return _exit_code(report)


def _axis(path: str, flag: str | None) -> list[str]:
    """Return ``1,{blas: 1, openmp: 2}`` as an override: in brackets it is a list in YAML."""
    return [] if flag is None else [f"{path}=[{flag}]"]


def value_override(path: str, flag: object) -> list[str]:
    """Return a flag as an override of the spec's value at `path`; none where it was not given."""
    return [] if flag is None else [f"{path}={flag}"]


def _prepared(
    file: str | None, overrides: list[str], trust: list[str], resume: str | None = None
) -> Prepared:
    from sklpar.errors import UsageError
    from sklpar.session import prepare_file

    if resume is not None:
        raise UsageError(
            "--dry-run prints the plan of a spec, and a run that goes on has its plan",
            remedy=f"leave one of the two out; for what was measured: sklpar show {resume}",
        )
    if file is None:
        raise UsageError("name a spec", remedy="sklpar init writes one to start from")
    return prepare_file(file, overrides, trust)


def _resumed(
    ref: str, file: str | None, overrides: list[str], trust: list[str], output: Path | None
) -> Started:
    from sklpar.errors import UsageError
    from sklpar.session import resume

    if output is not None:
        raise UsageError("--resume goes on in the run's own folder", remedy="leave --output out")
    return resume(ref, file, overrides, trust)


@contextmanager
def ending_like_ctrl_c() -> Iterator[None]:
    """Let SIGTERM and SIGHUP (a cancelled CI job, a closed terminal) end the run as Ctrl-C does."""

    def interrupt(_signal: int, _frame: object) -> None:
        raise KeyboardInterrupt

    before = {
        number: signal.signal(number, interrupt) for number in (signal.SIGTERM, signal.SIGHUP)
    }
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)


def _print_plan(prepared: Prepared, *, json_: bool) -> None:
    from sklpar.cli.check import print_plan
    from sklpar.host.cpus import usable_cpus

    print_plan(
        prepared.spec, prepared.inspection, usable_cpus(os.environ), prepared.plan, json_=json_
    )


def _print(report: Report, folder: RunFolder, *, json_: bool) -> None:
    from sklpar.render import RENDERERS

    options = render_options(sys.stdout, folder=folder.path)
    write(RENDERERS["json" if json_ else "text"](report, options), None)


def _exit_code(report: Report) -> int:
    from sklpar.model import Estimate

    if report.status == "interrupted":
        return _INTERRUPTED
    if report.recommendation is not None:
        return 0
    measured = any(isinstance(row.measures["first_fit_s"], Estimate) for row in report.settings)
    return _INCONCLUSIVE if measured else _NOTHING_MEASURED
