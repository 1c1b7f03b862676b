"""What holds for every figure, whichever are registered."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Any

import pytest

from sklpar.model import Caps, InnerThreads, Report, Scaling, SettingReport
from sklpar.render.figures import FIGURES, Figure, NoFigure
from tests.contracts.test_renderers import LONG, REPORTS
from tests.unit.reports import (
    HOSTILE,
    digits,
    ladder,
    large,
    law,
    oversubscription,
    recommendation,
    report,
    row,
    series,
)


def sampled(setting: SettingReport, rounds: int) -> SettingReport:
    """The row with the value of every round, evenly from 5% below its median to 5% above."""
    first = setting.measures["first_fit_s"]
    middle = getattr(first, "median", 1.0)
    step = 0.1 / (rounds - 1)
    values = {str(n + 1): middle * (0.95 + step * n) for n in range(rounds)}
    return replace(setting, values={"first_fit_s": values})


def many(settings: int, rounds: int) -> Report:
    """So many settings of so many rounds."""
    return report(
        *(
            sampled(
                row(
                    f"loky-j{n}-t1",
                    1.0 + n / settings,
                    n_jobs=n,
                    backend="loky",
                    inner_threads=1,
                    ladder=ladder(1.0 + n / settings, useful=0.5),
                ),
                rounds,
            )
            for n in range(1, settings + 1)
        ),
        recommendation=recommendation("loky-j1-t1"),
    )


def hostile() -> Report:
    """Foreign text wherever a report can hold any, in a grid of settings with everything drawn."""
    threads: tuple[InnerThreads, ...] = (1, Caps(blas=1, openmp=2), "default")
    return report(
        row("as-written", 2.0, ladder=ladder(2.0, useful=1.0)),
        *(
            sampled(
                row(
                    f"{HOSTILE}-{jobs}-{inner}",
                    1.0 + jobs,
                    n_jobs=jobs,
                    backend=HOSTILE,
                    inner_threads=inner,
                    params={HOSTILE: HOSTILE},
                    ladder=ladder(1.0 + jobs, useful=0.5),
                    findings=(oversubscription(),),
                ),
                5,
            )
            for jobs in (1, 2)
            for inner in threads
        ),
        recommendation=recommendation(f"{HOSTILE}-1-1", tied=(HOSTILE,)),
        scaling=Scaling(
            series=(
                replace(series(HOSTILE, law=law()), params={HOSTILE: HOSTILE}),
                series("loky", times_s={f"{HOSTILE}-{jobs}-1": 1.0 + jobs for jobs in (1, 2)}),
            )
        ),
    )


EXTREME = report(
    row("as-written", 1e-12),
    row("serial", 0.0),
    row("loky-j2-t1", 1e15, memory_bytes=1.0),
    row("loky-j3-t1", float("nan"), memory_bytes=float("inf")),
    row("loky-j4-t1", float("inf")),
)
ALL = {
    **REPORTS,
    "everything hostile": hostile(),
    "many settings": many(2000, 5),
    "many rounds": many(100, 100),
    "extreme": EXTREME,
    "one setting": report(row("as-written", 1.0)),
    "above the limit": replace(digits(), memory_limit_bytes=300_000_000),
    "memory": replace(digits(), spec={"objective": {"minimize": "memory"}}),
    "cpu": replace(digits(), spec={"objective": {"minimize": "cpu"}}),
    "warm": replace(digits(), spec={"objective": {"minimize": "fit"}}),
}

every_figure = pytest.mark.parametrize("name", FIGURES)
every_report = pytest.mark.parametrize("of", ALL.values(), ids=ALL)


def strings(found: Any) -> Iterator[str]:
    """Every text in a specification."""
    if isinstance(found, str):
        yield found
    elif isinstance(found, dict):
        for key, value in found.items():
            yield key
            yield from strings(value)
    elif isinstance(found, list | tuple):
        for value in found:
            yield from strings(value)


def drawn(name: str, of: Report) -> Figure | None:
    """The figure, where there is one."""
    found = FIGURES[name](of)
    return found if isinstance(found, Figure) else None


@every_figure
@every_report
def test_a_figure_has_a_question_an_answer_and_a_name(name: str, of: Report) -> None:
    found = FIGURES[name](of)
    assert found.name == name
    assert re.fullmatch("[a-z-]+", found.name)
    assert found.title.endswith("?")
    said = found.why if isinstance(found, NoFigure) else found.reading
    assert said.endswith((".", "…"))
    assert said.isprintable()


@every_figure
@every_report
def test_a_figure_is_plain_json_and_holds_no_control_character(name: str, of: Report) -> None:
    if found := drawn(name, of):
        text = json.dumps(found.chart, allow_nan=False)
        assert json.loads(text) == found.chart
        assert all(text.isprintable() for text in strings(found.chart))


@every_figure
@every_report
def test_a_figure_names_no_address(name: str, of: Report) -> None:
    if found := drawn(name, of):
        assert not any("//" in text or text == "$schema" for text in strings(found.chart))


@every_figure
@every_report
def test_a_table_is_as_wide_as_its_headings(name: str, of: Report) -> None:
    if found := drawn(name, of):
        table = found.table
        assert table.rows
        assert all(len(cells) == len(table.headings) for cells in table.rows)
        assert all(text.isprintable() for cells in table.rows for text in cells)
        assert all(cells[0] for cells in table.rows)
        assert table.right <= set(range(len(table.headings)))


def colors(found: Any) -> Iterator[str]:
    """Every colour in a specification."""
    if isinstance(found, dict):
        for key, value in found.items():
            if key in ("fill", "stroke", "color") or key.endswith("Color"):
                scale = value.get("scale", {}) if isinstance(value, dict) else {}
                yield from scale.get("range", [])
                yield from [value] if isinstance(value, str) else []
            if key not in ("data", "resolve"):
                yield from colors(value)
    elif isinstance(found, list | tuple):
        for value in found:
            yield from colors(value)


@every_figure
@every_report
def test_colors_are_those_of_the_page(name: str, of: Report) -> None:
    if found := drawn(name, of):
        assert set(colors(found.chart)) - {"transparent"} <= {
            f"var(--{color})"
            for color in (
                *("ink", "paper", "muted", "grid", "accent", "warn", "bad", "plain"),
                *(f"series-{number}" for number in range(1, 7)),
            )
        }


@every_figure
def test_a_figure_of_many_samples_is_light(name: str) -> None:
    for of in (large(100, 100, threads=5), large(2000, 5, threads=10, backends=4)):
        found = drawn(name, of)
        assert found is not None
        assert len(json.dumps(found.chart)) < 150_000


def test_the_settings_of_a_sweep_are_all_in_the_table_of_times() -> None:
    for name, of in (("digits", digits()), ("long ids", REPORTS["long ids"])):
        found = drawn("times", of)
        assert found is not None, name
        told = {cells[0] for cells in found.table.rows}
        assert told == {row.id for row in of.settings if row.status != "skipped"}


def test_long_ids_are_whole_for_whoever_points_at_them() -> None:
    found = drawn("times", REPORTS["long ids"])
    assert found is not None
    said = [text for text in strings(found.chart) if text.startswith(f"{LONG}11")]
    assert said
