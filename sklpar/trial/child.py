"""The story of one trial, told in the process that lives it."""

from __future__ import annotations

import os
import time
import traceback
from collections.abc import Callable
from contextlib import AbstractContextManager, nullcontext
from dataclasses import asdict
from pathlib import Path
from typing import Any

from sklpar.backends import BACKENDS
from sklpar.host.cgroups import MemoryGroup
from sklpar.host.pools import loaded_pools
from sklpar.quantities import proc
from sklpar.spec.job import decode_job
from sklpar.trial import events, proof
from sklpar.trial.calls import CallRecorder
from sklpar.trial.events import EventWriter, encode_snapshot
from sklpar.trial.order import Order
from sklpar.trial.pace import interpreter_pace_s, pace_s
from sklpar.trial.subject import CallableSubject, EstimatorSubject, Subject
from sklpar.trial.threads import ThreadRecorder

FAILED = 70


def run_trial(order: Order) -> int:
    """Run the trial and return the process's exit code.

    Every exception of the user's code becomes an ``error`` event: nothing of it reaches a
    terminal but through the run folder's log.
    """
    report = EventWriter(order.report)
    stage = "setup"
    try:
        subject = _subject(order)
        report.write(
            events.READY,
            resolved=subject.resolved,
            jobs_by_depth=subject.jobs_by_depth,
            data_bytes=subject.data_bytes,
            data=asdict(subject.data) if subject.data else None,
            pace_s=pace_s(),
            interpreter_pace_s=interpreter_pace_s(),
        )
        stage = "fit"
        fitted = _fit_all(order, subject, report)
        stage = "proof"
        report.write(events.PROOF, **_proof(order, subject))
        stage = "answer"
        report.write(events.ANSWER, **_answer(subject, fitted))
        report.write(events.DONE)
    except BaseException as error:  # noqa: BLE001  SystemExit and KeyboardInterrupt are rows too
        traceback.print_exc()
        report.write(
            events.ERROR,
            stage=stage,
            type=type(error).__name__,
            message=_first_lines(error),
            memory=_is_memory(error),
        )
        return FAILED
    return 0


def _subject(order: Order) -> Subject:
    job = decode_job(order.job)
    return CallableSubject(job, order) if job.callable else EstimatorSubject(job, order)


def _fit_all(order: Order, subject: Subject, report: EventWriter) -> Any:
    """Fit once cold and `repeats` times warm, in the main thread, reporting each as it ends.

    joblib's configuration is thread-local: a fit in a helper thread would not see it.
    """
    recorder = ThreadRecorder()
    recorder.install()
    joblib_calls = CallRecorder()
    memory = _memory_reader(order)
    fitted = None
    for index in range(1 + order.repeats):
        fitted = None  # the last model's memory must not weigh on this fit
        call = subject.prepare()
        with _context(order, subject):
            joblib_calls.begin()
            start = proc.snapshot(memory(), opening=True)
            report.write(
                events.FIT_START,
                index=index,
                at=time.monotonic(),
                pid=os.getpid(),
                start=encode_snapshot(start),
            )
            before = time.perf_counter()
            fitted = call()
            wall_s = time.perf_counter() - before
            end = proc.snapshot(memory(), opening=False)
        report.write(
            events.FIT_END,
            index=index,
            at=time.monotonic(),
            wall_s=wall_s,
            end=encode_snapshot(end),
            handlers=recorder.handlers(),
            pool_threads=recorder.pool_threads(),
            calls=[asdict(call) for call in joblib_calls.calls()],
        )
    return fitted


def _context(order: Order, subject: Subject) -> AbstractContextManager[Any]:
    setting = order.setting
    if setting.backend is None:
        return nullcontext()
    return BACKENDS[setting.backend].context(
        n_jobs=subject.config_n_jobs, inner_threads=setting.inner_threads
    )


def _memory_reader(order: Order) -> Callable[[], int | None]:
    if order.memory_group is None or order.memory_group_version is None:
        return lambda: None
    group = MemoryGroup.at(Path(order.memory_group), order.memory_group_version)
    return group.usage_bytes


def _proof(order: Order, subject: Subject) -> dict[str, Any]:
    """Read the pools of this process, and of the workers where they are still there."""
    setting = order.setting
    own = loaded_pools()
    outer = max(subject.jobs_by_depth[:1], default=1)
    if setting.backend is None or not BACKENDS[setting.backend].workers_stay or outer < 2:
        return {"pools": own, "workers": []}
    try:
        workers = proof.pools_of_workers(
            setting, outer, subject.config_n_jobs, str(Path(order.report).parent)
        )
    except Exception as error:  # noqa: BLE001  a proof that fails is no failed trial
        return {"pools": own, "workers": [], "unproven": f"{type(error).__name__}: {error}"}
    return {"pools": own, "workers": workers}


def _answer(subject: Subject, fitted: Any) -> dict[str, Any]:
    try:
        return subject.answer(fitted)
    except Exception as error:  # noqa: BLE001  an answer that fails is no failed trial
        return {"unavailable": f"asking for it raised {type(error).__name__}: {error}"}


def _is_memory(error: BaseException) -> bool:
    return isinstance(error, MemoryError) or "MemoryError" in type(error).__name__


def _first_lines(error: BaseException) -> str:
    """Return the message on one line: joblib's carry whole remote tracebacks."""
    lines = [line.strip() for line in str(error).splitlines() if line.strip()]
    if isinstance(error, SystemExit):
        return f"sys.exit({error.code!r}) was called"
    text = " ".join(lines[:2])[:200]
    origin = _origin(error)
    return text if not origin or (lines and lines[0] in origin) else f"{text} ({origin})"


def _origin(error: BaseException) -> str:
    """Return what an error was raised from in a worker or in handing out tasks to one.

    loky says what it could not do, and its cause why: a whole traceback in quotation marks.
    """
    cause = str(error.__cause__ or "")
    lines = [line.strip(' "') for line in cause.splitlines()] if '"""' in cause else []
    return next((line for line in reversed(lines) if line), "")[:200]
