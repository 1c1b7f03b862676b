"""Going on with a run that was stopped: the same spec, plan and order, what is missing measured."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sklpar.errors import UsageError
from sklpar.pipeline import Started, prepare, run_of
from sklpar.spec.loader import parse_spec
from sklpar.spec.pyproject import read_defaults
from sklpar.store.folder import RunFolder
from sklpar.store.plan_file import PlanFile

# What may be changed on the way: how long it may take, not what is measured.
_CHANGEABLE = ("measure.budget=", "measure.timeout=")


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
    for override in overrides:
        if not override.startswith(_CHANGEABLE):
            raise UsageError(
                f"a run goes on as it was planned: {override} cannot be changed",
                remedy="with --resume only --budget and --timeout may be given; or start a new run",
            )
    folder = RunFolder.find(ref)
    stored = folder.read_plan()
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
    run = run_of(prepared, stored)
    _refuse_another_plan(stored, tuple(setting.id for setting in run.plan.settings))
    return Started(prepared=prepared, run=run, folder=folder)


def _refuse_another_plan(stored: PlanFile, settings: tuple[str, ...]) -> None:
    if settings != stored.settings:
        raise UsageError(
            f"run {stored.run_id} was planned for {len(stored.settings)} settings, "
            f"and this machine would now measure {len(settings)} or others",
            remedy="the usable CPUs, the environment or scikit-learn have changed: start a new run",
        )
