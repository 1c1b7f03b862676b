"""Annotations and job summaries, by the rules of GitHub's runner."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

import pytest

from sklpar.model import Difference, NotGuarded, Verdict
from sklpar.render import RenderOptions
from sklpar.render.verdicts.github import SUMMARY_BYTES, annotate, error_annotation, summary
from sklpar.render.verdicts.markdown import render
from tests.unit.verdicts import HOSTILE, check, checks_of, every_verdict, hostile, verdict

FILE = "specs/churn.yaml"
EVERY = every_verdict()


@dataclass(frozen=True)
class Command:
    level: str
    properties: dict[str, str]
    message: str


def parse(line: str) -> Command:
    """Read a workflow command as the runner does: split first, then undo the escapes."""
    assert "\n" not in line
    assert "\r" not in line
    assert line.startswith("::")
    end = line.index("::", 2)
    level, _, listed = line[2:end].partition(" ")
    properties = {}
    for part in listed.split(","):
        key, found, value = part.partition("=")
        assert found, line
        assert key not in properties
        for token, escaped in ((":", "%3A"), (",", "%2C")):
            value = value.replace(escaped, token)
        properties[key] = unescaped(value)
    return Command(level, properties, unescaped(line[end + 2 :]))


def unescaped(text: str) -> str:
    for token, escaped in (("\r", "%0D"), ("\n", "%0A"), ("%", "%25")):
        text = text.replace(escaped, token)
    return text


def commands(of: Verdict) -> list[Command]:
    return [parse(line) for line in annotate(of, FILE)]


def test_there_is_an_error_exactly_where_the_exit_code_is_not_0() -> None:
    for name, of in EVERY.items():
        levels = [one.level for one in commands(of)]
        assert ("error" in levels) == (of.exit_code != 0), name
        assert levels == sorted(levels, key=["error", "warning", "notice"].index), name


def test_every_annotation_is_within_the_limits_and_on_the_specs_line() -> None:
    for name, of in EVERY.items():
        found = commands(of)
        assert len(found) <= 10, name
        for one in found:
            assert one.properties.keys() == {"file", "line", "title"}, name
            assert one.properties["file"] == FILE, name
            assert one.properties["line"] == "3", name
            assert 0 < len(one.properties["title"]) <= 255, name
            assert 0 < len(one.message) <= 4096, name


def test_the_last_of_ten_says_how_many_more_there_are() -> None:
    many = tuple(check("regressed", f"loky-j{n}") for n in range(25))
    found = commands(verdict("failed", checks=many))
    assert len(found) == 10
    assert found[-1].level == "error"
    assert found[-1].message == "16 more are in the log and in the job's summary."
    assert len(commands(verdict("failed", checks=many[:10]))) == 10
    assert "more are" not in annotate(verdict("failed", checks=many[:10]), FILE)[-1]


def test_a_regression_is_an_error_that_names_setting_metric_and_figures() -> None:
    of = verdict("failed", checks=(check("regressed", "serial", "memory"),))
    (found,) = annotate(of, FILE)
    assert found == (
        "::error file=specs/churn.yaml,line=3,title=sklpar guard%3A serial regressed::memory of "
        "serial is 333 MB (254 MB in the baseline): ratio 1.312, at least 1.221, limit 1.10"
    )


@pytest.mark.parametrize(("allowed", "level"), [(False, "error"), (True, "warning")])
def test_what_is_inconclusive_warns_where_it_is_allowed(allowed: bool, level: str) -> None:
    (found,) = commands(verdict("inconclusive", inconclusive_allowed=allowed))
    assert found.level == level


def test_what_is_undecided_beside_a_regression_is_a_warning() -> None:
    of = verdict("failed", checks=checks_of("regressed", "inconclusive"))
    assert [one.level for one in commands(of)] == ["error", "warning"]


def test_what_is_not_comparable_is_one_error_with_every_reason_and_the_next_step() -> None:
    (found,) = commands(verdict("not_comparable"))
    assert found.properties["title"] == "sklpar guard: NOT COMPARABLE"
    assert found.message.splitlines() == [
        "base.json: it lacks the row serial",
        "Also: its row loky-j2-t1 is failed",
        "Next: --update to measure the baseline anew, here",
    ]


def test_differences_of_the_machine_are_one_warning() -> None:
    ones = tuple(
        Difference(field=field, before="1", now="2", blocking=blocking)
        for field, blocking in (("host.versions.numpy", False), ("host.cpu_model", True))
    )
    (found,) = commands(verdict("passed", checks=checks_of("equivalent"), differences=ones))
    assert found.level == "warning"
    assert found.message == "host.cpu_model was 1, is 2\nhost.versions.numpy was 1, is 2"


def test_a_baseline_that_has_become_too_easy_is_a_notice() -> None:
    (found,) = commands(verdict("passed", checks=checks_of("improved", "improved")))
    assert found.level == "notice"
    assert found.message == "2 checks improved; add --update to hold base.json to it."


def test_a_plain_pass_says_nothing() -> None:
    assert annotate(verdict("passed", checks=checks_of("equivalent")), FILE) == []


def test_a_job_without_a_place_has_none() -> None:
    (line,) = annotate(replace(verdict("nothing_measured"), spec_line=0), "")
    assert parse(line).properties.keys() == {"title"}
    (line,) = annotate(replace(verdict("nothing_measured"), spec_line=0), FILE)
    assert parse(line).properties.keys() == {"file", "title"}


def test_hostile_text_stays_in_the_message() -> None:
    (first, *_) = annotate(hostile("failed", "config"), HOSTILE)
    assert parse(first).properties.keys() == {"file", "line", "title"}
    assert parse(first).message.isprintable()


@pytest.mark.parametrize("text", ["100%", "50%25", "%0A", "a,b: c", "%3A%2C"])
def test_escapes_are_undone_to_what_was_meant(text: str) -> None:
    found = parse(error_annotation(text, text, 1))
    assert found.message == text
    assert found.properties["file"] == text


def test_an_error_before_any_verdict_keeps_its_lines_and_indents() -> None:
    message = "spec.yaml:3:1: unknown key\n    estimatr:\n    ^\n\x1b[2J::error::no\r\nend"
    found = parse(error_annotation(message, "spec.yaml", 3))
    assert found.level == "error"
    assert found.properties == {"file": "spec.yaml", "line": "3", "title": "sklpar guard"}
    lines = found.message.splitlines()
    assert lines[:3] == ["spec.yaml:3:1: unknown key", "    estimatr:", "    ^"]
    assert lines[3].startswith(r"\x1b[2J")
    assert lines[4] == "end"


def test_an_endless_error_is_cut_to_what_the_runner_takes() -> None:
    assert len(parse(error_annotation("%\n" * 50_000, FILE, 1)).message) <= 4096


def test_a_summary_that_fits_is_the_markdown() -> None:
    for of in EVERY.values():
        assert summary(of) == render(of, RenderOptions())


def test_a_summary_is_cut_at_a_line_within_the_limit_and_says_so() -> None:
    many = tuple(NotGuarded(setting=f"漢-{n}", why=f"{n} " + "字" * 300) for n in range(2_000))
    of = verdict("failed", not_guarded=many)
    whole, shown = render(of, RenderOptions()), summary(of)
    assert len(whole.encode()) > SUMMARY_BYTES >= len(shown.encode())
    kept, _, last = shown.rstrip("\n").rpartition("\n\n")
    assert last.startswith("The rest is left out")
    assert whole.startswith(kept + "\n")
    assert len(shown.encode()) > SUMMARY_BYTES - 5_000


@pytest.mark.parametrize("room", [0, 10, 200, 300, 1_000])
def test_a_summary_keeps_to_the_room_that_is_left(room: int) -> None:
    shown = summary(verdict("failed"), room=room)
    assert len(shown.encode()) <= room
    assert not re.search(r"<code>[^<]*$", shown)
