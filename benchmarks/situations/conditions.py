"""Makes the conditions of a situation for real, and undoes them on every exit."""

from __future__ import annotations

import contextlib
import importlib.util
import json
import os
import shutil
import subprocess
import sys
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.situations.model import Conditions

_PERIOD_US = 100_000
_POLL_S = 0.02
_STEERING = ("_NUM_THREADS", "_MAXIMUM_THREADS", "_THREAD_LIMIT")
# It ends by itself should this program be killed.
_BUSY = "import os; mine = os.getppid()\nwhile os.getppid() == mine: sum(range(10**5))"


class NotPossibleError(Exception):
    """The condition cannot be made here; the message says why."""


@dataclass(frozen=True)
class Made:
    """How to start a command so that the conditions hold for it."""

    prefix: tuple[str, ...]
    environment: dict[str, str]


@contextmanager
def made(conditions: Conditions, journal: Path, scratch: Path) -> Iterator[Made]:
    """Make the conditions; `journal` is the run's ``samples.jsonl``, which need not be there yet.

    Raises
    ------
    NotPossibleError
        One of them cannot be made here.
    """
    for module in conditions.needs:
        if importlib.util.find_spec(module) is None:
            raise NotPossibleError(f"{module} is not installed")
    prefix: tuple[str, ...] = ()
    environment = {
        name: value
        for name, value in os.environ.items()
        if not name.endswith(_STEERING) and not name.startswith(("JOBLIB_", "LOKY_", "SKLPAR_"))
    }
    with ExitStack() as undo:
        if conditions.temp_mb is not None:
            folder = undo.enter_context(_small_disk(scratch / "joblib", conditions.temp_mb))
            environment["JOBLIB_TEMP_FOLDER"] = str(folder)
        if conditions.quota_cpus is not None:
            procs = undo.enter_context(_quota(conditions.quota_cpus))
            prefix = ("sh", "-c", f'echo $$ > "{procs}" && exec "$@"', "sh")
        if conditions.neighbours:
            undo.enter_context(
                _neighbours(conditions.neighbours, conditions.neighbours_round, journal)
            )
        yield Made(prefix, environment)


@contextmanager
def _quota(cpus: float) -> Iterator[Path]:
    """Make a control group with a quota below our own; yield the file by which to join it."""
    own = _own_cpu_group()
    group = own / f"diagnosis-{os.getpid()}"
    try:
        group.mkdir()
    except OSError as error:
        raise NotPossibleError(f"no control group can be made: {error.strerror}") from None
    try:
        (group / "cpu.cfs_period_us").write_text(str(_PERIOD_US))
        (group / "cpu.cfs_quota_us").write_text(str(round(cpus * _PERIOD_US)))
        yield group / "cgroup.procs"
    finally:
        _remove(group, own)


def _own_cpu_group() -> Path:
    """Return the folder of our own group in version 1's cpu controller."""
    lines = Path("/proc/self/cgroup").read_text(encoding="ascii").splitlines()
    paths = {
        c: path for _, cs, path in (line.split(":", 2) for line in lines) for c in cs.split(",")
    }
    group = Path("/sys/fs/cgroup/cpu") / paths.get("cpu", "/").lstrip("/")
    if not os.access(group / "cpu.cfs_quota_us", os.R_OK) and not (group / "cpu.shares").exists():
        raise NotPossibleError("no cpu controller of control groups version 1")
    return group


def _remove(group: Path, parent: Path) -> None:
    """Remove a group; what is left in it, such as a pool that ends, goes on in its parent."""
    for _ in range(50):
        for pid in (group / "cgroup.procs").read_text(encoding="ascii").split():
            with contextlib.suppress(OSError):
                (parent / "cgroup.procs").write_text(pid)
        with contextlib.suppress(OSError):
            group.rmdir()
            return
        time.sleep(_POLL_S)
    print(f"left behind: {group}", file=sys.stderr)


@contextmanager
def _small_disk(folder: Path, size_mb: int) -> Iterator[Path]:
    folder.mkdir()
    mount = ["mount", "-t", "tmpfs", "-o", f"size={size_mb}m", "diagnosis", str(folder)]
    if shutil.which("mount") is None or os.geteuid() != 0:
        raise NotPossibleError("mounting a small file system takes root")
    done = subprocess.run(mount, capture_output=True, text=True, check=False)
    if done.returncode:
        raise NotPossibleError(f"no small file system: {done.stderr.strip()}")
    try:
        yield folder
    finally:
        if subprocess.run(["umount", str(folder)], check=False, capture_output=True).returncode:
            subprocess.run(["umount", "--lazy", str(folder)], check=False)


@contextmanager
def _neighbours(count: int, round_: int | None, journal: Path) -> Iterator[None]:
    """Keep busy processes running, all the time or in one round."""
    stop = threading.Event()
    busy: list[subprocess.Popen[bytes]] = []

    def follow() -> None:
        while not stop.wait(_POLL_S):
            due = round_ is None or _in_round(round_, journal)
            if due and not busy:
                busy.extend(
                    subprocess.Popen([sys.executable, "-S", "-c", _BUSY]) for _ in range(count)
                )
            elif not due and busy:
                _end(busy)

    thread = threading.Thread(target=follow)
    thread.start()
    try:
        yield
    finally:
        stop.set()
        thread.join()
        _end(busy)


def _end(processes: list[subprocess.Popen[bytes]]) -> None:
    for process in processes:
        process.kill()
        process.wait()
    processes.clear()


def _in_round(round_: int, journal: Path) -> bool:
    """Tell whether the trial that runs now is of that round, by those that are done.

    The first round tells how many trials a round has, so the third is the first to be known
    from its very start.
    """
    try:
        lines = journal.read_text(encoding="utf-8").splitlines()
    except FileNotFoundError:
        return False
    rounds = _rounds(lines)
    each = rounds.count(1)
    return each > 0 and (round_ - 1) * each <= len(rounds) - rounds.count(0) < round_ * each


def _rounds(lines: Sequence[str]) -> list[int]:
    rounds = []
    for line in lines:
        with contextlib.suppress(ValueError):  # a line that is being written
            rounds.append(int(json.loads(line)["round"]))
    return rounds
