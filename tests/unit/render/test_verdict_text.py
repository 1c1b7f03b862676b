"""The verdict in a terminal and in the log of a CI job."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sklpar.model import Difference, NotGuarded, Verdict
from sklpar.render import RenderOptions
from sklpar.render.plain import loggable
from sklpar.render.verdicts.text import render
from sklpar.render.verdicts.words import factor, limit
from tests.unit.verdicts import HOSTILE, check, every_verdict, verdict

EVERY = every_verdict()
LONG = "multiprocessing-j128-tblas128-openmp128-max_features=0.1234567890"
ANYWHERE = "what holds on any machine (memory, threads, speedup, CPU inflation)"
RUN = ".sklpar/guard/20261120-100000-ab"


def text(of: Verdict, width: int = 400) -> str:
    return render(of, RenderOptions(width=width))


def differences(*fields: str) -> tuple[Difference, ...]:
    return tuple(Difference(field=name, before="A", now="B", blocking=True) for name in fields)


def table(of: Verdict, width: int) -> list[str]:
    lines = text(of, width).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("check "))
    return lines[start : start + 1 + len(of.checks)]


def test_the_first_line_says_pass_exactly_where_the_command_exits_0() -> None:
    for name, of in EVERY.items():
        assert text(of, 60).startswith("PASS: ") == (of.exit_code == 0), name


@pytest.mark.parametrize(
    ("outcome", "head"),
    [
        ("failed", "FAIL: "),
        ("inconclusive", "INCONCLUSIVE: "),
        ("not_comparable", "NOT COMPARABLE: "),
        ("nothing_measured", "NOTHING MEASURED: "),
        ("interrupted", "INTERRUPTED: "),
    ],
)
def test_the_first_line_names_the_outcome(outcome: str, head: str) -> None:
    assert text(verdict(outcome)).startswith(head)  # type: ignore[arg-type]


def test_the_first_line_holds_the_figures_that_decided() -> None:
    grown = check("regressed", "serial", "memory", limit=1.025)
    of = verdict("failed", checks=(check("equivalent"), grown))
    assert text(of).splitlines()[0] == (
        "FAIL: 1 of 2 checks against base.json regressed: memory of serial is 333 MB (254 MB in "
        "the baseline): ratio 1.312, at least 1.221, limit 1.025"
    )


def test_a_pinned_setting_is_held_to_a_named_rival() -> None:
    of = verdict("failed", "config", checks=(check("regressed", against="threading-j2-t1"),))
    assert text(of).splitlines()[0] == (
        "FAIL: 1 of 1 check of tuned.yaml regressed: first fit of loky-j2-t1 is 1.31 s (1.00 s "
        "for threading-j2-t1): ratio 1.312, at least 1.221, limit 1.10"
    )


def test_a_gain_is_held_to_what_is_required() -> None:
    gain = check("regressed", metric="speedup", against="as-written", now=0.9, limit=1.0)
    assert "is 0.900× (1.00× is required)" in text(verdict("failed", "config", checks=(gain,)))


def test_another_environment_is_named() -> None:
    of = verdict("failed", "against", checks=(check("regressed", against="other"),))
    assert "(1.00 s under /opt/main/bin/python)" in text(of)


def test_the_worst_of_several_leads() -> None:
    failed = check("failed", "threading-j2-t1", reason="failed: ValueError: no")
    of = verdict("failed", checks=(check("regressed"), failed))
    assert text(of).startswith(
        "FAIL: 2 of 2 checks against base.json regressed or could not be made; the worst: "
        "threading-j2-t1 has no first fit to compare: failed: ValueError: no\n"
    )


def test_a_pass_names_the_check_nearest_to_its_limit() -> None:
    near = check("equivalent", "serial", limit=1.02)
    of = verdict("passed", checks=(check("equivalent"), near, check("improved", metric="cpu")))
    head = text(of).splitlines()[0]
    assert "none beyond its limit, 1 improved; the nearest: first fit of serial" in head


def test_an_inconclusive_verdict_that_is_allowed_says_so_in_the_first_line() -> None:
    of = verdict("inconclusive", inconclusive_allowed=True)
    assert text(of).startswith("PASS: inconclusive, which is allowed: 1 of 2 checks")


def test_a_baseline_that_was_written_is_the_headline_and_is_not_said_twice() -> None:
    note = "the baseline was written to base.json"
    shown = text(verdict("passed", checks=(), notes=(note, "it holds 4 settings")))
    assert shown.startswith(f"PASS: {note}\n")
    assert shown.count(note) == 1
    assert "it holds 4 settings" in shown


def test_blocking_differences_come_first() -> None:
    of = verdict(
        "not_comparable",
        reasons=(),
        differences=(
            Difference(field="kernel", before="6.1", now="6.8", blocking=False),
            Difference(field="cpu_model", before="A", now="B", blocking=True),
        ),
    )
    head, *lines = text(of).splitlines()
    assert head == "NOT COMPARABLE: base.json: cpu_model was A, is B"
    assert lines[1:3] == [
        "Not comparable: cpu_model was A, is B",
        "Differs: kernel was 6.1, is 6.8",
    ]


def test_every_reason_is_told() -> None:
    shown = text(verdict("not_comparable"))
    assert "base.json: it lacks the row serial" in shown
    assert "Also: its row loky-j2-t1 is failed" in shown


def test_settings_left_out_for_one_reason_share_a_line() -> None:
    why = "no rival: 1.8 times the first fit of serial"
    ones = tuple(NotGuarded(setting=name, why=why) for name in ("a-j2", "b-j2"))
    one = NotGuarded(setting="a-j2", why="repeats is 0", metric="fit")
    shown = text(verdict("passed", not_guarded=(*ones, one)))
    assert f"Not guarded: a-j2, b-j2: {why}\n" in shown
    assert "Not guarded: warm fit of a-j2: repeats is 0\n" in shown


def test_void_rounds_are_listed() -> None:
    shown = text(verdict("passed"))
    assert "Rounds: 5 that count, in 64.2 s. The machine spoilt 2 more: 3, 7.\n" in shown


@pytest.mark.parametrize(
    ("of", "steps"),
    [
        (verdict("failed"), [f"Next: sklpar show {RUN} for the figures"]),
        (
            verdict("failed", "config"),
            [
                f"Next: sklpar show {RUN} for the figures",
                "Or: sklpar tune specs/churn.yaml to choose a setting anew",
            ],
        ),
        (
            verdict("inconclusive"),
            # 64.2 s for 5 rounds and 2 void ones: 14 take 128 s, and 154 s with a fifth to spare.
            ["Next: --rounds 14 --budget 3m: about 14 rounds would decide, 5 did not"],
        ),
        (verdict("not_comparable"), ["Next: --update to measure the baseline anew, here"]),
        (
            verdict(
                "not_comparable",
                differences=differences("host.cpu_model", "host.thread_pools.blas"),
            ),
            [
                f"Next: --ratios-only to compare {ANYWHERE}",
                "Or: --update to measure the baseline anew, here",
            ],
        ),
        (
            verdict("not_comparable", differences=differences("host.cpu_model", "data.shape")),
            ["Next: --update to measure the baseline anew, here"],
        ),
    ],
)
def test_the_last_lines_say_what_to_type_next(of: Verdict, steps: list[str]) -> None:
    assert text(of).splitlines()[-len(steps) :] == steps


def test_where_no_number_of_rounds_would_decide_none_is_asked_for() -> None:
    open_ = check("inconclusive", rounds_needed=None)
    last = text(verdict("inconclusive", checks=(open_,))).splitlines()[-1]
    assert last.startswith("Next: no number of rounds would decide")
    assert "--rounds" not in last


def test_where_nothing_was_compared_no_rounds_are_asked_for() -> None:
    of = verdict("inconclusive", checks=())
    assert text(of).startswith("INCONCLUSIVE: nothing was compared\n")
    assert text(of).splitlines()[-1] == f"Next: sklpar show {RUN} for the figures"


def test_too_few_rounds_ask_for_more() -> None:
    open_ = check("inconclusive", ratio=None, rounds_needed=None, reason="fewer than three rounds")
    shown = text(verdict("inconclusive", checks=(open_,)))
    assert (
        "remained undecided: first fit of loky-j2-t1 is 1.08 s (1.00 s in the baseline): few"
        in (shown)
    )
    assert shown.splitlines()[-1].startswith("Next: --rounds 5 or a larger --budget")


def test_a_run_with_a_space_in_its_path_can_be_typed() -> None:
    assert "sklpar show '/tmp/a b'" in text(verdict("failed", run="/tmp/a b"))


@pytest.mark.parametrize("width", [60, 80, 140])
@pytest.mark.parametrize("mode", ["config", "baseline", "against"])
def test_the_table_keeps_its_cells_whole_at_any_width(width: int, mode: str) -> None:
    rival = "threading-j2-t1" if mode == "config" else "baseline"
    ones = tuple(
        check(ruling, setting, against=rival)
        for ruling in ("regressed", "inconclusive", "equivalent")
        for setting in ("serial", f"{LONG}1", f"{LONG}2")
    )
    of = verdict("failed", mode, checks=ones)  # type: ignore[arg-type]
    heading, *rows = table(of, width)
    assert all(len(line) <= width for line in (heading, *rows))
    assert heading.split()[:3] == ["check", "setting", "metric"]
    assert all(word in heading for word in ("ratio", *(["against"] if mode == "config" else [])))
    words = " ".join(text(of, width).split())
    assert all(name in words for name in (f"{LONG}1", f"{LONG}2", rival))
    assert [row.split()[0] for row in rows] == ["regressed"] * 3 + ["undecided"] * 3 + ["ok"] * 3


def test_columns_without_room_are_named() -> None:
    of = verdict("failed")
    assert "No room for" not in text(of, 140)
    assert "No room for baseline, interval: see --format json." in text(of, 60)


def test_the_checks_are_ordered_by_how_far_they_are_beyond_the_limit() -> None:
    ones = [check("regressed", name, limit=bound) for name, bound in (("a", 1.2), ("b", 1.1))]
    of = verdict("failed", checks=(check("equivalent", "c"), *ones, check("failed", "d")))
    assert [row.split()[1] for row in table(of, 80)[1:]] == ["d", "b", "a", "c"]


def test_only_what_is_amiss_is_colored() -> None:
    of = verdict("failed")
    lines = render(of, RenderOptions(color=True, width=140)).splitlines()
    assert lines[0].startswith("\x1b[1;31mFAIL")
    red = [line for line in lines[1:] if line.startswith("\x1b[31m")]
    assert len(red) == sum(one.ruling in ("failed", "regressed") for one in of.checks)
    assert not any(line.startswith("\x1b") for line in lines if "  ok" in line or "ok  " in line)
    assert render(verdict("passed"), RenderOptions(color=True)).startswith("\x1b[1;32mPASS")


def test_color_changes_no_character() -> None:
    for of in EVERY.values():
        painted = render(of, RenderOptions(color=True))
        for code in ("1;32", "1;31", "1", "31", "32", "33", "0"):
            painted = painted.replace(f"\x1b[{code}m", "")
        assert painted == render(of, RenderOptions())


def test_a_long_reason_does_not_bury_the_verdict() -> None:
    of = replace(verdict("failed"), checks=(check("failed", reason="x " * 5_000),))
    assert "more characters" in text(of)
    assert len(text(of)) < 3_000


@pytest.mark.parametrize(
    ("foreign", "shown"),
    [
        ("a\n::error::b", r"a \x3a:error::b"),
        ("##[error]x", r"#\x23[error]x"),
        (":::x", r"\x3a::x"),
        ("module::function", "module::function"),
        ("# [x]", "# [x]"),
    ],
)
def test_foreign_text_gives_a_ci_runner_no_commands(foreign: str, shown: str) -> None:
    assert loggable(foreign) == shown


def test_making_text_harmless_twice_changes_nothing() -> None:
    assert loggable(loggable(HOSTILE)) == loggable(HOSTILE)


@pytest.mark.parametrize(("value", "shown"), [(1.1, "1.10"), (1.125, "1.125"), (1.0025, "1.0025")])
def test_a_limit_is_shown_as_exactly_as_it_was_given(value: float, shown: str) -> None:
    assert limit(value) == shown


@pytest.mark.parametrize(("value", "shown"), [(1.1023, "1.102"), (0.0, "0.000"), (31.4159, "31.4")])
def test_a_ratio_is_told_from_its_limit(value: float, shown: str) -> None:
    assert factor(value) == shown
