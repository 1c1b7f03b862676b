"""What stands on a real terminal while a run goes on, and what Tab offers in a real shell."""

from __future__ import annotations

import os
import re
import select
import shutil
import subprocess
import sys
import termios
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sklpar.store.folder import RunFolder
from tests.e2e.command import DIGITS, ROOT, environment, workplace
from tests.unit.reports import digits

pytestmark = pytest.mark.e2e

COLUMNS, ROWS = 60, 12
ESCAPE = re.compile(r"\x1b\[[0-9;?]*[A-Za-z]")


class Screen:
    """The near end of a pseudo-terminal: all that was written to it so far."""

    def __init__(self, near: int, far: int) -> None:
        self._near, self.far = near, far
        self.text = ""

    def read_until(self, words: str, timeout_s: float = 60.0) -> None:
        """Read on until `words` are there; an end of the stream or of the time is an error."""
        end = time.monotonic() + timeout_s
        while words not in self.text:
            assert time.monotonic() < end, f"{words!r} did not come: {self.text!r}"
            self.read(0.5)

    def read(self, timeout_s: float) -> None:
        if select.select([self._near], [], [], timeout_s)[0]:
            self.text += os.read(self._near, 1 << 16).decode()

    def read_rest(self) -> None:
        """Read until nothing more is there."""
        before = None
        while before != self.text:
            before = self.text
            self.read(0.1)

    def press(self, key: bytes) -> None:
        os.write(self._near, key)

    @property
    def lines(self) -> list[str]:
        return re.split(r"[\r\n]+", ESCAPE.sub("", self.text))


@contextmanager
def terminal() -> Iterator[Screen]:
    near, far = os.openpty()
    termios.tcsetwinsize(far, (ROWS, COLUMNS))
    try:
        yield Screen(near, far)
    finally:
        os.close(near)
        os.close(far)


def on_terminal(screen: Screen, cwd: Path, *arguments: str) -> subprocess.Popen[bytes]:
    env = {name: value for name, value in environment().items() if name not in ("COLUMNS", "LINES")}
    return subprocess.Popen(
        # What makes the terminal the one whose Ctrl-C reaches the process.
        ["setsid", "--ctty", sys.executable, "-P", "-m", "sklpar", *arguments],
        cwd=cwd,
        env={**env, "TERM": "xterm-256color"},
        stdin=screen.far,
        stdout=subprocess.DEVNULL,
        stderr=screen.far,
    )


def test_a_terminal_shows_what_runs_and_is_left_as_it_was_on_ctrl_c(tmp_path: Path) -> None:
    workplace(tmp_path, DIGITS)
    with terminal() as screen:
        before = termios.tcgetattr(screen.far)
        with on_terminal(screen, tmp_path, "tune", "spec.yaml", "--rounds", "2") as process:
            try:
                screen.read_until("looking at the job")
                screen.read_until(": round 1 of at most 2, trial ")
                screen.read_until("best so far ")
                screen.press(b"\x03")
                assert process.wait(timeout=60) == 130
            finally:
                process.kill()
        screen.read_rest()
        assert termios.tcgetattr(screen.far) == before
    assert screen.text.rindex("\x1b[?25h") > screen.text.rindex("\x1b[?25l")  # the cursor
    assert screen.text.endswith("\x1b[2K")  # the last line is wiped
    assert any(re.search(r"(as-written|serial|-j\d).* \d+ s", line) for line in screen.lines)
    assert any(re.search(r"at most \d+ min", line) for line in screen.lines)
    assert max(map(len, screen.lines)) < COLUMNS


def test_a_log_has_a_line_for_each_trial_and_no_escape(tmp_path: Path) -> None:
    workplace(tmp_path, DIGITS)
    flags = ("--rounds", "1", "--repeats", "0", "--backend", "threading", "--inner-threads", "1")
    done = subprocess.run(
        [sys.executable, "-P", "-m", "sklpar", "tune", "spec.yaml", *flags],
        cwd=tmp_path,
        env=environment(TERM="dumb"),
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    first, *trials = done.stderr.splitlines()
    assert first.startswith("GridSearchCV(LogisticRegression): ")
    numbers = [line.split()[0] for line in trials if "] dropped: " not in line]
    assert numbers == [f"[{number}]" for number in range(1, len(numbers) + 1)]
    assert len(numbers) >= 4
    assert "\x1b" not in done.stderr


@pytest.fixture
def shell(tmp_path: Path) -> Path:
    """A home in which a user has installed the completion, with a `sklpar` on the PATH."""
    bin_ = tmp_path / "bin"
    bin_.mkdir()
    program = bin_ / "sklpar"
    program.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m sklpar "$@"\n')
    program.chmod(0o755)
    RunFolder.create(tmp_path / ".sklpar" / "runs" / digits().run_id).write_report(digits())
    (tmp_path / "search.yaml").touch()
    return tmp_path


def in_bash(home: Path, script: str) -> str:
    done = subprocess.run(
        ["bash", "--norc", "-c", script],
        cwd=home,
        env={**environment(), "HOME": str(home), "PATH": f"{home}/bin:{os.environ['PATH']}"},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.mark.skipif(shutil.which("bash") is None, reason="needs bash")
def test_completion_as_installed_works_in_bash(shell: Path) -> None:
    assert str(ROOT) in environment()["PYTHONPATH"]
    # The trailing `true` keeps bash from becoming sklpar, which asks what its parent is.
    in_bash(shell, "sklpar --install-completion; true")
    asked = {
        "sklpar tu": "tune",
        "sklpar show ": digits().run_id,
        "sklpar tune ": "search.yaml",
        "sklpar emit ya": "yaml",
    }
    script = ["source ~/.bashrc", "complete -p sklpar >&2"]
    for line in asked:
        words = " ".join(f"'{word}'" for word in line.split(" "))
        script += [
            f"COMP_WORDS=({words})",
            "COMP_CWORD=$((${#COMP_WORDS[@]} - 1))",
            "_sklpar_completion sklpar",
            'echo "${COMPREPLY[@]}"',
        ]
    assert in_bash(shell, "\n".join(script)).splitlines() == list(asked.values())
