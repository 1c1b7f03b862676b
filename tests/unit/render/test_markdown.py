"""The report as markdown, read back by a reader of GitHub's dialect."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from html.parser import HTMLParser

import pytest
from markdown_it import MarkdownIt
from markdown_it.token import Token

from sklpar.model import Report
from sklpar.render import RenderOptions, below, gfm, rows, sentence
from sklpar.render.contrasts.markdown import render as render_contrast
from sklpar.render.markdown import render
from sklpar.render.plain import one_line
from sklpar.render.steps import using
from tests.unit.contrasts import every_contrast, hostile
from tests.unit.reports import HOSTILE as SHOWN
from tests.unit.reports import digits, recommendation, report, row
from tests.unit.verdicts import HOSTILE as ALIVE

OPTIONS = RenderOptions()
CODE = re.compile(r"<code>([^<>]*)</code>")
OWN = re.compile(
    r"</?(?:details|summary)>|^```sh\n.*\n```$|^#+ |^- |\*\*|^\| | \||---:?", re.MULTILINE
)
EVIL = report(
    row("as-written", 2.0),
    row(ALIVE, 1.0, backend=ALIVE, params={ALIVE: ALIVE}),
    row("serial", None, status="failed", reason=ALIVE, why=ALIVE),
    name=ALIVE,
    recommendation=recommendation(ALIVE, reasons=(ALIVE,)),
)


class Page:
    """What a reader of markdown sees: blocks, and the cells of tables, as text."""

    def __init__(self, text: str) -> None:
        self.tokens = MarkdownIt("commonmark", {"html": True}).enable("table").parse(text)

    def kinds(self) -> set[str]:
        return {token.type for token in self._all()}

    def tables(self) -> list[list[list[str]]]:
        found: list[list[list[str]]] = []
        for before, token in zip(self.tokens, self.tokens[1:], strict=False):
            if before.type == "table_open":
                found.append([])
            elif before.type == "tr_open":
                found[-1].append([])
            if before.type in ("th_open", "td_open"):
                found[-1][-1].append(shown(token))
        return found

    def code_blocks(self) -> list[str]:
        return [token.content.strip() for token in self.tokens if token.type == "fence"]

    def paragraphs(self) -> list[str]:
        return [shown(token) for token in self.tokens if token.type == "inline"]

    def _all(self) -> Iterator[Token]:
        for token in self.tokens:
            yield token
            yield from token.children or ()


def shown(token: Token) -> str:
    """An inline token as it is read: tags gone, references resolved."""
    return "".join(one.content for one in token.children or () if one.type == "text")


class Tags(HTMLParser):
    """The tags of a text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.found: list[str] = []
        self.feed(text)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append(tag)
        assert not attrs


def markdown(of: Report) -> str:
    return render(of, OPTIONS)


# --------------------------------------------------------------------------- what it says


def test_the_answer_comes_first() -> None:
    heading, answer, *_ = Page(markdown(digits())).paragraphs()
    assert heading == "sklpar: digits search"
    assert answer == sentence.answer(digits())


def test_each_command_is_a_block_that_can_be_copied() -> None:
    run = below.reference(digits(), None)
    expected = [step.command for step in using(digits(), run)]
    assert len(expected) > 1
    assert Page(markdown(digits())).code_blocks() == expected


def test_the_cells_of_the_table_are_those_of_the_text_report() -> None:
    found = Page(markdown(digits())).tables()[0]
    columns = rows.columns(digits(), rows.ordered(digits()))
    columns = [column for column in columns if any(column.cells)]
    assert found[0] == [column.heading for column in columns]
    assert found[1:] == [list(cells) for cells in zip(*(c.cells for c in columns), strict=True)]


def test_findings_and_details_are_folded_and_still_markdown() -> None:
    text = markdown(digits())
    summaries = re.findall(r"<summary>(.*)</summary>\n\n- ", text)
    assert summaries == ["Findings", "Details", "How it was measured"]
    assert text.count("<details>") == text.count("</details>") == len(summaries)
    said = Page(text).paragraphs()
    assert all(one_line(line) in said for line in below.facts(digits()))


def test_a_run_that_measured_nothing_has_no_table() -> None:
    empty = Page(markdown(report()))
    assert empty.tables() == []
    assert empty.paragraphs()[1].startswith("No recommendation")


def test_an_interrupted_run_says_so_and_how_to_go_on() -> None:
    page = Page(markdown(replace(digits(), status="interrupted")))
    assert any("interrupted" in text for text in page.paragraphs())
    assert page.code_blocks()[0].startswith("sklpar tune --resume ")


# --------------------------------------------------------------------------- what it must not do

PAGES = {
    "digits": markdown(digits()),
    "hostile to markup": markdown(EVIL),
    **{f"contrast, {name}": render_contrast(of, OPTIONS) for name, of in every_contrast().items()},
    "contrast, hostile to markup": render_contrast(hostile(ALIVE), OPTIONS),
    "contrast, hostile to terminals": render_contrast(hostile(SHOWN), OPTIONS),
}

every_page = pytest.mark.parametrize("text", PAGES.values(), ids=PAGES)


@every_page
def test_there_is_nothing_in_it_that_foreign_text_made(text: str) -> None:
    kinds = Page(text).kinds()
    assert not kinds & {"link_open", "image", "em_open", "code_inline", "hr", "blockquote_open"}
    tags = Tags(re.sub(r"(?s)```sh\n.*?\n```", "", text)).found
    assert set(tags) <= {"code", "details", "summary"}
    rest = OWN.sub("", CODE.sub("", re.sub(r"(?s)```sh\n.*?\n```", "", text)))
    assert not re.search(r"[<>`@\\\[\]|*~$]|&(?!lt;|gt;|amp;)|https?:|#\d", rest)


@every_page
def test_no_table_is_broken(text: str) -> None:
    for found in Page(text).tables():
        assert len({len(cells) for cells in found}) == 1
    lines = [line for line in text.splitlines() if line.startswith("|")]
    read = sum(len(found) + 1 for found in Page(text).tables())
    assert len(lines) == read


def test_a_hostile_id_is_read_as_it_was_written() -> None:
    ids = [cells[0] for cells in Page(PAGES["hostile to markup"]).tables()[0]]
    assert one_line(ALIVE) in ids


def test_a_contrast_has_the_rows_of_its_text() -> None:
    of = every_contrast()["changed"]
    main, others = Page(render_contrast(of, OPTIONS)).tables()
    assert [cells[0] for cells in main[1:]] == [p.setting for p in of.of("first_fit_s")]
    assert "slower" in {cell for cells in main for cell in cells}
    assert others[0] == ["setting", "CPU B/A", "memory B/A"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2 workers, 17.9 times (95%)", "2 workers, 17.9 times (95%)"),
        ("n_jobs=2, more", "<code>n&#95;jobs=2</code>, more"),
        ("ask @octocat.", "ask <code>&#64;octocat</code>."),
        ("see #12", "see <code>&#35;12</code>"),
        ("at 12:30 UTC", "at 12:30 UTC"),
        ("https://example.org", "<code>https&#58;//example.org</code>"),
        ("www.example.org", "<code>www.example.org</code>"),
        ("a < b & c", "a &lt; b &amp; c"),
        ("1. no list", "<code>1.</code> no list"),
        ("- no list", "<code>-</code> no list"),
        ("-", "-"),
        ("::error::x", "<code>&#58;&#58;error&#58;&#58;x</code>"),
        ("at 0123abcdef0", "at <code>0123abcdef0</code>"),
        ("GH-12", "<code>GH-12</code>"),
        (":+1: yes", "<code>&#58;+1</code>: yes"),
        ("", ""),
    ],
)
def test_words_that_could_be_alive_are_code(text: str, expected: str) -> None:
    assert gfm.prose(text) == expected
