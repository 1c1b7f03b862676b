"""Is a pinned setting still near the best, and still worth it: ratios within one job.

It is held against as-written, serial and a few rivals. Which these are is known without a
measurement: those of the spec's plan that differ from the pinned one in the fewest knobs.
"""

from __future__ import annotations

import math
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from sklpar.analysis.objective import LABELS, measure_of
from sklpar.analysis.samples import by_round, failures_of
from sklpar.analysis.statistics import MIN_FOR_INTERVAL
from sklpar.guard.decide import Comparison, decide, failed
from sklpar.guard.question import Question, measured_on, pairs, why_failed
from sklpar.model import (
    Check,
    GuardPolicy,
    Metric,
    NotGuarded,
    Plan,
    Run,
    Setting,
)
from sklpar.race.rounds import is_above_limit, is_sound, standing_of

_TOO_LARGE = "its peak memory is above limits.memory"
# Rivals beside as-written and serial.
MOST_RIVALS = 4
_METRICS: dict[str, Metric] = {
    "first_fit": "first_fit",
    "fit": "fit",
    "cpu": "cpu",
    "memory": "memory",
}


def plan_for(plan: Plan, pin: Setting) -> Plan:
    """Return the settings to measure for a pin: itself, as-written, serial and its rivals."""
    kept = [setting for setting in plan.settings if setting.kind != "swept"]
    if pin.kind == "swept":
        kept.append(pin)
    rivals = sorted(
        (one for one in plan.settings if one.kind == "swept" and one.id != pin.id),
        key=lambda one: _distance(one, pin),
    )
    return Plan(settings=(*kept, *rivals[:MOST_RIVALS]))


def _distance(setting: Setting, pin: Setting) -> tuple[int, float]:
    """Return in how many knobs a setting differs, and how far apart the numbers of jobs are."""
    knobs = (
        setting.backend != pin.backend,
        setting.n_jobs != pin.n_jobs,
        setting.inner_threads != pin.inner_threads,
        dict(setting.params) != dict(pin.params),
    )
    return sum(knobs), abs(math.log((setting.n_jobs or 1) / (pin.n_jobs or 1)))


@dataclass(frozen=True, kw_only=True)
class PinnedQuestion(Question):
    """Whether `pin` is within ``regret`` of the best and ``min_speedup`` faster than as-written."""

    pin: Setting
    policy: GuardPolicy
    takes_bounds: bool = True

    def participants(
        self, runs: Sequence[Run], round_: int, open_: Collection[str] | None
    ) -> list[Setting]:
        """Return the pin, as-written, serial, and the rivals that may still be the best."""
        wanted = None if open_ is None else {self.pin.id, *open_}
        out = set() if round_ == 1 else {*self._behind(runs[0]), *self._beaten(runs[0])}
        return [
            one
            for one in measured_on(runs, wanted)
            if one.id not in out or (open_ is not None and one.id in open_)
        ]

    def checks(self, runs: Sequence[Run], look: int) -> list[Check]:
        """Return one check for each rival, and one of the gain over as-written."""
        (run,) = runs
        goal = run.spec.objective.minimize
        metric, measure = _METRICS[goal], measure_of(goal, run.spec)
        why = why_failed(run, self.pin.id)
        if why is None and is_above_limit(run, self.pin.id):
            why = _TOO_LARGE
        if why is not None:
            return [failed(self.pin.id, metric, "as-written", 1 + self.policy.regret, why)]
        comparisons = [
            self._against(run, rival, metric, measure, 1 + self.policy.regret)
            for rival in self._rivals(run)
        ]
        gain = self._known_gain(run, measure)
        if gain is not None:
            return [*decide(comparisons, look), gain]
        return decide([*comparisons, self._gain(run, metric, measure)], look)

    def not_guarded(self, runs: Sequence[Run]) -> list[NotGuarded]:
        """Return the rivals that dropped out."""
        (run,) = runs
        out = {}
        for setting in run.plan.settings:
            why = why_failed(run, setting.id)
            if why is None and is_above_limit(run, setting.id):
                why = _TOO_LARGE
            if why is not None and setting.id not in {self.pin.id, "as-written"}:
                out[setting.id] = f"no rival: {why}"
        whys = {**self._behind(run), **out}
        return [NotGuarded(setting=name, why=why) for name, why in whys.items()]

    def _rivals(self, run: Run) -> list[str]:
        """Return who is still in the race; as-written only where it need not be beaten."""
        out = {self.pin.id, *self._behind(run)}
        if self.policy.min_speedup >= 1:
            out.add("as-written")
        return [
            setting.id
            for setting in run.plan.settings
            if setting.id not in out
            and why_failed(run, setting.id) is None
            and not is_above_limit(run, setting.id)
        ]

    def _beaten(self, run: Run) -> list[str]:
        """Return the references that need no further round before the first look.

        As-written may take a hundred times as long as the pin. Where three rounds show that the one
        is the worse and the other is not, more of them would only cost.
        """
        standing = standing_of(run, [one for one in run.plan.settings if is_sound(run, one.id)])
        if standing is None or self.pin.id not in standing.against:
            return []
        within = run.spec.objective.within
        if standing.against[self.pin.id].verdict(within) == "worse":
            return []
        return [
            name
            for name in ("as-written", "serial")
            if name != self.pin.id
            and (found := standing.against.get(name)) is not None
            and found.n >= MIN_FOR_INTERVAL
            and found.verdict(within) == "worse"
        ]

    def _behind(self, run: Run) -> dict[str, str]:
        """Return the rivals that are known to be worse than the best, and how much.

        That needs fewer rounds than a check does; who is not the best cannot make a pin regret.
        """
        sound = [one for one in run.plan.settings if is_sound(run, one.id)]
        standing = standing_of(run, sound)
        if standing is None:
            return {}
        kept = {self.pin.id, "as-written", "serial", standing.best}
        label = LABELS[measure_of(run.spec.objective.minimize, run.spec)]
        return {
            name: f"no rival: its {label} is {found.ratio:.3g} times that of {standing.best}, "
            f"by {found.n} round{'' if found.n == 1 else 's'}"
            for name, found in standing.against.items()
            if name not in kept and found.verdict(run.spec.objective.within) == "worse"
        }

    def _against(
        self, run: Run, rival: str, metric: Metric, measure: str, limit: float
    ) -> Comparison:
        both = pairs(by_round(run, self.pin.id, measure), by_round(run, rival, measure))
        return Comparison(
            setting=self.pin.id,
            metric=metric,
            against=rival,
            limit=limit,
            logs=[math.log(mine / other) for mine, other in both],
            now=[mine for mine, _ in both],
            before=[other for _, other in both],
        )

    def _gain(self, run: Run, metric: Metric, measure: str) -> Comparison:
        """Return the gain that is asked for over the gain that is there.

        Whether a gain is above or below just what is asked for may never be told: one that is
        within a tie of it passes, as it would for a recommendation.
        """
        found = self._against(run, "as-written", metric, measure, 1.0)
        wanted = self.policy.min_speedup
        return replace(
            found,
            metric="speedup",
            pool=metric,
            logs=[one + math.log(wanted) for one in found.logs],
            now=[math.exp(-one) for one in found.logs],
            before=[wanted],
            tolerance=run.spec.objective.within,
        )

    def _known_gain(self, run: Run, measure: str) -> Check | None:
        """Return the check of a gain that is not a ratio of trials; None where it is one."""
        wanted = self.policy.min_speedup
        check = Check(
            setting=self.pin.id,
            metric="speedup",
            against="as-written",
            ruling="equivalent",
            limit=1.0,
            before=wanted,
        )
        if self.pin.kind == "as-written":
            why = "the pinned setting is the job as it was written"
            return replace(
                check, now=1.0, ruling="equivalent" if wanted <= 1 else "regressed", reason=why
            )
        failures = failures_of(run, "as-written")
        if not failures:
            return None
        why = why_failed(run, "as-written") or ""
        ours = by_round(run, self.pin.id, measure)
        cut_off_s = [one.cut_off_s for one in failures if one.cut_off_s and not one.fits]
        if measure == "first_fit_s" and cut_off_s and ours:
            least = max(cut_off_s) / max(ours.values())
            if least >= wanted:
                return replace(check, now=least, reason=f"at least; as-written: {why}")
        return replace(check, ruling="failed", reason=f"as-written: {why}")
