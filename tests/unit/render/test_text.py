"""The text report: its answer, its table, and what stands below."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from sklpar.model import Caps, Finding, Noise, Rejected, Report, Speedup
from sklpar.render import RenderOptions
from sklpar.render.text import render
from tests.unit import reports
from tests.unit.reports import digits, recommendation, report, row

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


def first(of: Report) -> str:
    """The answer, unwrapped."""
    return text(of, 1000).splitlines()[0]


def test_the_answer_comes_first_with_its_interval() -> None:
    expected = (
        "Run with threading, n_jobs=2, 1 thread per worker: 0.320 s instead of 12.4 s, "
        "38.2x faster (95% interval 35.1-41.0)."
    )
    assert text(digits(), 1000, unicode=False).startswith(expected)


def test_a_provisional_answer_says_so_and_shows_no_interval() -> None:
    sure = recommendation(
        "threading-j2-t1",
        provisional=True,
        speedup=Speedup(median=3.0, low=None, high=None),
    )
    shown = text(replace(digits(), recommendation=sure), 1000)
    assert "interval" not in shown.splitlines()[0]
    assert "This is provisional" in shown.splitlines()[1]


def test_as_written_is_recommended_as_keep_what_you_have() -> None:
    best = report(row("as-written", 0.5), recommendation=recommendation("as-written"))
    assert first(best).startswith("Keep what you have")
    assert "0.500 s" in first(best)
    assert "Use it" not in text(best)


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
    shown = text(
        report(
            row("as-written", None, status="timeout", reason="stopped after 60 s"),
            row("loky-j2-t1", 5.0, n_jobs=2, backend="loky", inner_threads=1),
            recommendation=bound,
        ),
        1000,
        unicode=False,
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
        (digits(), ["threading-j2-t1", "serial", "as-written", "multiprocessing-j2-tdefault"]),
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
    assert "failed, loky-j1-t1, loky-j2-t1: ValueError: no" in shown


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
    assert "memory, as-written: use less (peak memory 5.00 GB)." in shown
    assert shown.index("memory, as-written") < shown.index("axis-without-effect")


def test_noise_is_reported() -> None:
    stir = Finding(rule="noise", severity="warning", evidence={"load": 1.5}, advice="close it")
    shown = text(report(row("as-written"), noise=Noise(level=0.2, findings=(stir,))))
    assert "noise: close it (load 1.50)." in shown
    assert "varies by 20.0%" in shown


def test_skipped_settings_are_summed_up() -> None:
    left = [row(f"loky-j{n}-t1", None, status="skipped", reason="too many") for n in range(9)]
    shown = text(report(row("as-written"), *left), 200)
    assert (
        "skipped 9 (loky-j0-t1, loky-j1-t1, loky-j2-t1, loky-j3-t1 and 5 more): too many" in shown
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
    first = " ".join(text(replace(digits(), recommendation=unclear), 1000).splitlines()[:1])
    assert "no clear gain on the job as written" in first
    assert "faster" not in first
    assert "0.880" in first
