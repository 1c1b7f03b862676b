"""What holds for every format of a verdict, whichever are registered."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from sklpar.model import Estimate, NotGuarded
from sklpar.render import RenderOptions
from sklpar.render.verdicts import VERDICTS
from tests.unit.verdicts import check, every_verdict, hostile, verdict

EVERY = every_verdict()
NUMBERS = (float("nan"), float("inf"), float("-inf"), 0.0, -1.0, 1e300)

every_format = pytest.mark.parametrize("name", VERDICTS)

# What the runner of GitHub Actions takes for a command: ``::name`` at the start of a line, spaces
# aside, and the older ``##[name]`` anywhere.
COMMAND = re.compile(r"^\s*::|##\[", re.MULTILINE)


@every_format
@pytest.mark.parametrize("width", [1, 60, 80, 140])
@pytest.mark.parametrize("unicode", [True, False])
def test_any_verdict_is_drawn_harmlessly(name: str, width: int, unicode: bool) -> None:
    for title, of in EVERY.items():
        shown = VERDICTS[name](of, RenderOptions(width=width, unicode=unicode))
        assert shown.endswith("\n"), title
        assert all(line.isprintable() for line in shown.split("\n")), title
        assert unicode or shown.isascii(), title
        assert not COMMAND.search(shown), title


@every_format
def test_nothing_is_colored_unless_asked(name: str) -> None:
    assert not any("\x1b" in VERDICTS[name](of, RenderOptions()) for of in EVERY.values())


@every_format
@pytest.mark.parametrize("number", NUMBERS)
def test_odd_numbers_are_drawn_too(name: str, number: float) -> None:
    ratio = Estimate(median=number, low=number, high=number, n=0, method="odd")
    for bare in (ratio, replace(ratio, low=None, high=None)):
        odd = check("regressed", ratio=bare, now=number, before=number, limit=number)
        shown = VERDICTS[name](verdict("failed", checks=(odd,)), RenderOptions())
        assert "regressed" in shown


@every_format
def test_a_verdict_is_drawn_the_same_way_twice(name: str) -> None:
    for of in (verdict("failed"), hostile("failed", "config")):
        first, second = (VERDICTS[name](of, RenderOptions()) for _ in range(2))
        assert first == second


@every_format
def test_every_setting_that_was_not_guarded_is_named(name: str) -> None:
    left_out = NotGuarded(setting="loky-j64-t1", why="measured in 1 round of the baseline")
    shown = VERDICTS[name](verdict("passed", not_guarded=(left_out,)), RenderOptions())
    assert "loky-j64-t1" in shown
    assert "measured in 1 round of the baseline" in shown
