"""The verdict as markdown: in a pull request, where markup, mentions and links are alive."""

from __future__ import annotations

import html
import re

from sklpar.model import Verdict
from sklpar.render import RenderOptions
from sklpar.render.plain import loggable
from sklpar.render.verdicts.markdown import code, render
from tests.unit.verdicts import HOSTILE, check, every_verdict, hostile, verdict

EVERY = every_verdict()
CODE = re.compile(r"<code>([^<>]*)</code>")


def markdown(of: Verdict) -> str:
    return render(of, RenderOptions())


def test_the_heading_names_the_outcome() -> None:
    for name, of in EVERY.items():
        heading = markdown(of).splitlines()[0]
        assert heading.startswith("### sklpar guard: "), name
        assert heading.endswith(" PASS") == (of.exit_code == 0), name


def test_each_row_of_the_table_has_as_many_cells_as_the_heading() -> None:
    for name, of in EVERY.items():
        rows = [line for line in markdown(of).splitlines() if line.startswith("|")]
        assert len(rows) == (len(of.checks) + 2 if of.checks else 0), name
        assert len({line.count("|") for line in rows}) <= 1, name


def test_outside_code_nothing_is_alive() -> None:
    for name, of in EVERY.items():
        rest = CODE.sub("", markdown(of))
        assert not re.search(r"[<>&`@\\\[\]]|https?:|#\d", rest), name


def test_inside_code_nothing_ends_it() -> None:
    for found in CODE.findall(markdown(hostile("failed", "config"))):
        assert not re.search(r"[<>`@|*_\\\[\]$~:!]|&(?!#\d+;)|#(?!\d+;)", found)


def test_a_reader_sees_what_was_written() -> None:
    inside = CODE.fullmatch(code(HOSTILE))
    assert inside is not None
    assert html.unescape(inside[1]) == loggable(HOSTILE)


def test_nobody_is_pinged() -> None:
    assert "@" not in markdown(hostile("failed", "baseline"))
    assert code("@octocat") == "<code>&#64;octocat</code>"


def test_what_fails_comes_first() -> None:
    of = verdict("failed", checks=(check("equivalent", "serial"), check("regressed")))
    rows = [line for line in markdown(of).splitlines() if line.startswith("|")]
    assert rows[2] == (
        "| regressed | <code>loky-j2-t1</code> | first fit | 1.31 s | 1.00 s | 1.312 "
        "| 1.221–1.404 | 1.10 |"
    )


def test_the_next_step_is_there() -> None:
    last = markdown(verdict("failed")).splitlines()[-1]
    assert last.startswith("**Next:** <code>sklpar show .sklpar/guard/")
