"""What holds for the page on findings: a paragraph for each rule, whichever are registered."""

from __future__ import annotations

from pathlib import Path

import pytest

import sklpar
from sklpar.analysis.noise import NOISE_RULES
from sklpar.analysis.rules import RULES
from sklpar.doctor.checks import CHECKS
from sklpar.render.manual import paragraph, rules

PAGE = (Path(sklpar.__file__).parent.parent / "docs" / "findings.md").read_text(encoding="utf-8")
EVERY = sorted({*RULES, *NOISE_RULES, *CHECKS})


@pytest.mark.parametrize("rule", EVERY)
def test_each_rule_has_a_paragraph(rule: str) -> None:
    assert len(paragraph(rule, PAGE).split()) > 30


def test_no_paragraph_is_of_a_rule_that_is_gone() -> None:
    assert sorted(rules(PAGE)) == EVERY
