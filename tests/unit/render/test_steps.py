"""What to type next."""

from __future__ import annotations

from dataclasses import replace

import pytest

from sklpar.model import Finding, Report
from sklpar.render.steps import reading, using
from tests.unit.reports import digits, oversubscription, recommendation, report, row


def typed(of: Report) -> list[str]:
    return [step.command for step in using(of, "RUN")]


def test_the_setting_is_kept_first_then_used() -> None:
    assert typed(digits()) == [
        "sklpar emit yaml RUN --output tuned.yaml",
        "sklpar exec --config tuned.yaml -- python train.py",
    ]


def test_the_figures_are_shown_and_the_first_finding_explained() -> None:
    assert [step.command for step in reading(digits(), "RUN")] == [
        "sklpar show RUN --format html --output report.html",
        "sklpar explain --finding oversubscription",
    ]


def test_a_rule_of_a_newer_sklpar_is_not_explained() -> None:
    newer = Finding(rule="quantum_flux", severity="error", evidence={}, advice="")
    of = report(row("as-written", findings=(newer,)))
    assert [step.command.split()[1] for step in reading(of, "RUN")] == ["show"]
    both = report(row("as-written", findings=(newer, oversubscription())))
    assert reading(both, "RUN")[1].command == "sklpar explain --finding oversubscription"


@pytest.mark.parametrize("status", ["interrupted", "partial"])
def test_a_run_that_is_not_whole_is_gone_on_with_first(status: str) -> None:
    of = replace(digits(), status=status)  # type: ignore[arg-type]
    assert typed(of)[0] == "sklpar tune --resume RUN"


def test_a_provisional_answer_asks_for_more_rounds() -> None:
    of = replace(digits(), recommendation=recommendation("threading-j2-t1", provisional=True))
    assert typed(of)[0] == "sklpar tune SPEC --rounds 5"


def test_a_job_from_python_has_no_file_to_run_again() -> None:
    of = replace(digits(), status="partial", spec={"estimator": {"python": "SVC()"}})
    assert typed(of)[0] == "sklpar emit yaml RUN --output tuned.yaml"


@pytest.mark.parametrize(
    "of",
    [
        report(row("as-written"), row("serial")),
        report(row("as-written"), recommendation=recommendation("as-written")),
    ],
)
def test_where_nothing_is_to_be_changed_there_is_nothing_to_emit(of: Report) -> None:
    assert typed(of) == []
