"""What holds for every renderer, whichever are registered."""

from __future__ import annotations

import json
import re
from dataclasses import replace

import pytest

from sklpar.model import Estimate, Report
from sklpar.render import RENDERERS, RenderOptions
from sklpar.render.plain import AT_LEAST
from sklpar.render.rows import ordered
from sklpar.render.sentence import show
from tests.unit.reports import HOSTILE, digits, estimate, recommendation, report, row

LONG = "multiprocessing-j128-tblas128-openmp128-" + "max_features=0.123456789012345"

ALL_NULL = report(
    row("as-written", None, memory_bytes=None, why="the kernel does not tell"),
    row("serial", None, memory_bytes=None, why="the kernel does not tell"),
    name=None,
    finished_at=None,
)
FAILED_ONLY = report(
    *(
        row(setting, None, status="failed", reason="ValueError: no")
        for setting in ("as-written", "serial")
    ),
    status="partial",
    recommendation_unavailable="every setting failed",
)
HOSTILE_NAMES = report(
    row("as-written", 2.0),
    row(HOSTILE, 1.0, backend=HOSTILE, params={HOSTILE: HOSTILE}),
    row("serial", None, status="failed", reason=HOSTILE, why=HOSTILE),
    row("loky-j2-t1", None, status="skipped", reason=HOSTILE),
    name=HOSTILE,
    run_id=HOSTILE,
    recommendation=recommendation(HOSTILE, tied=(HOSTILE, "as-written"), reasons=(HOSTILE,)),
)
LONG_IDS = report(
    row("as-written", 12.4, fit_s=1.0),
    *(row(f"{LONG}{n}", 1.0 + n, fit_s=0.5) for n in range(12)),
    recommendation=recommendation(f"{LONG}0"),
)
REPORTS = {
    "digits": digits(),
    "all null": ALL_NULL,
    "failed only": FAILED_ONLY,
    "hostile": HOSTILE_NAMES,
    "long ids": LONG_IDS,
    "empty": report(),
    "interrupted": replace(digits(), status="interrupted"),
}

every_renderer = pytest.mark.parametrize("name", RENDERERS)
every_report = pytest.mark.parametrize("of", REPORTS.values(), ids=REPORTS)
every_width = pytest.mark.parametrize("width", [1, 60, 61, 79, 80, 100, 140, 400])


@every_renderer
@every_report
@every_width
@pytest.mark.parametrize("unicode", [True, False])
def test_any_report_is_rendered_harmlessly(
    name: str, of: Report, width: int, unicode: bool
) -> None:
    shown = RENDERERS[name](of, RenderOptions(width=width, unicode=unicode))
    assert shown.endswith("\n")
    assert all(line.isprintable() for line in shown.splitlines())
    assert unicode or shown.isascii()


@every_renderer
@every_report
def test_nothing_is_colored_unless_asked(name: str, of: Report) -> None:
    assert "\x1b" not in RENDERERS[name](of, RenderOptions(width=80, color=False))


@every_width
@every_report
def test_no_cell_of_the_text_is_cut(of: Report, width: int) -> None:
    """Every id and first fit, or bound of one, stands whole somewhere, however narrow."""
    shown = RENDERERS["text"](of, RenderOptions(width=width))
    words = " ".join(shown.split())
    for line in ordered(of):
        if line.setting.id != HOSTILE:
            assert line.setting.id in words
        figure = line.setting.measures["first_fit_s"]
        if isinstance(figure, Estimate):
            assert show("first_fit_s", figure.median) in shown
        elif figure.at_least is not None:
            assert f"{AT_LEAST}{show('first_fit_s', figure.at_least)}" in shown


@every_width
@pytest.mark.parametrize("name", ["digits", "long ids"])
def test_no_line_of_the_table_is_wider_than_the_terminal(name: str, width: int) -> None:
    lines = RENDERERS["text"](REPORTS[name], RenderOptions(width=width)).splitlines()
    start = next(i for i, line in enumerate(lines) if line.startswith("setting"))
    table = lines[start : lines.index("", start)]
    assert len(table) == 1 + len(ordered(REPORTS[name]))
    assert all(len(line) <= max(60, width) for line in table)


@pytest.mark.parametrize("name", ["all null", "failed only"])
@pytest.mark.parametrize("renderer", ["text", "markdown"])
def test_without_a_figure_there_is_a_list_and_nothing_explains_figures(
    name: str, renderer: str
) -> None:
    shown = RENDERERS[renderer](REPORTS[name], RenderOptions(width=200))
    assert "No setting has a figure: " in shown
    assert not re.search(r"^(- )?(setting  |\| setting|Gain: |CPU is )", shown, re.MULTILINE)


@every_renderer
def test_unmeasured_figures_are_never_shown_as_zero(name: str) -> None:
    shown = RENDERERS[name](ALL_NULL, RenderOptions(width=200))
    assert "0 s" not in shown.replace("64.2 s", "")
    assert "the kernel does not tell" in shown


@pytest.mark.parametrize("figure", [float("nan"), float("inf")])
def test_the_json_document_never_holds_nan_or_infinity(figure: float) -> None:
    odd = row("as-written")
    measures = {**odd.measures, "first_fit_s": estimate(figure, spread=None)}
    shown = RENDERERS["json"](report(replace(odd, measures=measures)), RenderOptions())
    document = json.loads(shown, parse_constant=pytest.fail)
    assert document["schema_version"] == 1
