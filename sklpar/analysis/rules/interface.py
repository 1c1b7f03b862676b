"""A rule looks at a run and its rows and returns findings, each with the numbers that prove it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from sklpar.model import Finding, Run, SettingReport


class Rule(Protocol):
    """One diagnosis: a module-level function with a stable rule id."""

    def __call__(self, run: Run, rows: Sequence[SettingReport]) -> Mapping[str, Sequence[Finding]]:
        """Return findings by setting id."""
