"""The exit code of a run: what a script goes by."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sklpar.analysis.analyse import analyse
from sklpar.cli import main
from sklpar.cli.tune import _exit_code
from sklpar.model import Outcome, Report
from tests.unit.builders import (
    AS_WRITTEN,
    LOKY,
    make_failure,
    make_run,
    make_sample,
    make_samples,
)

# As-written is 8% behind, which five rounds do not decide; nor do the confirming ones.
SEEN = [
    *make_samples(AS_WRITTEN, [1.08, 1.1, 1.04, 1.12, 1.02]),
    *make_samples(LOKY, [1.0, 1.02, 1.0, 0.98, 1.0]),
]
OPEN = [
    make_sample(setting, 6 + n, first_s=first_s)
    for n, firsts in enumerate([(1.25, 1.0), (1.0, 1.01), (1.3, 1.0)])
    for setting, first_s in zip((AS_WRITTEN, LOKY), firsts, strict=True)
]
RUNS: dict[str, tuple[list[Outcome], int]] = {
    "a recommendation": ([*make_samples(AS_WRITTEN, [3.0]), *make_samples(LOKY, [1.0])], 0),
    "nothing ran": ([make_failure(LOKY), make_failure(AS_WRITTEN)], 3),
    "nothing yet": ([], 3),
    "a gain that is seen and not shown": ([*SEEN, *OPEN], 4),
    "measured but unfit": ([make_sample(LOKY, status="not_as_requested", reason="4")], 4),
}


def report(outcomes: list[Outcome]) -> Report:
    return analyse(make_run([LOKY], outcomes))


@pytest.mark.parametrize("kind", RUNS)
def test_each_kind_of_ending_has_its_exit_code(kind: str) -> None:
    outcomes, code = RUNS[kind]
    found = report(outcomes)
    assert (found.recommendation is not None) == (code == 0)
    assert _exit_code(replace(found, status="complete")) == code


def test_an_interruption_outranks_a_recommendation() -> None:
    found = report(RUNS["a recommendation"][0])
    assert _exit_code(replace(found, status="interrupted")) == 130


def test_a_run_that_goes_on_has_its_plan_already(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["tune", "--resume", "20260101", "--dry-run"]) == 2
    assert "--dry-run" in capsys.readouterr().err
