"""The verdict as JUnit XML: red in a test report where the command fails, and only there."""

from __future__ import annotations

from pathlib import PurePath
from typing import TYPE_CHECKING
from xml.etree import ElementTree as ET

from sklpar.render.plain import loggable
from sklpar.render.verdicts import conclusion, details, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sklpar.model import Check, Verdict
    from sklpar.render.interface import RenderOptions

_RED = ("failure", "error")


def render(verdict: Verdict, options: RenderOptions) -> str:  # noqa: ARG001
    """Return one test case for each check, one for what was not guarded, and the conclusion's.

    In ASCII, whatever is beyond it as character references.
    """
    cases = list(_cases(verdict))
    suite = ET.Element("testsuite", _suite(verdict, cases))
    properties = ET.SubElement(suite, "properties")
    for name, value in _properties(verdict).items():
        ET.SubElement(properties, "property", name=name, value=loggable(value))
    suite.extend(cases)
    suites = {key: suite.attrib[key] for key in ("name", "tests", "failures", "errors", "time")}
    root = ET.Element("testsuites", suites)
    root.append(suite)
    ET.indent(root)
    text: bytes = ET.tostring(root, encoding="us-ascii", xml_declaration=True)
    return text.decode("ascii") + "\n"


def _suite(verdict: Verdict, cases: list[ET.Element]) -> dict[str, str]:
    attributes = {
        "name": f"sklpar guard {loggable(verdict.spec_file)}",
        "tests": str(len(cases)),
        "failures": str(_count(cases, "failure")),
        "errors": str(_count(cases, "error")),
        "skipped": str(_count(cases, "skipped")),
        "time": f"{verdict.wall_s:.3f}",
    }
    if verdict.started_at:
        attributes["timestamp"] = loggable(verdict.started_at)
    return attributes


def _count(cases: list[ET.Element], tag: str) -> int:
    return sum(case.find(tag) is not None for case in cases)


def _properties(verdict: Verdict) -> dict[str, str]:
    named = {"mode": verdict.mode, "outcome": verdict.outcome, "subject": verdict.subject}
    return {**named, "run": verdict.run} if verdict.run else named


def _cases(verdict: Verdict) -> Iterator[ET.Element]:
    cases = [_check(verdict, one) for one in words.worst_first(verdict)]
    is_red = any(case.find(tag) is not None for case in cases for tag in _RED)
    if not cases or (verdict.exit_code != 0 and not is_red) or not words.is_told_by_checks(verdict):
        yield _conclusion(verdict)
    yield from cases
    for one in verdict.not_guarded:
        metric = f": {words.METRICS[one.metric]}" if one.metric else ""
        case = _case(verdict, f"{loggable(one.setting)}{metric}, not guarded")
        _outcome(case, "skipped", "not_guarded", loggable(one.why))
        yield case


def _check(verdict: Verdict, check: Check) -> ET.Element:
    name = f"{loggable(check.setting)}: {words.METRICS[check.metric]}"
    if verdict.mode == "config":
        name += f" against {loggable(check.against)}"
    case = _case(verdict, name)
    if check.metric in ("first_fit", "fit") and check.now is not None:
        case.set("time", f"{check.now:.3f}")
    if check.ruling in ("regressed", "failed", "inconclusive"):
        tag = "error" if check.ruling == "inconclusive" else "failure"
        # A report is not red where the command exits 0.
        if verdict.exit_code == 0 or (tag == "error" and verdict.inconclusive_allowed):
            tag = "skipped"
        _outcome(case, tag, check.ruling, conclusion.finding(check, verdict, loggable))
    return case


def _conclusion(verdict: Verdict) -> ET.Element:
    case = _case(verdict, "verdict")
    if verdict.exit_code != 0:
        message = conclusion.headline(verdict, loggable)
        steps = (f"Next: {step}" for step in details.next_steps(verdict, loggable))
        body = "\n".join([message, *details.lines(verdict, loggable), *steps])
        _outcome(case, "error", verdict.outcome, message, body=body)
    return case


def _case(verdict: Verdict, name: str) -> ET.Element:
    # A dot would be read as the end of a package's name.
    job = loggable(PurePath(verdict.spec_file).stem).replace(".", "_")
    return ET.Element("testcase", classname=f"sklpar.guard.{job}", name=name)


def _outcome(case: ET.Element, tag: str, kind: str, message: str, *, body: str = "") -> None:
    found = ET.SubElement(case, tag, type=kind, message=message)
    found.text = body or message
