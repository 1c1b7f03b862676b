"""A child process that never outlives its parent, and the parent's side of it.

Parent and child share a pipe, the lifeline: it reads end-of-file in the child when the parent is
gone, however it went. The parent, for its part, leaves nothing of the child's session behind.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import select
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from sklpar.errors import MeasurementError
from sklpar.quantities import proc

if TYPE_CHECKING:
    from sklpar.host.interpreter import Interpreter

_TAIL_BYTES = 8192
_TRACKERS_S = 1.0


class Ending:
    """How a child ended: exit code, or timed out, and the last lines that it printed."""

    def __init__(self, code: int, tail: bytes, *, timed_out: bool) -> None:
        self.code = code
        self.timed_out = timed_out
        lines = tail.decode("utf-8", "replace").splitlines()
        plain = ["".join(c if c.isprintable() else " " for c in line).rstrip() for line in lines]
        self.lines = [line for line in plain if line]

    @property
    def last_lines(self) -> list[str]:
        """The last few lines that it printed, for people to read."""
        return [line[:200] for line in self.lines[-5:]]

    @property
    def how(self) -> str:
        """How it ended by itself: ``signal 9`` or ``exit code 1``."""
        return f"signal {-self.code}" if self.code < 0 else f"exit code {self.code}"


def run_child(
    module: str,
    arguments: Sequence[str],
    timeout_s: float,
    interpreter: Interpreter | None = None,
) -> Ending:
    """Run ``python -P -m module *arguments LIFELINE`` in a session that is gone when this returns.

    Parameters
    ----------
    interpreter : Interpreter, optional
        The Python that runs it; None is the one that runs this.

    Raises
    ------
    MeasurementError
        If it could not be started.
    """
    executable = interpreter.executable if interpreter else sys.executable
    environ = interpreter.environment(os.environ) if interpreter else None
    lifeline_read, lifeline_write = _pipe()
    command = [executable, "-P", "-m", module, *arguments, str(lifeline_read)]
    try:
        return run_bounded(command, timeout_s, environ=environ, pass_fds=[lifeline_read])
    finally:
        os.close(lifeline_read)
        os.close(lifeline_write)


def _pipe() -> tuple[int, int]:
    """Return a pipe above the standard streams, one of which may be closed, and is set anew."""
    ends = os.pipe()
    try:
        read, write = (fcntl.fcntl(end, fcntl.F_DUPFD_CLOEXEC, 3) for end in ends)
    finally:
        for end in ends:
            os.close(end)
    return read, write


def run_bounded(
    command: Sequence[str],
    timeout_s: float,
    *,
    environ: Mapping[str, str] | None = None,
    pass_fds: Sequence[int] = (),
) -> Ending:
    """Run a command in a session that is gone when this returns.

    Parameters
    ----------
    environ : mapping, optional
        Its environment; None is that of this process.
    pass_fds : sequence of int
        File descriptors that it inherits.

    Raises
    ------
    MeasurementError
        If it could not be started.
    """
    try:
        child = subprocess.Popen(
            command,
            env=environ,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            pass_fds=pass_fds,
            start_new_session=True,
        )
    except OSError as error:
        raise MeasurementError(f"cannot start {command[0]}: {error}") from error
    try:
        tail, timed_out = _watch(child, timeout_s)
    finally:
        _kill_session(child)
    return Ending(child.returncode, tail, timed_out=timed_out)


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
    below = proc.descendants(child.pid) if child.poll() is None else []
    trackers = [pid for pid in below if proc.is_tracker(pid)]
    if trackers:
        for pid in (*below, child.pid):
            if pid not in trackers:
                _kill(pid)
        child.wait()
        _wait_for(trackers)
    with contextlib.suppress(ProcessLookupError):
        os.killpg(child.pid, signal.SIGKILL)
    child.wait()
    if child.stdout is not None:
        child.stdout.close()


def _wait_for(trackers: Sequence[int]) -> None:
    """Let resource trackers end by themselves: they remove what loky's dead left in memory."""
    deadline = time.monotonic() + _TRACKERS_S
    while time.monotonic() < deadline and any(map(proc.is_tracker, trackers)):
        time.sleep(0.01)


def _kill(pid: int) -> None:
    with contextlib.suppress(ProcessLookupError):
        os.kill(pid, signal.SIGKILL)


def die_with_parent(lifeline: int) -> None:
    """End the whole session when the parent is gone, however it went; called by the child."""

    def watch() -> None:
        os.read(lifeline, 1)
        _end_session()

    threading.Thread(target=watch, daemon=True).start()


def _end_session() -> None:
    """Kill this process and all below it, but leave resource trackers to end by themselves.

    They do so when their pipe closes, and remove the semaphores and memory maps of the dead first.
    """
    below = proc.descendants(os.getpid())
    trackers = [pid for pid in below if proc.is_tracker(pid)]
    if not trackers:
        os.killpg(0, signal.SIGKILL)
    for pid in below:
        if pid not in trackers:
            _kill(pid)
    os.kill(os.getpid(), signal.SIGKILL)
