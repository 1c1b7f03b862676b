"""What a run begins with: a job that was looked at, a plan, and a folder, new or taken up again."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from sklpar import __version__
from sklpar.errors import UsageError
from sklpar.host.fingerprint import describe_host
from sklpar.host.interpreter import Interpreter
from sklpar.model import Host, Inspection, Plan, Run, Spec
from sklpar.race.plan import make_plan
from sklpar.spec import load_spec
from sklpar.spec.checking import inspect_spec
from sklpar.spec.loader import parse_spec
from sklpar.spec.pyproject import read_defaults
from sklpar.store.folder import RunFolder, new_run_id
from sklpar.store.plan_file import PlanFile

# What may be changed on the way: how long it may take, not what is measured.
_CHANGEABLE = ("measure.budget=", "measure.timeout=")


@dataclass(frozen=True, kw_only=True)
class Prepared:
    """Everything that is known before the first trial."""

    spec: Spec
    trust: tuple[str, ...]
    defaults: Mapping[str, Any]
    inspection: Inspection
    host: Host
    plan: Plan


@dataclass(frozen=True, kw_only=True)
class Started:
    """A run with a folder: new, or gone on with."""

    prepared: Prepared
    run: Run
    folder: RunFolder


def prepare_file(file: str, overrides: Sequence[str], trust: Sequence[str]) -> Prepared:
    """Read a spec, with the defaults of the pyproject.toml beside it, and prepare it.

    Parameters
    ----------
    file : str
        The spec; ``-`` is standard input.
    """
    defaults = read_defaults(Path.cwd() if file == "-" else Path(file).absolute().parent)
    spec = load_spec(file, overrides=overrides, defaults=defaults.values)
    return prepare(spec, trust=(*defaults.trust, *trust), defaults=defaults.values)


def prepare(
    spec: Spec,
    *,
    trust: Sequence[str],
    defaults: Mapping[str, Any],
    interpreter: Interpreter | None = None,
    environ: Mapping[str, str] | None = None,
) -> Prepared:
    """Look at the job and the machine, and plan the settings. No fit is run.

    Parameters
    ----------
    interpreter : Interpreter, optional
        The Python whose libraries the job is looked at under; None is the one that runs this. The
        versions and thread pools of the host are then that one's.
    environ : mapping, optional
        What the caller's environment is taken to be; None is that of this process.
    """
    inspection = inspect_spec(spec, trust, interpreter=interpreter)
    other = {"python": interpreter.version} if interpreter else {}
    given = os.environ if environ is None else environ
    host = describe_host(given, {**inspection.versions, **other}, inspection.pools)
    plan = make_plan(spec, inspection, host.usable_cpus)
    return Prepared(
        spec=spec,
        trust=tuple(trust),
        defaults=defaults,
        inspection=inspection,
        host=host,
        plan=plan,
    )


def start(
    prepared: Prepared,
    overrides: Sequence[str],
    output: Path | None = None,
    *,
    shelf: str = "runs",
    run_id: str | None = None,
    from_python: bool = False,
) -> Started:
    """Make the folder of a new run and write into it all that going on with it later needs.

    Parameters
    ----------
    output : Path, optional
        The folder; unless given it is made on `shelf` and named by the run's id.
    run_id : str, optional
        A new one unless given.
    from_python : bool
        The job is of a Python process, so that there is no file to name and no going on later.
    """
    run_id = run_id or new_run_id()
    folder = RunFolder.create(output, run_id=run_id, shelf=shelf)
    spec, plan = prepared.spec, prepared.plan
    seed = random.SystemRandom().randrange(2**32)
    stored = PlanFile(
        sklpar_version=__version__,
        run_id=run_id,
        name=spec.name,
        started_at=datetime.now(UTC).isoformat(timespec="seconds"),
        seed=seed,
        spec_file=spec.file if spec.file == "-" or from_python else str(Path(spec.file).absolute()),
        folder=spec.folder,
        overrides=tuple(overrides),
        defaults=prepared.defaults,
        settings=tuple(setting.id for setting in plan.settings),
        exhaustive=spec.measure.exhaustive,
        from_python=from_python,
    )
    folder.write_spec(spec.text)
    folder.write_plan(stored)
    return Started(prepared=prepared, run=_run_of(prepared, stored), folder=folder)


def _run_of(prepared: Prepared, stored: PlanFile) -> Run:
    return empty_run(prepared, run_id=stored.run_id, seed=stored.seed, started_at=stored.started_at)


def empty_run(prepared: Prepared, *, run_id: str = "", seed: int = 0, started_at: str = "") -> Run:
    """Return a run in which nothing has been measured yet."""
    return Run(
        run_id=run_id,
        sklpar_version=__version__,
        seed=seed,
        started_at=started_at,
        spec=prepared.spec,
        host=prepared.host,
        plan=prepared.plan,
        inspection=prepared.inspection,
    )


def resume(ref: str, file: str | None, overrides: Sequence[str], trust: Sequence[str]) -> Started:
    """Take up a stored run.

    Parameters
    ----------
    ref : str
        Run folder, run id, or the beginning of one.
    file : str or None
        The spec, if the user named it again: it must be the stored one.
    overrides : sequence of str
        ``path=value``; a new budget or timeout.
    trust : sequence of str
        Packages trusted now: a stored run grants nothing by itself.

    Raises
    ------
    UsageError
        If something else than the stored run is asked for, or the machine would measure other
        settings today.
    """
    folder = RunFolder.find(ref)
    stored = folder.read_plan()
    if stored.from_python:
        raise UsageError(
            f"run {stored.run_id} was started from Python, and its estimator and its data went "
            "with that process",
            remedy=f"call sklpar.tune again; for what was measured: sklpar show {folder.path}",
        )
    for override in overrides:
        if not override.startswith(_CHANGEABLE):
            raise UsageError(
                f"a run goes on as it was planned: {override} cannot be changed",
                remedy="with --resume only --budget and --timeout may be given; or start a new run",
            )
    text = folder.read_spec()
    if file is not None and Path(file).read_bytes() != text.encode():
        raise UsageError(
            f"{file} is not the spec that run {stored.run_id} was started with",
            remedy=f"leave it out to go on with {folder.path / 'spec.yaml'}, or start a new run",
        )
    spec = parse_spec(
        text,
        file=stored.spec_file,
        overrides=[*stored.overrides, *overrides],
        defaults=stored.defaults,
    )
    prepared = prepare(
        replace(spec, folder=stored.folder),
        trust=(*read_defaults(stored.folder).trust, *trust),
        defaults=stored.defaults,
    )
    run = _run_of(prepared, stored)
    _refuse_another_plan(stored, tuple(setting.id for setting in run.plan.settings))
    return Started(prepared=prepared, run=run, folder=folder)


def _refuse_another_plan(stored: PlanFile, settings: tuple[str, ...]) -> None:
    if settings != stored.settings:
        raise UsageError(
            f"run {stored.run_id} was planned for {len(stored.settings)} settings, "
            f"and this machine would now measure {len(settings)} or others",
            remedy="the usable CPUs, the environment or scikit-learn have changed: start a new run",
        )
