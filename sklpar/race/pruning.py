"""Settings that need no measuring: what is known of each without a fit.

A rule is a function that looks at the live settings and says which of them another one stands
for. The rules run in the order of `RULES`, each on what the one before has left. As-written and
serial stand for others and are never dropped.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, TypeAlias

from sklpar.host.threads import THREAD_VARIABLES
from sklpar.model import Caps, Inspection, Setting, Skipped, Sweep

_AS_WRITTEN, _SERIAL = "as-written", "serial"
# Up to twice the CPUs may still pay (a worker waits for memory or for a file); beyond it does not.
_CROWD = 2


@dataclass(frozen=True, kw_only=True)
class Known:
    """What the rules go by.

    Attributes
    ----------
    sweep : Sweep
        The axes that the user asked for.
    usable_cpus : int
        CPUs that the process may really use.
    environ : mapping
        The environment that as-written inherits.
    """

    sweep: Sweep
    inspection: Inspection
    usable_cpus: int
    environ: Mapping[str, str]


@dataclass(frozen=True, kw_only=True)
class Drop:
    """A setting that is left out: why, which one stands for it, and how (``{id}`` names it).

    `same` tells whether both do the very same work, so that one's times are the other's.
    """

    setting: Setting
    instead: Setting
    why: str
    how: str
    same: bool


Rule: TypeAlias = Callable[[Sequence[Setting], Known], Iterator[Drop]]


def prune(settings: Sequence[Setting], known: Known) -> tuple[list[Setting], list[Skipped]]:
    """Return the settings to measure, and the rest of `settings` each with its reason.

    What stands for another is always among the first; it may be one that no axis named, such as
    9 jobs where 16 have only 9 tasks.
    """
    live = {setting.id: setting for setting in settings}
    drops: dict[str, Drop] = {}
    for rule in RULES:
        found = {drop.setting.id: drop for drop in rule(tuple(live.values()), known)}
        drops.update(found)
        live = _without(live, found)
    skipped = [_skipped(setting, drops) for setting in settings if setting.id in drops]
    return list(live.values()), skipped


def _without(live: Mapping[str, Setting], found: Mapping[str, Drop]) -> dict[str, Setting]:
    """Return the live ones less those dropped; one that is new takes the place of the first."""
    left: dict[str, Setting] = {}
    for setting in live.values():
        drop = found.get(setting.id)
        if drop is None:
            left[setting.id] = setting
        elif drop.instead.id not in live:
            left.setdefault(drop.instead.id, drop.instead)
    return left


def _skipped(setting: Setting, drops: Mapping[str, Drop]) -> Skipped:
    """Go from a setting that is left out down to the one that is measured in its place."""
    path, name = [], setting.id
    while name in drops:
        path.append(drops[name])
        name = path[-1].instead.id
    whys = ", ".join(drop.why for drop in path)
    return Skipped(
        setting=setting,
        reason=f"{whys}: {path[-1].how.format(id=name)}",
        same_as=name if all(drop.same for drop in path) else None,
    )


def more_jobs_than_tasks(settings: Sequence[Setting], known: Known) -> Iterator[Drop]:
    """Workers without a task are started all the same, and do nothing."""
    tasks = _tasks(known)
    for setting in settings:
        if _is_swept(setting) and tasks and (setting.n_jobs or 1) > tasks:
            yield Drop(
                setting=setting,
                instead=replace(setting, n_jobs=tasks),
                why=f"{_count(tasks, 'task')} cannot keep {setting.n_jobs} jobs busy",
                how=f"measured with {tasks} instead",
                same=False,
            )


def equal_waves(settings: Sequence[Setting], known: Known) -> Iterator[Drop]:
    """Of those that go over the tasks equally often the fewest jobs do: ceil(tasks / n_jobs)."""
    tasks = _tasks(known)
    fewest: dict[tuple[str, int], Setting] = {}
    for setting in sorted(settings, key=lambda setting: setting.n_jobs or 0):
        if not _is_swept(setting) or tasks is None or setting.n_jobs is None:
            continue
        waves = math.ceil(tasks / setting.n_jobs)
        least = fewest.setdefault((replace(setting, n_jobs=None).id, waves), setting)
        if least is not setting:
            yield Drop(
                setting=setting,
                instead=least,
                why=f"{setting.n_jobs} jobs need as many waves over {_count(tasks, 'task')} "
                f"as {least.n_jobs} ({waves})",
                how=f"measured with {least.n_jobs} instead",
                same=False,
            )


def the_same_as_serial(settings: Sequence[Setting], known: Known) -> Iterator[Drop]:
    """One job of one thread is serial, where serial changes nothing that this setting leaves."""
    serial = _named(settings, _SERIAL)
    names = (_leaf(path) for path in known.inspection.serial_params)
    if serial is None or any(name != "n_jobs" for name in names):
        return
    for setting in settings:
        is_one_thread = setting.inner_threads in (1, Caps(blas=1, openmp=1))
        only_ones = all(_is_job_axis(path) for path in setting.params)
        if is_one_thread and only_ones and _is_one_job(setting, known, inner_is_chosen=True):
            yield Drop(
                setting=setting,
                instead=serial,
                why="one job of one thread",
                how="the same as {id}",
                same=True,
            )


def the_same_as_as_written(settings: Sequence[Setting], known: Known) -> Iterator[Drop]:
    """One job without a cap is as-written, where that asks for no jobs and inherits no cap."""
    as_written, found = _named(settings, _AS_WRITTEN), known.inspection
    asks = found.n_jobs_as_written
    if as_written is None or any(name in known.environ for name in THREAD_VARIABLES):
        return
    if set(asks) != set(found.n_jobs_paths) or not all(map(_is_one, asks.values())):
        return
    for setting in settings:
        plain = setting.inner_threads == "default" and not setting.params
        if plain and _is_one_job(setting, known):
            yield Drop(
                setting=setting,
                instead=as_written,
                why="one job without a cap",
                how="the same as {id}",
                same=True,
            )


def one_job_is_sequential(settings: Sequence[Setting], known: Known) -> Iterator[Drop]:
    """One job runs in the caller's own thread whatever the backend, and starts no worker."""
    alike: dict[str, list[Setting]] = {}
    for setting in settings:
        if setting.n_jobs is not None and _is_one_job(setting, known):
            alike.setdefault(replace(setting, backend="any").id, []).append(setting)
    for group in alike.values():
        kept = next((one for one in group if one.backend == "sequential"), group[0])
        for setting in group:
            if setting is not kept:
                yield Drop(
                    setting=setting,
                    instead=kept,
                    why="one job is sequential whatever the backend",
                    how=f"measured as {kept.backend}",
                    same=True,
                )


def far_too_many_threads(settings: Sequence[Setting], known: Known) -> Iterator[Drop]:
    """Of those far above the CPUs one is enough to see what would happen, the mildest."""
    cpus = known.usable_cpus
    crowds = [(_crowd(setting, known), setting) for setting in settings if _is_swept(setting)]
    crowds = [(crowd, setting) for crowd, setting in crowds if math.prod(crowd) > _CROWD * cpus]
    if not crowds:
        return
    _, sentinel = min(crowds, key=lambda item: math.prod(item[0]))
    for (workers, threads), setting in crowds:
        if setting is not sentinel:
            yield Drop(
                setting=setting,
                instead=sentinel,
                why=f"{_count(workers, 'worker')} x {_count(threads, 'thread')} "
                f"on {cpus} usable CPU{'' if cpus == 1 else 's'}",
                how="sentinel {id} stands for these",
                same=False,
            )


RULES: tuple[Rule, ...] = (
    more_jobs_than_tasks,
    equal_waves,
    the_same_as_serial,
    the_same_as_as_written,
    one_job_is_sequential,
    far_too_many_threads,
)


def _tasks(known: Known) -> int | None:
    """Return the number of tasks, unless an axis of the user's may change it."""
    paths = known.sweep.params or {}
    return known.inspection.tasks if all(map(_is_job_axis, paths)) else None


def _is_one_job(setting: Setting, known: Known, *, inner_is_chosen: bool = False) -> bool:
    """Tell whether all of a job surely runs in one process and one Python thread.

    Without an n_jobs parameter a backend (or a cap) that the user named is an axis of its own:
    it is measured, to show that it changes nothing.
    """
    found, sweep = known.inspection, known.sweep
    if not _is_swept(setting) or found.is_callable or found.opaque:
        return False
    if not all(map(_is_one, _nested_jobs(setting, found).values())):
        return False
    if found.n_jobs_paths:
        return setting.n_jobs == 1
    chosen = sweep.inner_threads is None or not inner_is_chosen
    return sweep.backend is None and chosen


def _crowd(setting: Setting, known: Known) -> tuple[int, int]:
    """Return how many workers a setting may run at once, and how many threads each may have."""
    workers, others = _levels(setting, known)
    return math.prod(workers), max(_threads(setting, known, workers), *others, 1)


def _levels(setting: Setting, known: Known) -> tuple[list[int], list[int]]:
    """Return the jobs of joblib's nested calls, outermost first, and n_jobs that may be threads.

    joblib nests two deep, and an inner n_jobs is honoured in full in every worker; under the
    sequential backend every call runs one job. Of the calls at one depth one runs at a time.
    In LightGBM and XGBoost n_jobs is no joblib call but the number of OpenMP threads itself, so
    that workers times threads would count it twice.
    """
    by_depth: dict[int, int] = {}
    for path, value in _nested_jobs(setting, known.inspection).items():
        depth, jobs = path.count("__"), known.usable_cpus if value == -1 else value
        if type(jobs) is int:
            by_depth[depth] = max(by_depth.get(depth, 1), jobs)
    levels = [setting.n_jobs or 1, *(by_depth[depth] for depth in sorted(by_depth))]
    if known.inspection.opaque:
        sure = 0 if known.inspection.tasks is None else 1
        workers, others = levels[:sure], levels[sure:]
    else:
        workers, others = [jobs for jobs in levels if jobs > 1][:2], []
    return ([] if setting.backend == "sequential" else workers), others


def _threads(setting: Setting, known: Known, workers: Sequence[int]) -> int:
    """Return the most threads that the pools of one worker may have."""
    inner = setting.inner_threads
    if isinstance(inner, Caps):
        return max(inner.blas, inner.openmp)
    if isinstance(inner, int):
        return inner
    if all(pool.num_threads < 2 for pool in known.inspection.pools):
        return 1
    # loky alone shares the CPUs out by itself: cpu_count // n_jobs to each of its workers.
    share = workers[0] if setting.backend == "loky" and workers else 1
    return max(known.usable_cpus // share, 1)


def _nested_jobs(setting: Setting, found: Inspection) -> dict[str, Any]:
    """Return every n_jobs in effect that a setting's own does not set."""
    swept = {path: value for path, value in setting.params.items() if _is_job_axis(path)}
    return {**found.nested_n_jobs, **swept}


def _is_swept(setting: Setting) -> bool:
    return setting.kind == "swept"


def _is_job_axis(path: str) -> bool:
    return _leaf(path) == "n_jobs"


def _leaf(path: str) -> str:
    return path.rsplit("__", 1)[-1]


def _is_one(value: Any) -> bool:
    """Tell whether an n_jobs of scikit-learn's means one job; True is the user's slip, not 1."""
    return value is None or (type(value) is int and value == 1)


def _named(settings: Sequence[Setting], name: str) -> Setting | None:
    return next((setting for setting in settings if setting.id == name), None)


def _count(number: int, noun: str) -> str:
    return f"{number} {noun}{'' if number == 1 else 's'}"
