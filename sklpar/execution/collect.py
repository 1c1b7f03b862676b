"""From what a trial and its guardian left behind to one outcome: pure, so tests need no process."""

from __future__ import annotations

import signal
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Literal

from sklpar.execution.caps import judge_caps
from sklpar.model import (
    Answer,
    Bound,
    DataFacts,
    Failure,
    Fit,
    Observed,
    Outcome,
    ParallelCall,
    Pool,
    Reading,
    Sample,
    Trial,
)
from sklpar.quantities import QUANTITIES
from sklpar.quantities.interface import FitTrace, Snapshot, Watch
from sklpar.trial import events
from sklpar.trial.events import decode_snapshot, decode_threads

# A fit that uses less of a CPU than this does not compute.
_IDLE = 0.02


@dataclass(frozen=True, kw_only=True)
class Remains:
    """What is left when a trial is over.

    Attributes
    ----------
    events : sequence of mapping
        The trial's own report, in order.
    watched : mapping or None
        The guardian's result; None when the guardian itself died.
    log_tail : str
        Last lines of the trial's output, for a trial that died without a word.
    oom_kills : int
        Processes of the tree that the kernel killed for memory.
    warnings : mapping
        Warning text to how often it was printed.
    bound : Bound
        What bounded the fits.
    """

    events: Sequence[Mapping[str, Any]]
    watched: Mapping[str, Any] | None
    log_tail: str = ""
    oom_kills: int = 0
    warnings: Mapping[str, int] = field(default_factory=dict)
    trial_s: float = 0.0
    started_at: str = ""
    bound: Bound = field(default_factory=Bound)


def collect(trial: Trial, remains: Remains) -> Outcome:
    """Decide what a trial gave. A non-zero exit outranks a good report."""
    traces = fit_traces(remains)
    unfinished = unfinished_trace(remains)
    fits = tuple(_read(trace) for trace in traces)
    ready = _find(remains, events.READY) or {}
    observed, violation = _observe(trial, remains, traces, unfinished)
    stopped = _read(unfinished) if unfinished else None
    ending = _ending(remains, fits, stopped)
    if ending is not None:
        status, reason, cut = ending
        return Failure(
            status=status,
            reason=reason,
            # A budget that ended while data was loaded cut no fit off.
            cut_off_s=cut["after_s"] if cut and cut.get("stage", "fit") == "fit" else None,
            cut_off_by=cut["bound"] if cut else None,
            trial=trial.number,
            round=trial.round,
            setting=trial.setting.id,
            started_at=remains.started_at,
            trial_s=remains.trial_s,
            fits=fits,
            unfinished=stopped,
            observed=observed if fits or unfinished else None,
            resolved=ready.get("resolved", {}),
            warnings=remains.warnings,
            data_bytes=ready.get("data_bytes"),
            data=_data(ready),
            pace_s=ready.get("pace_s"),
            interpreter_pace_s=ready.get("interpreter_pace_s"),
        )
    answer, answer_unavailable = _answer(remains)
    return Sample(
        status="not_as_requested" if violation else "ok",
        reason=violation,
        trial=trial.number,
        round=trial.round,
        setting=trial.setting.id,
        started_at=remains.started_at,
        trial_s=remains.trial_s,
        fits=fits,
        observed=observed,
        resolved=ready.get("resolved", {}),
        answer=answer,
        answer_unavailable=answer_unavailable,
        warnings=remains.warnings,
        data_bytes=ready.get("data_bytes"),
        data=_data(ready),
        pace_s=ready.get("pace_s"),
        interpreter_pace_s=ready.get("interpreter_pace_s"),
    )


def fit_traces(remains: Remains) -> list[FitTrace]:
    """Put together, for each fit that ended, what was read from inside and from outside."""
    watches = (remains.watched or {}).get("fits", [])
    starts = [event for event in remains.events if event["event"] == events.FIT_START]
    ends = [event for event in remains.events if event["event"] == events.FIT_END]
    return [
        FitTrace(
            wall_s=end["wall_s"],
            pid=start["pid"],
            start=decode_snapshot(start["start"]),
            end=decode_snapshot(end["end"]),
            watch=_watch(watches[index]) if index < len(watches) else Watch(),
            handlers=frozenset(end["handlers"]),
            pool_threads=frozenset(end["pool_threads"]),
            calls=tuple(ParallelCall(**call) for call in end["calls"]),
        )
        for index, (start, end) in enumerate(zip(starts, ends, strict=False))
    ]


def unfinished_trace(remains: Remains) -> FitTrace | None:
    """Return what the guardian saw of the fit that it cut off, None where it cut none."""
    cut = (remains.watched or {}).get("cut_off") or {}
    starts = [event for event in remains.events if event["event"] == events.FIT_START]
    if "seen" not in cut or not starts:
        return None
    start, watch = decode_snapshot(starts[-1]["start"]), _watch(cut["seen"])
    trace = FitTrace(
        wall_s=cut["after_s"], pid=starts[-1]["pid"], start=start, end=Snapshot(), watch=watch
    )
    # Nobody was left to read the processes' clocks: the threads that were seen have to do.
    own_cpu_s = sum(use.cpu_s for use in trace.thread_uses().values())
    cpu_s = None if start.cpu_s is None else start.cpu_s + own_cpu_s
    return replace(trace, end=replace(decode_snapshot(cut["machine"]), cpu_s=cpu_s))


def _watch(document: Mapping[str, Any]) -> Watch:
    return Watch(
        **{
            **document,
            "threads": decode_threads(document["threads"]),
            # JSON knows text keys only.
            "concurrent": {int(pid): count for pid, count in document["concurrent"].items()},
            "widths_s": tuple(document["widths_s"]),
        }
    )


def _read(trace: FitTrace) -> Fit:
    return Fit(
        readings={name: quantity.read(trace) for name, quantity in QUANTITIES.items()},
        calls=trace.calls,
        widths_s=trace.widths_s(),
        worker_cpu_s=trace.worker_cpu_s(),
    )


# Status, reason, and the guardian's word on a fit that was cut off.
Ending = tuple[
    Literal["failed", "timeout", "out_of_memory", "stopped_early"], str, Mapping[str, Any] | None
]


def _ending(remains: Remains, fits: Sequence[Fit], stopped: Fit | None) -> Ending | None:
    """Return why the trial is a failure, or None when it is a sample."""
    watched = remains.watched
    if watched is None:
        return "failed", "the process that watched the trial was killed", None
    error = _find(remains, events.ERROR)
    if error is not None and error["stage"] in {"setup", "fit"}:
        return _raised(error, remains)
    if watched["cut_off"] is not None:
        return _cut_off(watched["cut_off"], remains, len(fits), stopped)
    if watched["exit"] == 0 and _find(remains, events.DONE) is not None:
        return None
    if remains.oom_kills:
        return "out_of_memory", "killed by the kernel for want of memory", None
    return "failed", _died(watched["exit"], remains, len(fits)), None


def _raised(error: Mapping[str, Any], remains: Remains) -> Ending:
    text = f"{error['type']}: {error['message']}".strip(": ")
    where = "" if error["stage"] == "fit" else "before the first fit: "
    if error["memory"] or remains.oom_kills:
        return "out_of_memory", f"{where}{text}", None
    return "failed", f"{where}{text}", None


def _cut_off(
    cut: Mapping[str, Any], remains: Remains, done: int, stopped: Fit | None
) -> Ending | None:
    bound, after = cut["bound"], cut["after_s"]
    status: Literal["timeout", "stopped_early"] = "timeout"
    if bound == "fit":
        which = "the first fit" if done == 0 else f"warm fit {done}"
        reason = f"{which} was stopped after {cut['limit_s']:.3g} s"
        reason += f", {remains.bound.why}" if remains.bound.why else ""
        status = remains.bound.status
        if stopped is not None and _hangs(stopped):
            reason += "; it used no CPU meanwhile: it waits, or hangs"
            # The timeout that the user gave would have ended it: earlier is only sooner.
            status = status if remains.bound.timeout_s is None else "timeout"
    elif bound == "budget" and cut["stage"] not in {"tail", "done"}:
        reason = f"the budget ended after {after:.3g} s of it"
    elif bound == "parent":
        return "failed", "interrupted", None
    else:
        # What hung came after the fits (a proof, an answer, an exit): they stand.
        return None
    if remains.oom_kills:
        # A forked pool waits forever for a worker that the kernel killed.
        return "out_of_memory", f"a process of it was killed for memory; {reason}", None
    return status, reason, cut


def _hangs(stopped: Fit) -> bool:
    wall, cpu = stopped.readings["wall_s"], stopped.readings["cpu_s"]
    return isinstance(wall, Reading) and isinstance(cpu, Reading) and cpu.value < _IDLE * wall.value


def _died(code: int | None, remains: Remains, fits: int) -> str:
    when = f"after {fits} of its fits" if fits else "before its first fit ended"
    if code is not None and code < 0:
        try:
            name = signal.Signals(-code).name
        except ValueError:
            name = f"signal {-code}"
        what = f"killed by {name} {when}"
    else:
        what = f"exited with status {code} {when}"
    last = remains.log_tail.strip().splitlines()[-1:]
    return f"{what}; its last words: {last[0].strip()[:200]}" if last else what


def _observe(
    trial: Trial,
    remains: Remains,
    traces: Sequence[FitTrace],
    unfinished: FitTrace | None,
) -> tuple[Observed, str | None]:
    proof = _find(remains, events.PROOF)
    ready = _find(remains, events.READY) or {}
    verdict = judge_caps(trial.setting, ready.get("jobs_by_depth", []), traces, proof)
    seen = [*traces, *([unfinished] if unfinished else [])]
    watches = [trace.watch for trace in seen]
    processes = max((max(t.watch.workers_peak, t.end.workers) for t in seen), default=0)
    pool_threads = max((len(trace.pool_threads) for trace in traces), default=0)
    proven = proof["pools"] if proof else []
    for pools in proof["workers"] if proof else []:
        proven = proven + [pool for pool in pools if pool not in proven]
    sampled = any(watch.samples for watch in watches)
    pool_threads = min(pool_threads, verdict.thread_workers)
    return (
        Observed(
            processes=1 + processes if seen else None,
            workers=max(processes, pool_threads) if seen else None,
            threads_peak=max((w.threads_peak for w in watches), default=0) if sampled else None,
            runnable_peak=max((w.runnable_peak for w in watches), default=0) if sampled else None,
            busy_threads=verdict.busy_threads,
            pools=tuple(Pool(**pool) for pool in proven),
            caps=verdict.caps,
        ),
        verdict.violation,
    )


def _data(ready: Mapping[str, Any]) -> DataFacts | None:
    told = ready.get("data")
    return DataFacts(shape=tuple(told["shape"]), digest=told["digest"]) if told else None


def _answer(remains: Remains) -> tuple[Answer | None, str | None]:
    event = _find(remains, events.ANSWER)
    if event is None:
        return None, "the trial did not get as far as its answer"
    if "unavailable" in event:
        return None, event["unavailable"]
    return (
        Answer(
            kind=event["kind"],
            digest=event["digest"],
            values=tuple(event["values"]),
            # The trial writes the score of a candidate that failed as a word: "nan".
            scores=tuple(float(score) for score in event["scores"]),
        ),
        None,
    )


def _find(remains: Remains, name: str) -> Mapping[str, Any] | None:
    return next((event for event in remains.events if event["event"] == name), None)
