"""An emitted file with new values: the rest of it stays as it was written, to the byte."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from sklpar.emit import FORMATS, Pinned
from sklpar.emit.yaml_update import UpdateError, updated
from sklpar.model import Caps
from sklpar.spec.yaml_reader import read_yaml

FACTS = {"cpu_model": "A", "usable_cpus": 2, "versions": {"python": "3.11.7"}, "blas": ["a 1"]}
OLD = Pinned(
    setting="threading-j2-t1",
    n_jobs=2,
    backend="threading",
    inner_threads=1,
    resolved={"n_jobs": 2},
    evidence=("old evidence", "  and more of it"),
    fingerprint=FACTS,
)
NEW = Pinned(
    setting="loky-j4-tblas1-openmp2",
    n_jobs=4,
    backend="loky",
    inner_threads=Caps(blas=1, openmp=2),
    params={"clf__C": 0.5},
    resolved={"clf__n_jobs": 4},
    evidence=("new evidence",),
    fingerprint={
        "cpu_model": "B: two",
        "usable_cpus": 2,
        "versions": {"python": "3.12.1", "numpy": "2.4.6"},
        "blas": ["b 1", "b 2"],
        "data": {"shape": [150, 4]},
    },
)


def load(text: str) -> Any:
    return read_yaml(text, file="tuned.yaml").value


def update(text: str, pinned: Pinned) -> str:
    return updated(text, load(text), pinned)


def fresh(pinned: Pinned) -> str:
    return FORMATS["yaml"](pinned)


def ours(pinned: Pinned) -> str:
    return "".join(line for line in fresh(pinned).splitlines(True) if line.startswith("#:"))


WRITTEN = """\
# Agreed on in the team's meeting: ä 漢字 😀

{old}
# not sklpar's, though it stands right below

version:   1
setting:
    backend: 'threading'    # because of the shared index
    n_jobs: 2
    # one thread each

    inner_threads: "default"
    params:
        # regularised by hand
        clf__C: 0.1  # was 1
        clf__tol: 1e-3
resolved: {{ n_jobs: n_jobs }}  # the search's own


fingerprint:
    usable_cpus:  2
    # the build host
    cpu_model: A
    blas:
      - a 1   # numpy's
      - a 2   # scipy's
    versions:
        python:   3.11.7
        scipy: '1'  # went
    # the end
"""
REWRITTEN = """\
# Agreed on in the team's meeting: ä 漢字 😀

{new}
# not sklpar's, though it stands right below

version:   1
setting:
    backend: loky    # because of the shared index
    n_jobs: 4
    # one thread each

    inner_threads: {{blas: 1, openmp: 2}}
    params:
        # regularised by hand
        clf__C: 0.5  # was 1
resolved: {{clf__n_jobs: n_jobs}}  # the search's own


fingerprint:
    usable_cpus:  2
    # the build host
    cpu_model: 'B: two'
    blas:
      - b 1   # numpy's
      - b 2   # scipy's
    versions:
        python:   3.12.1
        numpy: 2.4.6
    data:
      shape:
      - 150
      - 4
    # the end
"""


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
@pytest.mark.parametrize("start", ["", "\ufeff"])
@pytest.mark.parametrize("end", ["\n", ""])
def test_what_a_person_wrote_stays_to_the_byte(newline: str, start: str, end: str) -> None:
    def as_file(template: str) -> str:
        text = template.format(old=ours(OLD).rstrip(), new=ours(NEW).rstrip())
        return start + (text.rstrip() + end).replace("\n", newline)

    assert update(as_file(WRITTEN), NEW) == as_file(REWRITTEN)


def test_an_untouched_file_becomes_what_would_be_written_anew() -> None:
    plain = Pinned(setting="serial", n_jobs=1, backend="sequential", inner_threads=1)
    assert update(fresh(OLD), plain).replace("{}", "") == fresh(plain).replace("{}", "")
    assert update(fresh(OLD), OLD) == fresh(OLD)


def test_a_file_without_evidence_gets_it_at_its_head() -> None:
    bare = fresh(OLD).removeprefix(ours(OLD))
    assert update(f"# mine\n{bare}", OLD) == f"{ours(OLD)}# mine\n{bare}"


def test_evidence_that_was_moved_is_still_replaced_and_never_doubled() -> None:
    first, rest = ours(OLD).split("\n", 1)
    body = fresh(OLD).removeprefix(ours(OLD))
    moved = body.replace("version: 1\n", f"{first}\n# mine\nversion: 1\n{rest}")
    text = update(moved, NEW)
    assert text.count("#:") == ours(NEW).count("#:")
    assert text.startswith(ours(NEW) + "# mine\nversion: 1\nsetting:")
    assert update(text, NEW) == text


def test_text_that_only_looks_like_evidence_stays() -> None:
    text = fresh(OLD).replace("cpu_model: A", 'cpu_model: "A\n#: B"')
    kept = Pinned(**{**vars(OLD), "fingerprint": {**FACTS, "cpu_model": "A #: B"}})
    assert update(text, kept) == text


PARAMS: dict[str, tuple[str, dict[str, Any], str]] = {
    "all gone from a block": (
        """\
params:  # mine
    a: 1  # gone
    # stays
    b: 2""",
        {},
        """\
params: {}  # mine
    # stays""",
    ),
    "all gone from braces": ("params: { a: 1, b: 2, }  # mine", {}, "params: {}  # mine"),
    "the first of braces": ("params: {a: 1, b:  '2'}", {"b": "2"}, "params: {b:  '2'}"),
    "the last of braces": ("params: { a: 1, b: 2 }", {"a": 1}, "params: { a: 1 }"),
    "the middle of braces": (
        "params: {a: 1, b: 2, c: 3}",
        {"a": 1, "c": 3},
        "params: {a: 1, c: 3}",
    ),
    "two in a row": ("params: {a: 1, b: 2, c: 3}", {"c": 3}, "params: {c: 3}"),
    "braces over lines": (
        """\
params: {
    a: 1,  # mine
    b: 2,
  }""",
        {"a": 1, "b": 3, "c": [None]},
        """\
params: {
    a: 1,  # mine
    b: 3, c: [null],
  }""",
    ),
    "new in empty braces": ("params: {}  # mine", {"a": 1}, "params: {a: 1}  # mine"),
    "new where nothing stood": ("params:  # mine", {"a": 1}, "params: {a: 1}  # mine"),
    "nothing where nothing stood": ("params: {}  # mine", {}, "params: {}  # mine"),
    "other names in a block": (
        """\
params:
    a: 1
    # stays""",
        {"b": 2},
        """\
params:
    b: 2
    # stays""",
    ),
    "a literal text": (
        """\
params:
    a: |
      x
      y
    # mine
    b: 1""",
        {"a": "z", "b": 1},
        """\
params:
    a: z
    # mine
    b: 1""",
    ),
    "a literal text that goes": (
        """\
params:
    a: |
      x
      # y
    # mine
    b: 1""",
        {"b": 1},
        """\
params:
    # mine
    b: 1""",
    ),
    "a list that shrinks": (
        """\
params:
    a:
    - 1
    # mine
    - 2
    - 3""",
        {"a": [1, 4]},
        """\
params:
    a:
    - 1
    # mine
    - 4""",
    ),
    "a list that grows": (
        """\
params:
    a:
      - 1  # mine""",
        {"a": [1, {"b": 2}]},
        """\
params:
    a:
      - 1  # mine
      - {b: 2}""",
    ),
    "a list in brackets": ("params: {a: [1, 2]}  # mine", {"a": [2]}, "params: {a: [2]}  # mine"),
    "a map in a list": (
        """\
params:
    a:
    - b: 1
      c: 2
    - 3""",
        {"a": [{"c": 2}, 3]},
        """\
params:
    a:
    - {c: 2}
    - 3""",
    ),
    "a list in a list": (
        """\
params:
    a:
    - - 1
      - 2
    - 3""",
        {"a": [[2, 2], 3]},
        """\
params:
    a:
    - - 2
      - 2
    - 3""",
    ),
    "a pair in brackets": ("params: {a: [b: 1]}", {"a": [{"c": 1}]}, "params: {a: [{c: 1}]}"),
    "a map that becomes a number": (
        """\
params:
    a:  # mine
      b: 1
    # stays""",
        {"a": 1},
        """\
params:
    a: 1  # mine
    # stays""",
    ),
    "other spellings of the same": (
        "params: {a: 0x10, b: .5, c: ~, d: True}",
        {"a": 16, "b": 0.5, "c": None, "d": True},
        "params: {a: 0x10, b: .5, c: ~, d: True}",
    ),
    "a number that becomes its text": ("params: {a: 1}", {"a": "1"}, "params: {a: '1'}"),
    "true that becomes one": ("params: {a: true}", {"a": 1}, "params: {a: 1}"),
    "empty items": (
        """\
params:
    a:
    -
    - 2""",
        {"a": [1, 2]},
        """\
params:
    a:
    - 1
    - 2""",
    ),
}


@pytest.mark.parametrize("kind", PARAMS)
def test_params_are_changed_in_their_own_style(kind: str) -> None:
    before, params, after = PARAMS[kind]
    pinned = Pinned(**{**vars(OLD), "params": params})
    text = fresh(OLD).replace("params: {}", before)
    new = update(text, pinned)
    assert new == fresh(OLD).replace("params: {}", after)
    assert load(new) == load(fresh(pinned))
    assert update(new, pinned) == new


@pytest.mark.parametrize(
    ("before", "params", "why"),
    [
        ("params: {\n    a: 1,  # mine\n    b: 2\n  }", {"a": 1}, "the comment on line 1"),
        ("params: {\n    a: 1,  # mine\n    b: 2\n  }", {"b": 2}, "would be lost"),
        ("params: {\n    a: 1  # mine\n  }", {}, "would be lost"),
        ("params:\n    a:\n    - - 1  # mine\n      - 2", {"a": [3]}, "would be lost"),
        ("params: {a: &x [1], b: *x}", {"a": [1], "b": [2]}, "b is an alias"),
    ],
)
def test_a_layout_that_would_lose_something_is_refused(
    before: str, params: dict[str, Any], why: str
) -> None:
    text = fresh(OLD).replace("params: {}", before)
    with pytest.raises(UpdateError, match=why):
        update(text, Pinned(**{**vars(OLD), "params": params}))


def test_a_file_in_json_is_changed_in_place_too() -> None:
    text = (
        '{"version": 1, "setting": {"n_jobs": 2, "backend": "loky", "inner_threads": 1},\n'
        ' "fingerprint": {}}\n'
    )
    new = update(text, NEW)
    assert load(new) == load(fresh(NEW))
    assert '"n_jobs": 4, "backend": "loky"' in new


names = st.sampled_from(["a", "b", "clf__C", "x__y"])
texts = st.text(alphabet="ab#:-'\" {}[],&*!|>%@`?~\n0é漢\t", max_size=6)
# A key over several lines is written with a question mark, which is refused.
keys = texts.filter(lambda text: "\n" not in text)
any_value = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=6,
)
some_setting = st.builds(
    Pinned,
    setting=st.just("x"),
    n_jobs=st.sampled_from([None, 1, 4]),
    backend=st.sampled_from(["loky", "threading"]),
    inner_threads=st.sampled_from([1, 2, "default", Caps(blas=1, openmp=2)]),
    params=st.dictionaries(names, any_value, max_size=3),
    resolved=st.dictionaries(names, st.just(4), max_size=3),
    evidence=st.sampled_from([("one",), ("one", "two"), ()]),
    fingerprint=st.dictionaries(names, any_value, max_size=3),
)


@settings(max_examples=40)
@given(some_setting, some_setting)
def test_any_emitted_file_becomes_any_other(old: Pinned, new: Pinned) -> None:
    text = update(fresh(old), new)
    assert load(text) == load(fresh(new))
    assert update(text, new) == text
    assert text.count("\n#:") == fresh(new).count("\n#:")


@settings(max_examples=40)
@given(some_setting, some_setting, st.data())
def test_no_line_that_is_a_comment_alone_is_ever_lost(
    old: Pinned, new: Pinned, data: st.DataObject
) -> None:
    lines = fresh(old).splitlines()
    for number in range(data.draw(st.integers(1, 4))):
        place = data.draw(st.integers(0, len(lines)))
        indent = " " * data.draw(st.integers(0, 5))
        lines.insert(place, f"{indent}# mine {number}")
    text = "\n".join(lines) + "\n"
    try:
        changed = update(text, new)
    except UpdateError:  # rather than lose it
        return
    mine = [line for line in lines if line.lstrip().startswith("# mine")]
    assert [line for line in changed.splitlines() if line.lstrip().startswith("# mine")] == mine
    assert load(changed) == load(fresh(new))
    assert update(changed, new) == changed
