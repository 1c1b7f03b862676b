from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser

import pytest

from sklpar.api.result import Result
from sklpar.model import Report
from sklpar.render import below, rows, sentence
from sklpar.render.notebook import render
from tests.unit.reports import HOSTILE, digits, oversubscription, recommendation, report, row

# What a value in the wrong place could do.
NASTY = f"<script>alert(1)</script> \" onload='x' &amp; {HOSTILE}"
VOID = {"br", "img", "hr", "input", "link", "meta"}


class Page(HTMLParser):
    """The tags and attributes of a fragment, and its text outside of the style."""

    def __init__(self, fragment: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self._open: list[str] = []
        self.feed(fragment)
        self.close()
        assert not self._open, "a tag is not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID:
            self._open.append(tag)

    def handle_endtag(self, tag: str) -> None:
        assert self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] == "style":
            return
        self.text += data

    def attributes(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]


def hostile() -> Report:
    settings = [
        row("as-written", 2.0),
        row(
            NASTY,
            0.1,
            n_jobs=2,
            backend=NASTY,
            inner_threads=1,
            params={NASTY: NASTY},
            findings=(replace(oversubscription(), rule=NASTY, advice=NASTY),),
        ),
        row("loky-j2-t1", None, status="failed", reason=NASTY, why=NASTY),
    ]
    chosen = recommendation(NASTY, reasons=(NASTY,), tied=(NASTY, "x</style>"))
    return report(*settings, recommendation=chosen, name=NASTY, run_id=NASTY)


def many(count: int = 30) -> Report:
    settings = [row(f"loky-j{n}-t1", float(n), n_jobs=n, backend="loky") for n in range(1, count)]
    chosen = recommendation("loky-j2-t1")
    return report(row("as-written", 99.0), *settings, row("serial", 98.0), recommendation=chosen)


def test_it_says_what_the_text_report_says() -> None:
    page = Page(render(digits()))
    assert page.text.startswith(sentence.answer(digits()))
    for line in below.facts(digits()):
        assert line in page.text
    for column in rows.columns(digits(), rows.ordered(digits())):
        for cell in (column.heading, *column.cells):
            assert cell in page.text


def test_the_answer_comes_with_the_code_that_uses_it() -> None:
    page = Page(render(digits()))
    assert "with sklpar.applied(result):\n    model.fit(X, y)" in page.text
    assert "sklpar emit yaml 20260102-030405-abcdef --output tuned.yaml" in page.text
    assert "set_params" not in page.text


def test_what_only_the_estimator_carries_is_set_on_it() -> None:
    chosen = row("loky-x", params={"clf__n_jobs": 1, "scaler": {"class": "StandardScaler"}})
    whole = report(row("as-written"), chosen, recommendation=recommendation("loky-x"))
    assert "model.set_params(clf__n_jobs=1, scaler=...)\n" in Page(render(whole)).text


@pytest.mark.parametrize(
    "whole",
    [
        report(row("as-written"), row("serial")),
        report(row("as-written"), recommendation=recommendation("as-written")),
    ],
)
def test_there_is_no_code_where_nothing_is_to_be_done(whole: Report) -> None:
    page = Page(render(whole))
    assert not page.attributes("pre")
    assert "sklpar emit" not in page.text


def test_what_may_change_the_answer_stands_before_the_table() -> None:
    chosen = replace(digits().recommendation or recommendation("x"), provisional=True)
    text = Page(render(replace(digits(), status="interrupted", recommendation=chosen))).text
    table = text.index("Settings, best first")
    assert text.index("The run was interrupted") < text.index("This is provisional") < table
    assert text.index("Why: ") > table


def test_hostile_text_stays_text() -> None:
    fragment = render(hostile(), folder=NASTY)
    page = Page(fragment)
    assert {tag for tag, _ in page.tags} <= {
        *("div", "style", "p", "pre", "code", "table", "caption", "thead", "tbody", "tr", "th"),
        *("td", "ul", "li", "details", "summary"),
    }
    assert {name for _, found in page.tags for name in found} <= {"class", "style", "scope"}
    assert "<script>" in page.text
    assert not re.search("[\x00-\x09\x0b-\x1f\x7f\u2028\u202e]", fragment)


def test_it_is_self_contained_and_styles_nothing_but_itself() -> None:
    fragment = render(digits())
    assert not re.search(r"://|url\(|@import|javascript:|<script|<link", fragment)
    style = fragment.partition("<style>")[2].partition("</style>")[0]
    for selectors in re.findall(r"([^{}]+)\{", style.replace("\n", "")):
        assert all(one.startswith(".sklpar-result") for one in selectors.split(","))


def test_it_takes_its_colours_from_the_notebook() -> None:
    fragment = render(digits())
    assert "#" not in fragment.partition("</style>")[0]
    colours = re.findall(
        r"(?:color|background|background-color|background-image):([^;}\"]+)", fragment
    )
    assert colours
    for colour in colours:
        assert colour in {"inherit", "none"} or re.search(r"rgba\(\d+,\d+,\d+,0?\.\d+\)", colour)


def test_the_table_is_one_that_a_screen_reader_can_read() -> None:
    page = Page(render(digits()))
    measured = rows.measured(digits())
    scopes = [found["scope"] for found in page.attributes("th")]
    assert scopes == ["col"] * (len(scopes) - len(measured)) + ["row"] * len(measured)
    assert len(page.attributes("caption")) == 1


def test_the_longest_bar_is_the_slowest_settings() -> None:
    widths = [
        float(found)
        for style in Page(render(digits())).attributes("td")
        for found in re.findall(r"\) ([\d.]+)%", style.get("style") or "")
    ]
    assert len(widths) == len(rows.measured(digits()))
    assert max(widths) == 100
    assert widths[0] == pytest.approx(100 * 0.32 / 12.4, abs=0.1)


def test_many_settings_are_folded_up_but_never_the_references() -> None:
    fragment = render(many())
    page = Page(fragment)
    assert "15 more settings" not in page.text
    assert f"{len(many().settings) - 17} more settings" in page.text
    shown = fragment.partition("<details>")[0]
    assert all(f">{name}</th>" in shown for name in ("as-written", "serial", "loky-j2-t1"))
    assert ">loky-j20-t1</th>" not in shown
    assert ">loky-j20-t1</th>" in fragment


def test_one_row_too_many_is_told_in_the_singular() -> None:
    settings = [row(f"loky-j{n}-t1", float(n), n_jobs=n, backend="loky") for n in range(1, 17)]
    assert "1 more setting<" in render(report(*settings))


def test_a_run_that_measured_nothing_has_no_table() -> None:
    page = Page(render(report()))
    assert not page.attributes("table")
    assert page.text.startswith("No recommendation: fewer than two settings were measured.")


def test_ids_and_commands_can_be_copied_whole() -> None:
    fragment = render(digits(), folder="/data/my run")
    assert "<code>sklpar show &#x27;/data/my run&#x27;</code>" in fragment
    assert "<code>threading-j2-t1</code>" in fragment
    assert "<code>serial</code>" not in fragment  # a word of prose, too


def test_a_result_shows_itself_so() -> None:
    assert Result(report=digits())._repr_html_() == render(digits())
