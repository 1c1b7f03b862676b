"""The emitted YAML re-parses to what was meant."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from sklpar.emit import FORMATS, Pinned, pinned_from_report
from sklpar.model import Caps
from tests.contracts.test_formats import REPORTS
from tests.unit.reports import HOSTILE, digits, recommendation, report, row


def load(text: str) -> Any:
    return YAML(typ="safe", pure=True).load(text)


def emitted_and_read(value: Any) -> Any:
    text = FORMATS["yaml"](Pinned(setting="loky-j1-t1", params={"x": value}))
    return load(text)["setting"]["params"]["x"]


@pytest.mark.parametrize("name", REPORTS)
def test_every_report_re_parses(name: str) -> None:
    of = REPORTS[name]
    pinned = pinned_from_report(of)
    document = load(FORMATS["yaml"](pinned))
    assert list(document) == ["version", "setting", "resolved", "fingerprint"]
    assert document["setting"]["n_jobs"] == pinned.n_jobs
    assert document["setting"]["backend"] == pinned.backend
    assert document["setting"]["params"] == pinned.params
    assert document["resolved"] == dict.fromkeys(pinned.resolved, "n_jobs")
    assert document["fingerprint"] == pinned.fingerprint


def test_the_layout_is_the_published_one() -> None:
    text = FORMATS["yaml"](pinned_from_report(digits()))
    assert (
        "version: 1\n"
        "setting:\n"
        "  n_jobs: 2\n"
        "  backend: threading\n"
        "  inner_threads: 1\n"
        "  params: {}\n"
        "resolved: {n_jobs: n_jobs}\n"
        "fingerprint:\n"
    ) in text


def test_caps_by_library_are_a_mapping() -> None:
    pinned = Pinned(setting="loky-tblas1-openmp2", inner_threads=Caps(blas=1, openmp=2))
    document = load(FORMATS["yaml"](pinned))
    assert document["setting"]["inner_threads"] == {"blas": 1, "openmp": 2}


@pytest.mark.parametrize(
    "word", ["null", "Yes", "off", "1.10", "1e5", "", "~", "a: b", "#", HOSTILE]
)
def test_words_that_yaml_would_take_for_something_else_stay_text(word: str) -> None:
    assert emitted_and_read(word) == word


# UTF-8 has no surrogates, so no spec and no report can hold one.
texts = st.text(alphabet=st.characters(codec="utf-8"), max_size=50)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(texts, inner, max_size=4),
    max_leaves=8,
)


@given(values)
def test_any_value_survives(value: Any) -> None:
    assert emitted_and_read(value) == value


def test_the_digest_is_of_the_job_whatever_the_order_of_keys_and_how_it_is_measured() -> None:
    digests = [
        pinned_from_report(
            report(row("as-written"), spec=spec, recommendation=recommendation("as-written"))
        ).fingerprint["spec_sha256"]
        for spec in (
            {"estimator": 1, "data": 2},
            {"data": 2, "measure": {"rounds": 3}, "estimator": 1},
            {"estimator": 1, "data": 3},
        )
    ]
    assert digests[0] == digests[1] != digests[2]
