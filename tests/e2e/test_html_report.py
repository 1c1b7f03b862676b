"""The page in a real browser that reaches nothing but the page."""

from __future__ import annotations

import os
import shutil
import subprocess
import tarfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from sklpar.model import Report
from sklpar.render import RenderOptions
from sklpar.render.contrasts.html import render as render_contrast
from sklpar.render.figures import FIGURES, Figure
from sklpar.render.html import render
from tests.unit.contrasts import every_contrast
from tests.unit.render.test_html import hostile
from tests.unit.reports import digits, large

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Page

pytestmark = pytest.mark.e2e

# Where it is set, what these tests need has to be there.
NEEDED = os.environ.get("SKLPAR_TESTS_NEED_BROWSER") == "1"
AXE = "axe-core@4.14.1"
# A4 less its margins is some 180 mm.
PHONE, PAPER, DESK = 375, 680, 1280
REPORTS = {
    "digits": digits(),
    "hostile": hostile(),
    "many rounds": large(100, 100),
    "many settings": large(2000, 5),
}


COMPARED = every_contrast()["changed"]
PAGES = (*REPORTS, "compare")


def give_up(why: str) -> None:
    """Skip, or fail where these tests are needed."""
    if NEEDED:
        pytest.fail(why)
    pytest.skip(why)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    try:
        from playwright.sync_api import sync_playwright
    except ImportError:
        give_up("playwright is not installed")
    program = shutil.which("chromium")
    if program is None:
        give_up("chromium is not installed")
    with sync_playwright() as playwright:
        # As root, which containers run tests as, Chromium has no sandbox.
        found = playwright.chromium.launch(executable_path=program, args=["--no-sandbox"])
        yield found
        found.close()


@pytest.fixture(scope="session")
def axe(pytestconfig: pytest.Config) -> str:
    """The accessibility checker, kept in pytest's cache."""
    folder = pytestconfig.cache.mkdir("axe")
    script = folder / f"{AXE}.js"
    if not script.exists():
        if shutil.which("npm") is None:
            give_up("npm is not installed")
        command = ["npm", "pack", AXE, "--silent", "--pack-destination", str(folder)]
        done = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
        if done.returncode != 0:
            give_up(f"npm cannot get {AXE}: {done.stderr[-500:]}")
        (packed,) = folder.glob("axe-core-*.tgz")
        with tarfile.open(packed) as archive:
            member = archive.extractfile("package/axe.min.js")
            assert member is not None
            script.write_bytes(member.read())
        packed.unlink()
    return script.read_text(encoding="utf-8")


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """The pages, as `show --output` would write them."""
    folder = tmp_path_factory.mktemp("pages")
    found = {}
    for name, of in REPORTS.items():
        found[name] = folder / f"{name.replace(' ', '-')}.html"
        found[name].write_text(render(of, RenderOptions()), encoding="utf-8")
    found["compare"] = folder / "compare.html"
    found["compare"].write_text(render_contrast(COMPARED, RenderOptions()), encoding="utf-8")
    return found


@dataclass
class Shown:
    """A page, and whatever it asked for or complained about."""

    page: Page
    asked: list[str] = field(default_factory=list)
    complaints: list[str] = field(default_factory=list)

    def ask(self, script: str) -> Any:
        return self.page.evaluate(script)


@contextmanager
def shown(browser: Browser, file: Path, *, width: int = DESK, **options: Any) -> Iterator[Shown]:
    """Open a page with the network blocked, and wait until its charts are drawn."""
    context = browser.new_context(viewport={"width": width, "height": 900}, **options)
    found = Shown(page=context.new_page())

    def answer(route: Any) -> None:
        found.asked.append(route.request.url)
        if route.request.url == file.as_uri():
            route.continue_()
        else:
            route.abort()

    context.route("**/*", answer)
    found.page.on("console", lambda message: found.complaints.append(message.text))
    found.page.on("pageerror", lambda error: found.complaints.append(str(error)))
    found.page.on("dialog", lambda dialog: found.complaints.append(dialog.message))
    found.page.goto(file.as_uri())
    if options.get("java_script_enabled", True):
        found.page.wait_for_selector("html[data-drawn]", state="attached", timeout=20_000)
    yield found
    context.close()


def drawn(of: Report) -> list[Figure]:
    return [one for draw in FIGURES.values() if isinstance(one := draw(of), Figure)]


@pytest.mark.parametrize("name", PAGES)
def test_every_chart_is_drawn_and_nothing_is_asked_of_the_network(
    browser: Browser, files: dict[str, Path], name: str
) -> None:
    with shown(browser, files[name]) as found:
        assert found.asked == [files[name].as_uri()]
        assert found.complaints == []
        marks = found.ask(
            "Array.from(document.querySelectorAll('.chart'),"
            " (one) => one.querySelectorAll('svg .role-mark path, svg .role-mark rect').length)"
        )
    assert len(marks) == (len(drawn(REPORTS[name])) if name in REPORTS else 1) > 0
    assert all(marks)


def test_every_chart_has_a_name_for_those_who_listen(
    browser: Browser, files: dict[str, Path]
) -> None:
    with shown(browser, files["digits"]) as found:
        names = found.ask(
            "Array.from(document.querySelectorAll('.chart svg'),"
            " (one) => one.getAttribute('aria-label')"
            " ?? one.closest('[aria-label]').getAttribute('aria-label'))"
        )
        told = "'.chart [role=graphics-symbol]:not([aria-hidden])'"
        symbols = found.ask(
            f"Array.from(document.querySelectorAll({told}),"
            " (one) => one.getAttribute('aria-label'))"
        )
    assert names == [one.reading for one in drawn(digits())]
    assert symbols
    assert all(symbols)


def test_the_tables_are_folded_where_the_charts_are_drawn(
    browser: Browser, files: dict[str, Path]
) -> None:
    with shown(browser, files["digits"]) as found:
        assert found.ask("document.querySelectorAll('figure details[open]').length") == 0


def test_without_scripts_every_figure_is_a_table_to_be_read(
    browser: Browser, files: dict[str, Path]
) -> None:
    with shown(browser, files["digits"], java_script_enabled=False) as found:
        tables = found.page.locator("figure table")
        assert tables.count() == len(drawn(digits()))
        assert all(tables.nth(index).is_visible() for index in range(tables.count()))
        assert found.page.locator("#settings ~ .scroll table").is_visible()


def test_a_hostile_name_is_text_and_runs_nothing(browser: Browser, files: dict[str, Path]) -> None:
    with shown(browser, files["hostile"]) as found:
        assert found.complaints == []
        assert "<script>alert(1)</script>" in found.page.locator("h1").inner_text()
        # A browser that were led to run one would be stopped by the page's policy.
        found.ask("document.body.insertAdjacentHTML('beforeend', '<img src=x onerror=alert(1)>')")
        found.ask(
            "document.body.append(Object.assign(document.createElement('script'),"
            " {textContent: 'alert(2)'}))"
        )
        assert len(found.complaints) >= 2
        assert all("Content Security Policy" in one for one in found.complaints)


def test_a_command_is_copied_at_a_click(browser: Browser, files: dict[str, Path]) -> None:
    allowed = ["clipboard-read", "clipboard-write"]
    with shown(browser, files["digits"], permissions=allowed) as found:
        found.page.locator(".copy").first.click()
        found.page.locator(".copy", has_text="Copied").wait_for()
        command = found.page.locator(".command code").first.inner_text()
        assert found.ask("navigator.clipboard.readText()") == command


@pytest.mark.parametrize("name", ["digits", "hostile", "compare"])
def test_a_phone_shows_the_page_without_scrolling_sideways(
    browser: Browser, files: dict[str, Path], name: str
) -> None:
    with shown(browser, files[name], width=PHONE) as found:
        found.ask("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        assert found.ask("document.documentElement.scrollWidth") <= PHONE
        widest = found.ask(
            "Math.max(...Array.from(document.querySelectorAll('.chart svg'),"
            " (one) => one.getBoundingClientRect().right))"
        )
        assert widest <= PHONE


def test_a_phone_shows_what_matters_of_a_setting_without_scrolling_its_table(
    browser: Browser, files: dict[str, Path]
) -> None:
    with shown(browser, files["digits"], width=PHONE) as found:
        seen = (
            "(all) => Array.from(all, (one) => one.getBoundingClientRect().right)"
            ".every((right) => right <= innerWidth)"
        )
        table = "#settings ~ .scroll"
        caption, note = f"{table} caption span", f"{table} .note"
        gain = f"{table} td:nth-child(3)"
        for what in (caption, note, gain):
            assert found.ask(f"({seen})(document.querySelectorAll('{what}'))"), what
        # Whoever does scroll still reads what the table is of.
        found.ask(f"document.querySelector('{table}').scrollLeft = 200")
        left = f"document.querySelector('{caption}').getBoundingClientRect().left"
        assert found.ask(left) >= 0


def test_charts_follow_the_width_of_the_window(browser: Browser, files: dict[str, Path]) -> None:
    width = "document.querySelector('.chart svg').getBoundingClientRect().width"
    # Playwright waits for an expression by eval, which the page's policy forbids.
    with shown(browser, files["digits"], bypass_csp=True) as found:
        before = found.ask(width)
        found.page.set_viewport_size({"width": 600, "height": 900})
        found.page.wait_for_function(f"{width} < 600")
        found.page.set_viewport_size({"width": DESK, "height": 900})
        found.page.wait_for_function(f"Math.abs({width} - {before}) < 2")


# Relative luminance and contrast as WCAG defines them.
CONTRAST = """(names) => {
  const style = getComputedStyle(document.documentElement);
  const light = (name) => {
    const probe = document.body.appendChild(document.createElement("span"));
    probe.style.color = `var(${name})`;
    const [r, g, b] = getComputedStyle(probe).color.match(/[\\d.]+/g).map((one) => one / 255)
      .map((one) => one <= 0.04045 ? one / 12.92 : ((one + 0.055) / 1.055) ** 2.4);
    probe.remove();
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const paper = light("--paper");
  return Object.fromEntries(names.map((name) => {
    const [low, high] = [paper, light(name)].sort((a, b) => a - b);
    return [name, (high + 0.05) / (low + 0.05)];
  }));
}"""
TEXT = ("--ink", "--muted", "--accent", "--warn", "--bad")
MARKS = ("--plain", *(f"--series-{number}" for number in range(1, 7)))


@pytest.mark.parametrize("theme", ["light", "dark", "print"])
def test_colours_stand_out_in_every_theme(
    browser: Browser, files: dict[str, Path], theme: str
) -> None:
    scheme = "light" if theme == "light" else "dark"
    with shown(browser, files["digits"], color_scheme=scheme) as found:
        if theme == "print":
            found.page.emulate_media(media="print")
        ratios = found.page.evaluate(CONTRAST, [*TEXT, *MARKS])
        paper = found.ask("getComputedStyle(document.documentElement).backgroundColor")
    assert {name: ratio for name, ratio in ratios.items() if ratio < 3} == {}
    assert {name: ratios[name] for name in TEXT if ratios[name] < 4.5} == {}
    assert (paper == "rgb(255, 255, 255)") == (theme != "dark")


def test_print_shows_charts_and_their_numbers_and_nothing_to_click(
    browser: Browser, files: dict[str, Path]
) -> None:
    with shown(browser, files["digits"]) as found:
        found.ask("window.dispatchEvent(new Event('beforeprint'))")
        found.page.emulate_media(media="print")
        tables = found.page.locator("figure table")
        assert all(tables.nth(index).is_visible() for index in range(tables.count()))
        assert not found.page.locator(".copy").first.is_visible()
        found.page.set_viewport_size({"width": PAPER, "height": 1000})
        assert found.ask("document.documentElement.scrollWidth") <= PAPER
        assert found.page.pdf(format="A4")[:5] == b"%PDF-"
        found.ask("window.dispatchEvent(new Event('afterprint'))")
        assert found.ask("document.querySelectorAll('figure details[open]').length") == 0


@pytest.mark.parametrize(
    ("name", "theme", "width"),
    [
        ("digits", "light", DESK),
        ("digits", "dark", PHONE),
        ("hostile", "light", PHONE),
        ("compare", "dark", DESK),
    ],
)
def test_axe_finds_nothing_serious(
    browser: Browser, files: dict[str, Path], axe: str, name: str, theme: str, width: int
) -> None:
    # The page's own policy would stop the checker, too.
    options: dict[str, Any] = {"color_scheme": theme, "bypass_csp": True}
    with shown(browser, files[name], width=width, **options) as found:
        found.ask("document.querySelectorAll('details').forEach((one) => { one.open = true; })")
        found.ask(axe)
        violations = found.ask("axe.run().then((found) => found.violations)")
    grave = [one for one in violations if one["impact"] in ("serious", "critical")]
    assert [(one["id"], one["nodes"][0]["html"][:300]) for one in grave] == []
