"""Workers that have nothing left to do while the last tasks run.

Workers that come late in a first fit under processes are `pool_startup`'s: of such a fit only what
the number of tasks proves is told.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from sklpar.analysis.case import Case
from sklpar.analysis.evidence import Evidence
from sklpar.analysis.factors import asked_jobs, n_jobs_knob, uses_processes
from sklpar.analysis.rules.oversubscription import harmed
from sklpar.analysis.rules.pool_startup import before_first_task_s
from sklpar.analysis.thresholds import IDLE_S, IDLE_SHARE, IDLE_SHARE_HARM, WAVES_EXPLAIN
from sklpar.model import Finding, ParallelCall, SettingReport

RULE = "imbalance"


@dataclass(frozen=True, kw_only=True)
class _Call:
    """An outermost call that leaves CPUs idle at its end.

    `each` is its tasks at one time, `starting_s` what it waited for its workers.
    """

    call: ParallelCall
    each: int
    cpus: int
    starting_s: float

    @property
    def waves(self) -> int:
        """How often the workers have to go round."""
        return math.ceil(self.each / self.call.n_jobs)

    @property
    def last(self) -> int:
        """Tasks of the last wave."""
        return self.each - (self.waves - 1) * self.call.n_jobs

    @property
    def idle_s(self) -> float:
        """CPU-seconds without a task at the end; workers beyond the CPUs leave none idle."""
        n, busy = self.call.n_jobs, min(self.last, self.call.n_jobs)
        if n <= self.cpus or n == busy:
            return self.call.tail_idle_s
        return self.call.tail_idle_s * max(0, self.cpus - busy) / (n - busy)

    @property
    def expected_s(self) -> float:
        """CPU-seconds that waves of equal tasks leave idle."""
        cpus = min(self.call.n_jobs, self.cpus)
        # In units of a task alone on a CPU; a full wave of more workers than CPUs takes longer.
        wave, end = max(1.0, self.call.n_jobs / self.cpus), max(1.0, self.last / self.cpus)
        whole = (self.waves - 1) * wave + end
        share = max(0.0, 1 - self.each / (cpus * whole))
        return share * cpus * (self.call.wall_s - self.starting_s)


def imbalance(case: Case) -> Mapping[str, Sequence[Finding]]:
    """Tell of settings whose tasks do not share out evenly."""
    found_of = {row.id: _imbalance_of(case, row, found) for row, found in case.seen()}
    return {setting: [found] for setting, found in found_of.items() if found}


def _imbalance_of(case: Case, row: SettingReport, found: Evidence) -> Finding | None:
    work, cpus = found.typical, case.run.host.usable_cpus
    cold = uses_processes(found, row) and found.warm is None
    calls = [
        _Call(
            call=call,
            each=round(call.tasks / call.calls),
            cpus=cpus,
            starting_s=before_first_task_s(call, case.serial(row)) if cold else 0.0,
        )
        for call in work.outer
        if call.calls and call.tasks >= call.calls
    ]
    if not calls or not found.finished or asked_jobs(case, row) == 1 or harmed(case, row, found):
        return None
    worst = max(calls, key=lambda one: one.idle_s)
    used = min(worst.call.n_jobs, cpus)
    capacity_s = used * (work.wall_s - worst.starting_s)
    by_waves = _by_waves(worst, capacity_s)
    # Others' load makes one task of many late, and never changes how many there are.
    late_s = work.displaced_s + worst.starting_s  # a worker that started late ends late
    idle_s = worst.expected_s if by_waves else worst.idle_s - late_s * (used - 1)
    if idle_s < max(IDLE_S, IDLE_SHARE * capacity_s):
        return None
    share = min(1.0, idle_s / capacity_s)
    return Finding(
        rule=RULE,
        severity="warning" if share >= IDLE_SHARE_HARM else "info",
        evidence={
            "fit": found.kind,
            "idle_share": share,
            "cause": "waves" if by_waves else "uneven tasks",
            "tasks": worst.each,
            "workers": worst.call.n_jobs,
            "parallel_calls": worst.call.calls,
            "tail_idle_s": worst.call.tail_idle_s,
            "wall_s": work.wall_s,
            "outside_cpu_s": work.outside_cpu_s,
        },
        advice=_waves(case, worst) if by_waves else _uneven(case, worst),
    )


def _by_waves(one: _Call, capacity_s: float) -> bool:
    low, high = (one.expected_s * bound for bound in WAVES_EXPLAIN)
    return one.expected_s >= IDLE_SHARE * capacity_s and low <= one.idle_s <= high


def _waves(case: Case, one: _Call) -> str:
    """Name the n_jobs that divides the tasks, else the number of tasks that n_jobs divides."""
    n, knob, cpus = one.call.n_jobs, n_jobs_knob(case), one.cpus
    what = f"{one.each} task{'' if one.each == 1 else 's'} on {n} workers"
    if one.each < n:
        said = f"{what}: {n - one.each} never get any; {knob}: {one.each} does the same"
    else:
        said = f"{what} are {one.waves} waves, the last of {one.last}"
        fewer = math.ceil(one.each / one.waves)
        choices = [f"{knob}: {fewer} takes no longer"] if fewer < n else []
        if n < one.each <= cpus:
            choices.append(f"{knob}: {one.each} needs one wave")
        said += f"; {' and '.join(choices)}" if choices else ""
    return (
        f"{said}; a number of tasks (folds × candidates, say) that is a multiple of {min(n, cpus)} "
        "leaves no CPU idle, and so may what runs inside the tasks, given the idle ones"
    )


def _uneven(case: Case, one: _Call) -> str:
    fewer = f"a smaller {n_jobs_knob(case)} idles less"
    return (
        f"some of the {one.each} tasks take much longer than others, and the last keep one worker "
        f"busy while the rest wait: start the long ones first (candidates run in the order of the "
        f"grid), make more and smaller tasks, or accept that {fewer}"
    )
