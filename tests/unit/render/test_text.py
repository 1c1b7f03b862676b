"""The text report: its answer, its table, and what stands below."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from sklpar.model import (
    BreakEven,
    Caps,
    Cost,
    Finding,
    Noise,
    Rejected,
    Report,
    Speedup,
)
from sklpar.render import RenderOptions
from sklpar.render.text import render
from tests.unit import reports
from tests.unit.reports import CAP, HANGS, digits, recommendation, report, row, stopped

GOLDEN = Path(__file__).parents[2] / "golden"


def text(of: Report, width: int = 100, *, unicode: bool = True, color: bool = False) -> str:
    return render(of, RenderOptions(width=width, unicode=unicode, color=color))


@pytest.mark.parametrize("unicode", [True, False], ids=["unicode", "ascii"])
@pytest.mark.parametrize("width", [60, 80, 140])
def test_the_report_reads_as_it_did(width: int, unicode: bool) -> None:
    """Refresh the files with ``SKLPAR_UPDATE_GOLDEN=1 pytest tests/unit/render``."""
    file = GOLDEN / f"report-{width}-{'unicode' if unicode else 'ascii'}.txt"
    shown = text(digits(), width, unicode=unicode)
    if os.environ.get("SKLPAR_UPDATE_GOLDEN"):
        file.write_text(shown, encoding="utf-8")
    assert shown == file.read_text(encoding="utf-8")


def unwrapped(of: Report, width: int = 1000, *, unicode: bool = True) -> list[str]:
    """The page with each paragraph on a line of its own."""
    lines: list[str] = []
    for line in text(of, width, unicode=unicode).splitlines():
        if line.startswith("  ") and not line.startswith("  sklpar"):
            lines[-1] += line[1:]
        else:
            lines.append(line)
    return lines


def first(of: Report) -> str:
    """The answer, unwrapped."""
    return unwrapped(of)[0]


def test_the_answer_comes_first_with_its_interval() -> None:
    expected = (
        "Run with threading, n_jobs=2, 1 thread per worker: 0.320 s instead of 12.4 s, "
        "38.2x faster (95% interval 35.1-41.0)."
    )
    assert unwrapped(digits(), unicode=False)[0].startswith(expected)


def test_a_provisional_answer_says_so_and_shows_no_interval() -> None:
    sure = recommendation(
        "threading-j2-t1",
        provisional=True,
        speedup=Speedup(median=3.0, low=None, high=None),
    )
    shown = unwrapped(replace(digits(), recommendation=sure))
    assert "interval" not in shown[0]
    assert shown[1].startswith("This is provisional")


def test_as_written_is_recommended_as_keep_what_you_have() -> None:
    best = report(row("as-written", 0.5), recommendation=recommendation("as-written"))
    assert first(best).startswith("Keep what you have")
    assert "0.500 s" in first(best)
    assert "sklpar emit" not in text(best)


def test_a_tie_with_as_written_names_the_others() -> None:
    tied = recommendation("as-written", tied=("as-written", "loky-j2-t1"))
    shown = first(report(row("as-written", 0.5), row("loky-j2-t1", 0.5), recommendation=tied))
    assert shown.startswith("Keep what you have")
    assert shown.endswith("Tied with it, within 5%: loky-j2-t1.")


def test_serial_is_said_in_words() -> None:
    best = report(
        row("as-written", 2.0),
        row("serial", 1.0, n_jobs=1, backend="sequential", inner_threads=1),
        recommendation=recommendation("serial"),
    )
    assert first(best).startswith("Run with one job and one thread (n_jobs=1, sequential): 1.00 s")


def test_no_recommendation_says_what_is_missing() -> None:
    assert first(report(row("as-written"))) == (
        "No recommendation: fewer than two settings were measured."
    )


def test_a_cut_off_as_written_gives_a_lower_bound() -> None:
    bound = recommendation("loky-j2-t1", speedup=Speedup(median=None, low=12.0, high=None))
    shown = "\n".join(
        unwrapped(
            report(
                row("as-written", None, status="timeout", reason="stopped after 60 s"),
                row("loky-j2-t1", 5.0, n_jobs=2, backend="loky", inner_threads=1),
                recommendation=bound,
            ),
            unicode=False,
        )
    )
    assert "5.00 s, at least 12.0x faster (the job as written was cut off)" in shown
    assert ">=12.0x" in shown


def test_caps_by_library_and_params_are_said_in_words() -> None:
    best = report(
        row(
            "loky-tblas1-openmp2-n_jobs=1", backend="loky",
            inner_threads=Caps(blas=1, openmp=2), params={"estimator__n_jobs": 1},
        ),
        recommendation=recommendation("loky-tblas1-openmp2-n_jobs=1"),
    )  # fmt: skip
    assert first(best).startswith(
        "Run with loky, 1 BLAS and 2 OpenMP threads per worker, estimator__n_jobs=1:"
    )


def test_an_interrupted_run_names_the_way_on() -> None:
    assert "sklpar tune --resume 'my run'" in render(
        replace(digits(), status="interrupted"), RenderOptions(width=200, folder="my run")
    )


def test_rows_are_sorted_by_what_is_minimized_and_failures_come_last() -> None:
    by_memory = replace(digits(), spec={"objective": {"minimize": "memory"}})
    for of, order in (
        (digits(), ["threading-j2-t1", "serial", "as-written", "loky-j2-tdefault"]),
        (by_memory, ["as-written", "loky-j2-t1", "loky-j4-tdefault"]),
    ):
        lines = text(of, 200).splitlines()
        table = lines[next(i for i, line in enumerate(lines) if line.startswith("setting ")) :]
        places = [next(i for i, line in enumerate(table) if line.startswith(id_)) for id_ in order]
        assert places == sorted(places)


def test_the_minimized_figure_is_never_dropped() -> None:
    lines = text(replace(digits(), spec={"objective": {"minimize": "memory"}}), 60).splitlines()
    assert any(line.startswith("setting ") and "memory" in line for line in lines)


def test_a_reason_for_many_absences_is_given_once() -> None:
    shown = text(report(row("as-written"), row("serial"), row("loky-j2-t1")), 200)
    assert shown.count("repeats is 0") == 1
    assert "No warm fit: repeats is 0" in shown
    assert "warm fit  " not in shown


def test_a_failure_is_named_with_its_reason_below_the_table() -> None:
    broken = [row(f"loky-j{n}-t1", None, status="failed", reason="ValueError: no") for n in (1, 2)]
    shown = text(report(row("as-written"), *broken))
    assert "failed (loky-j1-t1, loky-j2-t1): ValueError: no" in shown


def test_a_faster_but_rejected_setting_is_explained() -> None:
    best = recommendation(
        "serial",
        rejected=(
            Rejected(setting="loky-j2-t1", why="its predictions differ from serial's"),
            Rejected(setting="as-written", why="slower"),
        ),
    )
    shown = text(
        report(
            row("serial", 1.0),
            row("loky-j2-t1", 0.5, status="differs", reason="predictions differ"),
            row("as-written", 2.0),
            recommendation=best,
        )
    )
    assert "Not loky-j2-t1: its predictions differ from serial's" in shown
    assert "Not as-written" not in shown


def test_findings_come_worst_first_with_numbers_and_units() -> None:
    info = Finding(rule="axis-without-effect", severity="info", evidence={}, advice="leave it out.")
    bad = Finding(
        rule="memory", severity="error", evidence={"peak_memory_bytes": 5e9}, advice="use less"
    )
    shown = text(report(row("as-written", findings=(info, bad))), 200)
    assert "The job as written (memory): use less. Measured: peak memory 5.00 GB." in shown
    assert shown.index("(memory)") < shown.index("(axis-without-effect)")


def test_noise_is_reported() -> None:
    stir = Finding(rule="noise", severity="warning", evidence={"load": 1.5}, advice="close it")
    shown = text(report(row("as-written"), noise=Noise(level=0.2, findings=(stir,))))
    assert "noise: close it (load 1.50)." in shown
    assert "varies by 20.0% (median)" in shown
    told = Finding(rule="noise_level", severity="info", evidence={}, advice="it varies")
    once = text(report(row("as-written"), noise=Noise(level=0.2, findings=(told,))))
    assert "noise_level: it varies." in once
    assert "(median)" not in once


def test_skipped_settings_are_summed_up() -> None:
    left = [row(f"loky-j{n}-t1", None, status="skipped", reason="too many") for n in range(9)]
    same = "one job of one thread: the same as serial"
    left.append(row("loky-j1-t2", None, status="skipped", reason=same))
    of = report(row("as-written"), *left)
    assert line_of(of, "Not measured") == (
        "Not measured by the plan: 9 settings (too many), 1 (the same as serial)."
    )


def test_color_only_where_it_is_allowed() -> None:
    assert "\x1b" not in text(digits())
    colored = text(digits(), color=True)
    assert "\x1b[32mthreading-j2-t1" in colored


def test_a_report_of_nothing_is_still_a_report() -> None:
    shown = text(report())
    assert shown.startswith("No recommendation")
    assert not any(line.startswith("setting") for line in shown.splitlines())


def test_hostile_ids_do_not_break_rows() -> None:
    shown = text(report(row("as-written"), row(reports.HOSTILE)), 60)
    assert "\x1b" not in shown
    assert "\u202e" not in shown


def test_a_gain_whose_interval_holds_1_is_not_claimed() -> None:
    unclear = recommendation("threading-j2-t1", speedup=Speedup(median=0.98, low=0.88, high=1.16))
    answer = first(replace(digits(), recommendation=unclear))
    assert "no clear gain on the job as written" in answer
    assert "faster" not in answer
    assert "0.880" in answer


def line_of(of: Report, start: str) -> str:
    """The one line of the page that starts so, unwrapped and in ASCII."""
    found = [line for line in unwrapped(of, 10_000, unicode=False) if line.startswith(start)]
    assert len(found) == 1, found
    return found[0]


def test_a_bound_is_shown_as_one_and_stands_after_what_is_known() -> None:
    of = report(
        stopped("loky-j4-t1", 3.4),
        row("as-written", 32.3),
        stopped("loky-j2-t1", 2.95),
        row("serial", None, status="failed", reason="ValueError: no"),
    )
    lines = [line.split() for line in text(of, 200, unicode=False).splitlines()]
    table = lines[next(at for at, line in enumerate(lines) if line[:1] == ["setting"]) + 1 :]
    assert [line[0] for line in table[:4]] == ["as-written", "loky-j2-t1", "loky-j4-t1", "serial"]
    assert table[1][1:3] == [">=2.96", "s"]
    assert "<=10.9x" in table[1]
    assert "gain" not in table[3]
    assert "\N{GREATER-THAN OR EQUAL TO}2.96 s" in text(of, 200)


def test_where_as_written_is_only_bounded_the_gain_is_at_least_that() -> None:
    cut = row("as-written", None, at_least=60.0, status="timeout", reason="stopped after 60 s")
    of = report(cut, row("serial", 5.0), stopped("loky-j2-t1", 8.0))
    assert ">=12.0x" in line_of(of, "serial  ")
    assert "x" not in line_of(of, "loky-j2-t1  ").replace("stopped", "")


def test_all_that_were_stopped_for_being_slow_are_one_line() -> None:
    settings = [stopped(f"loky-j{n}-t1", 2 + n / 10) for n in range(1, 7)]
    of = report(row("as-written"), *settings)
    assert line_of(of, "stopped") == (
        "stopped, 6 settings (loky-j1-t1, loky-j2-t1, loky-j3-t1, loky-j4-t1 and 2 more): a fit "
        "is stopped once it can no longer be best; >= is how long it had run."
    )


def test_a_cap_that_was_wider_for_some_makes_no_line_of_its_own() -> None:
    wider = stopped("loky-j4-t1", 4.0, why=f"{CAP.replace('2', '4')} (in 1 of 3 trials)")
    assert line_of(report(stopped("loky-j2-t1", 2.0), wider), "stopped, 2 settings")


def test_those_that_hang_are_told_apart_from_those_that_are_slow() -> None:
    of = report(
        stopped("loky-j2-t1", 2.9),
        stopped("multiprocessing-j2-t1", 3.0, why=f"{CAP}; {HANGS}"),
        stopped("multiprocessing-j4-t1", 3.4, why=f"{CAP}; {HANGS}"),
    )
    assert line_of(of, "stopped, 1 setting (loky-j2-t1)")
    assert line_of(of, "stopped (") == (
        "stopped (multiprocessing-j2-t1, multiprocessing-j4-t1): the first fit was stopped after "
        f"3-3.4 s, {CAP}; {HANGS}"
    )


def test_a_setting_that_the_budget_left_no_time_for_is_not_called_stopped() -> None:
    never = row("loky-j2-t1", None, status="stopped_early", reason="the run ended first")
    of = report(row("as-written"), replace(never, observed=None))
    assert line_of(of, "loky-j2-t1  ").endswith("not measured")
    assert line_of(of, "not measured") == "not measured (loky-j2-t1): the run ended first"


def test_what_may_be_as_good_is_told_and_what_is_surely_behind_is_left_to_the_table() -> None:
    behind = [
        Rejected(
            setting=f"loky-j{n}-t1", why=f"first fit {n} times that of serial (at least 1.{n})"
        )
        for n in (6, 5, 4, 3, 2)
    ]
    near = Rejected(
        setting="threading-j2-t1",
        why="first fit 1.08 times that of serial, which is not decided (0.97 to 1.2)",
    )
    of = report(
        row("serial", 1.0),
        row("threading-j2-t1", 1.08),
        *(row(f"loky-j{n}-t1", float(n)) for n in range(2, 7)),
        row("as-written", 9.0),
        recommendation=recommendation("serial", rejected=(*behind, near)),
    )
    assert line_of(of, "May be as good") == (
        "May be as good: threading-j2-t1 (1.08 times its first fit, 0.97 to 1.2)."
    )
    assert not any(line.startswith("Not taken") for line in unwrapped(of))


def test_a_reason_of_another_kind_is_told_as_it_is() -> None:
    large = Rejected(setting="loky-j2-t1", why="memory 5000 MB is above limits.memory, 4000 MB")
    of = report(
        row("serial", 1.0),
        row("loky-j2-t1", 2.0),
        recommendation=recommendation("serial", rejected=(large,)),
    )
    assert line_of(of, "Not taken") == f"Not taken (loky-j2-t1): {large.why}."


def test_a_setting_is_not_explained_twice() -> None:
    of = report(
        row("serial", 1.0),
        row("loky-j2-t1", 0.5, status="differs", reason="predictions differ"),
        recommendation=recommendation(
            "serial", rejected=(Rejected(setting="loky-j2-t1", why="differs: predictions differ"),)
        ),
    )
    assert text(of, 200).count("predictions differ") == 1


def test_the_break_even_is_said_of_the_setting_that_gets_ahead() -> None:
    first_fit = recommendation("serial", break_even=BreakEven(setting="loky-j2-t1", fits=6))
    of = report(row("serial", 1.0), recommendation=first_fit)
    assert line_of(of, "In one process") == (
        "In one process that fits again and again, loky-j2-t1 is ahead from 6 fits of this size on."
    )
    warm = replace(of, spec={"objective": {"minimize": "fit"}})
    assert line_of(warm, "In one process") == (
        "In one process that fits again and again, serial is ahead from 6 fits of this size on; "
        "before, loky-j2-t1 is."
    )


def test_a_gain_far_from_what_the_times_divide_to_is_explained() -> None:
    gain = Speedup(median=26.2, low=4.08, high=228.0)
    of = report(
        row("as-written", 32.3),
        row("serial", 0.424),
        recommendation=recommendation("serial", speedup=gain),
    )
    said = line_of(of, "The times changed from round to round")
    assert "divide to 76.2x, 26.2x is the median of the ratios within rounds" in said
    assert "divide to" not in text(digits())


def test_the_gain_is_explained_as_far_as_there_is_one() -> None:
    assert "ratios within rounds" in line_of(digits(), "Gain: ")
    kept = report(row("as-written"), recommendation=recommendation("as-written"))
    assert "ratios within rounds" not in line_of(kept, "Gain: ")


def test_what_the_whole_product_would_have_cost_is_a_bound_where_fits_were_stopped() -> None:
    cost = Cost(trials=36, wall_s=251.0, exhaustive_estimate_s=533.0)
    known = report(row("as-written"), cost=cost)
    start = "Cost: 36 trials in 251 s; every setting in every round would have taken "
    assert line_of(known, "Cost") == f"{start}about 533 s."
    of = report(row("as-written"), stopped("loky-j2-t1", 2.0), cost=cost)
    assert line_of(of, "Cost") == f"{start}533 s or more."


def test_why_as_written_is_kept_does_not_repeat_that_it_is() -> None:
    kept = recommendation("as-written", reasons=("keep what you have: no gain is shown",))
    assert line_of(report(row("as-written"), recommendation=kept), "Why") == (
        "Why: no gain is shown."
    )


def heading(of: Report, width: int) -> list[str]:
    return next(
        line.split() for line in text(of, width).splitlines() if line.startswith("setting ")
    )


def test_notes_without_room_become_marks_with_a_legend() -> None:
    lines = text(digits(), 60).splitlines()
    assert any(line.split()[:2] == ["threading-j2-t1", "*"] for line in lines)
    assert any(line.split()[:2] == ["threading-j2-tdefault", "s!"] for line in lines)
    assert "* recommended, = tied, ! oversubscribed, s stopped" in lines


def test_columns_get_room_in_the_order_of_their_worth() -> None:
    assert heading(digits(), 60) == ["setting", "first", "fit", "CPU", "gain"]
    assert heading(digits(), 80) == ["setting", "first", "fit", "CPU", "memory", "gain"]
    assert heading(digits(), 140)[-4:] == ["CPU", "memory", "gain", "notes"]


def test_without_a_recommendation_the_table_follows_what_would_be_needed() -> None:
    needed = (
        "loky-j2-t1 looks better than as-written, but 5 rounds do not show it (first fit of "
        "as-written over that of loky-j2-t1: 1.3 times, 95% interval 0.9 to 1.7); it would take "
        "about 14 rounds (--rounds 14) or a quieter machine"
    )
    of = report(row("as-written", 1.3), row("loky-j2-t1", 1.0), recommendation_unavailable=needed)
    lines = unwrapped(of, unicode=False)
    assert lines[0] == f"No recommendation: {needed}."
    assert "sklpar emit" not in text(of)
    assert not any(line.startswith(("Why", "May be", "Not taken")) for line in lines)


def test_foreign_text_gives_a_ci_runner_no_commands() -> None:
    name = "::error::run ##[error]x"
    of = report(
        row("as-written", None, status="failed", reason=f"::warning::{'x ' * 60}::notice::y"),
        row(name, 1.0),
        name=name,
        recommendation=recommendation(name),
    )
    for width in (60, 140):
        shown = text(of, width)
        assert not any(line.lstrip().startswith("::") for line in shown.splitlines())
        assert "##[" not in shown


def test_prose_stays_readable_on_a_wide_terminal_and_the_table_may_be_wider() -> None:
    lines = text(digits(), 200).splitlines()
    start = next(at for at, line in enumerate(lines) if line.startswith("setting "))
    end = lines.index("", start)
    assert max(map(len, lines[start:end])) > 100
    prose = [line for line in lines[:start] + lines[end:] if not line.startswith("  sklpar")]
    assert all(len(line) <= 100 for line in prose)


def test_the_commands_stand_right_below_the_answer() -> None:
    lines = text(digits(), 140).splitlines()
    at = lines.index("What to type next:")
    assert at == lines.index("") + 1
    assert lines[at + 1].split("  # ")[0].strip() == (
        "sklpar emit yaml 20260102-030405-abcdef --output tuned.yaml"
    )


def test_commands_without_room_for_what_they_are_for_have_it_above() -> None:
    lines = text(digits(), 60).splitlines()
    at = lines.index("To keep the setting in a file:")
    assert lines[at + 1] == "  sklpar emit yaml 20260102-030405-abcdef --output tuned.yaml"


def test_of_many_tied_settings_a_few_are_named() -> None:
    tied = tuple(f"loky-j{n}-t1" for n in range(30))
    of = replace(digits(), recommendation=recommendation("loky-j0-t1", tied=tied))
    assert first(of).endswith("loky-j1-t1, loky-j2-t1, loky-j3-t1, loky-j4-t1 and 25 more.")


def test_reasons_of_many_settings_are_a_few_lines() -> None:
    broken = [row(f"x-j{n}-t1", None, status="failed", reason="no " * n) for n in range(1, 50)]
    lines = unwrapped(report(row("as-written"), *broken))
    assert len([line for line in lines if line.startswith("failed (")]) == 8
    assert any("and 41 more reasons" in line for line in lines)


def test_why_as_written_is_kept_comes_before_what_was_found() -> None:
    found = Finding(rule="gil_bound", severity="warning", evidence={}, advice="use loky")
    kept = recommendation("as-written", reasons=("no gain is shown",))
    lines = unwrapped(report(row("as-written", findings=(found,)), recommendation=kept))
    assert lines.index("Why: no gain is shown.") < next(
        at for at, line in enumerate(lines) if line.startswith("The job as written")
    )


def test_a_machine_that_was_not_at_rest_is_a_caveat_of_the_answer() -> None:
    busy = Finding(
        rule="outside_load",
        severity="warning",
        evidence={"outside_cpus": 1.32},
        advice="other programs used the machine meanwhile",
    )
    shown = text(replace(digits(), noise=Noise(level=0.1, findings=(busy,))))
    assert shown.count("outside_load") == 1
    assert shown.index("outside_load: other programs") < shown.index("emit yaml")


def test_as_written_that_took_another_time_after_the_race_is_said_to() -> None:
    again = {"first_fit_s": {"4": 0.003, "5": 0.0031, "6": 0.0029}}
    written = replace(row("as-written", 0.0508), confirming=again)
    of = report(written, row("serial", 0.003), recommendation=recommendation("as-written"))
    said = line_of(of, "The times changed from round to round")
    assert "as-written took 0.0508 s in the race" in said
    assert "0.00300 s in 3 rounds after it" in said
    steady = replace(written, confirming={"first_fit_s": {"4": 0.05}})
    assert "The times changed" not in text(replace(of, settings=(steady, of.settings[1])))
