"""Printed commands: a shell takes them as meant, and no terminal is harmed by them."""

from __future__ import annotations

import re
import shlex

import pytest

from sklpar.render import RENDERERS, RenderOptions
from sklpar.render.plain import loggable
from sklpar.render.shell import word
from tests.unit.reports import digits

ODD = [
    "two  spaces",
    " space first",
    "new\nline",
    "tab\there",
    "it's",
    'a"b`c`$(id)',
    "é/漢字",
    "e\u0301",
    "\x1b[2J",
    "\x1b2",
    "\u202etxt",
    "::error::x",
    "##[error]x",
    "back\\slash  twice",
    "\udcff",
    "",
]


def read_back(typed: str) -> list[str]:
    """The words of a command, ``$'...'`` read as bash does."""

    def meant(found: re.Match[str]) -> str:
        spelt = re.sub(rb"\\x(..)", lambda byte: bytes.fromhex(byte[1].decode()), found[1].encode())
        return shlex.quote(spelt.decode("utf-8", "surrogateescape"))

    return shlex.split(re.sub(r"\$'([^']*)'", meant, typed))


@pytest.mark.parametrize("unicode", [True, False])
@pytest.mark.parametrize("text", ODD)
def test_a_shell_reads_back_what_was_meant(text: str, unicode: bool) -> None:
    shown = word(text, unicode=unicode)
    assert loggable(shown, unicode=unicode) == shown
    assert read_back(f"sklpar show {shown} --format csv")[2:-2] == [text]


def test_a_plain_word_stays_as_it_is() -> None:
    assert word("tuned.yaml") == "tuned.yaml"
    assert word("my folder/é") == "'my folder/é'"


@pytest.mark.parametrize("name", ["text", "markdown"])
@pytest.mark.parametrize("unicode", [True, False])
def test_the_commands_of_a_report_name_the_folder(name: str, unicode: bool) -> None:
    folder = "odd  folder/é"
    shown = RENDERERS[name](digits(), RenderOptions(folder=folder, unicode=unicode, width=70))
    [line] = [line for line in shown.splitlines() if "sklpar emit yaml" in line]
    assert read_back(line.partition("#")[0])[3] == folder
    if name == "text":
        [again] = [line for line in shown.splitlines() if line.startswith("Show it again: ")]
        assert read_back(again)[-1] == folder
