"""The help: every verb in order, each with examples that its own parser takes."""

from __future__ import annotations

import shlex
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from typer.main import get_command

from sklpar.cli import main
from sklpar.cli.app import app
from sklpar.store.folder import RunFolder
from tests.unit.reports import digits

GROUP: Any = get_command(app)
VERBS = (
    "init",
    "check",
    "explain",
    "tune",
    "show",
    "compare",
    "emit",
    "exec",
    "guard",
    "doctor",
    "schema",
)
RUN_ID = "20261121-112756-2f02"

Output = pytest.CaptureFixture[str]


@pytest.fixture(autouse=True)
def here(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("COLUMNS", "80")
    return tmp_path


def examples(verb: str) -> list[str]:
    """Return the command lines under the last heading of a verb's help."""
    _, heading, *lines = GROUP.commands[verb].epilog.splitlines()
    assert heading == ("Example:" if len(lines) == 1 else "Examples:")
    return [line.strip() for line in lines]


def commands(line: str) -> Iterator[list[str]]:
    """Yield the arguments of each sklpar in a shell's line."""
    lexer = shlex.shlex(line, posix=True, punctuation_chars="&;>")
    lexer.whitespace_split = True
    words = list(lexer)
    while words:
        end = next((i for i, word in enumerate(words) if word in ("&&", ";", ">")), len(words))
        if words[0] == "sklpar":
            yield words[1:end]
        words = words[end + 1 :]


def test_the_verbs_are_listed_in_the_order_of_use_each_on_a_line(capsys: Output) -> None:
    assert main(["--help"]) == 0
    listed = capsys.readouterr().out.split("Commands:\n")[1].split("\n\n")[0].splitlines()
    assert tuple(line.split()[0] for line in listed) == VERBS
    assert not any("..." in line for line in listed)
    assert all(len(line.split()) > 3 for line in listed)


@pytest.mark.parametrize("verb", ["", *VERBS])
def test_no_line_of_a_help_is_wider_than_the_terminal(verb: str, capsys: Output) -> None:
    assert main([*([verb] if verb else []), "-h"]) == 0
    assert max(map(len, capsys.readouterr().out.splitlines())) <= 80


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_ends_with_examples_that_can_be_copied(verb: str, capsys: Output) -> None:
    lines = examples(verb)
    assert main([verb, "--help"]) == 0
    shown = capsys.readouterr().out
    assert shown.endswith("".join(f"    {line}\n" for line in lines))
    assert all(line.startswith(f"sklpar {verb}") for line in lines)


@pytest.mark.parametrize("verb", VERBS)
def test_every_example_is_taken_by_the_parser(verb: str) -> None:
    for line in examples(verb):
        for arguments in commands(line):
            with GROUP.make_context("sklpar", list(arguments)) as context:
                name, command, rest = GROUP.resolve_command(context, list(arguments))
                command.make_context(name, rest, parent=context).close()


@pytest.mark.parametrize("verb", ["schema", "show", "emit"])
def test_examples_that_measure_nothing_work(verb: str, capsys: Output) -> None:
    RunFolder.create(run_id=RUN_ID).write_report(digits())
    for line in examples(verb):
        for arguments in commands(line):
            assert main(arguments) == 0, capsys.readouterr().err


def test_a_finding_is_explained_as_the_example_says(capsys: Output) -> None:
    (line,) = (line for line in examples("explain") if "--finding" in line)
    assert main(next(commands(line))) == 0
    assert capsys.readouterr().out.strip()


@pytest.mark.parametrize(
    ("arguments", "hint", "where"),
    [
        (["tun"], "Did you mean 'tune'?", "sklpar --help"),
        (["show", "--fromat", "json"], "Did you mean '--format'?", "sklpar show --help"),
        (["tune", "--rouns", "3"], "Did you mean '--rounds'?", "sklpar tune --help"),
        (["emit"], "Missing argument", "sklpar emit --help"),
        (["show", "--nope"], "No such option: --nope\n", "sklpar show --help"),
    ],
)
def test_a_slip_gets_a_hint_and_the_help_to_look_at(
    arguments: list[str], hint: str, where: str, capsys: Output
) -> None:
    assert main(arguments) == 2
    error = capsys.readouterr().err
    assert hint in error
    assert error.endswith(f"See `{where}`.\n")
