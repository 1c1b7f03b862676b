"""What an emitted format is made of: the pinned setting, with what it rests on."""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from sklpar.errors import SklparError
from sklpar.host.fingerprint import fingerprint
from sklpar.render import sentence
from sklpar.render.plain import one_line, shorten, wrap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sklpar.model import InnerThreads, Recommendation, Report, SettingReport


class NoRecommendationError(SklparError):
    """There is a run but no setting to emit: inconclusive."""

    exit_code = 4


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


class Format(Protocol):
    """One emitted format."""

    def __call__(self, pinned: Pinned) -> str:
        """Return the whole file: ASCII, ending in a newline."""
        ...


def pinned_from_report(report: Report) -> Pinned:
    """Return the recommended setting of a report.

    Raises
    ------
    NoRecommendationError
        If the run recommends nothing.
    """
    recommendation = report.recommendation
    row = report.row(recommendation.setting) if recommendation else None
    if recommendation is None or row is None:
        why = report.recommendation_unavailable or "the run holds no recommended setting"
        message = f"run {report.run_id} recommends nothing: {shorten(why)}"
        raise NoRecommendationError(
            message, remedy="See it with `sklpar show`; tune again with more --rounds."
        )
    return Pinned(
        setting=row.id,
        n_jobs=row.n_jobs,
        backend=row.backend,
        inner_threads=row.inner_threads,
        params=row.params,
        resolved={path: value for path, value in row.resolved.items() if path not in row.params},
        evidence=tuple(
            line
            for text in _evidence(report, recommendation, row)
            for line in wrap(one_line(text, unicode=False), 96)
        ),
        fingerprint=fingerprint(report.host, _digest(report.spec)),
    )


def comment(pinned: Pinned) -> list[str]:
    """Return the lines that open every format, each a ``#`` comment."""
    return [f"# {line}" for line in pinned.evidence]


def _digest(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a spec's values, whatever its layout and order of keys."""
    return hashlib.sha256(json.dumps(document, sort_keys=True).encode()).hexdigest()


def _evidence(report: Report, recommendation: Recommendation, row: SettingReport) -> list[str]:
    host = report.host
    lines = [f"{row.id}, recommended by sklpar {report.sklpar_version}: {sentence.answer(report)}"]
    if recommendation.provisional:
        lines.append("Provisional: fewer than three trials, so the gain has no interval.")
    versions = ", ".join(f"{name} {version}" for name, version in host.versions.items())
    name = f" ({shorten(report.name)})" if report.name else ""
    return [
        *lines,
        f"Machine: {host.cpu_model}; usable CPUs: {host.usable_cpus} by {host.usable_cpus_source}",
        f"Versions: {versions}",
        f"Measured: {report.finished_at or report.started_at}, run {report.run_id}{name}",
    ]
