"""The parent's side of an inspection: start the child, watch it, place what it found."""

from __future__ import annotations

import contextlib
import json
import os
import select
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from sklpar.errors import MeasurementError, Problem, SpecError, TrustError, UsageError
from sklpar.model import Inspection, Pool, Spec
from sklpar.spec.job import encode_job
from sklpar.spec.places import bounded, placed
from sklpar.spec.trust import wrong_package_name

if TYPE_CHECKING:
    from collections.abc import Sequence

_TAIL_BYTES = 8192


def inspect_spec(spec: Spec, trust: Sequence[str], *, timeout_s: float = 60) -> Inspection:
    """Build the job in a child process and return what is in it; nothing is fitted.

    Parameters
    ----------
    trust : sequence of str
        Packages whose code the spec may name.
    timeout_s : float
        How long imports and constructors may take.

    Raises
    ------
    TrustError
        If the spec names code of a package that is not trusted; it was not imported.
    SpecError
        If anything cannot be built, or the child died or hung in code that the spec names.
    MeasurementError
        If the child could not be started, or left something unreadable.
    """
    for package in trust:
        if wrong := wrong_package_name(package):
            raise UsageError(f"--trust: {wrong}")
    with tempfile.TemporaryDirectory(prefix="sklpar-check-") as folder:
        job_file, result_file = Path(folder, "job.json"), Path(folder, "result.json")
        job_file.write_text(json.dumps(encode_job(spec, trust)), encoding="utf-8")
        ending = _run_child(job_file, result_file, timeout_s)
        if ending.timed_out or not result_file.exists():
            raise _ended_early(spec, ending, timeout_s)
        result = _read_result(result_file)
    if "problems" in result:
        raise _as_error(spec, result["problems"])
    return _as_inspection(result["inspection"])


class _Ending:
    """How a child ended: exit code, or timed out, and the last it printed."""

    def __init__(self, code: int, tail: bytes, *, timed_out: bool) -> None:
        self.code = code
        self.timed_out = timed_out
        lines = tail.decode("utf-8", "replace").splitlines()
        plain = ["".join(c if c.isprintable() else " " for c in line).rstrip() for line in lines]
        self.last_lines = [line[:200] for line in plain if line][-5:]


def _run_child(job_file: Path, result_file: Path, timeout_s: float) -> _Ending:
    """Run the child in a session of its own, all of which is gone when this returns."""
    lifeline_read, lifeline_write = os.pipe()
    module = ["-m", "sklpar.spec.inspection", str(job_file), str(result_file), str(lifeline_read)]
    try:
        child = subprocess.Popen(
            [sys.executable, "-P", *module],
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=[lifeline_read],
            start_new_session=True,
        )
    except OSError as error:
        os.close(lifeline_write)
        raise MeasurementError(f"cannot start {sys.executable}: {error}") from error
    finally:
        os.close(lifeline_read)
    try:
        tail, timed_out = _watch(child, timeout_s)
    finally:
        _kill_session(child)
        os.close(lifeline_write)
    return _Ending(child.returncode, tail, timed_out=timed_out)


def _watch(child: subprocess.Popen[bytes], timeout_s: float) -> tuple[bytes, bool]:
    """Wait for the child, keeping the last of its output; return that, and whether it timed out."""
    assert child.stdout is not None  # noqa: S101 - it is a pipe, see above
    output = child.stdout.fileno()
    os.set_blocking(output, False)
    deadline = time.monotonic() + timeout_s
    tail, is_open = b"", True
    while True:
        ended = child.poll() is not None
        if is_open:
            # A grandchild may hold the pipe open for ever: never wait for its end.
            ready, _, _ = select.select([output], [], [], 0 if ended else 0.05)
            chunk = os.read(output, 65536) if ready else b""
            is_open = bool(chunk) or not ready
            tail = (tail + chunk)[-_TAIL_BYTES:]
            if ended and not chunk:
                return tail, False
        elif ended:
            return tail, False
        else:
            time.sleep(0.02)
        if time.monotonic() > deadline:
            return tail, not ended


def _kill_session(child: subprocess.Popen[bytes]) -> None:
    """Kill the child and whatever it started; its session is its own."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    if child.stdout is not None:
        child.stdout.close()


def _read_result(file: Path) -> dict[str, Any]:
    try:
        result = json.loads(file.read_text(encoding="utf-8"))
        if isinstance(result, dict) and len(result.keys() & {"problems", "inspection"}) == 1:
            return result
    except (OSError, ValueError):
        pass
    raise MeasurementError(
        "the process that checks the spec left an answer that cannot be read",
        remedy="try again; if it stays, run the job's imports by hand and look for errors",
    )


def _ended_early(spec: Spec, ending: _Ending, timeout_s: float) -> SpecError:
    if ending.timed_out:
        what = f"building the job took longer than {timeout_s:g} s and was stopped"
        remedy = "look for endless work in what the named modules do when they are imported"
    else:
        how = f"signal {-ending.code}" if ending.code < 0 else f"exit code {ending.code}"
        what = f"the process that builds the job ended by itself ({how})"
        remedy = "look for exits and crashes in what the named modules do when they are imported"
    if ending.last_lines:
        remedy = "\n    ".join([f"{remedy}; it last printed:", *ending.last_lines])
    section = ("callable",) if spec.callable else ("estimator",)
    problem = placed(Problem(message=what, remedy=remedy, path=section), spec.positions)
    return SpecError([problem], file=spec.file, text=spec.text)


def _as_error(spec: Spec, found: Sequence[dict[str, Any]]) -> SpecError | TrustError:
    problems = {}
    for item in found:
        path = tuple(item["path"])
        problem = Problem(message=item["message"], remedy=item["remedy"], path=path)
        problems[item["message"], path] = placed(problem, spec.positions)
    error = SpecError(bounded(list(problems.values())), file=spec.file, text=spec.text)
    if any(item["untrusted"] for item in found):
        return TrustError(str(error))
    return error


def _as_inspection(result: dict[str, Any]) -> Inspection:
    pools = tuple(Pool(**pool) for pool in result.pop("pools"))
    paths = tuple(result.pop("n_jobs_paths", ()))
    return Inspection(**result, n_jobs_paths=paths, pools=pools)
