"""A setting on its own, apart from the run that found it: to be emitted, and as it was read."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from sklpar.model.plan import Setting
from sklpar.model.spec import InnerThreads


@dataclass(frozen=True, kw_only=True)
class Pinned:
    """A recommended setting on its own, as it is handed to other programs.

    Attributes
    ----------
    setting : str
        Its id; ``as-written`` means that there is nothing to set.
    n_jobs, backend, inner_threads, params
        The setting, all None or empty for as-written.
    resolved : mapping
        Paths of the estimator's parameters that carry n_jobs, each with its value. Empty where
        none does: a callable's n_jobs goes into ``parallel_config``.
    evidence : tuple of str
        What it rests on (gain, machine, versions, date, run): single ASCII lines for a comment.
    fingerprint : mapping
        The facts by which another machine or spec is told apart.
    """

    setting: str
    n_jobs: int | None = None
    backend: str | None = None
    inner_threads: InnerThreads | None = None
    params: Mapping[str, Any] = field(default_factory=dict)
    resolved: Mapping[str, Any] = field(default_factory=dict)
    evidence: tuple[str, ...] = ()
    fingerprint: Mapping[str, Any] = field(default_factory=dict)

    @property
    def nothing_to_set(self) -> bool:
        """True where the job is best left as it was written."""
        return self.setting == "as-written"

    @property
    def config_n_jobs(self) -> int | None:
        """n_jobs for ``parallel_config``: only where no parameter carries it.

        For an estimator it would leak into every nested call whose own n_jobs is None.
        """
        return None if self.resolved else self.n_jobs


@dataclass(frozen=True, kw_only=True)
class PinnedFile:
    """A setting that was read from an emitted YAML file.

    Attributes
    ----------
    setting : Setting
        As a plan would hold it, objects among its params as nodes; n_jobs is a number.
    resolved : mapping
        Paths of the estimator's parameters that carry n_jobs, each to ``n_jobs``.
    fingerprint : mapping
        Of the machine and the spec it was found with, plain JSON values; empty in a file that was
        written by hand.
    file, text : str
        The file as it was named and as it was read.
    positions : mapping
        Key paths to 1-based (line, column).
    """

    setting: Setting
    resolved: Mapping[str, str]
    fingerprint: Mapping[str, Any]
    file: str
    text: str
    positions: Mapping[tuple[str | int, ...], tuple[int, int]]
