"""The files that a team copies to call sklpar in CI, tried by the programs that will read them."""

from __future__ import annotations

import os
import re
import shlex
import shutil
import subprocess
import sys
import tomllib
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from ruamel.yaml import YAML
from typer.main import get_command

from sklpar.cli.app import app
from sklpar.spec.values import parse_threshold
from tests.e2e.command import ROOT, environment

pytestmark = pytest.mark.e2e

CI = ROOT / "examples" / "ci"
PAGE = ROOT / "docs" / "ci.md"
WORKFLOW, GITLAB, HOOK = (
    CI / name for name in ("github-workflow.yml", "gitlab-ci.yml", "pre-commit-config.yaml")
)
FILES = (WORKFLOW, GITLAB, HOOK, PAGE)
SPEC = """\
version: 1
estimator: LogisticRegression(max_iter=5)
data: {sklearn: iris}
"""
# Keys whose value a shell runs, in any of the three files.
SHELL = {"run", "script", "entry"}


def load(file: Path) -> Any:
    return YAML(typ="safe").load(file)


def run(
    *command: str | Path, cwd: Path, env: dict[str, str] | None = None
) -> subprocess.CompletedProcess[str]:
    """Run a command and return what it printed, stdout and stderr as one."""
    return subprocess.run(
        [str(word) for word in command],
        cwd=cwd,
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        timeout=120,
        check=False,
    )


# --- the command lines


def scripts(node: Any) -> Iterator[str]:
    """Yield every text in a YAML document that is run by a shell."""
    if isinstance(node, list):
        for item in node:
            yield from scripts(item)
    if isinstance(node, dict):
        for key, value in node.items():
            if key in SHELL:
                yield from [value] if isinstance(value, str) else value
            else:
                yield from scripts(value)


def blocks(language: str) -> list[str]:
    """Return the page's fenced blocks of one language."""
    text = PAGE.read_text(encoding="utf-8")
    return re.findall(rf"^```{language}\n(.*?)^```", text, flags=re.MULTILINE | re.DOTALL)


def quoted(file: Path) -> list[str]:
    """Return what stands in backticks in a file's prose or comments."""
    text = file.read_text(encoding="utf-8")
    prose = re.sub(r"^```.*?^```", "", text, flags=re.MULTILINE | re.DOTALL)
    return [" ".join(one.split()) for one in re.findall(r"`([^`]+)`", prose)]


def shell_of(file: Path) -> list[str]:
    """Return all that a file gives to a shell, and what it quotes."""
    return [*(blocks("bash") if file == PAGE else scripts(load(file))), *quoted(file)]


def calls_in(shell: str) -> Iterator[list[str]]:
    """Yield the arguments of each call of sklpar."""
    for line in shell.replace("\\\n", " ").splitlines():
        lexer = shlex.shlex(line, posix=True, punctuation_chars=True)
        lexer.whitespace_split = True
        call: list[str] = []
        for word in [*lexer, ";"]:
            if set(word) <= set("();<>|&"):
                if call and Path(call[0]).name == "sklpar" and len(call) > 1:
                    yield call[1:]
                call = []
            else:
                call.append(word)


CALLS = [
    (file.name, call) for file in FILES for shell in shell_of(file) for call in calls_in(shell)
]


def parse(arguments: list[str]) -> dict[str, Any]:
    """Parse a command line as sklpar does, and invoke nothing."""
    group: Any = get_command(app)
    with group.make_context("sklpar", list(arguments)) as context:
        command = group.get_command(context, arguments[0])
        assert command is not None, f"there is no command {arguments[0]}"
        if len(arguments) == 1:
            return {}  # it is spoken of, not called
        with command.make_context(arguments[0], arguments[1:], parent=context) as inner:
            params: dict[str, Any] = inner.params
            return params


@pytest.mark.parametrize(
    ("file", "call"), CALLS, ids=[f"{name}: {shlex.join(call)}" for name, call in CALLS]
)
def test_every_command_line_is_one_that_sklpar_takes(file: str, call: list[str]) -> None:
    taken = parse(call)
    for threshold in taken.get("threshold") or ():
        parse_threshold(threshold)


def test_a_made_up_option_is_no_command_line_that_sklpar_takes() -> None:
    ((call),) = calls_in('"$PR/bin/sklpar" guard sklpar.yaml --made-up 3 > out.txt && echo done')
    assert call == ["guard", "sklpar.yaml", "--made-up", "3"]
    with pytest.raises(Exception, match="No such option: --made-up"):
        parse(call)


def test_every_option_that_the_prose_quotes_is_one_of_guard() -> None:
    group: Any = get_command(app)
    with group.make_context("sklpar", ["guard"]) as context:
        guard = group.get_command(context, "guard")
    options = {option for parameter in guard.params for option in parameter.opts}
    prose = " ".join(words for file in FILES for words in quoted(file) if words.startswith("--"))
    named = {word for word in prose.split() if word.startswith("--")}
    assert len(named) > 5
    assert named <= options


def test_every_threshold_that_the_prose_quotes_can_be_read() -> None:
    said = [one.split()[1] for one in quoted(PAGE) if one.startswith("--threshold ")]
    assert {len(re.split("[:=]", one)) for one in said} == {1, 2, 3}  # each form is shown
    for threshold in said:
        parse_threshold(threshold)


def test_the_examples_show_every_mode() -> None:
    used = {(file, word) for file, call in CALLS if call[0] == "guard" for word in call}
    modes = ["--config", "--against", "--baseline", "--update"]
    assert {(WORKFLOW.name, mode) for mode in modes} <= used
    assert {(PAGE.name, mode) for mode in modes} <= used
    assert (GITLAB.name, "--config") in used
    assert (HOOK.name, ["check", "sklpar.yaml"]) in CALLS


# --- the workflow and the job


@pytest.mark.parametrize(
    ("schema", "file", "more"),
    [
        ("vendor.github-workflows", WORKFLOW, []),
        ("custom.github-workflows-require-timeout", WORKFLOW, []),
        ("vendor.gitlab-ci", GITLAB, ["--data-transform", "gitlab-ci"]),
    ],
)
def test_a_pipeline_keeps_to_its_published_schema(
    schema: str, file: Path, more: list[str], tmp_path: Path
) -> None:
    tool = [sys.executable, "-m", "check_jsonschema", "--builtin-schema", schema]
    done = run(*tool, *more, file, cwd=tmp_path)
    assert done.returncode == 0, done.stdout


def test_the_workflow_may_read_and_nothing_else() -> None:
    workflow = load(WORKFLOW)
    assert workflow["permissions"] == {"contents": "read"}
    assert not any("permissions" in job for job in workflow["jobs"].values())
    text = WORKFLOW.read_text(encoding="utf-8")
    assert "secrets." not in text
    assert "pull_request_target" not in text


def test_foreign_code_never_runs_on_the_self_hosted_machine() -> None:
    for job in load(WORKFLOW)["jobs"].values():
        if "self-hosted" in job["runs-on"]:
            assert job["if"] == "github.event_name != 'pull_request'"


def test_actions_are_pinned_by_their_major_version() -> None:
    used = re.findall(r"uses: (\S+)", WORKFLOW.read_text(encoding="utf-8"))
    assert used
    assert all(re.fullmatch(r"actions/[a-z-]+@v\d+", one) for one in used), used


def test_each_job_keeps_what_was_measured_whatever_the_outcome() -> None:
    for name, job in load(WORKFLOW)["jobs"].items():
        last = job["steps"][-1]
        assert last["if"] == "always()", name
        assert last["with"]["path"].split()[-1] == ".sklpar/guard/"
        # The folder's name begins with a dot, and such are left out unless asked for.
        assert last["with"]["include-hidden-files"] is True
        assert "sklpar.xml" in last["with"]["path"].split()
    artifacts = load(GITLAB)["sklpar"]["artifacts"]
    assert artifacts["when"] == "always"
    assert artifacts["reports"] == {"junit": "sklpar.xml"}
    assert ".sklpar/guard/" in artifacts["paths"]


def test_no_pipeline_sets_a_thread_variable() -> None:
    for file in (WORKFLOW, GITLAB):
        assert not re.search(r"_NUM_THREADS['\"]?\s*[:=]", file.read_text(encoding="utf-8"))


# --- the hook


@dataclass(frozen=True, kw_only=True)
class Repository:
    folder: Path
    env: dict[str, str]

    def commit(self, **files: str) -> subprocess.CompletedProcess[str]:
        """Write files, `__` in a name for its dot, and commit them."""
        for name, text in files.items():
            (self.folder / name.replace("__", ".")).write_text(text, encoding="utf-8")
        assert self.git("add", "--all").returncode == 0
        return self.git("commit", "--quiet", "--message", "another")

    def git(self, *arguments: str) -> subprocess.CompletedProcess[str]:
        return run("git", *arguments, cwd=self.folder, env=self.env)


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    """Make a repository whose commits are checked by the hook of the example."""
    folder, programs = tmp_path / "repository", tmp_path / "bin"
    folder.mkdir()
    programs.mkdir()
    sklpar = programs / "sklpar"  # as an environment where it is installed has it
    sklpar.write_text(f'#!/bin/sh\nexec "{sys.executable}" -P -m sklpar "$@"\n', encoding="utf-8")
    sklpar.chmod(0o755)
    who = {
        f"GIT_{role}_{what}": "a" for role in ("AUTHOR", "COMMITTER") for what in ("NAME", "EMAIL")
    }
    env = environment(
        **who,
        PATH=f"{programs}{os.pathsep}{os.environ['PATH']}",
        HOME=str(tmp_path),
        PRE_COMMIT_HOME=str(tmp_path / "store"),
        GIT_CONFIG_GLOBAL=os.devnull,
        GIT_CONFIG_NOSYSTEM="1",
    )
    made = Repository(folder=folder, env=env)
    assert made.git("init", "--quiet").returncode == 0
    shutil.copy(HOOK, folder / ".pre-commit-config.yaml")
    installed = run(sys.executable, "-m", "pre_commit", "install", cwd=folder, env=env)
    assert installed.returncode == 0, installed.stdout
    return made


def test_pre_commit_takes_its_configuration(tmp_path: Path) -> None:
    done = run(sys.executable, "-m", "pre_commit", "validate-config", HOOK, cwd=tmp_path)
    assert done.returncode == 0, done.stdout
    assert done.stdout == ""  # no warning either


def test_a_sound_spec_is_committed_and_nothing_is_measured(repository: Repository) -> None:
    done = repository.commit(sklpar__yaml=SPEC)
    assert done.returncode == 0, done.stdout
    assert re.search(r"sklpar check\.+Passed", done.stdout)
    assert not (repository.folder / ".sklpar").exists()


def test_a_wrong_spec_is_not_committed_and_the_place_is_named(repository: Repository) -> None:
    done = repository.commit(sklpar__yaml=SPEC.replace("max_iter", "max_itre"))
    assert done.returncode != 0
    assert "sklpar.yaml:2" in done.stdout
    assert "max_iter" in done.stdout


def test_a_pyproject_that_takes_trust_away_is_not_committed(repository: Repository) -> None:
    mine = "open('hit', 'w').close()\ndef load():\n    return [[0], [1]] * 9, [0, 1] * 9\n"
    spec = SPEC.replace("{sklearn: iris}", "{call: 'mine:load'}")
    trusting = '[tool.sklpar]\ntrust = ["mine"]\n'
    done = repository.commit(mine__py=mine, sklpar__yaml=spec, pyproject__toml=trusting)
    assert done.returncode == 0, done.stdout
    (repository.folder / "hit").unlink(missing_ok=True)
    done = repository.commit(pyproject__toml="[tool.sklpar]\ntrust = []\n")
    assert done.returncode != 0
    assert "--trust mine" in done.stdout
    assert not (repository.folder / "hit").exists()


def test_a_commit_of_something_else_is_not_checked(repository: Repository) -> None:
    assert repository.commit(sklpar__yaml=SPEC).returncode == 0
    done = repository.commit(README__md="text\n")
    assert done.returncode == 0, done.stdout
    assert "Skipped" in done.stdout


# --- the page's policies


def check(folder: Path) -> subprocess.CompletedProcess[str]:
    sklpar = [sys.executable, "-P", "-m", "sklpar"]
    return run(*sklpar, "check", "sklpar.yaml", cwd=folder, env=environment())


def test_a_policy_of_the_page_is_one_that_a_spec_takes(tmp_path: Path) -> None:
    policies = [one for one in blocks("yaml") if "guard" in YAML(typ="safe").load(one)]
    assert policies
    for policy in policies:
        (tmp_path / "sklpar.yaml").write_text(SPEC + policy, encoding="utf-8")
        done = check(tmp_path)
        assert done.returncode == 0, done.stdout


def test_a_policy_of_the_page_is_one_that_a_project_takes(tmp_path: Path) -> None:
    (tmp_path / "sklpar.yaml").write_text(SPEC, encoding="utf-8")
    policies = [one for one in blocks("toml") if "guard" in tomllib.loads(one)["tool"]["sklpar"]]
    assert policies
    for policy in policies:
        (tmp_path / "pyproject.toml").write_text(policy, encoding="utf-8")
        done = check(tmp_path)
        assert done.returncode == 0, done.stdout
