"""What stands under the answer and the table: reasons, findings, what is missing, cost, origin."""

from __future__ import annotations

import shlex
from typing import TYPE_CHECKING

from sklpar.model import Unavailable
from sklpar.render import ladder, numbers, others, rows, scaling, sentence
from sklpar.render.plain import shorten

if TYPE_CHECKING:
    from collections.abc import Iterable

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

# Medians that divide to within this of the stated gain raise no question.
_STEADY = 0.1


def reference(report: Report, folder: str | None) -> str:
    """Return how a command names the run: its id where runs are kept, else its folder."""
    kept = f".sklpar/runs/{report.run_id}"
    return shlex.quote(report.run_id if folder in (None, kept) else str(folder))


def after_the_answer(report: Report, run: str) -> list[str]:
    """Return why this setting, what the answer lacks, and how to use it."""
    lines = []
    recommendation = report.recommendation
    if report.status == "interrupted":
        lines.append(f"The run was interrupted; go on with: sklpar tune --resume {run}")
    elif report.status == "partial":
        lines.append(
            "The run ended before it was done, and its figures rest on the trials so far; go on "
            f"with: sklpar tune --resume {run}"
        )
    if recommendation is None:
        return lines
    if recommendation.provisional:
        lines.append(
            "This is provisional: with fewer than three trials there is no interval; "
            "measure more, with --rounds 5 or a larger --budget."
        )
    if recommendation.reasons:
        keep = "keep what you have: "  # the answer itself says so
        whys = (shorten(reason.removeprefix(keep)) for reason in recommendation.reasons)
        lines.append(f"Why: {'; '.join(whys)}.")
    lines += _unsteady(report, recommendation)
    lines += _break_even(report, recommendation)
    lines += others.not_taken(report, recommendation)
    if recommendation.setting != "as-written":
        lines.append(f"Use it: sklpar emit python {run}")
    return lines


def _unsteady(report: Report, recommendation: Recommendation) -> list[str]:
    """Return why the times of the answer do not divide to its gain, where they are far from it."""
    name, _ = sentence.minimized(report)
    gain = recommendation.speedup.median
    own = sentence.value(report.row(recommendation.setting), name)
    before = sentence.value(report.row("as-written"), name)
    if not gain or not own or not before or abs(before / own / gain - 1) <= _STEADY:
        return []
    plain = numbers.ratio(before / own)
    why = "the times changed from round to round"
    return [f"The medians in the table divide to {plain}, not {numbers.ratio(gain)}: {why}."]


def _break_even(report: Report, recommendation: Recommendation) -> list[str]:
    """Return from how many fits in one process on another setting is ahead."""
    found = recommendation.break_even
    if found is None:
        return []
    again, on = "In one process that fits again and again", f"{found.fits} fits of this size on"
    if sentence.minimized(report)[0] == "fit_s":
        rival = found.setting
        return [f"{again}, {recommendation.setting} is ahead from {on}; before, {rival} is."]
    return [f"{again}, {found.setting} is ahead from {on}."]


def facts(report: Report) -> list[str]:
    """Return a line for every finding, reason and absence, the worst first."""
    return [
        *_findings(report),
        *ladder.lines(report),
        *scaling.lines(report),
        *others.reasons(report),
        *_absences(report),
        *others.skipped(report),
        *_noise(report),
        *_manual(report),
    ]


def _manual(report: Report) -> list[str]:
    """Return where a finding is explained; the command is given for the first of them."""
    found = [*(one for row in report.settings for one in row.findings), *report.noise.findings]
    return [f"What a finding means: sklpar explain --finding {found[0].rule}"] if found else []


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
        several = shown if len(found) > 1 else ""
        line = f"{rule} ({others.listed(list(found))}): {_proof(found[shown], of=several)}"
        lines.append((_SEVERITIES.index(found[shown].severity), line))
    return [line for _, line in sorted(lines, key=lambda pair: pair[0])]


def _proof(finding: Finding, *, of: str = "") -> str:
    shown = numbers.evidence(finding.evidence)
    advice = finding.advice.rstrip(".")
    if not shown:
        return shorten(f"{advice}.")
    return shorten(f"{advice}. Seen in {of}: {shown}." if of else f"{advice} ({shown}).")


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


def _noise(report: Report) -> list[str]:
    lines = [f"{finding.rule}: {_proof(finding)}" for finding in report.noise.findings]
    told = any(finding.rule == "noise_level" for finding in report.noise.findings)
    if report.noise.level is not None and not told:
        percent = numbers.three_digits(report.noise.level * 100)
        lines.append(f"Noise: a setting varies by {percent}% (median) from round to round.")
    return lines


def _gain(report: Report) -> str:
    """Return what the gain is, and which trials it is of."""
    recommendation = report.recommendation
    against = "Gain is against as-written, the job with nothing changed"
    serial = "Serial is one job, one thread."
    if recommendation is None or recommendation.setting == "as-written":
        return f"{against}: its median divided by the setting's. {serial}"
    plural = "" if recommendation.confirmed == 1 else "s"
    rounds = f"{recommendation.confirmed} round{plural}" if recommendation.confirmed else "rounds"
    after = " run after the choice" if recommendation.confirmed else ""
    return (
        f"{against}. The recommended one's is the median of ratios within {rounds}{after}; "
        f"the others' divide the medians. {serial}"
    )


def origin(report: Report, run: str, folder: str | None) -> list[str]:
    """Return what the run cost, where it ran, and how to come back to it."""
    cost, host = report.cost, report.host
    plural = "" if cost.trials == 1 else "s"
    spent = f"Cost: {cost.trials} trial{plural} in {numbers.seconds(cost.wall_s)}"
    if cost.exhaustive_estimate_s is not None:
        estimate = numbers.seconds(cost.exhaustive_estimate_s)
        # A fit that was stopped counts with what it had run.
        stopped = any(row.status == "stopped_early" for row in report.settings)
        about = f"{estimate} or more" if stopped else f"about {estimate}"
        spent += f"; every setting in every round would have taken {about}"
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
        _gain(report),
        f"CPU is user + system time of the {fit}, memory the peak, both of the whole process tree.",
        f"{spent}.",
        f"Host: {'; '.join(part for part in host_parts if part)}.",
        f"Run: {name}{folder or report.run_id}",
        f"Show it again: sklpar show {run}",
    ]


def _named(versions: Iterable[str]) -> list[str]:
    return [name for name in ("scikit-learn", "joblib", "numpy") if name in set(versions)]
