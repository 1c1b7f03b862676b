"""What holds for every format of ``compare``, whichever are registered."""

from __future__ import annotations

import json
import re
import time
from dataclasses import replace

import pytest

from sklpar.guard.contrast import contrast
from sklpar.model import Contrast, Estimate, Finding, Ratio
from sklpar.render import RenderOptions
from sklpar.render.contrasts import CONTRASTS
from tests.unit.contrasts import every_contrast, hostile
from tests.unit.reports import HOSTILE as SHOWN
from tests.unit.reports import large
from tests.unit.verdicts import HOSTILE as ALIVE

EVERY = {
    **every_contrast(),
    "hostile to terminals": hostile(SHOWN),
    "hostile to markup": hostile(ALIVE),
}

every_format = pytest.mark.parametrize("name", CONTRASTS)

# What the runner of GitHub Actions takes for a command: ``::name`` at the start of a line, spaces
# aside, and the older ``##[name]`` anywhere.
COMMAND = re.compile(r"^\s*::|##\[", re.MULTILINE)


@every_format
@pytest.mark.parametrize("width", [1, 60, 80, 140])
@pytest.mark.parametrize("unicode", [True, False])
def test_any_contrast_is_drawn_harmlessly(name: str, width: int, unicode: bool) -> None:
    for title, of in EVERY.items():
        shown = CONTRASTS[name](of, RenderOptions(width=width, unicode=unicode))
        assert shown.endswith("\n"), title
        assert all(line.isprintable() for line in shown.split("\n")), title
        assert unicode or shown.isascii(), title
        # A page is no log: there the same text is the data of a chart.
        assert name == "html" or not COMMAND.search(shown), title


@every_format
def test_nothing_is_colored_unless_asked(name: str) -> None:
    assert not any("\x1b" in CONTRASTS[name](of, RenderOptions()) for of in EVERY.values())


@pytest.mark.parametrize("name", sorted(CONTRASTS.keys() - {"json"}))  # a script looks by name
def test_what_changed_stands_before_the_answers_and_these_before_the_settings(name: str) -> None:
    shown = CONTRASTS[name](EVERY["versions"], RenderOptions(width=200))
    places = [shown.index(text) for text in ("numpy 2.4.6 in A", "Answer of A", "95% of B/A")]
    assert places == sorted(places)


@every_format
def test_a_run_that_was_disturbed_is_told_in_the_sentence_that_sums_up(name: str) -> None:
    of = EVERY["changed"]
    load = Finding(
        rule="outside_load", severity="warning", evidence={"outside_cpus": 1.5}, advice="busy"
    )
    loaded = replace(of, a=replace(of.a, noise=replace(of.a.noise, findings=(load,))))
    shown = CONTRASTS[name](loaded, RenderOptions(width=10_000))
    assert "A was disturbed by other load (1.50 CPUs)" in shown
    assert name != "html" or re.search(r"<h1>[^\n]*disturbed by other load", shown)


@every_format
def test_what_failed_is_told_with_its_reason(name: str) -> None:
    shown = CONTRASTS[name](EVERY["failed"], RenderOptions(width=200))
    assert "ValueError" in shown


@every_format
@pytest.mark.parametrize("number", [float("nan"), float("inf"), 0.0, -1.0, 1e300])
def test_odd_numbers_are_drawn_too(name: str, number: float) -> None:
    whole = EVERY["changed"]
    odd = Estimate(median=number, low=number, high=number, n=3, method="odd")
    first, *others = whole.pairs
    ratio = Ratio(median=number, low=number, high=number)
    pairs = (replace(first, a=odd, b=odd, ratio=ratio), *others)
    assert first.setting in CONTRASTS[name](replace(whole, pairs=pairs), RenderOptions())


@pytest.fixture(scope="module")
def many() -> Contrast:
    return contrast(large(2000, 5), large(2000, 5))


@every_format
def test_two_runs_of_ten_thousand_samples_are_drawn_in_two_seconds(
    name: str, many: Contrast
) -> None:
    started_s = time.process_time()  # of CPU, so that a busy machine is no slow renderer
    CONTRASTS[name](many, RenderOptions(width=100))
    assert time.process_time() - started_s < 2.0


def test_the_json_holds_every_pair_with_its_statuses_and_no_nan() -> None:
    for title, of in EVERY.items():
        shown = CONTRASTS["json"](of, RenderOptions())
        document = json.loads(shown, parse_constant=pytest.fail)
        assert document["schema_version"] == 1, title
        assert len(document["pairs"]) == len(of.pairs), title
    found = json.loads(CONTRASTS["json"](EVERY["failed"], RenderOptions()))["pairs"]
    failed = next(one for one in found if one["says"] == "not_sound")
    assert (failed["setting"], failed["a_status"], failed["b_status"]) == (
        "loky-j2-t1",
        "ok",
        "failed",
    )
