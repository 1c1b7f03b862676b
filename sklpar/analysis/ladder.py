"""Where the CPU-seconds of each setting's fit went: useful work, and what became of the rest."""

from __future__ import annotations

import math
import statistics
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from typing import Literal, get_args

from sklpar.analysis.losses import Losses, losses_of, process_calls, reading
from sklpar.analysis.products import counted, product_of
from sklpar.analysis.samples import samples_of
from sklpar.analysis.work import work_of
from sklpar.model import Estimate, Fit, Ladder, Run, Rung, RungPart, SettingReport

# A trial's fits of one kind, of every counted trial.
_Trials = Sequence[Sequence[Fit]]
_Which = Literal["first", "warm"]
# Of a shorter fit, starting and reading the clocks is a part, and others' CPU is counted in
# hundredths of a second.
_MIN_WALL_S = 0.02
# A job that sleeps or reads has no work to divide by.
_MIN_CPU_S = 0.001


class _UnavailableError(Exception):
    """There is no ladder; the message says why."""


@dataclass(frozen=True, kw_only=True)
class Cold:
    """What starting up added to a first fit: CPUs kept, in CPU-seconds, and CPU spent."""

    capacity_s: float = 0.0
    cpu_s: float = 0.0


def with_ladders(run: Run, rows: Sequence[SettingReport]) -> list[SettingReport]:
    """Return the rows, each with its ladder or why it has none."""
    which: _Which = "first"
    if run.spec.objective.minimize != "first_fit" and run.spec.measure.repeats:
        which = "warm"
    serial = next((row for row in rows if row.id == "serial"), None)
    return [_with_ladder(run, row, serial, which) for row in rows]


def _with_ladder(
    run: Run, row: SettingReport, serial: SettingReport | None, which: _Which
) -> SettingReport:
    try:
        return replace(row, ladder=_ladder(run, row, serial, which), ladder_unavailable=None)
    except _UnavailableError as why:
        return replace(row, ladder=None, ladder_unavailable=str(why))


def _ladder(run: Run, row: SettingReport, serial: SettingReport | None, which: _Which) -> Ladder:
    own = _fits_of(run, row, which)
    if work_of(run, row):
        raise _UnavailableError("its params change the work, so it cannot be held against serial")
    alone = _reference(run, serial, which)
    cpus = _cpus(run, row, own)
    return ladder_of(
        which,
        cpus,
        wall_s=own.wall_s,
        cpu_s=own.cpu_s,
        serial_wall_s=alone.wall_s,
        serial_cpu_s=alone.cpu_s,
        losses=_typical(own.trials, cpus),
        cold=_cold(own, alone, cpus),
    )


def _cpus(run: Run, row: SettingReport, own: _Fits) -> int:
    """Return how many CPUs a setting could use: those that it asks for, or those that it did use.

    As-written may use all. What a job of unknown layers asks for shows in its n_jobs at least.
    """
    usable = run.host.usable_cpus
    if row.id == "as-written":
        return usable
    setting = next(one for one in run.plan.settings if one.id == row.id)
    asked = product_of(setting, run.inspection, usable, run.host.environment).total
    jobs = 1 if setting.backend == "sequential" else counted(setting.n_jobs, usable)
    busy = math.ceil(own.cpu_s / own.wall_s - 0.1)
    return min(usable, max(1, asked, jobs, busy))


@dataclass(frozen=True, kw_only=True)
class _Fits:
    """The fits of a setting: those that its ladder is of, and all, by kind."""

    which: _Which
    wall_s: float
    cpu_s: float
    first: _Trials
    warm: _Trials

    @property
    def trials(self) -> _Trials:
        return self.first if self.which == "first" else self.warm


def _fits_of(run: Run, row: SettingReport, which: _Which) -> _Fits:
    measured = row.measures["first_fit_s" if which == "first" else "fit_s"]
    if not isinstance(measured, Estimate):
        raise _UnavailableError(measured.unavailable)
    samples = samples_of(run, row.id)
    first: _Trials = [sample.fits[:1] for sample in samples]
    warm: _Trials = [sample.fits[1:] for sample in samples]
    trials = first if which == "first" else warm
    wall, cpu = _wall(trials), _cpu(trials)
    if wall is None or cpu is None:
        raise _UnavailableError("the CPU time of the fit was not measured")
    if wall < _MIN_WALL_S:
        raise _UnavailableError(f"the fit took {wall:.3g} s, which is too short to be taken apart")
    if cpu < _MIN_CPU_S:
        raise _UnavailableError("the fit used next to no CPU")
    return _Fits(which=which, wall_s=wall, cpu_s=cpu, first=first, warm=warm)


def _reference(run: Run, row: SettingReport | None, which: _Which) -> _Fits:
    if row is None:
        raise _UnavailableError("serial, which it would be held against, was not measured")
    try:
        return _fits_of(run, row, which)
    except _UnavailableError as why:
        raise _UnavailableError(f"serial, which it would be held against: {why}") from None


def _median(trials: _Trials, read: Callable[[Fit], float | None]) -> float | None:
    """Return the median over trials of the median over each trial's fits."""
    known = [[value for fit in fits if (value := read(fit)) is not None] for fits in trials]
    values = [statistics.median(values) for values in known if values]
    return statistics.median(values) if values else None


def _wall(trials: _Trials) -> float | None:
    return _median(trials, lambda fit: reading(fit, "wall_s"))


def _cpu(trials: _Trials) -> float | None:
    return _median(trials, lambda fit: reading(fit, "cpu_s"))


def _typical(trials: _Trials, cpus: int) -> Losses:
    found = [[losses_of(fit, cpus) for fit in fits] for fits in trials if fits]

    def median(read: Callable[[Losses], float]) -> float:
        return statistics.median(statistics.median(map(read, losses)) for losses in found)

    return Losses(
        waiting_s=median(lambda losses: losses.waiting_s),
        imbalance_s=median(lambda losses: losses.imbalance_s),
        serial_s=median(lambda losses: losses.serial_s),
        blocked_s=median(lambda losses: losses.blocked_s),
        queued_s=median(lambda losses: losses.queued_s),
    )


def _cold(own: _Fits, alone: _Fits, cpus: int) -> Cold:
    """Return what a first fit took beyond a warm one, less the same of serial.

    Any process imports and initialises lazily in its first fit: what is left is of the workers.
    """
    if own.which != "first":
        return Cold()
    warm = _wall(own.warm), _cpu(own.warm)
    serial_warm = _wall(alone.warm), _cpu(alone.warm)
    if warm[0] is None or warm[1] is None:
        return _cold_by_first_task(own, alone, cpus)
    if serial_warm[0] is None or serial_warm[1] is None:
        return Cold()
    wall = (own.wall_s - warm[0]) - max(0.0, alone.wall_s - serial_warm[0])
    cpu = (own.cpu_s - warm[1]) - max(0.0, alone.cpu_s - serial_warm[1])
    return Cold(capacity_s=max(0.0, wall) * cpus, cpu_s=max(0.0, cpu))


def _cold_by_first_task(own: _Fits, alone: _Fits, cpus: int) -> Cold:
    """Return, where there is no warm fit, how much later the first task ended than one takes.

    CPU beyond serial's may have been spent meanwhile or later: all of it is taken off, so this is
    rather too little than too much.
    """

    def late(fit: Fit) -> float:
        calls = process_calls(fit)
        tasks = sum(call.tasks for call in calls)
        if not tasks:
            return 0.0
        cpu = sum(fit.worker_cpu_s) or alone.cpu_s
        task_s = min(cpu, alone.cpu_s) / tasks
        return sum(max(0.0, call.first_done_s - task_s * call.calls) for call in calls)

    found = _median(own.first, late) or 0.0
    inflation = max(0.0, own.cpu_s - alone.cpu_s)
    return Cold(capacity_s=max(0.0, found * cpus - inflation))


def ladder_of(
    which: _Which,
    cpus: int,
    *,
    wall_s: float,
    cpu_s: float,
    serial_wall_s: float,
    serial_cpu_s: float,
    losses: Losses,
    cold: Cold,
) -> Ladder:
    """Return the ladder of one fit, whose rungs add up to `cpus` times `wall_s`.

    Parameters
    ----------
    cpus : int
        CPUs that the setting could use, 1 or more.
    wall_s, cpu_s, serial_wall_s, serial_cpu_s : float
        Of the fit, and of the same under serial; all above 0.
    losses : Losses
        What kept CPUs idle.
    cold : Cold
        What starting up added.
    """
    whole = cpus * wall_s
    parts = _parts(whole, cpu_s, serial_cpu_s, losses, cold)
    return Ladder(
        fit=which,
        cpus=cpus,
        wall_s=wall_s,
        whole_s=whole,
        efficiency=serial_wall_s / whole,
        serial_busy=serial_wall_s / serial_cpu_s,
        work_ratio=serial_cpu_s / cpu_s,
        utilisation=cpu_s / whole,
        rungs=tuple(
            Rung(part=part, cpu_s=parts[part], share=min(1.0, parts[part] / whole))
            for part in get_args(RungPart)
        ),
    )


def _parts(
    whole: float, cpu_s: float, serial_cpu_s: float, losses: Losses, cold: Cold
) -> dict[RungPart, float]:
    """Share out the whole, none below 0.

    Where the causes claim more than was idle, those that are known best go first. A clock that
    reads more CPU than the CPUs could give leaves nothing idle; useful work and inflation are then
    scaled down alike, so that the parts still add up.
    """
    scale = min(1.0, whole / cpu_s)
    useful = min(serial_cpu_s, cpu_s) * scale
    inflation = max(0.0, cpu_s - serial_cpu_s) * scale
    idle = max(0.0, whole - useful - inflation)
    parts: dict[RungPart, float] = {}

    def take(part: RungPart, claim: float) -> None:
        left = max(0.0, idle - sum(parts.values()))
        parts[part] = min(max(0.0, claim), left)

    take("waiting", losses.waiting_s)
    take("start_up", cold.capacity_s - cold.cpu_s)
    take("imbalance", losses.imbalance_s)
    take("serial", losses.serial_s)
    # While workers start, the fit waits for them as well.
    take("blocked", losses.blocked_s - parts["start_up"])
    # Of the queue behind own threads only what no better known cause left over: most of it passes
    # while every CPU works.
    parts["waiting"] += min(losses.queued_s, max(0.0, idle - sum(parts.values())))
    take("unexplained", idle)
    starting = min(cold.cpu_s, inflation)
    return {
        **parts,
        "useful": useful,
        "inflation": inflation - starting,
        "start_up": parts["start_up"] + starting,
    }
