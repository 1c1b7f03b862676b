"""The picture of the speedup against n_jobs."""

from __future__ import annotations

from dataclasses import replace

from sklpar.model import Report, Scaling, ScalingSeries
from sklpar.render import RenderOptions
from sklpar.render.chart import lines
from sklpar.render.page import Page
from tests.unit.reports import law, recommendation, report, series


def drawn(of: Report, width: int = 100, *, unicode: bool = False) -> list[str]:
    return lines(of, Page(options=RenderOptions(width=width, unicode=unicode), measure=100))


def swept(*found: ScalingSeries, chosen: str = "") -> Report:
    choice = recommendation(chosen) if chosen else None
    return report(scaling=Scaling(series=found), recommendation=choice)


def test_a_line_for_each_n_jobs_shows_the_speedup_and_the_ideal_on_the_usable_cpus() -> None:
    times = {"serial": 8.0, "threading-j2-t1": 5.0, "threading-j4-t1": 16.0}
    title, heading, *rows = drawn(swept(series(times_s=times)))
    assert title == (
        "Speedup by n_jobs under threading, 1 thread per worker (| is the ideal on 2 usable CPUs):"
    )
    assert heading.split() == ["n_jobs", "first", "fit", "speedup", "ideal"]
    assert [line.split() for line in rows] == [
        ["1", "#" * 20 + "|", "8.00", "s", "1.00x", "1x"],
        ["2", "#" * 32 + "." * 8 + "|", "5.00", "s", "1.60x", "2x"],
        ["4", "#" * 10 + "." * 30 + "|", "16.0", "s", "0.500x", "2x"],
    ]


def test_a_speedup_beyond_the_ideal_keeps_the_mark_within_the_bar() -> None:
    rows = drawn(swept(series(times_s={"a": 8.0, "b": 2.0})))[2:]
    assert rows[0].split()[1] == "#" * 10 + "|"
    assert rows[1].split()[1] == "#" * 20 + "|" + "#" * 19


def test_the_law_stands_under_its_picture() -> None:
    said = " ".join(line.strip() for line in drawn(swept(series(law=law())))[6:])
    assert said == (
        "8% of the work is serial, each further worker costs 256 ms; it stops paying at about 6 "
        "workers (95% interval 5-7)."
    )


def test_the_recommended_series_is_first_and_those_not_drawn_are_counted() -> None:
    found = [series("threading", t, times_s={f"{t}-{n}": 1.0 / n for n in (1, 2, 3)}) for t in
             (1, 2, 3)]  # fmt: skip
    shown = drawn(swept(*found, chosen="2-2"))
    titles = [line for line in shown if line.startswith("Speedup")]
    assert ["2 threads" in titles[0], "1 thread " in titles[1]] == [True, True]
    assert shown[-1] == "1 more series over n_jobs: show --format html draws them."


def test_a_second_series_of_two_points_is_left_to_the_table() -> None:
    one = series(times_s={"a": 2.0, "b": 1.0})
    shown = drawn(swept(one, replace(one, backend="loky")))
    assert len([line for line in shown if line.startswith("Speedup")]) == 1
    assert shown[-1] == "1 more series over n_jobs: show --format html draws them."


def test_more_series_than_a_page_draws_are_in_the_document() -> None:
    found = [series(backend=f"b{n}", times_s={"a": 2.0, "b": 1.0, "c": 0.9}) for n in range(9)]
    assert drawn(swept(*found))[-1] == "7 more series over n_jobs: show --format json has them."


def test_without_speedups_there_is_no_picture() -> None:
    one = series()
    points = tuple(replace(point, speedup=None) for point in one.points)
    assert drawn(swept(replace(one, points=points))) == []
    assert drawn(report()) == []


def test_it_fits_into_sixty_columns() -> None:
    for unicode in (True, False):
        shown = drawn(swept(series(law=law())), 60, unicode=unicode)
        assert all(len(line) <= 60 for line in shown)
        assert unicode or "".join(shown).isascii()
