"""Is a job slower than it was: a stored run document against what is measured now."""

from __future__ import annotations

import math
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from sklpar.analysis.analyse import analyse
from sklpar.analysis.noise.pace import Pace, mean_pace_s, pace_change
from sklpar.analysis.objective import measure_of
from sklpar.analysis.regression import trend
from sklpar.analysis.samples import by_round, samples_of, value
from sklpar.analysis.statistics import MIN_FOR_INTERVAL
from sklpar.guard.against import metrics_of, threads_of
from sklpar.guard.comparable import differences
from sklpar.guard.decide import Comparison, Machine, counted, decide, failed
from sklpar.guard.question import Question, measured_on, pairs, why_failed
from sklpar.guard.standard import REFERENCES, Standard
from sklpar.guard.stored import values_of, with_interval
from sklpar.model import (
    Check,
    Difference,
    Estimate,
    GuardPolicy,
    Metric,
    Noise,
    NotGuarded,
    Reading,
    Report,
    Run,
    Setting,
    SettingReport,
    Unavailable,
)

BASELINE = "baseline"
# A machine whose times change by more than this from the first round to the last is not steady.
_STEADY = 0.05


@dataclass(frozen=True, kw_only=True)
class BaselineQuestion(Question):
    """Whether any metric of any guarded setting is worse than in the baseline.

    `ratios_only` compares what holds on other machines: speedup, CPU inflation, memory, threads.
    """

    before: Report
    standard: Standard
    policy: GuardPolicy
    ratios_only: bool
    confirms: bool = True

    def participants(
        self,
        runs: Sequence[Run],
        round_: int,  # noqa: ARG002
        open_: Collection[str] | None,
    ) -> list[Setting]:
        """Return the guarded settings and their references."""
        if open_ is not None:
            open_ = {*open_, *REFERENCES}
        return measured_on(runs, open_)

    def objections(self, runs: Sequence[Run]) -> tuple[Difference, ...]:
        """Return how the data differ, which is known once they were loaded."""
        found = differences(self.before, analyse(runs[0]), ratios_only=self.ratios_only)
        return tuple(one for one in found if one.blocking)

    def checks(self, runs: Sequence[Run], look: int) -> list[Check]:
        """Return a check for each metric of each guarded setting."""
        (run,) = runs
        ruled: list[Check] = []
        comparisons: list[Comparison] = []
        machine = _machine(run, self.before.noise)
        for name in self.standard.guarded:
            why = why_failed(run, name)
            if why is not None:
                metric: Metric = "memory" if self.ratios_only else "first_fit"
                limit = 1 + (self.policy.threshold_of(name, metric) or 0.0)
                ruled.append(failed(name, metric, BASELINE, limit, why))
                continue
            seconds = [] if self.ratios_only else self._of_seconds(run, name, machine)
            ratios = self._inflation(run, name) if self.ratios_only else []
            comparisons += [*seconds, *self._memory(run, name), *ratios, *self._speedup(run, name)]
            ruled += self._threads(run, name)
        return [*_unless_as_written_improved(decide(comparisons, look)), *ruled]

    def not_guarded(self, runs: Sequence[Run]) -> list[NotGuarded]:
        """Return the rows and the metrics that are not compared."""
        (run,) = runs
        found = list(self.standard.not_guarded)
        for name in self.standard.guarded:
            for metric, why in self._missing(run, name).items():
                if self.policy.threshold_of(name, metric) is not None:
                    found.append(NotGuarded(setting=name, metric=metric, why=why))
        return found

    def _missing(self, run: Run, name: str) -> dict[Metric, str]:
        """Return the metrics that the baseline has no usable figure of, and why."""
        missing: dict[Metric, str] = {}
        for metric, measure in metrics_of(run).items():
            if self.ratios_only and metric != "memory":
                continue
            before = self._row(name).measures[measure]
            if isinstance(before, Unavailable):
                missing[metric] = f"not in the baseline: {before.unavailable}"
            elif self._stored(name, measure) is None:
                missing[metric] = "no value with an interval above 0 in the baseline"
        observed = self._row(name).observed
        if observed is None or observed.threads_peak is None:
            missing["threads"] = "not seen in the baseline"
        elif not threads_of(run, name):
            missing["threads"] = "not seen today: the fits are too short"
        ratios: list[tuple[Metric, str]] = [("speedup", "as-written")]
        ratios += [("cpu_inflation", "serial")] if self.ratios_only else []
        for metric, reference in ratios:
            if reference not in {name, *self.standard.references}:
                missing[metric] = f"{reference} was measured too rarely in the baseline"
        return missing

    def _row(self, name: str) -> SettingReport:
        row = self.before.row(name)
        assert row is not None  # noqa: S101  it is guarded because it is there
        return row

    def _stored(self, name: str, measure: str) -> Estimate | None:
        return with_interval(self.before.row(name), measure)

    def _values(self, name: str, measure: str) -> Mapping[int, float]:
        return values_of(self._row(name), measure)

    def _of_seconds(self, run: Run, name: str, machine: Machine) -> list[Comparison]:
        return [
            replace(one, machine=machine)
            for metric, measure in metrics_of(run).items()
            if metric != "memory" and (one := self._field(run, name, metric, measure)) is not None
        ]

    def _memory(self, run: Run, name: str) -> list[Comparison]:
        one = self._field(run, name, "memory", "peak_memory_bytes")
        return [] if one is None else [one]

    def _field(self, run: Run, name: str, metric: Metric, measure: str) -> Comparison | None:
        """Return a field of the document against itself; None where the baseline lacks it."""
        threshold, stored = self.policy.threshold_of(name, metric), self._stored(name, measure)
        if threshold is None or stored is None:
            return None
        methods = _methods(run, name, measure)
        before = stored.method.split(";")[0]
        comparable = methods <= {before}
        now = [value for value in by_round(run, name, measure).values() if value > 0]
        return Comparison(
            setting=name,
            metric=metric,
            against=BASELINE,
            limit=1 + threshold,
            logs=[math.log(value) for value in now] if comparable else [],
            **_then(list(self._values(name, measure).values()), (stored,)),
            now=now,
            before=[stored.median],
            reason="" if comparable else f"measured by {', '.join(methods)}, then by {before}",
        )

    def _speedup(self, run: Run, name: str) -> list[Comparison]:
        if name == "as-written":
            return []
        return self._ratio(run, name, "speedup", "first_fit_s", "as-written")

    def _inflation(self, run: Run, name: str) -> list[Comparison]:
        if name == "serial":
            return []
        measure = measure_of("cpu", run.spec)
        return self._ratio(run, name, "cpu_inflation", measure, "serial")

    def _ratio(
        self, run: Run, name: str, metric: Metric, measure: str, reference: str
    ) -> list[Comparison]:
        """Return a setting over its reference, within rounds, against the same in the baseline."""
        threshold = self.policy.threshold_of(name, metric)
        stored, under = self._stored(name, measure), self._stored(reference, measure)
        if threshold is None or stored is None or under is None:
            return []
        both = pairs(by_round(run, name, measure), by_round(run, reference, measure))
        ratios = [mine / other for mine, other in both]
        before = stored.median / under.median
        mine, other_ = self._values(name, measure), self._values(reference, measure)
        then = [a / b for a, b in pairs(mine, other_)]
        is_speedup = metric == "speedup"
        return [
            Comparison(
                setting=name,
                metric=metric,
                against=BASELINE,
                limit=1 + threshold,
                logs=[math.log(value) for value in ratios],
                **_then(then, (stored, under)),
                now=[1 / value if is_speedup else value for value in ratios],
                before=[1 / before if is_speedup else before],
            )
        ]

    def _threads(self, run: Run, name: str) -> list[Check]:
        threshold = self.policy.threshold_of(name, "threads")
        observed = self._row(name).observed
        peak = None if observed is None else observed.threads_peak
        now = threads_of(run, name)
        if threshold is None or peak is None or not now:
            return []
        return [counted(name, 1 + threshold, now, [float(peak)], BASELINE)]


def _then(values: Sequence[float], stored: tuple[Estimate, ...]) -> dict[str, Any]:
    """Return what was measured before as a comparison takes it: single values where they are."""
    if len(values) >= MIN_FOR_INTERVAL:
        return {"stored_logs": [math.log(value) for value in values]}
    return {"stored": stored}


def _machine(run: Run, then: Noise) -> Machine:
    """Return how the machine changed since then, by fixed work, and over this run, by its times.

    Ratios within a round hold while a machine slows down; what was measured on another day does not
    share its rounds.
    """
    paces: tuple[tuple[Pace, float | None], ...] = (
        ("pace_s", then.pace_s),
        ("interpreter_pace_s", then.interpreter_pace_s),
    )
    changes, why = [0.0], []
    for name, then_s in paces:
        change = pace_change(then_s, mean_pace_s(run, name))
        if change:
            changes.append(change)
            why.append(
                f"fixed work took {math.exp(change):.3g} times as long as when the baseline was "
                "measured"
            )
    rows = (by_round(run, setting.id, "first_fit_s") for setting in run.plan.settings)
    drift = trend({r: math.log(v) for r, v in row.items() if v > 0} for row in rows)
    if abs(drift) > math.log(1 + _STEADY):
        # What changes so much in minutes may have changed as much since the baseline was measured.
        changes += [drift - abs(drift), drift + abs(drift)]
        became = "slower" if drift > 0 else "faster"
        why.append(f"the machine became {math.expm1(abs(drift)):.0%} {became} while it measured")
    return Machine(faster=-min(changes), slower=max(changes), why="; ".join(why))


def _methods(run: Run, name: str, measure: str) -> set[str]:
    """Return how a measure was read in the trials of a setting: PSS and RSS are two things."""
    readings = (value(sample, measure) for sample in samples_of(run, name))
    return {one.method for one in readings if isinstance(one, Reading)}


def _unless_as_written_improved(checks: Sequence[Check]) -> list[Check]:
    """Let a speedup pass that is less because as-written became faster: nothing became worse."""
    firsts = {one.setting: one.ruling for one in checks if one.metric == "first_fit"}
    if firsts.get("as-written") != "improved":
        return list(checks)
    sound = {name for name, ruling in firsts.items() if ruling in {"equivalent", "improved"}}
    why = "as-written itself became faster"
    return [
        replace(one, ruling="equivalent", reason=why, rounds_needed=None)
        if one.metric == "speedup"
        and one.setting in sound
        and one.ruling in {"regressed", "inconclusive"}
        else one
        for one in checks
    ]
