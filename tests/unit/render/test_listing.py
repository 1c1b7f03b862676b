"""The table of the settings: its bars, its marks, and what it shows of many rows."""

from __future__ import annotations

from dataclasses import replace

from sklpar.model import Report
from sklpar.render import RenderOptions
from sklpar.render.listing import lines
from sklpar.render.page import Page
from tests.unit.reports import digits, large, recommendation, report, row, stopped


def table(of: Report, width: int = 140, *, unicode: bool = False) -> list[str]:
    return lines(of, Page(options=RenderOptions(width=width, unicode=unicode)), "RUN")


def bars(of: Report, width: int = 140) -> dict[str, str]:
    """The bar of each setting."""
    found = {}
    shown = [*table(of, width)[1:], ""]
    for line in shown[: shown.index("")]:
        name, *cells = line.split()
        found[name] = next((cell for cell in cells if set(cell) <= set("#.>")), "")
    return found


def test_a_bar_is_as_long_as_its_figure() -> None:
    drawn = bars(report(row("as-written", 4.0), row("serial", 2.0), row("loky-j2-t1", 1.0)))
    assert {name: len(bar) for name, bar in drawn.items()} == {
        "loky-j2-t1": 6,
        "serial": 12,
        "as-written": 24,
    }


def test_a_bar_beyond_twice_as_written_is_cut_and_that_is_said() -> None:
    of = report(row("as-written", 1.0), row("loky-j2-t1", 50.0), row("serial", 2.0))
    drawn = bars(of)
    assert drawn["loky-j2-t1"] == "#" * 23 + ">"
    assert drawn["serial"] == "#" * 24
    assert table(of)[-1] == "A bar that ends in > is cut, at twice as-written's."
    assert "is cut" not in "\n".join(table(digits()))


def test_a_bound_has_a_lighter_bar() -> None:
    drawn = bars(report(row("as-written", 4.0), stopped("loky-j2-t1", 1.99)))
    assert drawn["loky-j2-t1"] == "." * 12


def test_bars_are_of_what_the_run_minimizes_and_stand_beside_it() -> None:
    of = replace(digits(), spec={"objective": {"minimize": "memory"}})
    longest = max(bars(of).items(), key=lambda one: len(one[1]))[0]
    assert longest in {"loky-j2-t1", "loky-j4-tdefault"}
    assert "memory" in table(of, 60)[0]


def test_without_a_single_figure_there_is_a_list_of_what_became_of_the_settings() -> None:
    failed = row("serial", None, status="failed", reason="ValueError: no")
    never = replace(
        row("loky-j2-t1", None, status="stopped_early", reason="interrupted"), observed=None
    )
    assert table(report(failed, never)) == [
        "No setting has a figure: 1 failed (serial), 1 not measured (loky-j2-t1)."
    ]


def test_a_bound_alone_makes_a_table_and_is_of_a_setting_that_was_stopped() -> None:
    one = replace(stopped("loky-j2-t1", 2.0), observed=None)
    assert table(report(one))[1].endswith("stopped")


def test_bars_take_the_room_that_is_left_and_never_more() -> None:
    for width in range(60, 200):
        shown = table(digits(), width)
        body = shown[: shown.index("")] if "" in shown else shown
        assert all(len(line) <= width for line in body)


def test_a_setting_above_the_limit_says_so() -> None:
    of = replace(digits(), memory_limit_bytes=600_000_000)
    shown = {line.split()[0]: line for line in table(of, 160)[1:]}
    assert shown["loky-j2-t1"].endswith("above the memory limit")
    assert "above" not in shown["serial"]


def test_forty_rows_are_all_shown() -> None:
    shown = table(large(40, 3))
    assert len([line for line in shown if line.startswith("loky-")]) == 38
    assert not any("more settings" in line for line in shown)


def test_of_many_rows_the_best_the_recommended_and_the_references_are_shown() -> None:
    of = replace(large(2000, 2), recommendation=recommendation("loky-j900-t1"))
    shown = table(of)
    names = [line.split()[0] for line in shown[1 : shown.index("")]]
    assert names[:2] == ["loky-j2-t1", "loky-j3-t1"]
    assert names[25:] == ["...", "loky-j900-t1", "...", "serial", "as-written"]
    assert shown[-1] == "1,972 more settings: sklpar show RUN --format csv"


def test_a_legend_tells_only_the_marks_that_are_used() -> None:
    of = report(row("as-written", 2.0), row("multiprocessing-j2-tblas1-openmp2-x=1", 1.0),
                recommendation=recommendation("as-written"))  # fmt: skip
    assert "* recommended" in table(of, 60)
