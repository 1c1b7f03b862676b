"""What an emitted format is made of: the pinned setting, with what it rests on."""

from __future__ import annotations

import hashlib
import json
from typing import TYPE_CHECKING, Any, Protocol

from sklpar.errors import SklparError
from sklpar.host.fingerprint import fingerprint
from sklpar.model import Caps, Pinned
from sklpar.render import sentence
from sklpar.render.plain import one_line, shorten, wrap

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sklpar.model import InnerThreads, Recommendation, Report, SettingReport

__all__ = ["Format", "NoRecommendationError", "Pinned", "comment", "pinned_from_report", "remark"]

_WIDTH = 96


class NoRecommendationError(SklparError):
    """There is a run but no setting to emit: inconclusive."""

    exit_code = 4


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
            line for text in _evidence(report, recommendation, row) for line in _lines(text)
        ),
        fingerprint=fingerprint_of(report),
    )


def comment(pinned: Pinned, mark: str = "#") -> list[str]:
    """Return the evidence as lines that each begin with `mark`, which opens a comment."""
    return [f"{mark} {line}" for line in pinned.evidence]


def remark(text: str, mark: str = "#") -> list[str]:
    """Return a sentence or more as such lines; `text` may hold names that others gave."""
    return [f"{mark} {line}" for line in _lines(text)]


def _lines(text: str) -> list[str]:
    return wrap(one_line(text, unicode=False), _WIDTH)


def fingerprint_of(report: Report) -> dict[str, Any]:
    """Return the facts by which a report's machine, job and data are told apart."""
    return fingerprint(report.host, _digest(report.spec), report.data)


def _digest(document: Mapping[str, Any]) -> str:
    """Return the SHA-256 of a spec's job, whatever its layout and however it is measured."""
    job = {key: document[key] for key in ("estimator", "data", "callable") if key in document}
    return hashlib.sha256(json.dumps(job, sort_keys=True, default=str).encode()).hexdigest()


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
        *_lightgbm(host.versions, row.inner_threads),
    ]


def _lightgbm(versions: Mapping[str, str], inner: InnerThreads | None) -> list[str]:
    """Say what the caps do not reach, where the job has it: it asks for all cores by number."""
    if "lightgbm" not in versions or inner is None or inner == "default":
        return []
    cap = inner.openmp if isinstance(inner, Caps) else inner
    text = f"give it n_jobs={cap} yourself (or set OMP_THREAD_LIMIT={cap})"
    return [f"LightGBM ignores these caps: {text}, unless the n_jobs of this setting is its own."]
