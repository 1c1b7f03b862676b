"""What ``compare`` draws as a page: the same words as elsewhere, and one chart of both sides."""

from __future__ import annotations

import json
from dataclasses import replace

from sklpar.guard.contrast import contrast
from sklpar.model import Contrast
from sklpar.render import RenderOptions
from sklpar.render.contrasts import figure
from sklpar.render.contrasts.html import render
from sklpar.render.figures import Figure, NoFigure
from tests.unit.contrasts import every_contrast, hostile, one, other
from tests.unit.reports import stopped
from tests.unit.verdicts import HOSTILE

EVERY = every_contrast()


def chart(of: Contrast) -> Figure:
    found = figure.draw(of)
    assert isinstance(found, Figure)
    return found


def points(found: Figure, side: str) -> dict[int, dict[str, object]]:
    """The points of one side by the number of their strip."""
    layers = [layer for layer in found.chart["layer"] if "data" in layer]
    values = [one for layer in layers for one in layer["data"]["values"]]
    return {one["k"]: one for one in values if one["side"] == side}


def test_both_sides_are_drawn_with_their_intervals() -> None:
    found = chart(EVERY["changed"])
    for side in "AB":
        drawn = points(found, side)
        assert len(drawn) == 4
        assert all(one["lo"] <= one["v"] <= one["hi"] for one in drawn.values())  # type: ignore[operator]
    assert "95% interval" in str(points(found, "A")[0]["d"])


def test_the_sides_are_told_apart_by_shape_and_not_by_colour_alone() -> None:
    layers = [layer for layer in chart(EVERY["changed"]).chart["layer"] if "data" in layer]
    shapes = [
        layer["encoding"]["shape"]["scale"] for layer in layers if "shape" in layer["encoding"]
    ]
    assert shapes
    assert all(scale == {"domain": ["A", "B"], "range": ["circle", "diamond"]} for scale in shapes)


def test_a_side_that_was_stopped_is_drawn_hollow_at_its_bound() -> None:
    a = one()
    cut = stopped("loky-j2-t1", 2.96)
    b = replace(other(), settings=(*(r for r in other().settings if r.id != cut.id), cut))
    found = chart(contrast(a, b))
    bound = next(point for point in points(found, "B").values() if "open" in point)
    assert bound["v"] == 2.97
    assert "2.97 s" in str(bound["d"])
    assert "hollow" in found.reading
    assert "hollow" not in chart(EVERY["changed"]).reading


def test_a_side_without_a_figure_is_not_drawn() -> None:
    found = chart(EVERY["one side only"])
    assert len(points(found, "A")) == 3
    assert len(points(found, "B")) == 4


def test_the_table_of_the_chart_has_all_that_is_drawn() -> None:
    found = chart(EVERY["changed"])
    assert [row[0] for row in found.table.rows] == [p.setting for p in EVERY["changed"].pairs[:4]]
    assert "slower" in {cell for row in found.table.rows for cell in row}


def test_speedups_are_drawn_where_seconds_are_not_comparable() -> None:
    x = chart(EVERY["other CPU"]).chart["layer"][-1]["encoding"]["x"]
    assert x["axis"]["title"].startswith("speedup (times as-written")


def test_memory_is_drawn_in_its_unit() -> None:
    of = EVERY["changed"]
    order = (*of.compared[2:], *of.compared[:2])
    x = chart(replace(of, compared=order)).chart["layer"][-1]["encoding"]["x"]
    assert x["axis"]["title"] == "memory (MB)"


def test_where_there_is_nothing_to_draw_that_is_said() -> None:
    assert isinstance(figure.draw(EVERY["nothing"]), NoFigure)
    assert "No setting has a figure in either run" in render(EVERY["nothing"], RenderOptions())


def test_many_settings_are_drawn_in_part_and_listed_in_full() -> None:
    of = EVERY["changed"]
    first = of.pairs[0]
    many = tuple(replace(first, setting=f"loky-j{n}-t1") for n in range(100))
    found = chart(replace(of, pairs=many))
    assert len(points(found, "A")) == 40
    assert len(found.table.rows) == 100
    assert "The first 40 of 100 settings are drawn" in found.reading


def test_foreign_text_is_no_markup() -> None:
    shown = render(hostile(f"</script><img src=x onerror=alert(1)> {HOSTILE}"), RenderOptions())
    assert "<img" not in shown
    assert "</script><img" not in shown
    start = shown.index('<script type="application/json">') + len(
        '<script type="application/json">'
    )
    assert json.loads(shown[start : shown.index("</script>", start)])["layer"]
