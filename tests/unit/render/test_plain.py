"""Text that is harmless wherever it is shown."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from sklpar.render.plain import cells, one_line, pad, shorten, wrap
from tests.unit.reports import HOSTILE


def test_newlines_become_spaces_and_controls_are_spelt_out() -> None:
    assert one_line("a\n\tb\x1b[2J\u202e") == r"a b\x1b[2J\u202e"


def test_ascii_terminals_get_ascii() -> None:
    text = (
        "3\N{MULTIPLICATION SIGN} 1\N{EN DASH}2 \N{GREATER-THAN OR EQUAL TO} é 漢 \N{GRINNING FACE}"
    )
    assert one_line(text, unicode=False) == r"3x 1-2 >= \xe9 \u6f22 \U0001f600"


@given(st.text(alphabet=st.characters(), max_size=200))
def test_any_text_becomes_one_printable_line(text: str) -> None:
    assert one_line(text).isprintable()
    plain = one_line(text, unicode=False)
    assert plain.isascii()
    assert plain.isprintable()


def test_wide_characters_take_two_cells_and_marks_none() -> None:
    assert cells("a漢e\u0301") == 4
    assert pad("漢", 4) == "漢  "
    assert pad("1", 3, right=True) == "  1"


def test_wrapping_never_breaks_a_word_or_parts_a_number_from_its_unit() -> None:
    assert wrap("one two " + "x" * 30 + " 3.46 s, 5 GB.", 12) == [
        "one two",
        "  " + "x" * 30,
        "  3.46 s,",
        "  5 GB.",
    ]


def test_a_long_text_says_how_much_was_left_out() -> None:
    assert shorten("ok") == "ok"
    assert shorten("x" * 1000).endswith("(600 more characters)")


def test_hostile_text_is_kept_readable() -> None:
    assert one_line(HOSTILE).startswith(
        r"evil \x1b[2J\x1b]0;pwned\x07[bold red]x[/] \u202etxt.exe \x00 é 漢字"
    )
