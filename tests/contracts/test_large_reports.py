"""What holds for every renderer when a run holds 10,000 samples."""

from __future__ import annotations

import time
from dataclasses import replace

import pytest

from sklpar.model import Report
from sklpar.render import RENDERERS, RenderOptions
from tests.unit.reports import large, recommendation

# As a report is read: within these, in CPU seconds, so that a busy machine is no slow renderer.
WITHIN_S = 2.0


def named_at_length(of: Report) -> Report:
    """The report with ids such as a sweep over params has."""
    end = "-" + "estimator__max_features=0.123456789-" * 4
    rows = tuple(
        one if one.id in ("as-written", "serial") else replace(one, id=one.id + end)
        for one in of.settings
    )
    return replace(of, settings=rows, recommendation=recommendation(rows[0].id))


REPORTS = {
    "many rounds": large(100, 100),
    "many settings": large(2000, 5),
    "more settings": large(5000, 2),
    "wide grids": large(2000, 5, threads=10, backends=4),
    "long ids": named_at_length(large(2000, 5)),
}

every_report = pytest.mark.parametrize("of", REPORTS.values(), ids=REPORTS)


@pytest.mark.parametrize("name", RENDERERS)
@every_report
def test_ten_thousand_samples_are_rendered_in_two_seconds(name: str, of: Report) -> None:
    started_s = time.process_time()
    RENDERERS[name](of, RenderOptions(width=100))
    assert time.process_time() - started_s < WITHIN_S


@every_report
def test_a_page_of_ten_thousand_samples_is_light_enough_to_be_sent(of: Report) -> None:
    assert len(RENDERERS["html"](of, RenderOptions())) < 1_500_000
