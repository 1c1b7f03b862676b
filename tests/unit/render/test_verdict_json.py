"""The verdict as JSON."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any

import pytest

from sklpar.model import Estimate, Verdict
from sklpar.render import RenderOptions
from sklpar.render.verdicts.json import render
from tests.unit.verdicts import HOSTILE, check, every_verdict, verdict

EVERY = every_verdict()


def document(of: Verdict) -> dict[str, Any]:
    found: dict[str, Any] = json.loads(render(of, RenderOptions()), parse_constant=pytest.fail)
    return found


def test_the_document_says_what_the_command_says() -> None:
    for name, of in EVERY.items():
        found = document(of)
        assert found["schema_version"] == 1, name
        said = (found["mode"], found["outcome"], found["exit_code"])
        assert said == (of.mode, of.outcome, of.exit_code), name
        assert len(found["checks"]) == len(of.checks), name


def test_a_check_holds_its_figures_unrounded() -> None:
    (found,) = document(verdict("inconclusive", checks=(check("inconclusive"),)))["checks"]
    assert found == {
        "setting": "loky-j2-t1",
        "metric": "first_fit",
        "against": "baseline",
        "ruling": "inconclusive",
        "limit": 1.1,
        "ratio": {"median": 1.08, "low": 0.97, "high": 1.19, "n": 5, "method": "paired t, Holm"},
        "now": 1.08,
        "before": 1.0,
        "rounds_needed": 14,
        "reason": "",
    }


def test_a_missing_ratio_has_its_reason_beside_it() -> None:
    (found,) = document(verdict("failed", checks=(check("failed", reason="timeout"),)))["checks"]
    assert found["ratio"] is None
    assert found["ratio_unavailable"] == "timeout"


def test_that_no_number_of_rounds_would_decide_is_said() -> None:
    open_ = check("inconclusive", rounds_needed=None)
    (found,) = document(verdict("inconclusive", checks=(open_,)))["checks"]
    assert found["rounds_needed_unavailable"] == "no number of rounds would decide"


def test_what_is_not_finite_is_null() -> None:
    ratio = Estimate(median=float("nan"), low=None, high=float("inf"), n=1, method="odd")
    odd = check("regressed", ratio=ratio, now=float("inf"))
    (found,) = document(verdict("failed", checks=(odd,)))["checks"]
    assert found["ratio"]["median"] is found["ratio"]["high"] is found["now"] is None


def test_foreign_text_is_whole_and_unchanged() -> None:
    """Half a surrogate pair aside, which no JSON reader need take."""
    text = HOSTILE.replace("\ud800", "?")
    assert document(verdict("failed", notes=(HOSTILE,)))["notes"] == [text]


def test_what_is_unknown_is_null() -> None:
    found = document(replace(verdict("nothing_measured"), spec_line=0, started_at="", name=None))
    assert found["spec_line"] is found["started_at"] is found["name"] is found["run"] is None
