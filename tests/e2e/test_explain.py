"""``explain`` as a user runs it: nothing is fitted, no layer is left unnamed."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.e2e.command import start, workplace

pytestmark = pytest.mark.e2e

SEARCH = """
version: 1
estimator: "GridSearchCV(HistGradientBoostingClassifier(), {}, cv=3)"
data: {sklearn: iris}
sweep: {n_jobs: [2], backend: [loky, threading], inner_threads: [1, default]}
"""
CALLED = "version: 1\nestimator: {{call: 'layered:{0}'}}\ndata: {{sklearn: iris}}\n"
CALLABLE = "version: 1\ncallable: {fit: 'layered:parallel_call', args: {size: 3}}\n"


def explain(cwd: Path, *arguments: str, **extra: str) -> tuple[int, str, str]:
    process = start("explain", *arguments, cwd=cwd, **extra)
    out, err = process.communicate(timeout=120)
    return process.returncode, out, err


def document(cwd: Path, spec: str, *arguments: str) -> Any:
    workplace(cwd, spec)
    code, out, err = explain(cwd, "spec.yaml", "--json", *arguments)
    assert code == 0, err
    return json.loads(out)


def test_the_layers_of_a_search_and_their_product(tmp_path: Path) -> None:
    found = document(tmp_path, SEARCH)
    kinds = [(one["place"], one["kind"], one["depth"]) for one in found["layers"]]
    assert ("", "joblib", 0) in kinds
    assert ("estimator", "openmp", 1) in kinds
    rows = {row["setting"]: row for row in found["settings"]}
    cpus = found["usable_cpus"]
    assert rows["serial"]["total"] == 1
    assert rows["loky-j2-t1"]["total"] == 2
    assert rows["threading-j2-tdefault"]["total"] == 2 * cpus
    assert rows["loky-j2-tdefault"]["total"] == 2 * max(1, cpus // 2)


@pytest.mark.parametrize(
    ("name", "words"),
    [
        ("own_pool", "own pool  workers = 3"),
        ("many", "joblib  cores = 2"),
        ("ignoring", "n_jobs  n_jobs = 4: ignored"),
    ],
)
def test_users_own_classes_are_explained(tmp_path: Path, name: str, words: str) -> None:
    workplace(tmp_path, CALLED.format(name))
    code, out, err = explain(tmp_path, "spec.yaml", "--trust", "layered")
    assert code == 0, err
    assert words in out


def test_a_callable_is_explained_as_far_as_it_can_be(tmp_path: Path) -> None:
    workplace(tmp_path, CALLABLE)
    code, out, err = explain(tmp_path, "spec.yaml", "--trust", "layered")
    assert code == 0, err
    assert "cannot be seen without running it" in out
    assert "parallel_config" in out


def test_an_ascii_terminal_gets_ascii(tmp_path: Path) -> None:
    workplace(tmp_path, SEARCH)
    code, out, err = explain(tmp_path, "spec.yaml", LC_ALL="C", PYTHONIOENCODING="ascii")
    assert code == 0, err
    assert out.isascii()
    assert "Workers x threads" in out


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ((), "name a spec, or --finding RULE"),
        (("spec.yaml", "--finding", "oversubscription"), "leave the spec out"),
        (("--finding", "no_such_rule"), "--finding: "),
        (("absent.yaml",), "absent.yaml"),
    ],
)
def test_what_cannot_be_explained_is_a_usage_error(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    code, out, err = explain(tmp_path, *arguments)
    assert (code, out) == (2, "")
    assert message in err
