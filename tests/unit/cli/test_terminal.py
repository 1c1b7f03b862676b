"""What a place can show is read off the stream and the environment."""

from __future__ import annotations

import io
from pathlib import Path

import pytest

from sklpar.cli.terminal import refuse_page_on_terminal, render_options
from sklpar.errors import UsageError


class Stream(io.TextIOWrapper):
    """A stream that may be a terminal."""

    def __init__(self, *, terminal: bool = True, encoding: str = "utf-8") -> None:
        super().__init__(io.BytesIO(), encoding=encoding)
        self.terminal = terminal

    def isatty(self) -> bool:
        return self.terminal


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    for name in ("NO_COLOR", "TERM", "LC_ALL", "LC_CTYPE", "LANG", "COLUMNS"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    return monkeypatch


def test_a_terminal_gets_color_and_a_pipe_does_not() -> None:
    assert render_options(Stream()).color
    assert not render_options(Stream(terminal=False)).color


@pytest.mark.parametrize(("name", "value"), [("NO_COLOR", "1"), ("TERM", "dumb")])
def test_color_can_be_refused(name: str, value: str, environment: pytest.MonkeyPatch) -> None:
    environment.setenv(name, value)
    assert not render_options(Stream()).color


@pytest.mark.parametrize(
    ("variables", "unicode"),
    [
        ({}, True),
        ({"LANG": "C"}, False),
        ({"LC_ALL": "POSIX", "LANG": "de_DE.UTF-8"}, False),
        ({"LANG": "C.UTF-8"}, True),
        ({"LC_CTYPE": "C.UTF-8", "LANG": "C"}, False),  # what Python makes of LANG=C
        ({"LC_CTYPE": "C.UTF-8"}, True),  # what Python makes of nothing
        ({"LC_CTYPE": "de_DE.UTF-8", "LANG": "C"}, True),
        ({"LC_ALL": "C.UTF-8", "LANG": "C"}, True),
    ],
)
def test_an_ascii_locale_gets_ascii(
    variables: dict[str, str], unicode: bool, environment: pytest.MonkeyPatch
) -> None:
    for name, value in variables.items():
        environment.setenv(name, value)
    assert render_options(Stream()).unicode is unicode


def test_an_ascii_stream_gets_ascii() -> None:
    assert not render_options(Stream(encoding="ascii")).unicode


def test_the_width_is_the_terminals_or_that_of_a_page(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("COLUMNS", "77")
    assert render_options(Stream()).width == 77
    assert render_options(None).width == 120


def test_a_run_below_here_is_named_by_its_short_path(
    tmp_path: Path, environment: pytest.MonkeyPatch
) -> None:
    environment.chdir(tmp_path)
    assert render_options(None, folder=tmp_path / "a" / "b").folder == "a/b"
    assert render_options(None, folder=Path("/elsewhere/run")).folder == "/elsewhere/run"


def test_a_page_is_not_poured_over_a_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", Stream())
    with pytest.raises(UsageError, match="browser"):
        refuse_page_on_terminal("html", None)
    refuse_page_on_terminal("text", None)
    refuse_page_on_terminal("html", Path("report.html"))
    refuse_page_on_terminal("html", Path("-"))


def test_a_page_goes_down_a_pipe(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout", Stream(terminal=False))
    refuse_page_on_terminal("html", None)
