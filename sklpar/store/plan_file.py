"""What `--resume` must know of a run beside its spec: ``plan.json``, written before any trial."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sklpar.model import SCHEMA_VERSION


@dataclass(frozen=True, kw_only=True)
class PlanFile:
    """The plan of a run, as it was when the run began.

    Attributes
    ----------
    seed : int
        Of the order of trials: with it the schedule is made again.
    spec_file, folder : str
        The spec as the user named it, and where its relative paths begin.
    overrides : tuple of str
        ``path=value`` of ``--set`` and of the flags that stand for one.
    defaults : mapping
        What ``[tool.sklpar]`` of pyproject.toml gave, as plain JSON values.
    settings : tuple of str
        Ids of the settings to measure, in the order of the plan.
    exhaustive : bool
        Every setting in every round.
    from_python : bool
        The estimator and the data came from a Python process, and went with it.
    """

    sklpar_version: str
    run_id: str
    name: str | None
    started_at: str
    seed: int
    spec_file: str
    folder: str
    overrides: tuple[str, ...] = ()
    defaults: Mapping[str, Any] = field(default_factory=dict)
    settings: tuple[str, ...] = ()
    exhaustive: bool = False
    from_python: bool = False
    schema_version: int = SCHEMA_VERSION
