"""How a run goes, in plain lines and on a live display."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from pathlib import Path

import pytest

from sklpar.analysis.analyse import analyse
from sklpar.cli.progress import (
    Display,
    Lines,
    Screen,
    best_words,
    duration_words,
    observer,
    outcome_words,
)
from sklpar.model import Bound, Outcome, Run, Trial, Unavailable
from sklpar.store.folder import RunFolder
from tests.unit.builders import (
    LOKY,
    SERIAL,
    make_failure,
    make_fit,
    make_run,
    make_sample,
    make_samples,
    stopped_early,
)


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "run", run_id="r")


def lines(
    display: Display, run: Run, folder: RunFolder, heard: Sequence[tuple[Outcome, float | None]]
) -> None:
    """Tell a display of a run and of these outcomes, each with the time left."""
    display.run_starts(run, folder)
    for outcome, left_s in heard:
        display.trial_starts(
            Trial(number=outcome.trial, round=outcome.round, setting=LOKY), Bound()
        )
        display.fit_starts(0)
        display.trial_ended(outcome, analyse(run), left_s)


# --------------------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (make_sample(SERIAL, 0, first_s=2.0), "warm-up: 2.00 s"),
        (make_sample(LOKY, 1, first_s=2.0), "round 1 of 5, loky-j2-t1: 2.00 s"),
        (make_sample(LOKY, 5, first_s=2.0), "round 5 of 5, loky-j2-t1: 2.00 s"),
        (make_sample(LOKY, 6, first_s=2.0), "confirming, 1, loky-j2-t1: 2.00 s"),
        (make_failure(LOKY, 2), "round 2 of 5, loky-j2-t1: failed: ValueError: no"),
        (stopped_early(LOKY, 2.0), "round 1 of 5, loky-j2-t1: stopped early: stopped"),
        (make_failure(LOKY, 2, "out_of_memory"), "out of memory: ValueError: no"),
    ],
)
def test_a_trial_is_told_in_a_few_words(outcome: Outcome, words: str) -> None:
    assert outcome_words(outcome, 5).endswith(words)


def test_a_reason_of_many_lines_is_told_on_one() -> None:
    words = outcome_words(make_failure(LOKY, reason="a\n\x1b[31mb" + "c" * 500), 5)
    assert words.isprintable()
    assert len(words) < 200


def test_a_fit_that_could_not_be_timed_is_a_dash() -> None:
    fit = make_fit(1.0)
    readings = {**fit.readings, "wall_s": Unavailable(unavailable="no clock")}
    untimed = make_sample(LOKY, 1, type(fit)(readings=readings))
    assert outcome_words(untimed, 5).endswith(": -")


@pytest.mark.parametrize(
    ("duration_s", "words"),
    [
        (0.4, "0 s"),
        (59.4, "59 s"),
        (59.6, "1 min 00 s"),
        (185.0, "3 min 05 s"),
        (3599.6, "1 h 00 min"),
        (7800.0, "2 h 10 min"),
    ],
)
def test_a_duration_is_read_at_a_glance(duration_s: float, words: str) -> None:
    assert duration_words(duration_s) == words


def test_the_best_so_far_is_named_once_there_is_one() -> None:
    assert best_words(analyse(make_run([LOKY]))) == []
    run = make_run([LOKY], make_samples(LOKY, [1.0]))
    assert best_words(analyse(run)) == ["best so far loky-j2-t1"]


# --------------------------------------------------------------------------- lines


def test_each_trial_is_a_line_with_the_best_and_the_time_left(
    folder: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run([LOKY], make_samples(LOKY, [1.0]))
    lines(Lines(), run, folder, [(make_sample(SERIAL, 0), None), (make_sample(LOKY, trial=1), 65)])
    out = capsys.readouterr()
    assert not out.out
    first, warm_up, second = out.err.splitlines()
    assert first == f"GridSearchCV: 3 settings, at most 5 rounds; {folder.path}"
    assert warm_up == "[1] warm-up: 1.00 s, best so far loky-j2-t1"
    assert second == (
        "[2] round 1 of 5, loky-j2-t1: 1.00 s, best so far loky-j2-t1, about 1 min 05 s left"
    )


@pytest.mark.parametrize(
    ("exhaustive", "rounds", "words"),
    [(True, 5, "3 settings, 5 rounds;"), (False, 1, "3 settings, at most 1 round;")],
)
def test_the_rounds_are_a_ceiling_unless_the_run_is_exhaustive(
    folder: RunFolder,
    capsys: pytest.CaptureFixture[str],
    exhaustive: bool,
    rounds: int,
    words: str,
) -> None:
    run = make_run([LOKY], exhaustive=exhaustive, rounds=rounds)
    lines(Lines(), run, folder, [])
    assert words in capsys.readouterr().err


def test_quiet_says_nothing(folder: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    with observer(quiet=True, verbose=True) as display:
        lines(display, make_run([LOKY]), folder, [(make_sample(LOKY), 3.0)])
    assert capsys.readouterr().err == ""


# --------------------------------------------------------------------------- the live display


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def terminal(monkeypatch: pytest.MonkeyPatch) -> Terminal:
    """Make stderr one; not as a fixture, after which pytest would put its own in place."""
    stream = Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setattr(sys, "stderr", stream)
    return stream


def test_a_terminal_gets_a_live_display_and_a_dumb_one_lines(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = terminal(monkeypatch)
    assert isinstance(observer(quiet=False, verbose=False), Screen)
    monkeypatch.setenv("TERM", "dumb")
    assert isinstance(observer(quiet=False, verbose=False), Lines)
    assert not stream.getvalue()


def test_the_live_display_says_what_runs_how_far_it_is_the_best_and_the_time_left(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = terminal(monkeypatch)
    run = make_run([LOKY], [make_sample(SERIAL, 0), *make_samples(LOKY, [1.0])])
    with observer(quiet=False, verbose=False) as display:
        lines(display, run, folder, [(make_sample(LOKY, 6, trial=2), 65.0)])
    shown = stream.getvalue()
    assert "confirming, 1: loky-j2-t1, first fit 0 s" in shown
    assert "3 trials, best so far loky-j2-t1, about 1 min 0" in shown


def test_verbose_adds_the_lines(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = terminal(monkeypatch)
    with observer(quiet=False, verbose=True) as display:
        lines(display, make_run([LOKY]), folder, [(make_sample(LOKY, 1), 65.0)])
    assert "[1] round 1 of 5, loky-j2-t1: 1.00 s" in stream.getvalue()


def test_a_listener_that_goes_away_ends_no_run(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Gone(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", Gone())
    observer(quiet=False, verbose=False).run_starts(make_run([LOKY]), folder)
