"""A noise rule looks at a case and returns findings on the run, with their numbers."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Protocol

from sklpar.analysis.answers import AnswerCheck
from sklpar.analysis.case import Case
from sklpar.model import Finding


class NoiseRule(Protocol):
    """One diagnosis of the run: a module-level function with a stable rule id."""

    def __call__(self, case: Case, check: AnswerCheck) -> Sequence[Finding]:
        """Return the findings, mostly none or one."""
