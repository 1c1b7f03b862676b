"""How a run goes, in plain lines and on a live display."""

from __future__ import annotations

import io
import sys
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest

from sklpar.analysis.analyse import analyse
from sklpar.cli.progress import observer
from sklpar.cli.progress.display import Display
from sklpar.cli.progress.lines import Lines
from sklpar.cli.progress.screen import Screen, picture
from sklpar.cli.progress.status import Status
from sklpar.cli.progress.words import (
    best_words,
    cut,
    duration_words,
    joined,
    listed,
    outcome_words,
)
from sklpar.model import Bound, Dropped, Outcome, Run, Trial, TrialEnded, Unavailable
from sklpar.render.plain import cells
from sklpar.store.folder import RunFolder
from tests.unit.builders import (
    AS_WRITTEN,
    LOKY,
    SERIAL,
    cut_off,
    make_failure,
    make_fit,
    make_run,
    make_sample,
    make_samples,
    stopped_early,
)

SLOW = Dropped(setting="as-written", why="19.9 times the best")


class Clock:
    """Monotonic seconds that pass when told."""

    now_s = 100.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def folder(tmp_path: Path) -> RunFolder:
    return RunFolder.create(tmp_path / "run", run_id="r")


def ended(
    run: Run,
    left_s: float | None = None,
    dropped: Sequence[Dropped] = (),
    outcome: Outcome | None = None,
) -> TrialEnded:
    """The end of a trial, of LOKY's first unless told."""
    return TrialEnded(
        outcome=outcome or make_sample(LOKY),
        report=analyse(run),
        time_left_s=left_s,
        dropped=tuple(dropped),
    )


def play(
    display: Display,
    run: Run,
    folder: RunFolder,
    heard: Sequence[tuple[Outcome, float | None]],
    dropped: Sequence[Dropped] = (),
) -> None:
    """Tell a display of a run and of these outcomes, each with the time left."""
    display.run_starts(run, folder)
    for outcome, left_s in heard:
        setting = next(one for one in run.plan.settings if one.id == outcome.setting)
        trial = Trial(number=outcome.trial, round=outcome.round, setting=setting)
        display.trial_starts(trial, Bound())
        display.in_fit(0)
        display.in_fit(None)
        display.trial_ended(ended(run, left_s, dropped, outcome=outcome))


# --------------------------------------------------------------------------- words


@pytest.mark.parametrize(
    ("outcome", "words"),
    [
        (make_sample(SERIAL, 0, first_s=2.0), "warm-up: 2.00 s"),
        (make_sample(LOKY, 1, first_s=2.0), "round 1 of 5, loky-j2-t1: 2.00 s"),
        (make_sample(LOKY, 5, first_s=2.0), "round 5 of 5, loky-j2-t1: 2.00 s"),
        (make_sample(LOKY, 6, first_s=2.0), "confirming round 1, loky-j2-t1: 2.00 s"),
        (make_sample(LOKY, 1, status="not_as_requested"), "1.00 s (not as requested)"),
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


def test_the_best_so_far_is_named_with_its_time_and_its_gain_once_there_is_one() -> None:
    assert best_words(analyse(make_run([LOKY]))) == ""
    alone = make_samples(LOKY, [1.0])
    assert best_words(analyse(make_run([LOKY], alone))) == "loky-j2-t1 (1.00 s)"
    both = [*alone, make_sample(AS_WRITTEN, 1, first_s=2.0, trial=1)]
    assert best_words(analyse(make_run([LOKY], both))) == "loky-j2-t1 (1.00 s, gain 2.00×)"


def test_the_gain_on_a_job_that_was_cut_off_is_a_bound() -> None:
    both: list[Outcome] = [*make_samples(LOKY, [1.0]), cut_off(AS_WRITTEN, 7.0)]
    words = best_words(analyse(make_run([LOKY], both)))
    assert words == "loky-j2-t1 (1.00 s, gain ≥7.00×)"


def test_while_nothing_is_recommended_the_sound_setting_that_leads_is_the_best() -> None:
    alone = make_samples(LOKY, [1.0])
    outcomes = [*alone, make_sample(AS_WRITTEN, 1, first_s=2.0, trial=1)]
    report = replace(analyse(make_run([LOKY], outcomes)), recommendation=None)
    assert best_words(report).startswith("loky-j2-t1 (1.00 s, gain ")


def test_as_written_has_no_gain_on_itself() -> None:
    report = analyse(make_run([LOKY], make_samples(AS_WRITTEN, [1.0])))
    assert best_words(report) == "as-written (1.00 s)"


@pytest.mark.parametrize("width", [1, 2, 5, 9, 30])
@pytest.mark.parametrize("text", ["", "short", "a text that is longer", "日本語の名前です"])
def test_what_is_cut_takes_no_more_columns_than_there_are(text: str, width: int) -> None:
    shown = cut(text, width, "..")
    assert cells(shown) <= width
    assert shown == text or shown.endswith(".")


def test_where_a_line_is_too_long_its_tail_stays() -> None:
    assert joined("a long name", ": trial 3", 40) == "a long name: trial 3"
    assert joined("a long name", ": trial 3", 14, "..") == "a l..: trial 3"
    assert joined("a long name", ": trial 3", 6, "..") == ": tr.."


def test_of_a_list_as_many_items_are_shown_as_fit() -> None:
    items = ["one (a)", "two (b)", "three (c)"]
    assert listed("out: ", items, 80, lines=1) == ["out: one (a), two (b), three (c)"]
    assert listed("out: ", items, 25, lines=1, end="..") == ["out: one (a), two (b), .."]
    assert listed("out: ", items, 18, lines=2) == ["out: one (a), two", "  (b), three (c)"]
    assert [cells(line) for line in listed("out: ", ["x" * 50], 18, lines=2)] == [4, 18]


# --------------------------------------------------------------------------- what is known


def running(status: Status, setting: str = "loky-j2-t1") -> str:
    name, stage = status.running()
    assert name == setting
    return stage


def test_the_elapsed_time_of_a_fit_ticks_against_its_bound() -> None:
    clock = Clock()
    status = Status(clock)
    clock.now_s += 2
    assert running(status, "") == "looking at the job 2 s"
    status.run_starts(make_run([LOKY]))
    trial = Trial(number=13, round=2, setting=LOKY, repeats=1)
    status.trial_starts(trial, Bound(first_s=60.0, warm_s=30.0))
    assert running(status) == "starting 0 s"
    status.in_fit(0)
    clock.now_s += 12
    assert running(status) == "first fit 12 s of at most 1 min 00 s"
    status.in_fit(None)
    assert running(status) == "between fits 0 s"
    status.in_fit(1)
    clock.now_s += 31
    assert running(status) == "warm fit 1 reached its bound of 30 s, stopping"
    status.in_fit(None)
    assert running(status) == "checking what ran 0 s"
    assert status.where() == "round 2 of at most 5, trial 14"


def test_a_fit_without_a_bound_has_its_time_alone() -> None:
    status = Status(Clock())
    status.run_starts(make_run([LOKY], exhaustive=True))
    status.trial_starts(Trial(number=0, round=1, setting=LOKY), Bound())
    status.in_fit(0)
    assert running(status) == "first fit 0 s"
    assert status.where() == "round 1 of 5, trial 1"
    assert status.time_left() == ""


def test_the_time_left_runs_down_by_forecast_and_by_budget() -> None:
    clock, run = Clock(), make_run([LOKY])
    status = Status(clock)
    status.run_starts(run)
    trial = Trial(number=0, round=1, setting=LOKY)
    status.trial_starts(trial, Bound(trial_s=600.0))
    assert status.time_left() == "at most 10 min 00 s left"
    clock.now_s += 10
    status.trial_ended(ended(run, 130.0))
    assert running(status, "") == "deciding what comes next 0 s"
    clock.now_s += 10
    assert status.time_left() == "about 2 min 00 s left, at most 9 min 40 s"
    clock.now_s += 1000
    assert status.time_left() == "about 0 s left, at most 0 s"


def test_who_is_dropped_last_comes_first_and_who_is_back_goes() -> None:
    other = Dropped(setting="loky-j2-t1", why="failed")
    status, run = Status(Clock()), make_run([LOKY])
    assert status.trial_ended(ended(run, dropped=[SLOW])) == [SLOW]
    assert status.trial_ended(ended(run, dropped=[SLOW, other])) == [other]
    assert status.dropped == [other, SLOW]
    assert status.trial_ended(ended(run, dropped=[other])) == []
    assert status.dropped == [other]


# --------------------------------------------------------------------------- lines


def test_each_trial_is_a_line_with_the_best_and_the_time_left(
    folder: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    run = make_run([LOKY], make_samples(LOKY, [1.0]))
    with Lines() as display:
        heard = [(make_sample(SERIAL, 0), None), (make_sample(LOKY, trial=1), 65.0)]
        play(display, run, folder, heard)
    out = capsys.readouterr()
    assert not out.out
    first, warm_up, second = out.err.splitlines()
    assert first == f"GridSearchCV: 3 settings, at most 5 rounds; {folder.path}"
    assert warm_up == "[1] warm-up: 1.00 s; best so far loky-j2-t1 (1.00 s)"
    assert second == (
        "[2] round 1 of 5, loky-j2-t1: 1.00 s; best so far loky-j2-t1 (1.00 s); "
        "about 1 min 05 s left"
    )


@pytest.mark.parametrize(
    ("outcome", "why", "words"),
    [
        (make_failure(LOKY), "failed", "failed: ValueError: no; dropped"),
        (make_sample(LOKY), "differs from serial", "1.00 s; dropped: differs from serial"),
    ],
)
def test_a_trial_that_drops_its_setting_says_so_in_its_line(
    outcome: Outcome, why: str, words: str, folder: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    play(
        Lines(),
        make_run([LOKY]),
        folder,
        [(outcome, None)],
        [Dropped(setting=LOKY.id, why=why)],
    )
    assert capsys.readouterr().err.splitlines()[1] == f"[1] round 1 of 5, loky-j2-t1: {words}"


def test_whom_the_race_drops_is_told_once_in_a_line_of_its_own(
    folder: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    heard = [(make_sample(LOKY), None), (make_sample(LOKY, 2, trial=1), None)]
    play(Lines(), make_run([LOKY]), folder, heard, [SLOW])
    told = [line for line in capsys.readouterr().err.splitlines() if "dropped" in line]
    assert told == ["[1] dropped: as-written (19.9 times the best)"]


def test_further_rounds_are_told_with_the_reason(capsys: pytest.CaptureFixture[str]) -> None:
    Lines().goes_on(10, "a round was spoilt")
    assert capsys.readouterr().err == "a round was spoilt: going on to 10 rounds\n"


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
    play(Lines(), make_run([LOKY], exhaustive=exhaustive, rounds=rounds), folder, [])
    assert words in capsys.readouterr().err


def test_a_fit_of_many_minutes_breaks_its_silence(
    folder: RunFolder, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = Clock()
    display = Lines(clock)
    display.run_starts(make_run([LOKY]), folder)
    display.trial_starts(Trial(number=3, round=1, setting=LOKY), Bound(first_s=3600.0))
    display.in_fit(0)
    capsys.readouterr()
    clock.now_s += 299
    display.beat()
    assert capsys.readouterr().err == ""
    clock.now_s += 2
    display.beat()
    display.beat()
    words = "[4] still loky-j2-t1, first fit 5 min 01 s of at most 1 h 00 min\n"
    assert capsys.readouterr().err == words


def test_a_silent_preparation_is_named_too(capsys: pytest.CaptureFixture[str]) -> None:
    clock = Clock()
    display = Lines(clock)
    clock.now_s += 400
    display.beat()
    assert capsys.readouterr().err == "still looking at the job 6 min 40 s\n"


def test_quiet_says_nothing(folder: RunFolder, capsys: pytest.CaptureFixture[str]) -> None:
    with observer(quiet=True, verbose=True) as display:
        play(display, make_run([LOKY]), folder, [(make_sample(LOKY), 3.0)])
        display.goes_on(10, "why")
    assert capsys.readouterr().err == ""


# --------------------------------------------------------------------------- the live display


def a_status() -> Status:
    """A run in its second round, with all that there is to tell."""
    clock = Clock()
    run = make_run([LOKY], [make_sample(AS_WRITTEN, 1, first_s=2.0), *make_samples(LOKY, [1.0])])
    status = Status(clock)
    status.run_starts(replace(run, spec=replace(run.spec, name="digits\x1b[31m [bold]grid[/bold]")))
    out = [Dropped(setting=f"threading-j{n}-tdefault", why="2.3 times the best") for n in range(9)]
    status.trial_ended(ended(run, 130.0, out))
    trial = Trial(number=13, round=2, setting=LOKY)
    status.trial_starts(trial, Bound(first_s=60.0, trial_s=600.0))
    status.in_fit(0)
    clock.now_s += 12
    return status


def test_the_picture_says_what_runs_how_far_it_is_the_best_who_is_out_and_the_time_left() -> None:
    where, runs, best, *out, left = picture(a_status(), 79, 24, unicode=True)
    assert where == "digits\\x1b[31m [bold]grid[/bold]: round 2 of at most 5, trial 14"
    assert runs.endswith(" loky-j2-t1  first fit 12 s of at most 1 min 00 s")
    assert best == "best so far loky-j2-t1 (1.00 s, gain 2.00\N{MULTIPLICATION SIGN})"
    assert out[0].startswith("dropped 9: threading-j0-tdefault (2.3 times the best)")
    assert out[-1].endswith("\N{HORIZONTAL ELLIPSIS}")
    assert left == "about 1 min 58 s left, at most 9 min 48 s"


@pytest.mark.parametrize("width", [1, 10, 20, 40, 60, 79])
@pytest.mark.parametrize("height", [1, 2, 3, 5, 24])
def test_the_picture_fits_any_terminal(width: int, height: int) -> None:
    shown = picture(a_status(), width, height, unicode=True)
    assert 1 <= len(shown) <= min(height, 7)
    assert all(cells(line) <= width for line in shown)
    assert any("12" in line for line in shown) or width < 40


def test_at_60_columns_all_but_the_list_of_the_dropped_is_whole() -> None:
    shown = picture(a_status(), 59, 24, unicode=True)
    assert sum("\N{HORIZONTAL ELLIPSIS}" in line for line in shown) == 2  # the hostile name too
    assert len(picture(a_status(), 59, 2, unicode=True)) == 2


def test_an_ascii_terminal_gets_ascii() -> None:
    shown = picture(a_status(), 59, 24, unicode=False)
    assert "\n".join(shown).isascii()
    assert shown[1].startswith("> loky")


def test_before_the_first_trial_the_picture_says_what_is_prepared() -> None:
    (only,) = picture(Status(Clock()), 79, 24, unicode=False)
    assert only == "> looking at the job 0 s"


class Terminal(io.StringIO):
    """A stream that is a terminal."""

    def isatty(self) -> bool:
        return True


def terminal(monkeypatch: pytest.MonkeyPatch, stream: Terminal | None = None) -> Terminal:
    """Make stderr one; not as a fixture, after which pytest would put its own in place."""
    stream = stream or Terminal()
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setenv("COLUMNS", "200")
    monkeypatch.setenv("LINES", "24")
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


def test_the_live_display_is_drawn_and_taken_away(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    stream = terminal(monkeypatch)
    run = make_run([LOKY], [make_sample(SERIAL, 0), *make_samples(LOKY, [1.0])])
    with observer(quiet=False, verbose=False) as display:
        play(display, run, folder, [(make_sample(LOKY, 6, trial=2), 65.0)])
    shown = stream.getvalue()
    assert "looking at the job" in shown
    assert "GridSearchCV: confirming round 1, trial 3" in shown
    assert "best so far loky-j2-t1 (1.00 s)" in shown
    assert shown.index("\x1b[?25l") < shown.rindex("\x1b[?25h")  # the cursor is back


def test_verbose_adds_the_lines(folder: RunFolder, monkeypatch: pytest.MonkeyPatch) -> None:
    stream = terminal(monkeypatch)
    with observer(quiet=False, verbose=True) as display:
        play(display, make_run([LOKY]), folder, [(make_sample(LOKY, 1), 65.0)])
    assert "[1] round 1 of 5, loky-j2-t1: 1.00 s" in stream.getvalue()


@pytest.mark.parametrize("error", [BrokenPipeError, OSError, ValueError])
def test_a_terminal_that_goes_away_ends_no_run(
    error: type[Exception], folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Gone(Terminal):
        def write(self, _text: str) -> int:
            raise error

        def flush(self) -> None:
            raise error

    terminal(monkeypatch, Gone())
    with observer(quiet=False, verbose=True) as display:
        play(display, make_run([LOKY]), folder, [(make_sample(LOKY, 1), 65.0)])


def test_a_listener_that_goes_away_ends_no_run(
    folder: RunFolder, monkeypatch: pytest.MonkeyPatch
) -> None:
    class Gone(io.StringIO):
        def write(self, _text: str) -> int:
            raise BrokenPipeError

    monkeypatch.setattr(sys, "stderr", Gone())
    observer(quiet=False, verbose=False).run_starts(make_run([LOKY]), folder)
