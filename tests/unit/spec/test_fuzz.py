"""Whatever the text, a spec is read or refused: nothing but SpecError comes out."""

from __future__ import annotations

import contextlib
import io
import json
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from ruamel.yaml import YAML

from sklpar.errors import SpecError, UsageError
from sklpar.model import Spec
from sklpar.spec.constructor_text import ConstructorTextError, parse_constructor
from sklpar.spec.job import decode_job, encode_job
from sklpar.spec.loader import parse_spec
from sklpar.spec.yaml_reader import read_yaml

KEYS = st.sampled_from(
    [
        "version",
        "name",
        "estimator",
        "data",
        "callable",
        "sweep",
        "measure",
        "objective",
        "limits",
        "guard",
        "metrics",
        "settings",
        "threshold",
        "min_speedup",
        "class",
        "call",
        "args",
        "steps",
        "transformers",
        "columns",
        "param_grid",
        "memory",
        "n_jobs",
        "backend",
        "inner_threads",
        "params",
        "repeats",
        "rounds",
        "timeout",
        "budget",
        "minimize",
        "within",
        "then",
        "synthetic",
        "sklearn",
        "path",
        "target",
        "groups",
        "sample",
        "mmap",
        "fit",
        "setup",
        "blas",
        "openmp",
    ]
)
SCALARS = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=12)
    | st.sampled_from(["all", "loky", "SVC()", "SVC(C=1)", "m:f", "5%", "4GB", "10s", "digits"])
)
TREES = st.recursive(
    SCALARS,
    lambda inner: (
        st.lists(inner, max_size=4) | st.dictionaries(KEYS | st.text(max_size=4), inner, max_size=4)
    ),
    max_leaves=20,
)
SYNTAX = st.text(alphabet="ab1:-[]{}&*!%|>?'\"#,.<~@ \n\t\\e0x\x00\x85é", max_size=60)
FAST = settings(max_examples=150, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def _parse(text: str, **options: Any) -> Spec | None:
    with contextlib.suppress(SpecError):
        return parse_spec(text, file="fuzz.yaml", **options)
    return None


@FAST
@given(st.text() | SYNTAX)
def test_any_text_is_read_or_refused(text: str) -> None:
    _parse(text)


@FAST
@given(SYNTAX)
def test_any_value_beside_a_sound_job_is_read_or_refused(text: str) -> None:
    _parse(f"version: 1\nestimator: SVC\ndata: {{sklearn: digits}}\nname: {text}")


@FAST
@given(st.dictionaries(KEYS, TREES, max_size=6))
def test_any_tree_is_read_or_refused(tree: dict[str, Any]) -> None:
    stream = io.StringIO()
    YAML(typ="safe", pure=True).dump(tree, stream)
    _parse(stream.getvalue())


@FAST
@given(TREES)
def test_a_value_that_is_accepted_survives_the_way_to_a_child(tree: Any) -> None:
    stream = io.StringIO()
    YAML(typ="safe", pure=True).dump({"class": "SVC", "C": tree}, stream)
    indented = stream.getvalue().replace("\n", "\n  ")
    spec = _parse(f"version: 1\nestimator:\n  {indented}\ndata: {{sklearn: digits}}")
    if spec is not None:
        assert repr(decode_job(encode_job(spec, ())).estimator) == repr(spec.estimator)


@FAST
@given(st.text(max_size=40) | SYNTAX)
def test_any_override_is_applied_or_refused(override: str) -> None:
    sound = "version: 1\nestimator: SVC\ndata: {sklearn: digits}\nsweep: {n_jobs: [1, 2]}"
    with contextlib.suppress(UsageError):
        _parse(sound, overrides=[override, f"sweep.n_jobs.{override}=1", f"name={override}"])


@FAST
@given(st.text(max_size=60) | st.text(alphabet="SVC(a=1,[]{}-'\".:*lambdo \n)", max_size=60))
def test_any_constructor_text_is_parsed_or_refused(text: str) -> None:
    with contextlib.suppress(ConstructorTextError):
        parse_constructor(text, ())


@FAST
@given(TREES)
def test_json_reads_as_yaml(tree: Any) -> None:
    text = json.dumps({"a": tree}, ensure_ascii=False)
    with contextlib.suppress(SpecError):
        read = read_yaml(text, file="x").value
        # JSON has no NaN; what Python writes for it is a plain word in YAML.
        assert json.dumps(read, ensure_ascii=False).replace('"', "") == text.replace('"', "")
