"""What ``compare`` draws for a terminal: what changed, the answers, the tables."""

from __future__ import annotations

import os
from dataclasses import replace
from pathlib import Path

import pytest

from sklpar.model import Contrast, Difference, Estimate, Finding, Noise
from sklpar.render import RenderOptions
from sklpar.render.contrasts import rows
from sklpar.render.contrasts.text import render
from sklpar.render.plain import cells
from tests.unit.contrasts import every_contrast, pair
from tests.unit.reports import digits, large, stopped

GOLDEN = Path(__file__).parents[2] / "golden"
EVERY = every_contrast()


def text(of: Contrast, width: int = 200, *, unicode: bool = False, color: bool = False) -> str:
    return render(of, RenderOptions(width=width, unicode=unicode, color=color))


def unwrapped(of: Contrast) -> list[str]:
    return text(of, 10_000).replace("\n  ", " ").splitlines()


def line_of(of: Contrast, start: str) -> str:
    found = [line for line in unwrapped(of) if line.startswith(start)]
    assert found, start
    return found[0]


@pytest.mark.parametrize("unicode", [True, False], ids=["unicode", "ascii"])
@pytest.mark.parametrize("width", [60, 80, 140])
def test_the_contrast_reads_as_it_did(width: int, unicode: bool) -> None:
    """Refresh the files with ``SKLPAR_UPDATE_GOLDEN=1 pytest tests/unit/render``."""
    file = GOLDEN / f"contrast-{width}-{'unicode' if unicode else 'ascii'}.txt"
    shown = text(EVERY["failed"], width, unicode=unicode)
    if os.environ.get("SKLPAR_UPDATE_GOLDEN"):
        file.write_text(shown, encoding="utf-8")
    assert shown == file.read_text(encoding="utf-8")


@pytest.mark.parametrize("width", [1, 60, 61, 80, 100, 140])
def test_no_line_is_wider_than_the_terminal(width: int) -> None:
    for title, of in EVERY.items():
        lines = text(of, width, unicode=True).splitlines()
        assert max(map(cells, lines)) <= max(60, width), title


@pytest.mark.parametrize("width", [60, 80, 140])
def test_no_figure_and_no_ratio_is_cut(width: int) -> None:
    of = EVERY["changed"]
    pairs = rows.shown(of, "first_fit_s")
    shown = text(of, width)
    for column in rows.columns(of, pairs):
        if column.key in ("setting", "a", "b", "ratio", "says"):
            ascii_cells = (cell.replace("\N{MULTIPLICATION SIGN}", "x") for cell in column.cells)
            assert all(cell in shown for cell in ascii_cells)


def test_where_nothing_changed_that_is_said() -> None:
    assert "Nothing that is recorded of host, versions" in text(EVERY["same run"])
    assert "The machine itself ran as fast" in text(EVERY["same run"])


def test_what_changed_is_told_by_where_it_belongs() -> None:
    assert line_of(EVERY["versions"], "Versions:") == "Versions: numpy 2.4.6 in A, 3.0.0 in B."


def test_seconds_that_are_not_comparable_are_refused_before_all() -> None:
    shown = unwrapped(EVERY["other CPU"])
    assert shown[3].startswith("Seconds of A and B are not comparable, for these differ: CPU.")
    assert shown[4] == "Host: CPU Imaginary CPU @ 3.0GHz in A, Faster CPU in B."
    assert "Speedup of A and of B:" in shown
    assert not any(line.startswith("First fit of") for line in shown)
    more = line_of(EVERY["more CPUs"], "Seconds of A and B")
    assert "for these differ: usable CPUs." in more
    assert "not what became slower" in more


def test_a_slow_day_is_told_and_excuses_what_it_may_explain() -> None:
    assert "Hashing 2 MB took 1.50x as long in B" in text(EVERY["slow day"], 1000)
    assert "slower machine" in line_of(EVERY["slow day"], "loky-j2-t1 ")


def test_a_speed_that_is_not_recorded_is_told_too() -> None:
    assert "is not recorded in both" in text(EVERY["digits"], 1000)


def test_what_disturbed_a_run_is_told_before_its_figures() -> None:
    busy = Finding(rule="outside_load", severity="warning", evidence={}, advice="it was busy")
    of = EVERY["changed"]
    noisy = replace(of, b=replace(of.b, noise=Noise(level=0.1, findings=(busy,))))
    assert line_of(noisy, "B was disturbed") == "B was disturbed, outside_load: it was busy."


def busy(of: Contrast, **evidence: float) -> Contrast:
    found = Finding(rule="outside_load", severity="warning", evidence=evidence, advice="busy")
    return replace(of, b=replace(of.b, noise=replace(of.b.noise, findings=(found,))))


def test_other_load_is_in_the_sentence_that_sums_up() -> None:
    loaded = busy(EVERY["changed"], outside_cpus=1.234)
    assert line_of(loaded, "Of 4 settings").endswith(
        " But B was disturbed by other load (1.23 CPUs)."
    )
    assert line_of(busy(EVERY["changed"]), "Of 4 settings").endswith("by other load.")


def test_what_is_no_load_is_told_but_disturbs_nothing() -> None:
    of = EVERY["changed"]
    varied = Finding(rule="noise_level", severity="warning", evidence={}, advice="it varies")
    noisy = replace(of, b=replace(of.b, noise=replace(of.b.noise, findings=(varied,))))
    assert line_of(noisy, "B, noise_level") == "B, noise_level: it varies."
    assert "disturbed" not in text(noisy)


def test_under_other_load_the_pace_is_not_said_to_be_the_machines() -> None:
    slow = busy(EVERY["slow day"])
    shown = " ".join(unwrapped(slow))
    assert "So the machine itself was slower" not in shown
    assert "Other load may be why" in shown
    assert "slower day" in line_of(slow, "loky-j2-t1 ")
    assert "slower as fixed work is" in line_of(slow, "Of 4 settings")
    assert "The machine itself ran as fast" not in text(busy(EVERY["changed"]))


def test_a_run_held_against_itself_is_said_to_be_one() -> None:
    assert unwrapped(EVERY["same run"])[3] == "A and B are one run."
    assert "share no round" not in text(EVERY["same run"], 1000)
    assert "one run" not in text(EVERY["changed"])


def test_of_many_settings_those_of_interest_are_listed() -> None:
    from sklpar.guard.contrast import contrast

    a = large(100, 3)
    slower = {
        name: replace(found, **{k: 9 * vars(found)[k] for k in ("median", "low", "high")})
        for name, found in a.settings[70].measures.items()
        if isinstance(found, Estimate)
    }
    changed = replace(a.settings[70], measures=slower, values={})
    rows_ = (*a.settings[:70], changed, *a.settings[71:])
    shown = text(contrast(a, replace(a, run_id="another", settings=rows_)), 140).splitlines()
    start = next(at for at, line in enumerate(shown) if line.startswith("setting"))
    body = shown[start + 1 : shown.index("", start)]
    ids = [line.split()[0] for line in body]
    assert {changed.id, "as-written", "serial"} <= set(ids)
    assert body[-1] == "60 more settings: --format json has all."
    assert len(body) == 41


def test_why_there_is_no_interval_is_said_truly() -> None:
    of = EVERY["changed"]
    first = replace(of.pairs[0], says="no_interval")
    zero = Estimate(median=1.0, low=0.0, high=2.0, n=5, method="m")
    for side, why in (
        (zero, "that of a side reaches down to 0"),
        (replace(zero, low=None, high=None, n=2), "a side has fewer than three trials"),
        (replace(zero, low=None, high=None), "a side has none"),
    ):
        pairs = (replace(first, a=side), *of.pairs[1:])
        assert why in line_of(replace(of, pairs=pairs), "No interval of B/A: ")


@pytest.mark.parametrize("width", [60, 61, 80])
def test_words_that_have_no_room_go_below_the_table(width: int) -> None:
    from sklpar.guard.contrast import contrast

    a = digits()
    one, other = (
        replace(row, status=status, reason="why")
        for row in a.settings
        if row.id == "threading-j2-tblas1-openmp2"
        for status in ("not_as_requested", "differs")
    )
    runs = [
        replace(a, settings=tuple(new if r.id == new.id else r for r in a.settings))
        for new in (one, other)
    ]
    shown = text(contrast(*runs), width).splitlines()
    assert max(map(cells, shown)) <= width
    assert "not as requested in A, differs in B" in " ".join(shown)


def test_a_long_value_is_cut_and_the_end_of_a_digest() -> None:
    of = EVERY["changed"]
    long = Difference(field="spec.estimator.x", before="a" * 200, now="b", blocking=False)
    digest = Difference(field="data.digest", before="0123456789abcdef", now="b", blocking=True)
    shown = " ".join(unwrapped(replace(of, differences=(long, digest))))
    assert f"x {'a' * 80}... in A, b in B" in shown
    assert "the data's digest 0123456789ab in A" in shown


def test_both_answers_are_told_and_whether_they_differ() -> None:
    shown = text(EVERY["changed"], 1000)
    assert shown.index("Answer of A: Run with") < shown.index("Answer of B: Run with")
    assert "The recommendation is the same: threading-j2-t1." in shown
    assert "Only A has a recommendation" in text(EVERY["nothing in B"], 1000)


def test_the_summary_counts_what_is_said_and_names_it() -> None:
    assert line_of(EVERY["changed"], "Of 4 settings") == (
        "Of 4 settings with a first fit in both: 1 is slower in B (loky-j2-t1), 1 is faster in B "
        "(serial), 2 show no clear change (threading-j2-t1, as-written)."
    )


def test_a_setting_of_one_run_alone_keeps_its_row() -> None:
    assert "only in B" in line_of(EVERY["one side only"], "serial ")


def test_a_failure_has_its_word_in_the_table_and_its_reason_below() -> None:
    assert line_of(EVERY["failed"], "loky-j2-t1 ").rstrip().endswith("failed in B")
    assert line_of(EVERY["failed"], "failed in B") == "failed in B (loky-j2-t1): ValueError: no"


def test_settings_that_neither_run_measured_are_counted_and_not_listed() -> None:
    found = line_of(EVERY["digits"], "Without a first fit in either run, 3 settings: ")
    assert "threading-j2-tdefault" in found
    assert not any(
        line.startswith("loky-j2-tdefault ") for line in text(EVERY["digits"]).split("\n")
    )


def test_a_bound_of_the_ratio_is_shown_as_one() -> None:
    from sklpar.guard.contrast import contrast

    a = digits()
    cut = stopped("loky-j2-t1", 5.23)
    b = replace(a, settings=tuple(cut if r.id == cut.id else r for r in a.settings))
    shown = line_of(contrast(a, b), "loky-j2-t1 ")
    assert ">=5.24 s" in shown
    assert ">=4.00x" in shown
    assert "stopped in B" in shown
    assert "A bound is of a fit that was stopped" in text(contrast(a, b), 1000)


def test_the_intervals_of_both_sides_are_shown_or_neither() -> None:
    for width in range(60, 160):
        shown = text(EVERY["other CPU"], width)
        headings = next(line for line in shown.splitlines() if line.startswith("setting"))
        assert ("95% of A" in headings) == ("95% of B " in headings) or "95% of A" not in shown


def test_what_had_no_room_is_named() -> None:
    assert "No room for 95% of A, 95% of B" in text(EVERY["changed"], 80)


def test_color_only_where_it_is_allowed_and_never_alone() -> None:
    colored = text(EVERY["changed"], color=True)
    assert "\x1b[31mloky-j2-t1" in colored
    assert pair(EVERY["changed"], "loky-j2-t1").says == "slower"
    assert "slower" in line_of(EVERY["changed"], "loky-j2-t1 ")
