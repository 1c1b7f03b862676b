"""What each figure claims: its marks, the front, the curves, the samples, the words."""

from __future__ import annotations

import itertools
import json
import math
from dataclasses import replace
from typing import Any

import pytest

from sklpar.model import Estimate, Report, Scaling, ScalingPoint, SettingReport
from sklpar.render import marks
from sklpar.render.figures import (
    FIGURES,
    Figure,
    NoFigure,
    efficiency,
    heat_map,
    labels,
    memory,
    speedup,
    times,
    vega,
)
from sklpar.render.figures.labels import placed
from sklpar.render.figures.memory import Spot
from sklpar.render.figures.series import curve, fitted
from tests.contracts.test_figures import many, sampled
from tests.unit.reports import (
    HOST,
    digits,
    ladder,
    law,
    oversubscription,
    recommendation,
    report,
    row,
    series,
    stopped,
)


def figure(found: Figure | NoFigure) -> Figure:
    assert isinstance(found, Figure), found
    return found


def values(of: Figure) -> list[dict[str, Any]]:
    """The data of the whole chart."""
    found: list[dict[str, Any]] = of.chart["data"]["values"]
    return found


def said(of: Figure) -> list[str]:
    """What is told of each mark to whoever cannot see it."""
    found = [datum.get("d", "") for datum in of.chart.get("data", {}).get("values", ())]
    for layer in of.chart["layer"]:
        found += [datum.get("d", "") for datum in layer.get("data", {}).get("values", ())]
    return list(filter(None, found))


def grid(**findings: Any) -> list[SettingReport]:
    """Three n_jobs by one thread, two and no cap; the time is their product."""
    return [
        row(
            f"loky-j{jobs}-t{threads}",
            jobs * (3.0 if threads == "default" else float(threads)),
            n_jobs=jobs,
            backend="loky",
            inner_threads=threads,
            **findings,
        )
        for jobs in (1, 2, 4)
        for threads in (1, 2, "default")
    ]


# Marks


def test_a_setting_is_marked_by_shape_and_by_word() -> None:
    of = replace(digits(), memory_limit_bytes=300_000_000)
    shapes = {one.id: marks.mark(of, one).key for one in of.settings}
    assert shapes["threading-j2-t1"] == "recommended"
    assert shapes["as-written"] == "as-written"
    assert shapes["serial"] == "serial"
    assert shapes["threading-j2-tblas1-openmp2"] == "tied"
    assert shapes["threading-j2-tdefault"] == "oversubscribed"
    assert shapes["loky-j2-t1"] == "unsound"
    assert shapes["loky-j2-tdefault"] == "other"


def test_no_two_marks_look_or_sound_alike() -> None:
    for what in ("key", "word", "glyph", "shape"):
        assert len({getattr(mark, what) for mark in marks.MARKS}) == len(marks.MARKS)


def test_what_is_oversubscribed_is_told_beside_another_mark() -> None:
    of = digits()
    written = of.row("as-written")
    assert written
    assert marks.glyphs(of, written) == marks.AS_WRITTEN.glyph + marks.OVERSUBSCRIBED.glyph
    assert marks.name(of, written) == "as-written, oversubscribed"


def test_a_note_on_oversubscription_that_costs_nothing_is_no_mark() -> None:
    told = row("loky-j2-t1", findings=(replace(oversubscription(), severity="info"),))
    assert marks.marks(report(told), told) == (marks.OTHER,)


# Times


def test_every_sample_is_in_the_table_and_in_the_chart() -> None:
    one = sampled(row("loky-j2-t1", 2.0), 5)
    found = figure(times.draw(report(sampled(row("as-written", 4.0), 5), one)))
    assert values(found)[0]["s"] == [1.9, 1.95, 2.0, 2.05, 2.1]
    assert found.table.rows[0][-1] == "1.90, 1.95, 2.00, 2.05, 2.10"
    assert found.table.headings[-1] == "every round (s)"


def test_of_very_many_samples_the_table_has_all_and_the_chart_some_with_the_ends() -> None:
    one = sampled(row("loky-j2-t1", 100.0), 9999)
    found = figure(times.draw(report(one)))
    drawn, all_of_it = values(found)[0]["s"], found.table.rows[0][-1].split(", ")
    assert len(all_of_it) == 9999
    assert len(drawn) <= 4000
    assert (drawn[0], drawn[-1]) == (min(drawn), max(drawn))
    assert (drawn[0], drawn[-1]) == (float(all_of_it[0]), float(all_of_it[-1]))
    assert "some of the rounds" in found.reading


def test_of_many_settings_the_best_and_the_sought_are_drawn_and_all_are_in_the_table() -> None:
    of = many(100, 3)
    of = replace(
        of,
        settings=(*of.settings, row("as-written", 50.0), row("serial", 49.0)),
        recommendation=recommendation("loky-j90-t1"),
    )
    found = figure(times.draw(of))
    ids = [datum["d"].partition(":")[0].partition(",")[0] for datum in values(found)]
    assert ids == [*(f"loky-j{n}-t1" for n in range(1, 41)), "loky-j90-t1", "serial", "as-written"]
    assert len(found.table.rows) == 102
    assert "The best 40 of 102" in found.reading


def test_a_stopped_setting_is_drawn_as_a_bound() -> None:
    found = figure(times.draw(digits()))
    held = {datum["d"]: datum for datum in values(found)}
    stopped = held["threading-j2-tdefault, stopped, oversubscribed: ≥2.97 s"]
    assert stopped["open"]
    assert stopped["v"] == pytest.approx(2.97)
    assert "lo" not in stopped
    assert "hollow" in found.reading


def test_the_arrow_of_what_was_stopped_is_beside_its_symbol() -> None:
    for written in (2.0, 0.01):
        of = report(row("as-written", written), stopped("loky-j2-t1", 4.0))
        found = figure(times.draw(of))
        scale = next(
            one["encoding"]["x"]["scale"]
            for one in found.chart["layer"]
            if "scale" in one["encoding"]["x"]
        )
        assert labels.part(4.01, scale) == pytest.approx(0.88, abs=0.01)


def test_rounds_run_after_the_choice_are_drawn_and_told_apart() -> None:
    one = sampled(row("loky-j2-t1", 2.0), 3)
    one = replace(one, confirming={"first_fit_s": {"4": 2.2, "5": 2.4}})
    found = figure(times.draw(report(sampled(row("as-written", 4.0), 3), one)))
    assert values(found)[0]["c"] == [2.2, 2.4]
    assert "c" not in values(found)[1]
    (rings,) = (
        layer
        for layer in found.chart["layer"]
        if {"flatten": ["c"], "as": ["one"]} in layer.get("transform", ())
    )
    assert (rings["mark"]["shape"], rings["mark"]["filled"]) == ("circle", False)
    assert "Rings below the line are rounds run after the choice" in found.reading
    assert found.table.headings[-1] == "after the choice (s)"
    assert [cells[-1] for cells in found.table.rows] == ["2.20, 2.40", "-"]
    without = figure(times.draw(digits()))
    assert "after the choice" not in (*without.table.headings, without.reading)


def test_a_figure_that_has_no_place_on_the_scale_is_told() -> None:
    found = figure(times.draw(report(row("as-written", 4.0), row("serial", 0.0))))
    assert "Not drawn, for want of a place on the scale: serial (0 s)." in found.reading
    none = times.draw(report(row("serial", 0.0)))
    assert isinstance(none, NoFigure)
    assert none.why == "No setting has a figure for the first fit that can be drawn: serial (0 s)."


def test_a_time_is_told_with_its_interval() -> None:
    told = said(figure(times.draw(digits())))
    best = "threading-j2-t1, recommended: 0.320 s, 95% interval 0.304 to 0.336 s"
    assert told[0] == best


def test_the_times_say_what_was_concluded() -> None:
    reading = figure(times.draw(digits())).reading
    assert reading.startswith(
        "threading-j2-t1 takes 0.320 s, as-written 12.4 s: 38.2× faster (95% interval 35.1–41.0)."
    )
    assert "The scale is logarithmic." in reading


def test_times_of_about_the_same_length_are_on_a_scale_from_zero() -> None:
    found = figure(times.draw(report(row("as-written", 4.0), row("serial", 2.0))))
    assert vega.scale([2.0, 4.0], room=1.5) == {"type": "linear", "domain": [0, 6], "nice": False}
    assert "logarithmic" not in found.reading


@pytest.mark.parametrize(
    ("goal", "title", "sign"),
    [
        ("memory", "How much memory does each setting take?", "GB"),
        ("cpu", "How much CPU time does each setting take?", "s"),
        ("fit", "How long does each setting take?", "s"),
    ],
)
def test_what_is_drawn_is_what_the_run_minimizes(goal: str, title: str, sign: str) -> None:
    found = figure(times.draw(replace(digits(), spec={"objective": {"minimize": goal}})))
    assert found.title == title
    assert found.table.headings[-1] == f"every round ({sign})"


def test_the_id_of_a_drawn_setting_may_be_cut_but_keeps_its_ends() -> None:
    assert vega.clipped("multiprocessing-j128", 11) == "multi…-j128"
    assert vega.clipped("loky", 11) == "loky"


# Speedup


def test_a_curve_starts_at_the_measured_time_and_follows_the_law() -> None:
    one = series(law=law(6.0, 2.0, 0.5))
    line = {point[0]: point[1] for point in curve(one, 1, 8, 4)}
    assert line[1.0] == pytest.approx(1.0)
    assert line[4.0] == pytest.approx(8.0 / (6.0 / 4 + 2.0 + 1.5), rel=1e-3)
    # More workers than CPUs share them.
    assert line[8.0] == pytest.approx(8.0 / (6.0 / 4 + 2.0 + 3.5), rel=1e-3)


def test_a_curve_of_waves_has_whole_workers_alone() -> None:
    line = curve(series(law=law(6.0, 2.0, 0.0, tasks=3)), 1, 4, 4)
    assert [n for n, _ in line] == [1, 2, 3, 4]
    assert [gain for _, gain in line] == pytest.approx([1.0, 8 / 6, 2.0, 2.0], rel=1e-3)


def layers(of: Figure, kind: str) -> list[dict[str, Any]]:
    return [layer for layer in of.chart["layer"] if layer["mark"]["type"] == kind]


def test_a_curve_is_dashed_beyond_what_was_measured() -> None:
    found = figure(speedup.draw(digits()))
    solid, dashed = (
        [layer for layer in layers(found, "line") if layer["mark"].get("strokeDash") == dash]
        for dash in (None, [4, 4])
    )
    within = solid[0]["data"]["values"][0]["at"]
    beyond = dashed[0]["data"]["values"][0]["at"]
    assert (within[0][0], within[-1][0]) == (1, 8)
    assert beyond[0][0] == 8
    assert beyond[-1][0] > 8
    assert "dashed beyond what was measured" in found.reading


def scaled(*numbers: int, cpus: int, **law_: Any) -> Report:
    """A run whose speedup is far from the ideal, on so many CPUs."""
    points = tuple(
        ScalingPoint(
            n_jobs=number,
            setting=f"loky-j{number}-t1",
            median_s=8.0,
            speedup=0.75 + number / 4,
            efficiency=0.5,
        )
        for number in numbers
    )
    one = replace(series("loky", law=law(6.0, 2.0, 0.01, **law_)), points=points)
    return report(host=replace(HOST, usable_cpus=cpus), scaling=Scaling(series=(one,)))


def axes(of: Figure) -> tuple[dict[str, Any], dict[str, Any]]:
    """The scales of a chart's first layer that has both."""
    encoding = next(
        one["encoding"] for one in of.chart["layer"] if {"x", "y"} <= {*one["encoding"]}
    )
    return encoding["x"]["scale"], encoding["y"]["scale"]


@pytest.mark.parametrize(("numbers", "cpus"), [((1, 2), 2), ((1, 2, 4, 8), 4), ((1, 8, 64), 64)])
def test_the_ideal_is_n_jobs_times_as_fast_up_to_the_cpus_and_whole_in_the_chart(
    numbers: tuple[int, ...], cpus: int
) -> None:
    found = figure(speedup.draw(scaled(*numbers, cpus=cpus)))
    ideal = [(datum["x"], datum["y"]) for datum in layers(found, "line")[0]["data"]["values"]]
    across, up = axes(found)
    assert ideal == [(1, 1), (cpus, cpus), (across["domain"][1], cpus)]
    # A straight line on axes of one kind, below what is written at the top.
    assert across["type"] == up["type"]
    assert up["domain"][0] <= 1 < cpus < up["domain"][1]
    assert labels.part(cpus, up) == pytest.approx(0.9, abs=0.01)
    assert f"up to {cpus} usable CPUs" in found.reading


def test_a_curve_has_its_points_as_far_apart_as_its_axis_shows_them() -> None:
    one = series(law=law(6.0, 2.0, 0.01))
    places = [math.log2(n) for n, _ in curve(one, 1, 64, 64, logarithmic=True)]
    steps = [after - before for before, after in itertools.pairwise(places)]
    assert max(steps) < 1.1 * min(steps)


@pytest.mark.parametrize("jobs", [0, -1])
def test_a_point_or_law_that_cannot_be_is_left_out(jobs: int) -> None:
    of = scaled(1, 2, jobs, cpus=0, tasks=0)
    found = figure(speedup.draw(of))
    assert len(layers(found, "point")[0]["data"]["values"]) == 2
    assert {cells[6] for cells in found.table.rows} == {"-"}


def test_series_are_told_apart_by_a_letter_and_by_the_values_of_their_params() -> None:
    path = "estimator__first__second__columns__n_jobs"
    of = report(
        scaling=Scaling(
            series=tuple(
                replace(series(backend), params={path: number})
                for backend in ("loky", "multiprocessing")
                for number in (1, 2)
            )
        )
    )
    named = layers(figure(speedup.draw(of)), "point")[0]["encoding"]["color"]["scale"]["domain"]
    assert named == [
        "a: loky, 1 thread, …n_jobs=1",
        "b: loky, 1 thread, …n_jobs=2",
        "c: multiprocessing, 1 thread, …n_jobs=1",
        "d: multiprocessing, 1 thread, …n_jobs=2",
    ]


def test_a_name_that_fits_is_whole_and_one_that_does_not_keeps_its_values() -> None:
    assert fitted("loky", {"svc__C": 1}, 20) == "loky, svc__C=1"
    assert fitted("loky", {"estimator__regularisation": 0.125}, 20) == "loky, …isation=0.125"
    assert fitted("loky", {"a" * 30: 1, "b" * 30: 2}, 20) == "loky, …aaa=1, …bbb=2"


def test_points_that_follow_no_law_are_joined() -> None:
    found = figure(speedup.draw(report(scaling=Scaling(series=(series(),)))))
    line = layers(found, "line")[1]["data"]["values"][0]["at"]
    assert line == [[1, 1.0], [2, 2.0], [4, 4.0], [8, 8.0]]
    assert "No curve is fitted: the law needs four values" in found.reading


def test_the_usable_cpus_are_marked_where_they_are_on_the_axis() -> None:
    found = figure(speedup.draw(digits()))
    assert layers(found, "rule")[0]["data"]["values"] == [{"x": 2}]
    assert any(layer["mark"].get("text") == "2 usable CPUs" for layer in layers(found, "text"))


def test_of_many_series_the_best_are_drawn_and_all_are_in_the_table() -> None:
    of = report(scaling=Scaling(series=tuple(series("loky", n) for n in range(1, 10))))
    found = figure(speedup.draw(of))
    assert "The best 6 of 9 series" in found.reading
    assert len({cells[0] for cells in found.table.rows}) == 9


def test_without_a_time_of_one_job_there_is_no_speedup() -> None:
    one = series()
    unknown = tuple(replace(point, speedup=None, efficiency=None) for point in one.points)
    found = speedup.draw(report(scaling=Scaling(series=(replace(one, points=unknown),))))
    assert isinstance(found, NoFigure)
    assert "n_jobs = 1" in found.why


# Heat map


def of_grid(**changes: Any) -> Report:
    return report(*grid(), recommendation=recommendation("loky-j1-t1"), **changes)


def test_the_heat_map_has_a_column_for_what_is_not_capped() -> None:
    found = figure(heat_map.draw(of_grid()))
    assert found.table.headings == ("workers", "1 thread", "2 threads", "not capped")
    assert found.table.rows[1] == ("loky, n_jobs=2", "2.00 s", "4.00 s", "6.00 s")
    assert found.table.rows[0][1] == "1.00 s, ★ recommended"


def test_a_heavy_line_divides_what_asks_for_more_than_the_cpus() -> None:
    found = figure(heat_map.draw(of_grid()))
    edges = [datum for layer in layers(found, "rule") for datum in layer["data"]["values"]]
    assert {(edge["k"], edge["c"], edge["side"]) for edge in edges} == {
        ("0|2", 0, "right"),
        ("0|1", 1, "below"),
        ("0|2", 0, "below"),
    }
    assert "more than the 2 usable CPUs" in found.reading


def test_a_setting_that_was_the_same_work_as_serial_has_its_time() -> None:
    of = of_grid(
        scaling=Scaling(
            series=(series("loky", times_s={"serial": 7.0, "loky-j2-t1": 2.0}),),
        )
    )
    settings = [row("serial", 7.0), *(one for one in of.settings if one.id != "loky-j1-t1")]
    found = figure(heat_map.draw(replace(of, settings=tuple(settings))))
    assert found.table.rows[0][1] == "7.00 s, ◆ serial"


def test_a_cell_that_the_job_as_written_stands_in_for_has_its_word() -> None:
    times = {"as-written": 7.0, "loky-j2-t1": 2.0}
    of = of_grid(scaling=Scaling(series=(series("loky", times_s=times),)))
    settings = [row("as-written", 7.0), *(one for one in of.settings if one.id != "loky-j1-t1")]
    found = figure(heat_map.draw(replace(of, settings=tuple(settings))))
    assert found.table.rows[0][1] == "7.00 s, ■ as-written"


def test_what_is_ruled_out_sets_no_scale() -> None:
    fast, *others = grid()
    differs = replace(fast, status="differs", measures=row("x", 0.001).measures)
    found = figure(heat_map.draw(report(differs, *others)))
    assert "of the settings that can be recommended is 2.00 s, of loky-j1-t2" in found.reading
    steps = {datum["d"].partition(":")[0]: datum["step"] for datum in values(found)}
    assert steps["loky-j1-t1, differs"] == steps["loky-j1-t2"] == "up to 1.05"


def test_where_all_is_ruled_out_the_least_is_said_to_be() -> None:
    found = figure(heat_map.draw(report(*(replace(one, status="differs") for one in grid()))))
    assert "is 1.00 s, of loky-j1-t1; none of these can be recommended" in found.reading


def test_a_sweep_along_one_axis_is_no_grid() -> None:
    alone = [one for one in grid() if one.inner_threads == 1]
    assert isinstance(heat_map.draw(report(*alone)), NoFigure)


# Memory


def spot(name: str, time: float, taken: float) -> Spot:
    return Spot(row=row(name), time=time, taken=taken)


def test_the_front_is_what_no_other_beats_in_both() -> None:
    spots = [
        spot("slow and large", 3.0, 3.0),
        spot("small", 4.0, 1.0),
        spot("fast", 1.0, 5.0),
        spot("between", 2.0, 2.0),
        spot("as fast, larger", 1.0, 6.0),
        spot("as small, slower", 5.0, 1.0),
    ]
    assert [one.row.id for one in memory.efficient(spots)] == ["fast", "between", "small"]


def test_what_is_above_the_limit_is_on_no_front() -> None:
    of = replace(digits(), memory_limit_bytes=300_000_000)
    found = figure(memory.draw(of))
    notes = {cells[0]: cells[-1] for cells in found.table.rows}
    assert notes["threading-j2-t1"] == "recommended, efficient"
    assert notes["loky-j2-t1"] == "above the memory limit"
    assert "2 settings take more than the limit of 300 MB." in found.reading
    assert any(
        layer["mark"].get("text") == "memory limit, 300 MB" for layer in found.chart["layer"]
    )


def test_what_was_stopped_is_on_no_front_even_with_a_figure() -> None:
    of = report(row("as-written", 2.0), row("loky-j2-t1", 1.0, status="stopped_early"))
    found = figure(memory.draw(of))
    assert [cells[-1] for cells in found.table.rows] == ["stopped", "efficient"]
    assert "Of the settings that can be recommended, as-written" in found.reading


@pytest.mark.parametrize("absurd", [float("inf"), 1.7e308, 1e-300])
def test_what_no_axis_can_hold_is_left_out(absurd: float) -> None:
    odd = row("loky-j8-t1", absurd, memory_bytes=absurd, n_jobs=8, backend="loky")
    of = replace(digits(), settings=(*digits().settings, odd))
    for draw in (times.draw, memory.draw):
        known, found = figure(draw(digits())), figure(draw(of))
        assert len(values(found)) == len(values(known))
        json.dumps(found.chart, allow_nan=False)


def test_a_limit_that_no_axis_can_hold_is_not_told() -> None:
    host = replace(HOST, memory_bytes=10**400)
    found = figure(memory.draw(replace(digits(), host=host, memory_limit_bytes=10**400)))
    assert "limit" not in found.reading


def test_a_limit_far_above_all_is_told_and_not_drawn() -> None:
    found = figure(memory.draw(replace(digits(), memory_limit_bytes=64_000_000_000)))
    assert "None takes more than the limit of 64.0 GB." in found.reading
    assert not any("limit" in str(layer["mark"].get("text")) for layer in found.chart["layer"])


def test_names_beside_points_cover_neither_points_nor_each_other() -> None:
    along = vega.scale([0.0, 10.0])
    crowd = [{"x": 5.0, "y": y, "name": "threading-j2-t1"} for y in (4.9, 5.0, 5.1)]
    found = placed(crowd, along, along, height=300)
    assert len({(one["align"], one["dx"], one["dy"]) for one in found}) == 3


# Efficiency


def test_the_parts_of_a_bar_lie_end_to_end() -> None:
    found = figure(efficiency.draw(digits()))
    for datum in values(found):
        parts = datum["parts"]
        assert parts[0][1] == 0
        assert all(part[2] == after[1] for part, after in itertools.pairwise(parts))
        assert parts[-1][2] == pytest.approx(1.0, abs=0.01)


def test_the_recommended_the_written_the_best_and_some_oversubscribed_have_bars() -> None:
    settings = [
        row(f"loky-j{n}-t1", float(n), ladder=ladder(float(n), useful=0.5), findings=findings)
        for n, findings in ((n, (oversubscription(),) if n > 8 else ()) for n in range(1, 21))
    ]
    written = row("as-written", 30.0, ladder=ladder(30.0, useful=0.5))
    of = report(*settings, written, recommendation=recommendation("loky-j7-t1"))
    found = figure(efficiency.draw(of))
    ids = [datum["title"].split()[1].rstrip(":") for datum in values(found)]
    expected = [*(f"loky-j{n}-t1" for n in (1, 2, 3, 4, 7, 9, 10, 11, 12)), "as-written"]
    assert ids == expected
    assert len(found.table.rows) == 21


def test_without_a_ladder_it_is_said_why() -> None:
    found = efficiency.draw(report(row("as-written")))
    assert isinstance(found, NoFigure)
    assert found.why == "No fit could be taken apart: not taken apart."


def test_the_figures_are_in_the_order_of_the_story() -> None:
    assert list(FIGURES) == ["times", "speedup", "heat-map", "memory", "efficiency"]


def test_no_interval_is_drawn_where_none_was_computed() -> None:
    few = row("as-written", 2.0, spread=None)
    assert isinstance(few.measures["first_fit_s"], Estimate)
    found = figure(times.draw(report(few)))
    assert "lo" not in values(found)[0]
    assert "interval" not in found.reading
