"""The example of `sklpar.tune` as it stands in its documentation, inside pytest's own process.

Those that need no process are run beside the tests of what they show.
"""

from __future__ import annotations

import doctest
from pathlib import Path

import pytest

from sklpar.api import tuning
from tests.e2e.command import ROOT

pytestmark = pytest.mark.e2e


def test_the_example_of_tune_does_what_it_says(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("PYTHONPATH", str(ROOT))
    failed, tried = doctest.testmod(tuning)
    assert failed == 0, capfd.readouterr().out
    assert tried > 5
