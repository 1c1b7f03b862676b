"""The verdict as JUnit XML: never green where the command fails, never red where it does not."""

from __future__ import annotations

from xml.etree import ElementTree as ET

import pytest

from sklpar.model import Conclusion, NotGuarded, Verdict
from sklpar.render import RenderOptions
from sklpar.render.verdicts.junit import render
from tests.unit.verdicts import ENDLESS, MODES, check, every_verdict, hostile, verdict

EVERY = every_verdict()


def suites(of: Verdict) -> ET.Element:
    return ET.fromstring(render(of, RenderOptions()))


def suite(of: Verdict) -> ET.Element:
    found = suites(of).find("testsuite")
    assert found is not None
    return found


def test_it_is_red_exactly_where_the_exit_code_is_not_0() -> None:
    for name, of in EVERY.items():
        root = suites(of)
        for element in (root, suite(of)):
            red = int(element.attrib["failures"]) + int(element.attrib["errors"])
            assert (red > 0) == (of.exit_code != 0), name


def test_the_counts_are_those_of_the_cases() -> None:
    for name, of in EVERY.items():
        found = suite(of)
        assert int(found.attrib["tests"]) == len(found.findall("testcase")) > 0, name
        for tag in ("failure", "error", "skipped"):
            counted = int(found.attrib[f"{tag}s" if tag != "skipped" else tag])
            assert counted == len(found.findall(f"testcase/{tag}")), name


def test_each_case_has_one_outcome_at_most() -> None:
    for name, of in EVERY.items():
        assert all(len(case) <= 1 for case in suite(of).iter("testcase")), name


@pytest.mark.parametrize("mode", MODES)
@pytest.mark.parametrize("outcome", ["not_comparable", "nothing_measured", "interrupted"])
def test_what_kept_the_checks_from_a_verdict_is_an_error_of_its_own(
    outcome: Conclusion, mode: str
) -> None:
    (error,) = suite(verdict(outcome, mode)).findall("testcase[@name='verdict']/error")  # type: ignore[arg-type]
    assert error.attrib["type"] == outcome


@pytest.mark.parametrize(
    ("ruling", "tag"),
    [("regressed", "failure"), ("failed", "failure"), ("inconclusive", "error")],
)
def test_what_is_amiss_is_red_and_says_why(ruling: str, tag: str) -> None:
    one = check(ruling)  # type: ignore[arg-type]
    (case,) = suite(verdict("failed", checks=(check("regressed", "serial"), one))).findall(
        "testcase[@name='loky-j2-t1: first fit']"
    )
    (found,) = case
    assert (found.tag, found.attrib["type"]) == (tag, ruling)
    assert "first fit" in found.attrib["message"]
    assert found.text == found.attrib["message"]


def test_what_is_inconclusive_and_allowed_is_skipped() -> None:
    found = suite(verdict("inconclusive", inconclusive_allowed=True))
    assert [one.attrib["type"] for one in found.iter("skipped")] == ["inconclusive"]


def test_what_was_not_guarded_is_skipped_with_its_reason() -> None:
    left_out = NotGuarded(setting="loky-j64-t1", why="too few rounds", metric="cpu")
    (case,) = suite(verdict("passed", not_guarded=(left_out,))).findall(
        "testcase[@name='loky-j64-t1: CPU, not guarded']"
    )
    assert case[0].attrib == {"type": "not_guarded", "message": "too few rounds"}


def test_the_time_of_a_case_is_the_time_that_was_measured() -> None:
    of = verdict("passed", checks=(check("equivalent"), check("equivalent", metric="memory")))
    times = {case.attrib["name"]: case.get("time") for case in suite(of).iter("testcase")}
    assert times == {"loky-j2-t1: first fit": "1.010", "loky-j2-t1: memory": None}


def test_the_cases_of_one_verdict_can_be_told_apart() -> None:
    rivals = ("serial", "threading-j2-t1")
    of = verdict("passed", "config", checks=tuple(check("equivalent", against=r) for r in rivals))
    names = [case.attrib["name"] for case in suite(of).iter("testcase")]
    assert names == [f"loky-j2-t1: first fit against {rival}" for rival in rivals]


def test_mode_and_run_are_properties() -> None:
    found = {p.attrib["name"]: p.attrib["value"] for p in suite(verdict("passed")).iter("property")}
    assert found["mode"] == "baseline"
    assert found["run"] == ".sklpar/guard/20261120-100000-ab"


def test_characters_that_xml_cannot_hold_do_not_get_through() -> None:
    of = hostile("failed", "baseline")
    shown = render(of, RenderOptions())
    assert shown.isascii()
    assert "]]>" not in shown
    assert ET.canonicalize(shown)
    message = suite(of).findall("testcase/failure")[0].attrib["message"]
    assert r"\x00" in message
    assert r"\ud800" in message
    assert len(ENDLESS) > 10_000
