"""From a run as it stands to its report: what `show`, `emit` and a CI job will read."""

from __future__ import annotations

from dataclasses import replace

from sklpar.analysis.answers import check_answers
from sklpar.analysis.case import Case, case_of
from sklpar.analysis.ladder import with_ladders
from sklpar.analysis.noise import noise
from sklpar.analysis.recommend import recommend
from sklpar.analysis.rows import row_of, skipped_row
from sklpar.analysis.rules import RULES
from sklpar.analysis.samples import confirms
from sklpar.analysis.scaling import scaling
from sklpar.analysis.scaling_law import with_laws
from sklpar.model import Cost, DataFacts, Finding, Report, Run, SettingReport


def analyse(run: Run) -> Report:
    """Conclude what can be concluded from the outcomes so far; never fails for want of them."""
    check = check_answers(run)
    rows = [row_of(run, setting, check) for setting in run.plan.settings]
    case = case_of(run, with_ladders(run, rows))
    rows = _with_findings(case)
    choice = recommend(run, rows)
    # An id is one row: n_jobs [2, all] asks twice for the same on two CPUs, and is measured.
    ids = {row.id for row in rows}
    skipped = {
        one.setting.id: skipped_row(one.setting, one.reason)
        for one in run.plan.skipped
        if one.setting.id not in ids
    }
    data, data_unavailable = _data(run)
    return Report(
        sklpar_version=run.sklpar_version,
        run_id=run.run_id,
        name=run.spec.name,
        started_at=run.started_at,
        finished_at=run.finished_at,
        status=run.status,
        spec=run.spec.document,
        seed=run.seed,
        host=run.host,
        settings=(*rows, *skipped.values()),
        recommendation=choice.recommendation,
        recommendation_unavailable=choice.unavailable,
        scaling=with_laws(run, scaling(rows, run.plan.skipped)),
        noise=noise(case, check),
        cost=_cost(run),
        data=data,
        data_unavailable=data_unavailable,
        memory_limit_bytes=run.spec.memory_limit_bytes,
    )


def _with_findings(case: Case) -> list[SettingReport]:
    findings: dict[str, list[Finding]] = {}
    for rule in RULES.values():
        for setting, found in rule(case).items():
            findings.setdefault(setting, []).extend(found)
    return [replace(row, findings=tuple(findings.get(row.id, ()))) for row in case.rows]


def _data(run: Run) -> tuple[DataFacts | None, str | None]:
    """Return what all trials say of their data, or why there is nothing that holds for all."""
    told = {outcome.data for outcome in run.outcomes if outcome.data is not None}
    shapes = {facts.shape for facts in told}
    if not told:
        return None, "no trial had an X that is an array, a data frame, a sparse matrix or a list"
    if len(shapes) > 1:
        return None, "X was not of the same shape in every trial"
    # Made anew by each trial without a seed, they have nothing to be known by but their shape.
    return (told.pop() if len(told) == 1 else DataFacts(shape=shapes.pop(), digest=None)), None


def _cost(run: Run) -> Cost:
    """Estimate the exhaustive cost from each setting's mean trial; null until each has one.

    A trial that was stopped counts with what it had taken: the estimate is then a lower bound.
    """
    times: dict[str, list[float]] = {}
    for outcome in run.outcomes:
        if outcome.round > 0 and not confirms(run, outcome):
            times.setdefault(outcome.setting, []).append(outcome.trial_s)
    every = all(setting.id in times for setting in run.plan.settings)
    rounds = run.spec.measure.rounds
    total = sum(sum(values) / len(values) * rounds for values in times.values())
    return Cost(
        trials=len(run.outcomes),
        wall_s=sum(outcome.trial_s for outcome in run.outcomes),
        exhaustive_estimate_s=total if every else None,
    )
