"""What a rule says of a run that was built by hand."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

from sklpar.analysis.analyse import analyse
from sklpar.model import (
    DataSpec,
    Finding,
    Layer,
    Observed,
    Outcome,
    Part,
    Pool,
    Run,
    Setting,
)
from sklpar.render.numbers import evidence
from sklpar.render.plain import shorten
from tests.unit.builders import make_run

OPENMP = Pool(user_api="openmp", internal_api="openmp", num_threads=2)
PROCESSES = Observed(processes=3, workers=2, runnable_peak=2, caps="verified")
THREADS = Observed(processes=1, workers=2, runnable_peak=2, caps="verified")
SEARCH = Layer(
    place="",
    owner="GridSearchCV",
    kind="joblib",
    depth=0,
    parameter="n_jobs",
    evidence="sklearn.model_selection._search.BaseSearchCV.fit: Parallel()",
)
VOTING = replace(SEARCH, owner="VotingClassifier", evidence="sklearn.ensemble._voting: Parallel()")


def layer(kind: Any, owner: str = "KMeans", place: str = "estimator", **changes: Any) -> Layer:
    """A layer inside the workers of a search."""
    return replace(Layer(place=place, owner=owner, kind=kind, depth=1), **changes)


def job(
    settings: Sequence[Setting],
    outcomes: Sequence[Outcome],
    *,
    layers: Sequence[Layer] = (),
    parts: Sequence[Part] = (),
    data: dict[str, Any] | None = None,
    host: dict[str, Any] | None = None,
    inspection: dict[str, Any] | None = None,
    **changes: Any,
) -> Run:
    """A run whose job and machine are told by what the rules ask for."""
    if data is not None:
        changes["data"] = DataSpec(source="path", options=data)
    run = make_run(settings, outcomes, **changes)
    return replace(
        run,
        host=replace(run.host, **{"environment": {}, **(host or {})}),
        inspection=replace(
            run.inspection, layers=tuple(layers), parts=tuple(parts), **(inspection or {})
        ),
    )


def said(rule: str, run: Run) -> dict[str, Finding]:
    """The finding of a rule by setting; there is one at most, and none is cut when shown."""
    found: dict[str, Finding] = {}
    for row in analyse(run).settings:
        own = [finding for finding in row.findings if finding.rule == rule]
        assert len(own) <= 1
        for finding in own:
            shown = evidence(finding.evidence)
            text = f"{finding.advice}. Seen in as-written: {shown}."
            assert shorten(text) == text
            found[row.id] = finding
    return found


def severities(rule: str, run: Run) -> dict[str, str]:
    """How severe a rule's finding is, by setting."""
    return {setting: finding.severity for setting, finding in said(rule, run).items()}
