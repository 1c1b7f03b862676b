"""What the pages show is what the commands print, and what they tell a reader to type works."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from importlib.metadata import version
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from docs.making import outputs, pictures, terminal
from docs.making.measuring import EXAMPLES, PAGE, TUTORIAL, walk
from docs.making.pages import ROOT, blocks, pages, prose
from docs.making.stage import CPUS, RUNS, stage
from sklpar.cli.app import app
from sklpar.quantities import QUANTITIES
from sklpar.render.marks import ABOVE_LIMIT, STATUS_WORDS
from sklpar.store.document import MEASURES
from sklpar.store.folder import RunFolder

pytestmark = pytest.mark.e2e

# One round of what the tutorial's answer is about, and a smaller search, so that walking through it
# takes seconds.
QUICK = """
[tool.sklpar.measure]
rounds = 1
repeats = 0
[tool.sklpar.sweep]
backend = ["threading"]
inner_threads = [1]
"""


SMALLER = {"cv=5": "cv=2", "cv: 5": "cv: 2", "[10, 20, 30, 40]": "[10]"}


def text_of(page: Path) -> str:
    return page.read_text(encoding="utf-8")


def ids(page: Path) -> str:
    return str(page.relative_to(ROOT))


@pytest.fixture(params=pages(), ids=ids)
def page(request: pytest.FixtureRequest) -> Path:
    found: Path = request.param
    return found


def test_each_output_is_what_its_command_prints(page: Path) -> None:
    changes = outputs.page_changes(page, stored_only=not is_like_the_pages())
    drifted = [(block.line, block.source, new) for block, new in changes]
    assert not drifted, "python -m docs.making remakes them"


def is_like_the_pages() -> bool:
    """Tell whether `explain`, which reads scikit-learn's code, can say here what the pages show."""
    shown = RunFolder.find(str(RUNS / PAGE)).read_report().host.versions["scikit-learn"]
    here = version("scikit-learn")
    same = shown.split(".")[:2] == here.split(".")[:2]
    return same and len(os.sched_getaffinity(0)) >= CPUS


def test_reports_beside_the_examples_and_the_terminal_are_those_of_their_runs() -> None:
    assert not list(outputs.file_changes()), "python -m docs.making remakes them"


def test_pictures_show_the_report_as_it_is() -> None:
    assert not pictures.drifted(), "python -m docs.making takes them anew"


def test_each_picture_is_shown_on_a_page() -> None:
    shown = "".join(text_of(page) for page in pages())
    there = {path.name for path in pictures.IMAGES.iterdir()} - {pictures.STRUCTURE.name}
    assert there == {*pictures.PICTURES, terminal.PICTURE.name}
    assert not [name for name in there if f"images/{name}" not in shown]


def test_each_stored_run_is_complete_and_is_one_that_can_be_made_again() -> None:
    stored = {path.name for path in RUNS.iterdir()}
    assert stored == {*EXAMPLES, PAGE}
    for name in stored:
        assert RunFolder.find(str(RUNS / name)).read_report().status == "complete", name


def test_every_setting_that_the_tutorial_names_was_measured() -> None:
    report = RunFolder.find(str(RUNS / PAGE)).read_report()
    named = set(re.findall(r"`((?:sequential|threading|loky|multiprocessing)-j[\w-]+)`", TEXT))
    assert named
    assert named <= {row.id for row in report.settings}


TEXT = text_of(TUTORIAL)


def test_a_reader_can_do_all_that_the_tutorial_says() -> None:
    text = TEXT
    for large, small in SMALLER.items():
        assert large in text
        text = text.replace(large, small)
    with stage() as place:
        (place.folder / "pyproject.toml").write_text(QUICK)
        printed = walk(place, text)
        assert (place.folder / "tuned.yaml").exists()
        assert (place.folder / "report.html").stat().st_size > 10_000
    for block in blocks(TEXT):
        if block.line in printed:
            assert first_words(block.text) == first_words(printed[block.line]), block.source


def first_words(text: str) -> set[str]:
    return {line.split()[0] for line in outputs.shape(text)}


# ------------------------------------------------------------------ links


def anchors(page: Path) -> set[str]:
    """Return the anchors of a page's headings, as GitHub makes them."""
    headings = re.findall(r"^#+ (.+)$", prose(text_of(page)), re.MULTILINE)
    return {re.sub(r"[^\w\- ]", "", text.lower()).replace(" ", "-") for text in headings}


def test_each_link_leads_somewhere(page: Path) -> None:
    for link in re.findall(r"\]\(([^)\s]+)\)", prose(text_of(page))):
        if link.startswith("http"):
            continue
        file, _, anchor = link.partition("#")
        target = (page.parent / file).resolve() if file else page
        assert target.exists(), link
        assert not anchor or anchor in anchors(target), link


def test_the_index_names_every_page() -> None:
    index = text_of(ROOT / "docs" / "README.md")
    named = set(re.findall(r"^\| \[(\S+\.md)\]", index, re.MULTILINE))
    assert named == {path.name for path in (ROOT / "docs").glob("*.md")} - {"README.md"}


# ------------------------------------------------------------------ commands


def commands(page: Path) -> Iterator[tuple[str, bool]]:
    """Yield each command of sklpar on a page, and whether it is whole: in prose it may not be."""
    text = text_of(page)
    whole = [line for block in blocks(text) for line in block.commands]
    named = re.findall(r"`([^`\n]+)`", prose(text))
    for line in (*whole, *named):
        if re.match(r"sklpar [a-z]", line):
            yield line, line in whole


def test_each_command_is_one_that_the_program_takes(page: Path) -> None:
    root: Any = get_command(app)
    for line, whole in commands(page):
        words = re.sub(r"\s[>|].*", "", line).replace("'", "").split()[1:]
        context = root.make_context("sklpar", words, resilient_parsing=True)
        try:
            name, verb, rest = root.resolve_command(context, words)
            with verb.make_context(name, rest, parent=context):
                pass
        except Exception as error:
            said = getattr(error, "format_message", error.__str__)()
            if whole or not said.startswith("Missing"):
                pytest.fail(f"{line}: {said}")


# ------------------------------------------------------------------ completeness


def test_each_quantity_has_its_section() -> None:
    text = text_of(ROOT / "docs" / "measuring.md")
    headings = re.findall(r"^### .*\(`(\w+)`\)$", text, re.MULTILINE)
    assert sorted(headings) == sorted(QUANTITIES)


def test_each_figure_of_a_row_is_explained() -> None:
    text = text_of(ROOT / "docs" / "measuring.md")
    assert re.findall(r"^\| `(\w+)` \| .* \| .* \|$", text, re.MULTILINE) == list(MEASURES)


def test_each_mark_of_the_table_is_explained() -> None:
    text = text_of(ROOT / "docs" / "reading.md")
    section = text[text.index("### Marks") : text.index("## The findings")]
    words = ("recommended", "tied", "oversubscribed", "not measured", ABOVE_LIMIT)
    marks = {*words, *STATUS_WORDS.values()}
    assert set(re.findall(r"^\| `([a-z ]+)` \|", section, re.MULTILINE)) == marks
