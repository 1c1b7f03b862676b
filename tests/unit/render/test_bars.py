"""Bars of characters."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sklpar.render.bars import bar


@pytest.mark.parametrize(
    ("share", "drawn"),
    [
        (0.0, ""),
        (1e-9, "\N{LEFT ONE EIGHTH BLOCK}"),
        (0.5, "\N{FULL BLOCK}" * 2),
        (0.53, "\N{FULL BLOCK}" * 2 + "\N{LEFT ONE EIGHTH BLOCK}"),
        (1.0, "\N{FULL BLOCK}" * 4),
        (1.01, "\N{FULL BLOCK}" * 3 + ">"),
    ],
)
def test_a_bar_is_drawn_in_eighths_and_what_is_cut_says_so(share: float, drawn: str) -> None:
    assert bar(share, 4, unicode=True) == drawn


@pytest.mark.parametrize(
    ("share", "drawn"), [(0.0, ""), (1e-9, "#"), (0.5, "##"), (1.0, "####"), (2.0, "###>")]
)
def test_ascii_has_whole_cells(share: float, drawn: str) -> None:
    assert bar(share, 4, unicode=False) == drawn


def test_a_bound_looks_different_from_a_figure() -> None:
    assert bar(0.5, 4, unicode=True, known=False) == "\N{LIGHT SHADE}" * 2
    assert bar(0.5, 4, unicode=False, known=False) == ".."
    assert bar(1.5, 4, unicode=False, known=False) == "...>"


@given(st.floats(0, 10), st.integers(1, 60), st.booleans(), st.booleans())
def test_no_bar_is_longer_than_its_width(
    share: float, width: int, unicode: bool, known: bool
) -> None:
    drawn = bar(share, width, unicode=unicode, known=known)
    assert len(drawn) <= width
    assert bool(drawn) == (share > 0)
    assert unicode or drawn.isascii()
