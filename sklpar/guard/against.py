"""Is this environment slower than another one: the same settings in both, side by side."""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass

from sklpar.analysis.objective import measure_of
from sklpar.analysis.samples import by_round, outcomes_of
from sklpar.guard.decide import Comparison, counted, decide, failed
from sklpar.guard.question import Question, measured_on, pairs, why_failed
from sklpar.model import Check, Difference, GuardPolicy, Metric, Plan, Run, Setting

OTHER = "other"


def plan_for(plan: Plan, policy: GuardPolicy) -> Plan:
    """Return as-written, serial, and the settings that the policy names.

    Serial opens every run, and its answer is the right one: it is there even if it is ignored.
    """
    named = set(policy.named_settings)
    return Plan(
        settings=tuple(
            one
            for one in plan.settings
            if one.kind == "serial"
            or ((one.kind != "swept" or one.id in named) and not policy.ignores(one.id))
        )
    )


@dataclass(frozen=True, kw_only=True)
class AgainstQuestion(Question):
    """Whether any metric of any setting is worse here than in the other environment."""

    policy: GuardPolicy

    def participants(
        self,
        runs: Sequence[Run],
        round_: int,  # noqa: ARG002
        open_: Collection[str] | None,
    ) -> list[Setting]:
        """Return those that run in both environments."""
        return measured_on(runs, open_)

    def objections(self, runs: Sequence[Run]) -> tuple[Difference, ...]:
        """Return that the data differ: both load them themselves."""
        here, other = (next((o.data for o in run.outcomes if o.data), None) for run in runs)
        if here is None or other is None or here == other:
            return ()
        return (Difference(field="data", before=str(other), now=str(here), blocking=True),)

    def checks(self, runs: Sequence[Run], look: int) -> list[Check]:
        """Return a check for each metric of each setting that ran in both."""
        here, other = runs
        ruled: list[Check] = []
        comparisons: list[Comparison] = []
        for setting in here.plan.settings:
            if self.policy.ignores(setting.id):
                continue
            why = why_failed(here, setting.id)
            there = why_failed(other, setting.id)
            if why or there:
                limit = 1 + (self.policy.threshold_of(setting.id, "first_fit") or 0.0)
                why = why or f"in the other environment: {there}"
                ruled.append(failed(setting.id, "first_fit", OTHER, limit, why))
                continue
            comparisons += self._of(here, other, setting.id)
            ruled += self._threads(here, other, setting.id)
        return [*decide(comparisons, look), *ruled]

    def _of(self, here: Run, other: Run, setting: str) -> list[Comparison]:
        found = []
        for metric, measure in metrics_of(here).items():
            threshold = self.policy.threshold_of(setting, metric)
            if threshold is None:
                continue
            both = pairs(by_round(here, setting, measure), by_round(other, setting, measure))
            found.append(
                Comparison(
                    setting=setting,
                    metric=metric,
                    against=OTHER,
                    limit=1 + threshold,
                    logs=[math.log(mine / there) for mine, there in both],
                    now=[mine for mine, _ in both],
                    before=[there for _, there in both],
                )
            )
        return found

    def _threads(self, here: Run, other: Run, setting: str) -> list[Check]:
        threshold = self.policy.threshold_of(setting, "threads")
        ours, theirs = threads_of(here, setting), threads_of(other, setting)
        if threshold is None or not theirs or not ours:
            return []
        return [counted(setting, 1 + threshold, ours, theirs, OTHER)]


def metrics_of(run: Run) -> dict[Metric, str]:
    """Return the metrics of seconds and bytes, each with the document's field that it is of."""
    warm: dict[Metric, str] = {"fit": "fit_s"} if run.spec.measure.repeats else {}
    return {
        "first_fit": "first_fit_s",
        **warm,
        "cpu": measure_of("cpu", run.spec),
        "memory": "peak_memory_bytes",
    }


def threads_of(run: Run, setting: str) -> list[float]:
    """Return the most threads seen in each trial."""
    seen = (one.observed for one in outcomes_of(run, setting))
    return [float(one.threads_peak) for one in seen if one and one.threads_peak is not None]
