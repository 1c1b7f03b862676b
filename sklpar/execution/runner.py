"""Running one trial: a guardian for each, and whatever is left of it collected into an outcome."""

from __future__ import annotations

import contextlib
import json
import re
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol

from sklpar.errors import MeasurementError
from sklpar.execution.collect import Remains, collect
from sklpar.execution.launch import Watchword
from sklpar.host.cgroups import MemoryGroup, group_name
from sklpar.host.interpreter import Interpreter
from sklpar.host.threads import thread_environment
from sklpar.model import Bound, Inspection, Outcome, Trial
from sklpar.trial.order import Order

# How long the guardian may take to bury a tree before it is given up itself.
_BURIAL_S = 8.0
# Logs are for reading: of a longer one the beginning and the end are kept.
_LOG_BYTES = 1 << 20
_WARNING = re.compile(rb"^.*:\d+: (\w*Warning: .*)$")


class Runner(Protocol):
    """Runs trials; tests put their own in place of processes."""

    def run(self, trial: Trial, bound: Bound, on_fit: Callable[[int | None], None]) -> Outcome:
        """Run one trial to its end.

        `on_fit` hears the index of each fit as it starts, and None as it ends.
        """


class ProcessRunner:
    """Runs each trial in a fresh process tree.

    Parameters
    ----------
    job : mapping
        The light part of the spec, as `sklpar.spec.job.encode_job` gives it.
    inspection : Inspection
        Where the knobs are.
    folder : callable
        Trial to the folder that its files go to.
    environ : mapping
        The caller's environment, which every trial inherits but for the seven thread variables.
    interpreter : Interpreter, optional
        The Python that trials run under; None is the one that runs this. What watches them runs
        under this one in any case.
    """

    def __init__(
        self,
        *,
        job: Mapping[str, Any],
        inspection: Inspection,
        folder: Callable[[Trial], Path],
        environ: Mapping[str, str],
        interpreter: Interpreter | None = None,
    ) -> None:
        self._job = job
        self._inspection = inspection
        self._folder = folder
        self._executable = interpreter.executable if interpreter else sys.executable
        self._environ = interpreter.environment(environ) if interpreter else environ

    def run(self, trial: Trial, bound: Bound, on_fit: Callable[[int | None], None]) -> Outcome:
        """Run one trial; KeyboardInterrupt ends its tree before it goes on."""
        folder = self._folder(trial).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        for name in ("report.jsonl", "log.txt"):
            (folder / name).unlink(missing_ok=True)  # of an attempt that was cut off
        group = MemoryGroup.create(group_name(trial.number))
        started_at = datetime.now(UTC).isoformat(timespec="seconds")
        started = time.monotonic()
        try:
            word = self._watchword(trial, bound, folder, group)
            watched = _watch(word, folder, on_fit)
            oom_kills = (group.oom_kills() or 0) if group else 0
        finally:
            if group:
                group.remove()
        log = folder / "log.txt"
        remains = Remains(
            events=_read_events(folder / "report.jsonl"),
            watched=watched,
            log_tail=_tail(log),
            oom_kills=oom_kills,
            warnings=_count_warnings(log),
            trial_s=time.monotonic() - started,
            started_at=started_at,
            bound=bound,
        )
        _shorten(log)
        return collect(trial, remains)

    def _watchword(
        self, trial: Trial, bound: Bound, folder: Path, group: MemoryGroup | None
    ) -> Watchword:
        order_file = folder / "order.json"
        Order(
            job=self._job,
            setting=trial.setting,
            n_jobs_paths=self._inspection.n_jobs_paths,
            serial_params=self._inspection.serial_params,
            repeated_n_jobs=self._inspection.repeated_n_jobs,
            repeats=trial.repeats,
            report=str(folder / "report.jsonl"),
            memory_group=str(group.path) if group else None,
            memory_group_version=group.version if group else None,
        ).write(order_file)
        return Watchword(
            # -P: the caller's folder is not where modules come from, trusted or not.
            argv=[self._executable, "-P", "-m", "sklpar.trial", str(order_file)],
            environment={
                **thread_environment(trial.setting.inner_threads, self._environ),
                # The same for loky's workers, which are started with -m.
                "PYTHONSAFEPATH": "1",
            },
            log=str(folder / "log.txt"),
            report=str(folder / "report.jsonl"),
            fits=1 + trial.repeats,
            procs_file=str(group.procs_file) if group else None,
            group=str(group.path) if group else None,
            group_version=group.version if group else None,
            first_s=bound.first_s,
            warm_s=bound.warm_s,
            deadline_s=bound.trial_s,
        )


def _watch(
    word: Watchword, folder: Path, on_fit: Callable[[int | None], None]
) -> Mapping[str, Any] | None:
    """Start a guardian and follow it; None when it died before it could tell."""
    with (folder / "guardian.txt").open("wb") as errors:
        guardian = subprocess.Popen(
            [sys.executable, "-P", "-m", "sklpar.execution.guardian"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=errors,
            # Ctrl-C in the terminal reaches sklpar alone; sklpar closes the pipe.
            start_new_session=True,
        )
    assert guardian.stdin is not None  # noqa: S101  for the type checker: both are pipes
    assert guardian.stdout is not None  # noqa: S101
    result = None
    try:
        guardian.stdin.write((json.dumps(word._asdict()) + "\n").encode())
        guardian.stdin.flush()
        for line in guardian.stdout:
            message = json.loads(line)
            if "fit" in message:
                on_fit(message["fit"])
            result = message.get("result", result)
    except BrokenPipeError:
        pass
    finally:
        with contextlib.suppress(OSError):
            guardian.stdin.close()
        _wait(guardian)
        guardian.stdout.close()
    stderr = folder / "guardian.txt"
    if guardian.returncode == 1 and result is None:
        msg = f"the process that watches a trial failed: {_tail(stderr).strip()[-300:]}"
        raise MeasurementError(msg, remedy=f"its messages are in {stderr}; please report this")
    if stderr.stat().st_size == 0:
        stderr.unlink()
    return result


def _wait(guardian: subprocess.Popen[bytes]) -> None:
    try:
        guardian.wait(timeout=_BURIAL_S)
    except subprocess.TimeoutExpired:
        guardian.kill()
        guardian.wait()


def _read_events(path: Path) -> list[Mapping[str, Any]]:
    """Read a trial's report; a last line torn by a kill is no event."""
    if not path.exists():
        return []
    events = []
    for line in path.read_bytes().split(b"\n"):
        with contextlib.suppress(ValueError):
            events.append(json.loads(line))
    return events


def _tail(path: Path, size: int = 4096) -> str:
    if not path.exists():
        return ""
    with path.open("rb") as file:
        file.seek(max(0, path.stat().st_size - size))
        return file.read().decode(errors="replace")


def _count_warnings(path: Path) -> dict[str, int]:
    """Count the warnings that a trial and its workers printed, by category and first line."""
    counts: Counter[str] = Counter()
    if path.exists():
        with path.open("rb") as file:
            for line in file:
                match = _WARNING.match(line.rstrip())
                if match:
                    counts[match.group(1).decode(errors="replace")[:200]] += 1
    return dict(counts.most_common(20))


def _shorten(path: Path) -> None:
    """Keep the two ends of a log: thousands of warnings a fit would fill the disk in a night."""
    if not path.exists() or path.stat().st_size <= _LOG_BYTES:
        return
    size = path.stat().st_size
    with path.open("rb") as file:
        head = file.read(_LOG_BYTES // 2)
    tail = _tail(path, _LOG_BYTES // 2).encode()
    cut = f"\n[... {size - len(head) - len(tail)} bytes left out ...]\n".encode()
    path.write_bytes(head + cut + tail)
