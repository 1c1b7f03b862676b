"""What has changed since the setting was found."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from types import ModuleType
from typing import Any

import pytest

from sklpar.effect.changes import Changes

NUMPYS, SCIPYS, MKL = "openblas 0.3.31 pthreads", "openblas 0.3.30 pthreads", "mkl 2025.1 gnu"


def told(
    fingerprint: dict[str, Any], loaded: Sequence[str], patch: pytest.MonkeyPatch
) -> list[str]:
    names = ("internal_api", "version", "threading_layer")
    pools = [
        {"user_api": "openmp", "internal_api": "openmp", "version": None},
        *({"user_api": "blas", **dict(zip(names, one.split(), strict=True))} for one in loaded),
    ]
    threadpoolctl = ModuleType("threadpoolctl")
    vars(threadpoolctl)["threadpool_info"] = lambda: pools
    patch.setitem(sys.modules, "threadpoolctl", threadpoolctl)
    said: list[str] = []
    changes = Changes(fingerprint, said.append)
    changes.versions()
    changes.versions()
    changes.blas()
    return said


@pytest.mark.parametrize(
    ("then", "now"),
    [
        ([], [MKL]),
        ([NUMPYS], []),
        ([NUMPYS], [NUMPYS]),
        ([NUMPYS, SCIPYS], [NUMPYS]),
        ([NUMPYS], [NUMPYS, SCIPYS]),
    ],
)
def test_fewer_and_more_blas_libraries_are_no_change(
    then: list[str], now: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    assert told({"blas": then}, now, monkeypatch) == []


def test_another_blas_in_the_place_of_one_is_told_once(monkeypatch: pytest.MonkeyPatch) -> None:
    (line,) = told({"blas": [NUMPYS, SCIPYS]}, [NUMPYS, MKL], monkeypatch)
    assert line.endswith(f"BLAS went from {SCIPYS} to {MKL}")


def test_another_python_is_told(monkeypatch: pytest.MonkeyPatch) -> None:
    (line,) = told({"versions": {"python": "2.7.18", "nosuch": "1"}}, [], monkeypatch)
    assert "python went from 2.7.18 to 3." in line
