"""A rule looks at a case and returns findings, each with the numbers that prove it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

from sklpar.analysis.case import Case
from sklpar.model import Finding


class Rule(Protocol):
    """One diagnosis: a module-level function with a stable rule id."""

    def __call__(self, case: Case) -> Mapping[str, Sequence[Finding]]:
        """Return findings by setting id."""
