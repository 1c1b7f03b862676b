"""More runnable work than CPUs, and which layer multiplies.

This rule comes before every other on CPU time: a crowd that costs explains dear CPU, long tails and
what a quota held, so those rules give way to it.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from sklpar.analysis.case import Case, inflation, slowdown
from sklpar.analysis.evidence import Evidence
from sklpar.analysis.factors import Factors, factors_of, n_jobs_knob
from sklpar.analysis.thresholds import (
    CPU_INFLATION,
    DEMAND,
    KNOB_GAIN,
    LONG_WAIT_SHARE,
    SLOWDOWN,
    THROTTLED_SHARE,
    WAIT_SHARE,
    WORKERS_EXPLAIN,
)
from sklpar.model import Caps, Finding, InnerThreads, SettingReport

RULE = "oversubscription"


@dataclass(frozen=True, kw_only=True)
class _Sibling:
    """A measured setting that differs in one knob alone, and how many times as fast it was."""

    setting: str
    gain: float
    of_warm: str


def oversubscription(case: Case) -> Mapping[str, Sequence[Finding]]:
    """Blame a setting whose threads outnumbered the CPUs, waited for them, and cost more for it.

    All three are needed: many threads that sleep harm nobody, waiting alone may be others' load
    (which is taken off first), and dearer alone has many causes. A crowd without a cost is told.
    """
    return {
        row.id: [_finding(case, row, found)]
        for row, found in case.seen()
        if _crowded(case, row, found)
    }


def harmed(case: Case, row: SettingReport, found: Evidence) -> bool:
    """Tell whether a crowd made the setting slow or dear: then other rules are silent about it."""
    return _crowded(case, row, found) and _costs(case, row, found)


def explains_first_fit(case: Case, row: SettingReport, found: Evidence) -> bool:
    """Tell whether a crowd is why the first fit is slow: not one that left warm fits as quick."""
    return harmed(case, row, found) and (found.warm is None or _slowed(case, row, found))


def _crowded(case: Case, row: SettingReport, found: Evidence) -> bool:
    """Tell whether more threads than CPUs wanted one, and waited for it or were held by a quota.

    On average over the fit there are so many where all of them are busy. Threads of OpenMP go to
    sleep as soon as its runtime sees that they are too many: then it takes a longer wait, or the
    quota, and layers that multiply beyond the CPUs, to tell.
    """
    cpus, work = case.run.host.usable_cpus, found.typical
    if found.runnable_peak is None or found.runnable_peak <= cpus:
        return False
    waited = work.wait_share or 0.0
    held = (work.throttled_s or 0.0) >= THROTTLED_SHARE * work.wall_s > 0
    if (work.demand or 0.0) >= DEMAND * cpus:
        return waited >= WAIT_SHARE or held
    factors = factors_of(case, row, found)
    return (held or waited >= LONG_WAIT_SHARE) and factors.own * factors.threads > cpus


def _costs(case: Case, row: SettingReport, found: Evidence) -> bool:
    dearer = inflation(found, case.leanest(row)) or 0.0
    return _slowed(case, row, found) or dearer >= CPU_INFLATION


def _slowed(case: Case, row: SettingReport, found: Evidence) -> bool:
    return (slowdown(found, case.quickest(row)) or 0.0) >= SLOWDOWN


def _finding(case: Case, row: SettingReport, found: Evidence) -> Finding:
    work, factors = found.typical, factors_of(case, row, found)
    capped, fewer = _best(case, row, "inner_threads"), _best(case, row, "n_jobs")
    if not _threads_matter(case, found, factors, capped):
        factors = replace(factors, threads=1)
    harm = _costs(case, row, found)
    fits = "warm fits" if found.warm else "these fits"
    advice = f", which cost {fits} neither time nor CPU: for them nothing needs to change"
    if harm:
        advice = ": " + "; then ".join(_knobs(case, row, factors, capped, fewer))
    return Finding(
        rule=RULE,
        severity="warning" if harm else "info",
        evidence={
            "fit": found.kind,
            "usable_cpus": case.run.host.usable_cpus,
            "runnable_peak": found.runnable_peak,
            "runnable_mean": work.demand,
            "run_queue_wait_s": work.wait_s,
            "run_queue_wait_share": work.wait_share,
            "cpu_s": work.cpu_s,
            "cpu_inflation": inflation(found, case.leanest(row)),
            "slowdown": slowdown(found, case.quickest(row)),
            "outside_cpu_s": work.outside_cpu_s,
            **({"throttled_s": work.throttled_s} if work.throttled_s else {}),
            **({} if found.finished else {"cut_off": True}),
            "workers": factors.workers,
            "nested_workers": factors.nested,
            "native_threads": factors.threads,
            **({"fewer_threads_gain": capped.gain} if capped else {}),
            **({"fewer_workers_gain": fewer.gain} if fewer else {}),
        },
        advice=f"{_who(case, found, factors)}{advice}",
    )


def _threads_matter(case: Case, found: Evidence, factors: Factors, capped: _Sibling | None) -> bool:
    """Tell whether native threads are part of the crowd.

    So they are where the workers are too few to be one. Else a setting measured with a narrower
    cap knows, or the workers must be fewer than the threads that want a CPU.
    """
    if factors.threads < 2:
        return False
    if factors.own <= case.run.host.usable_cpus:
        return True
    if capped is not None:
        return capped.gain >= KNOB_GAIN
    return (found.typical.demand or 0.0) > WORKERS_EXPLAIN * factors.own


def _who(case: Case, found: Evidence, factors: Factors) -> str:
    cpus = case.run.host.usable_cpus
    on = f"{cpus} usable CPU{'' if cpus == 1 else 's'}"
    demand = (found.typical.demand or 0.0) / WORKERS_EXPLAIN
    # Two pools work in turns, unless more threads were seen than one of them has.
    alone = len(factors.libraries) == 1
    both = alone and factors.blas_pools > 1 and demand > factors.own * factors.threads
    pools = factors.blas_pools if both else 1
    if factors.own * factors.threads * pools <= cpus:
        return f"more threads want a CPU than the {on}"
    return f"{factors.product(pools=pools)} on {on}"


def _knobs(
    case: Case,
    row: SettingReport,
    factors: Factors,
    capped: _Sibling | None,
    fewer: _Sibling | None,
) -> list[str]:
    """Return what to turn, what helps most first."""
    cpus = case.run.host.usable_cpus
    knobs: list[tuple[float, str]] = []
    if factors.threads > 1:
        knobs.append((_gain(capped), _cap_advice(row, factors) + _seen(capped)))
    if factors.nested > 1:
        name = factors.nested_path or "the nested n_jobs"
        text = f"set {name} to 1, since nothing divides the CPUs among the workers"
        knobs.append((1.0, text))
    # Where fewer workers were measured to be slower, it is not they who crowd.
    if factors.workers > cpus and not (knobs and _gain(fewer) < 1 / KNOB_GAIN):
        limit = f"lower {n_jobs_knob(case)} to {cpus}{'' if cpus == 1 else ' or fewer'}"
        knobs.append((_gain(fewer), limit + _seen(fewer)))
    if not knobs and _gain(capped) >= KNOB_GAIN:
        # What loky caps in its workers is free in the process that started them.
        return [f"cap native threads at 1 with inner_threads: 1{_seen(capped)}"]
    if not knobs:
        within = f"keep workers × threads within the {cpus} usable CPUs"
        return [f"{within}: lower a nested n_jobs or a cap (inner_threads)"]
    # A stable sort: without a measured gain the inner layers come first, since they are the ones
    # that nothing divides.
    return [text for _, text in sorted(knobs, key=lambda knob: -knob[0])]


def _cap_advice(row: SettingReport, factors: Factors) -> str:
    whose = "each worker's" if factors.own > 1 else "the"
    alone = ", and every other library's, since loky fills in those that are not set"
    alone = alone if row.backend == "loky" and factors.own > 1 else ""
    sets = f" ({factors.variables}{alone})" if factors.variables else ""
    return f"cap {whose} {factors.library} threads at 1 with inner_threads: 1{sets}"


def _gain(sibling: _Sibling | None) -> float:
    return sibling.gain if sibling else 1.0


def _seen(sibling: _Sibling | None) -> str:
    if sibling is None or sibling.gain < KNOB_GAIN:
        return ""
    return f" ({sibling.setting} was {sibling.gain:.3g} times as fast{sibling.of_warm})"


def _best(case: Case, row: SettingReport, knob: str) -> _Sibling | None:
    """Return the best of the settings with less of one knob and all else the same."""
    return max(_siblings(case, row, knob), key=lambda one: one.gain, default=None)


def _siblings(case: Case, row: SettingReport, knob: str) -> Iterator[_Sibling]:
    mine, backend, jobs = case.evidence[row.id], *_ran_as(case, row)
    width = _width(row.inner_threads)
    for other, found in case.seen():
        its_backend, its_jobs = _ran_as(case, other)
        its_width = _width(other.inner_threads)
        less = {
            "inner_threads": its_jobs == jobs and its_width < width and its_backend == backend,
            "n_jobs": its_jobs < jobs and its_width == width and its_backend in {backend, None},
        }
        same = other.params == row.params and found.finished and other.id != "serial"
        if same and less[knob] and (gain := slowdown(mine, found)):
            # As `alike` has it: warm fits where both have any.
            of_warm = mine.of_warm and found.of_warm
            yield _Sibling(setting=other.id, gain=gain, of_warm=of_warm)


def _ran_as(case: Case, row: SettingReport) -> tuple[str | None, int]:
    """Return the backend and the workers of a setting: what it asked for, or what it came to.

    One worker is None of all backends. As-written asks for nothing.
    """
    outer = case.evidence[row.id].typical.outer
    asked = row.id != "as-written" or not outer
    backend, jobs = (row.backend, row.n_jobs or 1) if asked else (outer[0].backend, outer[0].n_jobs)
    return (backend if jobs > 1 else None), jobs


def _width(cap: InnerThreads | None) -> float:
    match cap:
        case int():
            return cap
        case Caps(blas=blas, openmp=openmp):
            return max(blas, openmp)
    return float("inf")
