"""What is said before the program starts."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from sklpar.effect.program import Program
from sklpar.effect.words import in_words, notices
from sklpar.model import Caps, InnerThreads, Setting
from tests.unit.builders import AS_WRITTEN, SERIAL, make_setting
from tests.unit.reports import HOSTILE

PYTHON = Program(name="python", path="/usr/bin/python", is_python=True)
HERE = {"cpu_model": "Z80", "usable_cpus": 2}


def said(setting: Setting, program: Program = PYTHON, **fingerprint: Any) -> list[str]:
    return notices(
        setting, source="tuned.yaml", program=program, fingerprint=fingerprint, here=HERE
    )


@pytest.mark.parametrize(
    ("inner", "threads"),
    [
        (1, "1 thread per worker"),
        (2, "2 threads per worker"),
        (Caps(blas=1, openmp=2), "threads per worker: 1 in BLAS, 2 in OpenMP"),
        ("default", "threads per worker as the libraries choose"),
    ],
)
def test_the_setting_is_put_in_words(inner: InnerThreads, threads: str) -> None:
    assert in_words(make_setting("loky", 2, inner)) == f"loky, n_jobs=2, {threads}"


def test_a_setting_without_n_jobs_has_none_in_words() -> None:
    assert in_words(make_setting("sequential", None, 1)) == "sequential, 1 thread per worker"


def test_a_python_program_gets_two_lines() -> None:
    first, second = said(make_setting("threading"), cpu_model="Z80", usable_cpus=2)
    assert first == "threading, n_jobs=2, 1 thread per worker (tuned.yaml)"
    assert second.startswith("Out of reach: a backend or n_jobs given in the code, fits in other")


def test_as_written_sets_nothing_and_says_so() -> None:
    assert said(AS_WRITTEN) == [
        "as-written (tuned.yaml): nothing to set, the program runs as it is"
    ]


def test_serial_is_a_setting_like_others() -> None:
    assert said(SERIAL)[0] == "sequential, n_jobs=1, 1 thread per worker (tuned.yaml)"


def test_another_program_carries_the_caps_alone() -> None:
    lines = said(make_setting(), Program(name="make", path="/usr/bin/make", is_python=False))
    assert lines[1].startswith("make is no Python program: its environment carries the thread caps")
    assert not any("Out of reach" in line for line in lines)


def test_an_option_that_keeps_the_hook_out_is_named() -> None:
    lines = said(make_setting(), replace(PYTHON, keeps_hook_out="-I"))
    assert "-I keeps the start-up hook out: only the thread caps hold" in lines[1]


def test_params_are_named_since_only_the_code_can_set_them() -> None:
    line = said(make_setting(clf__C=0.5, clf__n_jobs=1))[2]
    assert line.endswith("only the code can set: clf__C=0.5, clf__n_jobs=1")


def test_another_machine_is_told() -> None:
    lines = said(make_setting(), cpu_model="6502", usable_cpus=64)
    assert "found on another CPU: 6502, and here: Z80" in lines[2]
    assert "other usable CPUs: 64, and here: 2" in lines[3]


def test_a_backend_that_cannot_run_here_is_told() -> None:
    lines = notices(
        make_setting(),
        source="f",
        program=PYTHON,
        fingerprint={},
        here=HERE,
        unavailable="no processes",
    )
    assert lines[1] == "no processes"


def test_foreign_text_stays_on_its_line() -> None:
    program = Program(name=HOSTILE, path="/x", is_python=False)
    setting = replace(make_setting(), params={"a": HOSTILE})
    for line in notices(
        setting,
        source=HOSTILE,
        program=program,
        fingerprint={"cpu_model": HOSTILE, "usable_cpus": HOSTILE},
        here=HERE,
    ):
        assert line.isprintable()
        assert len(line) < 500
