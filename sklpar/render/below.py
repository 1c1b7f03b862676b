"""What stands under the answer and the table: reasons, findings, what is missing, cost, origin."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.model import Unavailable
from sklpar.render import numbers, rows, sentence
from sklpar.render.plain import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from sklpar.model import Finding, Recommendation, Report, SettingReport

# The figures of the table, as their headings name them.
_FIGURES = {
    "first_fit_s": "first fit",
    "fit_s": "warm fit",
    "first_fit_cpu_s": "CPU",
    "cpu_s": "CPU",
    "peak_memory_bytes": "memory",
}
_SEVERITIES = ("error", "warning", "info")

_LISTED = 4


def after_the_answer(report: Report, run: str) -> list[str]:
    """Return why this setting, what the answer lacks, and how to use it."""
    lines = []
    recommendation = report.recommendation
    if report.status == "interrupted":
        lines.append(f"The run was interrupted; go on with: sklpar tune --resume {run}")
    elif report.status == "partial":
        lines.append(
            "The run ended before every round was measured; its figures rest on the trials so far."
        )
    if recommendation is None:
        return lines
    if recommendation.provisional:
        lines.append(
            "This is provisional: with fewer than three trials there is no interval; "
            "measure more, with --rounds 5 or a larger --budget."
        )
    if recommendation.reasons:
        lines.append(f"Why: {'; '.join(shorten(reason) for reason in recommendation.reasons)}.")
    lines += _better_but_rejected(report, recommendation)
    if recommendation.setting != "as-written":
        lines.append(f"Use it: sklpar emit python {run}")
    return lines


def _better_but_rejected(report: Report, recommendation: Recommendation) -> list[str]:
    """Return why a setting above the recommended one in the table was not taken."""
    name, _ = sentence.minimized(report)
    taken = sentence.value(report.row(recommendation.setting), name)
    lines = []
    for rejected in recommendation.rejected:
        figure = sentence.value(report.row(rejected.setting), name)
        if taken is not None and figure is not None and figure < taken:
            lines.append(f"Not {rejected.setting}: {shorten(rejected.why)}")
    return lines


def facts(report: Report) -> list[str]:
    """Return a line for every finding, reason and absence, the worst first."""
    return [
        *_findings(report),
        *_reasons(report),
        *_absences(report),
        *_skipped(report),
        *_noise(report),
    ]


def _findings(report: Report) -> list[str]:
    """Return a line for each piece of advice, with the numbers of one of those it is given to.

    Of as-written where it is among them: that is what the user runs today.
    """
    alike: dict[tuple[str, str], dict[str, Finding]] = {}
    for row in report.settings:
        for finding in row.findings:
            alike.setdefault((finding.rule, finding.advice), {})[row.id] = finding
    lines = []
    for (rule, _), found in alike.items():
        shown = "as-written" if "as-written" in found else next(iter(found))
        several = f"{shown}: " if len(found) > 1 else ""
        line = f"{rule}, {_list(list(found))}: {_proof(found[shown], of=several)}"
        lines.append((_SEVERITIES.index(found[shown].severity), line))
    return [line for _, line in sorted(lines, key=lambda pair: pair[0])]


def _proof(finding: Finding, *, of: str = "") -> str:
    shown = ", ".join(numbers.evidence(name, value) for name, value in finding.evidence.items())
    advice = finding.advice.rstrip(".")
    return shorten(f"{advice} ({of}{shown})." if shown else f"{advice}.")


def _reasons(report: Report) -> list[str]:
    grouped: dict[tuple[str, str], list[str]] = {}
    for row in rows.measured(report):
        if row.status != "ok" and row.reason:
            grouped.setdefault((rows.STATUS_WORDS[row.status], row.reason), []).append(row.id)
    lines = [f"{word}, {_list(ids)}: {shorten(why)}" for (word, why), ids in grouped.items()]
    if any(row.status == "failed" for row in report.settings):
        lines.append("The tracebacks are in the run's folder: trials/*/log.txt.")
    return lines


def _absences(report: Report) -> list[str]:
    """Return each reason for a ``-`` once; a failed row's own reason already says it."""
    grouped: dict[str, list[str]] = {}
    shown = {rows.cpu_field(report), "first_fit_s", "fit_s", "peak_memory_bytes"}
    for row in rows.measured(report):
        for name, value in row.measures.items():
            if name in shown and isinstance(value, Unavailable) and not _explained(row):
                figures = grouped.setdefault(value.unavailable, [])
                if _FIGURES[name] not in figures:
                    figures.append(_FIGURES[name])
    return [f"No {' or '.join(figures)}: {shorten(why)}" for why, figures in grouped.items()]


def _explained(row: SettingReport) -> bool:
    return row.status != "ok" and bool(row.reason)


def _skipped(report: Report) -> list[str]:
    grouped: dict[str, list[str]] = {}
    for row in report.settings:
        if row.status == "skipped":
            grouped.setdefault(row.reason or "no reason is recorded", []).append(row.id)
    return [f"skipped {len(ids)} ({_list(ids)}): {shorten(why)}" for why, ids in grouped.items()]


def _noise(report: Report) -> list[str]:
    lines = [f"{finding.rule}: {_proof(finding)}" for finding in report.noise.findings]
    if report.noise.level is not None:
        percent = numbers.three_digits(report.noise.level * 100)
        lines.append(f"Noise: a setting varies by {percent}% (median) from round to round.")
    return lines


_GAIN = (
    "Gain is against as-written, the job with nothing changed; that of the recommended setting "
    "is the median of the ratios within rounds. Serial is one job, one thread."
)


def origin(report: Report, run: str, folder: str | None) -> list[str]:
    """Return what the run cost, where it ran, and how to come back to it."""
    cost, host = report.cost, report.host
    plural = "" if cost.trials == 1 else "s"
    spent = f"Cost: {cost.trials} trial{plural} in {numbers.seconds(cost.wall_s)}"
    if cost.exhaustive_estimate_s is not None:
        spent += f"; every setting in every round: {numbers.seconds(cost.exhaustive_estimate_s)}"
    fit = "first fit" if rows.cpu_field(report) == "first_fit_cpu_s" else "warm fits"
    versions = [f"{name} {host.versions[name]}" for name in _named(host.versions)]
    cpus = f"{host.usable_cpus} usable CPU{'' if host.usable_cpus == 1 else 's'}"
    host_parts = (
        host.cpu_model,
        f"{cpus} by {host.usable_cpus_source}",
        ", ".join(versions),
    )
    name = f"{shorten(report.name)}, " if report.name else ""
    return [
        _GAIN,
        f"CPU is user + system time of the {fit}, memory the peak, both of the whole process tree.",
        f"{spent}.",
        f"Host: {'; '.join(part for part in host_parts if part)}.",
        f"Run: {name}{folder or report.run_id}",
        f"Show it again: sklpar show {run}",
    ]


def _named(versions: Iterable[str]) -> list[str]:
    return [name for name in ("scikit-learn", "joblib", "numpy") if name in set(versions)]


def _list(ids: Sequence[str]) -> str:
    more = f" and {len(ids) - _LISTED} more" if len(ids) > _LISTED else ""
    return ", ".join(ids[:_LISTED]) + more
