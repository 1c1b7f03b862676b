"""What a rule finds in a run that was made up, without all the rest of an analysis."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, TypeAlias

from sklpar.analysis.answers import check_answers
from sklpar.analysis.case import Case, case_of
from sklpar.analysis.rows import row_of
from sklpar.analysis.rules import RULES
from sklpar.model import Finding, Fit, Inspection, Outcome, Run, Setting
from tests.unit.builders import SERIAL, make_run, make_sample

# Each setting with the fits of one trial of it.
Trials: TypeAlias = Sequence[tuple[Setting, Sequence[Fit]]]


def case(
    trials: Trials,
    *,
    usable_cpus: int = 2,
    inspection: Mapping[str, Any] | None = None,
    outcomes: Sequence[Outcome] = (),
    **sample: Any,
) -> Case:
    """Three equal trials of these fits for each setting; `sample` changes all but serial's."""
    made = [
        make_sample(setting, number, *fits, **(sample if setting != SERIAL else {}))
        for number in (1, 2, 3)
        for setting, fits in trials
    ]
    swept = [setting for setting, _ in trials if setting.kind == "swept"]
    run: Run = make_run(swept, [*made, *outcomes])
    run = replace(
        run,
        host=replace(run.host, usable_cpus=usable_cpus),
        inspection=Inspection(
            **{"label": "GridSearchCV(SVC)", "n_jobs_paths": ("n_jobs",), **(inspection or {})}
        ),
    )
    return case_of(run, [row_of(run, s, check_answers(run)) for s in run.plan.settings])


def found(rule: str, of: Case, setting: Setting) -> Finding | None:
    """Return the rule's finding on a setting, or None."""
    findings = RULES[rule](of).get(setting.id, ())
    assert len(findings) < 2
    return next(iter(findings), None)
