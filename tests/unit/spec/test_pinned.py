"""What ``sklpar emit yaml`` writes is read back as the setting that it was."""

from __future__ import annotations

import contextlib
import io
import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from sklpar.emit import FORMATS, Pinned, pinned_from_report
from sklpar.errors import SpecError
from sklpar.model import (
    CallNode,
    Caps,
    InnerThreads,
    ObjectNode,
    PinnedFile,
    Plan,
    Setting,
    Skipped,
)
from sklpar.spec.loader import parse_spec
from sklpar.spec.node_codec import plain_node
from sklpar.spec.nodes import NodeReader
from sklpar.spec.pinned import as_planned, parse_pinned, read_pinned
from sklpar.store.codec import spelled
from tests.contracts.test_formats import REPORTS
from tests.unit.builders import AS_WRITTEN, LOKY, SERIAL, make_setting
from tests.unit.reports import digits

GOOD = """\
version: 1
setting:
  n_jobs: 2
  backend: threading
  inner_threads: 1
  params: {}
resolved: {n_jobs: n_jobs}
fingerprint: {cpu_model: x}
"""


def parse(text: str) -> PinnedFile:
    return parse_pinned(text, file="tuned.yaml", usable_cpus=4)


def emitted(setting: Setting) -> str:
    """The file that a run which recommends this setting would lead to, by way of its report."""
    params = json.loads(json.dumps(spelled(plain_node(setting.params)), allow_nan=False))
    pinned = Pinned(
        setting=setting.id,
        n_jobs=setting.n_jobs,
        backend=setting.backend,
        inner_threads=setting.inner_threads,
        params=params,
    )
    return FORMATS["yaml"](pinned)


def of_a_sweep(params: str) -> Setting:
    """The setting of a plan, from the first value of each axis of a spec."""
    job = "version: 1\nestimator: SVC\ndata: {sklearn: digits}\n"
    axes = parse_spec(f"{job}sweep: {{params: {params}}}", file="job.yaml").sweep.params or {}
    params_of: dict[str, Any] = {path: values[0] for path, values in axes.items()}
    return make_setting(**params_of)


inner_threads: st.SearchStrategy[InnerThreads] = st.one_of(
    st.just("default"),
    st.integers(1, 4096),
    st.builds(Caps, blas=st.integers(1, 64), openmp=st.integers(1, 64)),
)
# What YAML may hold: no control characters, no separators of lines, no halves of surrogate pairs.
texts = st.text(
    alphabet=st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp", "Cn")),
    max_size=20,
).filter(lambda text: text not in {".inf", "-.inf", ".nan"})
paths = st.from_regex(r"[a-z_]{1,8}(__[a-z_]{1,8})?", fullmatch=True)
plain_values = st.recursive(
    st.none()
    | st.booleans()
    | st.integers(-(10**30), 10**30)
    | st.floats(allow_nan=False)
    | texts
    | st.sampled_from(["SVC(C=2.0)", "Ridge()", "a.B(x=[1, 2])"]),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(paths, inner, max_size=3)
        | st.builds(lambda rest: {"class": "SVC", **rest}, st.dictionaries(paths, inner))
    ),
    max_leaves=8,
)
settings = st.builds(
    lambda n_jobs, backend, inner, params: Setting(
        n_jobs=1 if backend == "sequential" and n_jobs else n_jobs,
        backend=backend,
        inner_threads=inner,
        params=params,
    ),
    st.none() | st.integers(1, 4096),
    st.sampled_from(["sequential", "threading", "loky", "multiprocessing"]),
    inner_threads,
    st.dictionaries(paths, plain_values, max_size=3),
)


@given(settings)
def test_any_setting_is_read_as_it_was_emitted(plain: Setting) -> None:
    nodes = NodeReader()
    params = {path: nodes.value(value, ()) for path, value in plain.params.items()}
    assume(not nodes.problems and not any(path.endswith("memory") for path in params))
    setting = make_setting(plain.backend or "", plain.n_jobs, plain.inner_threads or 1, **params)
    assume((setting.n_jobs, setting.backend, setting.inner_threads) != (1, "sequential", 1))
    read = parse(emitted(setting)).setting
    assert read == setting
    assert read.id == setting.id


@pytest.mark.parametrize("setting", [AS_WRITTEN, SERIAL, LOKY], ids=lambda one: one.id)
def test_the_settings_of_every_plan_are_told_apart(setting: Setting) -> None:
    assert parse(emitted(setting)).setting == setting


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_leads_to_a_file_that_is_read(name: str) -> None:
    pinned = pinned_from_report(REPORTS[name])
    if name == "hostile":  # it holds what no spec can: control characters
        with pytest.raises(SpecError, match="holds a control character"):
            parse(FORMATS["yaml"](pinned))
        return
    read = parse(FORMATS["yaml"](pinned))
    assert read.fingerprint == pinned.fingerprint
    assert read.resolved == dict.fromkeys(pinned.resolved, "n_jobs")
    assert read.setting.n_jobs == pinned.n_jobs


@pytest.mark.parametrize(
    "params",
    [
        "{C: [0.1]}",
        "{C: ['1']}",
        "{C: [.inf]}",
        "{clf: [{class: SVC, C: .inf}]}",
        "{clf: [LogisticRegression(C=2.0)]}",
        "{clf: ['LogisticRegression(2.0)']}",
        "{clf: [{call: 'mine:make', args: {a: 1}}]}",
        "{columns: [[a, b]], weights: [null]}",
        "{clf: [{class: Pipeline, steps: {a: {class: PCA, n_components: 2}, b: SVC}}]}",
        "{prep: [{class: ColumnTransformer, transformers: {a: {class: PCA, columns: [x]}}}]}",
        "{prep: [{class: ColumnTransformer, transformers: [[a, PCA, {dtype_include: [bool]}]]}]}",
        "{clf: [{class: SVC, class_weight: {a: 1.0}}], clf__n_jobs: [1]}",
    ],
)
def test_a_setting_has_the_id_that_it_has_in_a_plan(params: str) -> None:
    setting = of_a_sweep(params)
    read = parse(emitted(setting)).setting
    assert read == setting
    assert read.id == setting.id


@pytest.mark.parametrize(
    "params",
    [
        "{clf__class_weight: [{0: 1.0, 1: 5.0}]}",
        "{clf: ['MLPClassifier(hidden_layer_sizes=(10, 5))']}",
    ],
)
def test_what_a_report_cannot_hold_is_found_in_the_plan(params: str) -> None:
    setting = of_a_sweep(params)
    read = parse(emitted(setting)).setting
    assert read != setting
    skipped = Skipped(setting=setting, reason="another stands for it")
    for plan in (Plan(settings=(SERIAL, setting)), Plan(settings=(SERIAL,), skipped=(skipped,))):
        assert as_planned(read, plan) is setting


def test_a_setting_that_no_plan_has_stays_what_was_read() -> None:
    plan = Plan(settings=(AS_WRITTEN, SERIAL, make_setting(C=1)))
    for other in (LOKY, make_setting(C=1.0), make_setting(C="1"), make_setting("threading", C=1)):
        assert as_planned(other, plan) is other
    assert as_planned(Setting(kind="as-written"), plan) is AS_WRITTEN


def test_an_id_does_not_depend_on_where_an_object_stands() -> None:
    here, there = (ObjectNode(path="SVC", where=("sweep", "params", i)) for i in (1, 2))
    assert make_setting(clf=here).id == make_setting(clf=there).id
    assert CallNode(target="m:f", where=("a",)) == CallNode(target="m:f")


@pytest.mark.parametrize(("text", "jobs"), [("all", 4), ("-1", 4), ("-2", 3), ("-9", 1), ("3", 3)])
def test_workers_may_be_counted_from_the_usable_cpus(text: str, jobs: int) -> None:
    setting = parse(GOOD.replace("n_jobs: 2", f"n_jobs: {text}")).setting
    assert setting.n_jobs == jobs
    assert setting.id == f"threading-j{jobs}-t1"


def test_a_short_file_written_by_hand_is_enough() -> None:
    read = parse("version: 1\nsetting: {n_jobs: null, backend: loky, inner_threads: default}\n")
    assert read.setting == make_setting("loky", None, "default")
    assert (read.resolved, read.fingerprint) == ({}, {})
    assert read.positions["setting", "backend"] == (2, 34)


def test_a_fingerprint_may_hold_what_this_version_does_not_know() -> None:
    fingerprint = parse(GOOD.replace("{cpu_model: x}", "{gpu: {a: [1]}, 3: .nan}")).fingerprint
    assert fingerprint == {"gpu": {"a": [1]}, "3": ".nan"}


SETTING = "version: 1\nsetting: "


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("", "the file is empty"),
        ("# a comment\n", "sklpar emit yaml writes one"),
        ("loky-j2-t1", "expected a map"),
        ("version: 1\nversion: 1\n", "already there"),
        ("version: 1\nsetting: !!python/name:os.system\n", "tag"),
        ("version: 1", "the key 'setting' is missing"),
        (GOOD.replace("version: 1\n", ""), "begin the file with version: 1"),
        (GOOD.replace("version: 1", "version: 2"), "upgrade sklpar"),
        (GOOD.replace("version: 1", "version: '1'"), "write version: 1"),
        (GOOD + "extra: 1\n", "unknown key"),
        (GOOD.replace("resolved:", "resolvd:"), "did you mean 'resolved'"),
        (GOOD.replace("params:", "parms:"), "did you mean 'params'"),
        (GOOD.replace("{n_jobs: n_jobs}", "{n_jobs: 2}"), "write n_jobs: n_jobs"),
        (GOOD.replace("{n_jobs: n_jobs}", "{a.b: n_jobs}"), "not a set_params path"),
        (GOOD.replace("{n_jobs: n_jobs}", "[n_jobs]"), "resolved: expected a map"),
        (GOOD.replace("{cpu_model: x}", "5"), "fingerprint: expected a map"),
        (GOOD.replace("n_jobs: 2", "n_jobs: 0"), "setting.n_jobs: n_jobs cannot be 0"),
        (GOOD.replace("n_jobs: 2", "n_jobs: 2.0"), "setting.n_jobs"),
        (GOOD.replace("n_jobs: 2", "n_jobs: [2]"), "setting.n_jobs"),
        (GOOD.replace("threading", "trheading"), "did you mean 'threading'"),
        (GOOD.replace("threading", "sequential"), "runs one job"),
        (GOOD.replace("inner_threads: 1", "inner_threads: 0"), "from 1 to"),
        (GOOD.replace("inner_threads: 1", "inner_threads: {blas: 1}"), "'openmp' is missing"),
        (GOOD.replace("{}", "[]"), "setting.params: expected a map"),
        (GOOD.replace("{}", "{memory: /tmp}"), "a cached fit is not a timed fit"),
        (GOOD.replace("{}", "{clf__memory: null}"), "a cached fit is not a timed fit"),
        (GOOD.replace("{}", "{clf: {class: Pipeline, memory: x}}"), "a cached fit"),
        (GOOD.replace("{}", "{clf: {class: 5}}"), "must be the name of a class"),
        (GOOD.replace("{}", "{clf: SVC(x)}"), "not a literal"),
        (GOOD.replace("{}", "{1: x}"), "not a set_params path"),
        (SETTING, "setting: expected a map"),
        (SETTING + "loky-j2-t1", "setting: expected a map"),
        (SETTING + "{}", "the key 'n_jobs' is missing"),
        (SETTING + "{n_jobs: 2}", "the key 'backend' is missing"),
        (SETTING + "{n_jobs: null, backend: loky}", "the key 'inner_threads' is missing"),
        (SETTING + "{n_jobs: 2, backend: null, inner_threads: 1}", "setting.backend: null, though"),
        (
            SETTING + "{n_jobs: null, backend: null, inner_threads: null, params: {C: 1}}",
            "setting.inner_threads: null, though the setting has params",
        ),
    ],
)
def test_a_wrong_file_is_refused_with_its_place(text: str, message: str) -> None:
    with pytest.raises(SpecError) as caught:
        parse(text)
    assert message in str(caught.value)
    assert all(problem.line > 0 for problem in caught.value.problems)
    assert str(caught.value).startswith("tuned.yaml:")


def test_all_problems_are_reported_at_once() -> None:
    text = GOOD.replace("threading", "x").replace("inner_threads: 1", "inner_threads: x")
    with pytest.raises(SpecError) as caught:
        parse(text.replace("{}", "{memory: x}") + "y: 1\n")
    assert [problem.line for problem in caught.value.problems] == [4, 5, 6, 9]


@pytest.mark.parametrize("end", range(len("version: 1\n"), GOOD.index("  params")))
def test_a_file_that_was_cut_off_is_never_another_setting(end: int) -> None:
    whole = GOOD[: GOOD.index("  params")].rstrip()
    if GOOD[:end].rstrip() == whole:
        return
    with pytest.raises(SpecError):
        parse(GOOD[:end])


trees = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | texts,
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(st.sampled_from(["n_jobs", "params", "class", "args", "blas"]), inner)
    ),
    max_leaves=10,
)
KEYS = ["version", "setting", "resolved", "fingerprint", "x"]
KNOBS = ["n_jobs", "backend", "inner_threads", "params", "memory"]


@given(
    st.dictionaries(
        st.sampled_from(KEYS), trees | st.just(1) | st.dictionaries(st.sampled_from(KNOBS), trees)
    )
)
def test_any_tree_is_read_or_refused(tree: Mapping[str, Any]) -> None:
    with contextlib.suppress(SpecError):
        parse(json.dumps(tree).replace("NaN", ".nan").replace("Infinity", ".inf"))


def test_a_file_and_standard_input_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "tuned.yaml"
    file.write_text(FORMATS["yaml"](pinned_from_report(digits())))
    read = read_pinned(str(file), usable_cpus=4)
    assert read.setting.id == "threading-j2-t1"
    assert (read.file, read.text) == (str(file), file.read_text())
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(GOOD.encode())))
    assert read_pinned("-", usable_cpus=4).setting.id == "threading-j2-t1"


def test_a_file_that_is_not_there_names_the_command_that_writes_one(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="there is no such file") as caught:
        read_pinned(str(tmp_path / "tuned.yaml"), usable_cpus=4)
    assert "write one with sklpar emit yaml" in str(caught.value)


def test_the_emitted_example_is_read() -> None:
    examples = Path(__file__).parents[3] / "examples"
    read = read_pinned(str(examples / "regression_pipeline.tuned.yaml"), usable_cpus=2)
    assert read.setting.id == "threading-j2-t1"
