"""What stands under the answer and the table: reasons, findings, what is missing, cost, origin."""

from __future__ import annotations

import statistics
from typing import TYPE_CHECKING

from sklpar.model import Unavailable
from sklpar.render import ladder, numbers, others, remarks, rows, scaling, sentence
from sklpar.render.plain import shorten
from sklpar.render.shell import word

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

# Medians that divide to within this of the stated gain raise no question.
_STEADY = 0.1


def reference(report: Report, folder: str | None, *, unicode: bool = True) -> str:
    """Return how a command names the run, for a shell: its id where runs are kept, else its folder.

    Parameters
    ----------
    unicode : bool
        Whether printable characters beyond ASCII may stay.
    """
    kept = f".sklpar/runs/{report.run_id}"
    return word(report.run_id if folder in (None, kept) else str(folder), unicode=unicode)


def caveats(report: Report) -> list[str]:
    """Return why the answer may change: too little was measured, or on a machine not at rest."""
    lines = []
    if report.status == "interrupted":
        lines.append("The run was interrupted: its figures rest on the trials so far.")
    elif report.status == "partial":
        lines.append("The run ended before it was done: its figures rest on the trials so far.")
    if report.recommendation is not None and report.recommendation.provisional:
        lines.append(
            "This is provisional: with fewer than three rounds there is no interval. Measure more "
            "rounds, or allow a larger budget."
        )
    lines += _unsteady(report)
    return [*lines, *(_noise_line(finding) for finding in _disturbances(report))]


def _disturbances(report: Report) -> list[Finding]:
    return [finding for finding in report.noise.findings if finding.severity != "info"]


def _noise_line(finding: Finding) -> str:
    return f"{finding.rule}: {_advice(finding)}"


def whys(report: Report) -> list[str]:
    """Return why it is this setting, when another is ahead, and which may be as good."""
    recommendation = report.recommendation
    if recommendation is None:
        return []
    lines = []
    # Alone, that it has the least of what the run minimizes is what the table shows.
    first = next((row.setting.id for row in rows.ordered(report)), None)
    is_shown = first == recommendation.setting != "as-written"
    if len(recommendation.reasons) > 1 or not is_shown:
        keep = "keep what you have: "  # the answer itself says so
        reasons = (shorten(reason.removeprefix(keep)) for reason in recommendation.reasons)
        lines.append(f"Why: {'; '.join(reasons)}.")
    return [
        *lines,
        *_break_even(report, recommendation),
        *others.not_taken(report, recommendation),
    ]


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
    return [*findings(report), *details(report)]


def findings(report: Report) -> list[str]:
    """Return a sentence for each finding, why the job as written is slow before all."""
    return remarks.lines(report)


def details(report: Report) -> list[str]:
    """Return what there is to say beside the findings on settings."""
    return [
        *ladder.lines(report),
        *scaling.lines(report),
        *others.reasons(report),
        *absences(report),
        *others.skipped(report),
        *noise(report),
    ]


def absences(report: Report) -> list[str]:
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


def _advice(finding: Finding) -> str:
    shown = numbers.evidence(finding.evidence)
    return f"{shorten(finding.advice.rstrip('.'))}{f' ({shown})' if shown else ''}."


def noise(report: Report) -> list[str]:
    """Return what is known of the machine's noise, beside what is a caveat of the answer."""
    lines = [_noise_line(one) for one in report.noise.findings if one.severity == "info"]
    told = any(finding.rule == "noise_level" for finding in report.noise.findings)
    if report.noise.level is not None and not told:
        percent = numbers.three_digits(report.noise.level * 100)
        lines.append(f"Noise: a setting varies by {percent}% (median) from round to round.")
    return lines


def _gain(report: Report) -> str:
    """Return what the gain is, and which trials it is of."""
    recommendation = report.recommendation
    divided = "Gain: the median of as-written, the job with nothing changed, over the setting's"
    serial = "Serial is one job, one thread."
    if recommendation is None or recommendation.setting == "as-written":
        return f"{divided}. {serial}"
    plural = "" if recommendation.confirmed == 1 else "s"
    rounds = f"{recommendation.confirmed} round{plural}" if recommendation.confirmed else "rounds"
    after = " run after the choice" if recommendation.confirmed else ""
    ratios = f"the recommended one's is the median of ratios within {rounds}{after}"
    return f"{divided}; {ratios}. {serial}"


def _unsteady(report: Report) -> list[str]:
    """Return why the times of the answer do not divide to its gain, where they are far from it."""
    recommendation, (name, _) = report.recommendation, sentence.minimized(report)
    if recommendation is None:
        return []
    if recommendation.setting == "as-written":
        return _another_pace(report, name)
    gain = recommendation.speedup.median
    own = sentence.value(report.row(recommendation.setting), name)
    before = sentence.value(report.row("as-written"), name)
    if not gain or not own or not before or abs(before / own / gain - 1) <= _STEADY:
        return []
    confirmed = recommendation.confirmed
    rounds = f"{confirmed} round{'' if confirmed == 1 else 's'}"
    of = f"in {rounds} run after the choice" if confirmed else "within rounds"
    told = "The times changed from round to round: the two above are medians and divide to"
    plain = numbers.ratio(before / own)
    return [f"{told} {plain}, {numbers.ratio(gain)} is the median of the ratios {of}."]


def _another_pace(report: Report, name: str) -> list[str]:
    """Return that as-written, which is kept, took another time when it was run again."""
    written = report.row("as-written")
    again = list(written.confirming.get(name, {}).values()) if written else []
    before = sentence.value(written, name)
    if not again or not before:
        return []
    after = statistics.median(again)
    if not after or abs(before / after - 1) <= _STEADY:
        return []
    rounds = f"{len(again)} round{'' if len(again) == 1 else 's'}"
    then, now = sentence.show(name, before), sentence.show(name, after)
    told = (
        f"as-written took {then} in the race, as the table has it, and {now} in {rounds} after it"
    )
    return [f"The times changed from round to round: {told}. Trust the latter."]


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
    legends = [
        _gain(report),
        f"CPU is user + system time of the {fit}, memory the peak, both of the whole process tree.",
    ]
    return [
        *(legends if rows.has_figures(report) else []),
        f"{spent}.",
        f"Host: {'; '.join(part for part in host_parts if part)}.",
        f"Run: {name}{folder or report.run_id}",
        f"Show it again: sklpar show {run}",
    ]


def _named(versions: Iterable[str]) -> list[str]:
    return [name for name in ("scikit-learn", "joblib", "numpy") if name in set(versions)]
