from __future__ import annotations

import gzip
import hashlib
import html
import json
import re
from base64 import b64decode
from dataclasses import replace
from html.parser import HTMLParser
from itertools import pairwise
from pathlib import Path

import pytest

import sklpar.render.html
from sklpar.model import Noise, Report
from sklpar.render import RenderOptions, below, ladder, marks, sentence
from sklpar.render.figures import FIGURES, Figure, NoFigure, Table
from sklpar.render.html import libraries, page, render
from sklpar.render.html.words import WORDS
from sklpar.render.steps import Step, using
from tests.unit.reports import (
    HOSTILE,
    digits,
    large,
    oversubscription,
    recommendation,
    report,
    row,
)

NASTY = f"</script><script>alert(1)</script> \" onload='x' &amp; <!-- {HOSTILE}"
VOID = {"meta", "br", "link", "img", "input", "hr", "base"}
# Those that end by themselves where the next begins, in the rows of a table.
CELLS = {"tr", "th", "td"}
FOLDER = Path(sklpar.render.html.__file__).parent


class Page(HTMLParser):
    """The elements of a page, their attributes, and its text outside of styles and scripts."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.code: list[tuple[dict[str, str | None], str]] = []
        self._open: list[str] = []
        self.feed(text)
        self.close()
        assert not self._open, f"{self._open} are not closed"

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert len(dict(attrs)) == len(attrs), "an attribute stands twice"
        self.tags.append((tag, dict(attrs)))
        if tag not in VOID | CELLS:
            self._open.append(tag)
        if tag in ("script", "style"):
            self.code.append((dict(attrs), ""))

    def handle_endtag(self, tag: str) -> None:
        assert tag in CELLS or self._open.pop() == tag

    def handle_data(self, data: str) -> None:
        if self._open and self._open[-1] in ("script", "style"):
            self.code[-1] = (self.code[-1][0], self.code[-1][1] + data)
        else:
            self.text += data

    def named(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.tags if name == tag]

    @property
    def words(self) -> str:
        return " ".join(self.text.split())


def shown(of: Report) -> Page:
    return Page(render(of, RenderOptions()))


def fake(name: str = "fake", text: str = "a reading") -> Figure:
    return Figure(
        name=name,
        title=f"{text}?",
        reading=text,
        chart={"mark": "bar", "data": {"values": [{"name": text}]}},
        table=Table(
            headings=("setting", "first fit"), rows=((text, "1.00 s"),), right=frozenset({1})
        ),
    )


def hostile() -> Report:
    finding = replace(oversubscription(), rule=NASTY, advice=NASTY)
    nasty = row(NASTY, 0.1, n_jobs=2, backend=NASTY, params={NASTY: NASTY}, findings=(finding,))
    values = {"first_fit_s": {"1": 0.1, "3": 0.2}, NASTY: {"1": 1.0}}
    return report(
        row("as-written", 2.0),
        replace(nasty, values=values),
        row("serial", None, status="failed", reason=NASTY, why=NASTY),
        row("loky-j2-t1", None, status="skipped", reason=NASTY),
        name=NASTY,
        run_id=NASTY,
        spec={"version": 1, NASTY: {NASTY: [NASTY]}},
        recommendation=recommendation(NASTY, tied=(NASTY, "as-written"), reasons=(NASTY,)),
        host=replace(digits().host, environment={NASTY: NASTY}, versions={NASTY: NASTY}),
    )


def test_the_page_opens_with_the_answer_and_what_to_type() -> None:
    found = shown(digits())
    typed = [one.command for one in using(digits(), digits().run_id)]
    first = [sentence.answer(digits()), *typed]
    places = [found.words.index(text) for text in first]
    assert places == sorted(places)
    parts = [
        found.words.index(f"{one} ") for one in ("What was found", "The settings", "The evidence")
    ]
    assert [places[-1], *parts] == sorted([places[-1], *parts])
    assert parts[-1] < found.words.index("Details The machine")


def test_there_is_one_first_heading_and_no_level_is_left_out() -> None:
    levels = [int(tag[1]) for tag, _ in shown(digits()).tags if re.fullmatch("h[1-6]", tag)]
    assert levels[0] == 1
    assert levels.count(1) == 1
    assert all(after - before <= 1 for before, after in pairwise(levels))


def test_the_page_says_its_language_and_fits_a_phone() -> None:
    found = shown(digits())
    assert found.named("html") == [{"lang": "en"}]
    (viewport,) = (one for one in found.named("meta") if one.get("name") == "viewport")
    assert viewport["content"] == "width=device-width, initial-scale=1"
    assert [len(found.named(tag)) for tag in ("header", "main", "footer")] == [1, 1, 1]


def test_every_table_has_a_caption_and_names_its_rows_and_columns() -> None:
    found = shown(digits())
    assert len(found.named("table")) == len(found.named("caption")) > 0
    assert all(one.get("scope") in ("row", "col") for one in found.named("th"))
    regions = [one for one in found.named("div") if one.get("role") == "region"]
    assert len(regions) == len(found.named("table"))
    assert all(one["tabindex"] == "0" and one["aria-label"] for one in regions)


def test_no_id_stands_twice_and_every_reference_has_its_target() -> None:
    found = shown(digits())
    ids = [one["id"] for _, one in found.tags if "id" in one]
    assert len(ids) == len(set(ids))
    assert {one["aria-labelledby"] for _, one in found.tags if "aria-labelledby" in one} <= set(ids)


def test_settings_are_marked_by_shape_and_word() -> None:
    found = shown(digits())
    style = found.code[0][1]
    kinds = {one.get("class") for one in found.named("tr")}
    for mark in (marks.RECOMMENDED, marks.AS_WRITTEN, marks.OVERSUBSCRIBED):
        assert mark.key in kinds
        assert f'.{mark.key}{{--sign:"\\{ord(mark.glyph):x}' in style
    notes = [str(one.get("class")) for one in found.named("span")]
    assert "note recommended" in notes
    assert "note oversubscribed" in notes


def test_findings_are_told_worst_first_and_explained() -> None:
    words = shown(digits()).words
    found = words[words.index("What was found") : words.index("The settings")]
    assert "cap the inner threads at 1" in found
    assert "What these findings mean" in found


def test_a_rule_that_this_sklpar_does_not_know_is_shown_without_explanation() -> None:
    finding = replace(oversubscription(), rule="of_tomorrow")
    found = shown(report(row("as-written", findings=(finding,))))
    assert "of_tomorrow" in found.words
    assert "What these findings mean" not in found.words


@pytest.mark.parametrize("of", [digits(), hostile(), report()], ids=["digits", "hostile", "empty"])
def test_the_page_names_no_address_and_loads_nothing(of: Report) -> None:
    text = render(of, RenderOptions())
    # The licences of the library are as they were given.
    assert "://" not in text.replace(html.escape(libraries.licences()), "")
    assert not re.search(r"url\(|@import|\bsrc=|\bhref=", text)
    assert not {"link", "img", "iframe", "object", "embed", "base", "form"} & {
        tag for tag, _ in Page(text).tags
    }


def test_what_a_name_holds_is_text_and_never_markup() -> None:
    found = shown(hostile())
    assert "</script><script>alert(1)</script>" in found.text
    attributes = [name for _, given in found.tags for name in given]
    assert not [name for name in attributes if name.startswith("on")]
    assert "style" not in attributes
    assert {tag for tag, _ in found.tags} <= {tag for tag, _ in shown(digits()).tags} | {"strong"}
    assert all("alert(1)</script>" not in text for _, text in found.code)


def test_what_a_figure_holds_is_text_and_never_markup() -> None:
    text = page.figure(fake(text=NASTY)) + page.figure(
        NoFigure(name="none", title=NASTY, why=NASTY)
    )
    found = Page(text)
    assert [name for name, _ in found.tags].count("script") == 1
    assert json.loads(found.code[0][1])["data"]["values"] == [{"name": NASTY}]


@pytest.mark.parametrize("of", [digits(), hostile()], ids=["digits", "hostile"])
def test_the_page_is_ascii_and_printable(of: Report) -> None:
    text = render(of, RenderOptions(unicode=True))
    assert text.isascii()
    assert all(line.isprintable() for line in text.splitlines())


def test_characters_beyond_ascii_are_read_as_they_are() -> None:
    assert "é 漢字" in shown(hostile()).text
    assert "38.2×" in shown(digits()).text


def policy(of: Page) -> dict[str, list[str]]:
    (found,) = (one for one in of.named("meta") if one.get("http-equiv"))
    directives = (one.split() for one in str(found["content"]).split(";"))
    return {name: sources for name, *sources in directives}


def test_the_policy_lets_only_the_pages_own_scripts_run() -> None:
    found = Page(page.document(title="t", header="h", parts=[], figures=[fake()]))
    rules = policy(found)
    assert rules["default-src"] == ["'none'"]
    runs = [text for given, text in found.code if not given]
    packed = [
        gzip.decompress(b64decode(text)).decode()
        for given, text in found.code
        if given.get("class") == "library"
    ]
    style, script = runs
    assert rules["style-src"] == [libraries.policy_source(style)]
    assert rules["script-src"] == [libraries.policy_source(one) for one in (script, *packed)]
    # What has to come before anything that it is to hold.
    assert [tag for tag, _ in found.tags].index("meta") < [tag for tag, _ in found.tags].index(
        "style"
    )


def test_the_chart_library_is_carried_only_where_there_is_a_chart() -> None:
    none = NoFigure(name="none", title="Why?", why="There is one setting.")
    without = page.document(title="t", header="h", parts=[], figures=[none])
    assert "library" not in {given.get("class") for given in Page(without).named("script")}
    assert len(without) < 20_000


def test_a_chart_stands_with_its_reading_and_its_numbers_unfolded() -> None:
    found = Page(page.figure(fake()))
    assert found.words.index("a reading?") < found.words.index("a reading The numbers")
    (folded,) = found.named("details")
    assert "open" in folded
    (given, chart) = found.code[0]
    assert given == {"type": "application/json"}
    assert json.loads(chart)["description"] == "a reading"


def test_every_figure_of_the_report_is_on_the_page() -> None:
    words = shown(digits()).words
    for draw in FIGURES.values():
        found = draw(digits())
        assert found.title in words
        assert (found.reading if isinstance(found, Figure) else found.why) in words


def test_every_single_value_is_on_the_page() -> None:
    values = {"first_fit_s": {"1": 0.123, "2": 0.456, "4": 0.789}, "peak_memory_bytes": {"1": 2e8}}
    found = shown(report(replace(row("as-written"), values=values))).words
    assert "0.123 0.456 (4) 0.789" in found
    assert "Peak memory (MB)" in found


def test_values_of_rounds_run_after_the_choice_are_marked() -> None:
    one = row("as-written")
    one = replace(
        one,
        values={"first_fit_s": {"1": 0.123, "2": 0.456}},
        confirming={"first_fit_s": {"3": 0.5, "5": 0.6}, "fit_s": {"3": 0.25}},
    )
    found = shown(report(one)).words
    assert "0.123 0.456; after the choice: 0.500 (5) 0.600" in found
    assert "after the choice: (3) 0.250" in found
    assert "After the choice: of rounds that were run then" in found
    assert "after the choice" not in shown(digits()).words.replace("run after the choice", "")


def test_rounds_that_are_not_numbered_are_shown_by_their_name() -> None:
    values = {"first_fit_s": {"1": 0.1, "<b>": 0.2, "-3": 0.3, "9" * 30: 0.4}}
    found = shown(report(replace(row("as-written"), values=values))).words
    assert f"0.100 (-3) 0.300 ({'9' * 30}) 0.400 (<b>) 0.200" in found


def test_a_value_that_ends_as_a_sentence_does_ends_no_heading() -> None:
    best = row("loky-j2-t1", 0.1, n_jobs=2, backend="loky", params={"stop": "a. b"})
    of = report(row("as-written", 2.0), best, recommendation=recommendation("loky-j2-t1"))
    heading = render(of, RenderOptions()).partition("<h1>")[2].partition("</h1>")[0]
    assert "stop=a. b: 0.100 s instead of 2.00 s" in heading
    tied = replace(of, recommendation=recommendation("loky-j2-t1", tied=("as-written",)))
    assert '<p class="lead">Tied with it' in render(tied, RenderOptions())


def test_caveats_stand_in_the_open_under_the_answer() -> None:
    noise = replace(oversubscription(), rule="outside_load", advice="others used the CPUs")
    of = replace(digits(), status="interrupted", noise=Noise(level=0.03, findings=(noise,)))
    header = render(of, RenderOptions()).partition("<main>")[0]
    words = html.unescape(re.sub("<[^>]+>", "", header))
    assert all(line in words for line in below.caveats(of))
    assert header.count('class="caveat"') == len(below.caveats(of)) >= 1
    assert header.index('class="caveat"') < header.index("<details")


def test_no_space_stands_before_the_colon_of_a_finding() -> None:
    of = replace(digits(), settings=tuple(replace(one, findings=()) for one in digits().settings))
    words = shown(of).words
    assert "Why the job as written is slow: " in words
    assert " : " not in words


def test_a_phone_has_what_matters_in_the_first_columns() -> None:
    text = render(digits(), RenderOptions()).partition('id="settings"')[2]
    headings = re.findall(r"<th scope=\"col\">([^<]+)</th>", text.partition("</thead>")[0])
    assert headings[:4] == ["setting", "first fit", "gain", "95% interval"]
    assert "notes" not in headings
    first = re.search(r"<tr class=recommended><th scope=row>(.*?)<td>", text)
    assert first
    assert first[1] == 'threading-j2-t1<span class="note recommended">recommended</span>'


def test_every_word_of_the_ladder_is_explained() -> None:
    assert set(ladder.PARTS.values()) <= set(WORDS)


def test_a_long_spec_is_cut_and_the_page_says_where_the_rest_is() -> None:
    of = replace(digits(), spec={f"key{number}": ["v" * 100] * 20 for number in range(1500)})
    text = render(of, RenderOptions())
    assert len(text) < len(render(digits(), RenderOptions())) + 100_000
    assert re.search(r"Left out here: [\d,]+ more lines", text)
    assert f"sklpar show {of.run_id} --format json" in text


def test_of_thousands_of_settings_the_best_and_those_sought_are_shown() -> None:
    of = large(1500, 1)
    text = render(of, RenderOptions()).partition('id="settings"')[2].partition("</section>")[0]
    assert text.count("<tr class=") == 1002
    assert all(f">{name}<" in text or f">{name}<td" in text for name in ("as-written", "serial"))
    assert "Left out here: 498 settings" in text
    assert f"sklpar show {of.run_id} --format csv" in text


def test_commands_are_shown_with_what_they_are_for() -> None:
    found = Page(page.commands([Step(command="sklpar show <x>", does="see it again")]))
    assert found.words == "To see it again: sklpar show <x>".replace(": ", ":")


def test_the_words_of_the_page_are_well_formed() -> None:
    for said in WORDS.values():
        Page(said)


def test_the_vendored_files_are_those_that_their_table_names() -> None:
    told = re.findall(r"\| `([\w.-]+)` \| .* \| `(\w{64})` \|", libraries.own("vendor/README.md"))
    assert [name for name, _ in told] == list(libraries.LIBRARIES)
    for name, digest in told:
        assert hashlib.sha256((FOLDER / "vendor" / name).read_bytes()).hexdigest() == digest
    assert libraries.licences().count("Redistribution and use") == len(told)


def test_the_interpreter_is_given_as_a_script() -> None:
    *_, last = libraries.packed()
    text = gzip.decompress(b64decode(last.text)).decode()
    assert not re.search(r"^(import|export)\b", text, re.MULTILINE)
    assert "vega.expressionInterpreter = expression;" in text


def test_two_pages_of_one_report_are_the_same() -> None:
    assert render(digits(), RenderOptions()) == render(digits(), RenderOptions())
