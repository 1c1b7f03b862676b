"""The page on findings, cut into its paragraphs."""

from __future__ import annotations

import pytest

from sklpar.errors import UsageError
from sklpar.render.manual import paragraph, rules

PAGE = """# Findings

What they mean.

## oversubscription

More work than CPUs.

It costs.

## `no_effect`

Nothing changed.

# Appendix

## Not a rule
"""


def test_a_paragraph_ends_where_the_next_rule_begins() -> None:
    assert paragraph("oversubscription", PAGE) == "More work than CPUs.\n\nIt costs.\n"
    assert paragraph("no_effect", PAGE) == "Nothing changed.\n"


def test_headings_that_name_no_rule_are_passed_over() -> None:
    assert rules(PAGE) == ["oversubscription", "no_effect"]


def test_an_unknown_rule_lists_the_known_ones() -> None:
    with pytest.raises(UsageError, match="there is no rule 'speed'") as caught:
        paragraph("speed", PAGE)
    assert caught.value.remedy == "the rules are oversubscription, no_effect"
