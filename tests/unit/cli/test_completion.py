"""What Tab offers: by the scripts that typer writes for each shell, through sklpar's own main."""

from __future__ import annotations

from pathlib import Path

import pytest

from sklpar.backends import BACKENDS
from sklpar.cli import completion, main
from sklpar.emit import FORMATS
from sklpar.render import RENDERERS
from sklpar.store.folder import RunFolder
from tests.unit.reports import digits

IDS = ("20260101-000000-aaaa", "20260202-000000-bbbb")


class Shell:
    """Asks as a shell does: by environment variables, the words so far in one of them."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> None:
        self._monkeypatch, self._capsys = monkeypatch, capsys

    def bash(self, line: str) -> list[str]:
        words = line.split(" ")
        self._monkeypatch.setenv("COMP_WORDS", line)
        self._monkeypatch.setenv("COMP_CWORD", str(len(words) - 1))
        return self._ask("complete_bash").split()

    def other(self, name: str, line: str) -> str:
        self._monkeypatch.setenv("_TYPER_COMPLETE_ARGS", line)
        self._monkeypatch.setenv("_TYPER_COMPLETE_FISH_ACTION", "get-args")
        return self._ask(f"complete_{name}")

    def _ask(self, instruction: str) -> str:
        self._monkeypatch.setenv("_SKLPAR_COMPLETE", instruction)
        assert main([]) == 0
        return self._capsys.readouterr().out


@pytest.fixture
def shell(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> Shell:
    monkeypatch.chdir(tmp_path)
    for run_id in IDS:
        RunFolder.create(run_id=run_id).write_report(digits())
    (tmp_path / "configs").mkdir()
    for name in ("search.yaml", "notes.txt", ".hidden.yaml", "configs/quick.yml"):
        (tmp_path / name).touch()
    return Shell(monkeypatch, capsys)


def test_verbs_and_options_are_offered(shell: Shell) -> None:
    assert shell.bash("sklpar t") == ["tune"]
    assert {"show", "schema"} == set(shell.bash("sklpar s"))
    assert shell.bash("sklpar tune --rou") == ["--rounds"]
    assert shell.bash("sklpar --inst") == ["--install-completion"]


@pytest.mark.parametrize(
    ("line", "offered"),
    [
        ("sklpar emit ", tuple(FORMATS)),
        ("sklpar show --format ", tuple(RENDERERS)),
        ("sklpar tune --backend ", tuple(BACKENDS)),
        ("sklpar tune --backend loky,thr", ("loky,threading",)),
        ("sklpar tune --backend loky,threading,", None),
        ("sklpar explain --finding overs", ("oversubscription",)),
    ],
)
def test_the_keys_of_a_registry_are_offered(
    line: str, offered: tuple[str, ...] | None, shell: Shell
) -> None:
    found = tuple(shell.bash(line))
    if offered is None:
        assert not any(part.count("loky") > 1 for part in found)
    else:
        assert found == offered


@pytest.mark.parametrize("command", ["show", "emit yaml", "tune --resume", "compare"])
def test_runs_are_offered_newest_first(command: str, shell: Shell) -> None:
    assert shell.bash(f"sklpar {command} ") == list(reversed(IDS))
    assert shell.bash(f"sklpar {command} 20260101") == [IDS[0]]


@pytest.mark.parametrize("verb", ["check", "explain", "tune", "guard"])
def test_specs_are_offered_and_nothing_else(verb: str, shell: Shell) -> None:
    assert shell.bash(f"sklpar {verb} ") == ["search.yaml"]
    assert shell.bash(f"sklpar {verb} configs/") == ["configs/quick.yml"]
    assert shell.bash(f"sklpar {verb} ./s") == ["./search.yaml"]
    assert shell.bash(f"sklpar {verb} .h") == [".hidden.yaml"]
    assert shell.bash(f"sklpar {verb} no/such/") == []


def test_where_nothing_is_offered_the_shell_completes_files(shell: Shell) -> None:
    assert shell.bash("sklpar show --output ") == []
    assert shell.other("zsh", "sklpar show --output ").strip() == "_files"


@pytest.mark.parametrize("name", ["zsh", "fish"])
def test_other_shells_show_the_name_of_a_run_beside_its_id(name: str, shell: Shell) -> None:
    plan = '{"schema_version": 1, "name": "digits\\u001b search [/b]"}'
    (Path(".sklpar/runs") / IDS[0] / "plan.json").write_text(plan, encoding="utf-8")
    shown = shell.other(name, f"sklpar show {IDS[0][:8]}")
    assert IDS[0] in shown
    assert "search" in shown
    assert "\x1b" not in shown


def test_a_folder_that_cannot_be_read_offers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    def refuse(_prefix: str, _limit: int) -> list[tuple[str, str]]:
        raise PermissionError

    monkeypatch.setattr("sklpar.store.listing.run_names", refuse)
    assert completion.runs("") == []


@pytest.mark.parametrize("name", ["bash", "zsh", "fish"])
def test_the_script_of_each_shell_calls_sklpar_back(
    name: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("_SKLPAR_COMPLETE", f"source_{name}")
    assert main([]) == 0
    script = capsys.readouterr().out
    assert f"_SKLPAR_COMPLETE=complete_{name}" in script
    assert "sklpar" in script
