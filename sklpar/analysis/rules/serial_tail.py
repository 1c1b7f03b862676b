"""A long stretch of the fit that n_jobs does not reach, such as a refit."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sklpar.analysis.case import Case
from sklpar.analysis.evidence import Evidence, Work
from sklpar.analysis.factors import asked_jobs, n_jobs_knob
from sklpar.analysis.thresholds import SERIAL_S, SERIAL_SHARE, SERIAL_SHARE_HARM
from sklpar.model import Finding, SettingReport

RULE = "serial_tail"


def serial_tail(case: Case) -> Mapping[str, Sequence[Finding]]:
    """Tell of settings with workers that spend much of the fit outside their calls."""
    found_of = {row.id: _serial_of(case, row, found) for row, found in case.seen()}
    return {setting: [found] for setting, found in found_of.items() if found}


def _serial_of(case: Case, row: SettingReport, found: Evidence) -> Finding | None:
    work = found.typical
    if not work.outer or not found.finished or asked_jobs(case, row) == 1:
        return None
    serial_s = _alone_s(work)
    if serial_s < SERIAL_S or serial_s < SERIAL_SHARE * work.wall_s:
        return None
    share = serial_s / work.wall_s
    return Finding(
        rule=RULE,
        severity="warning" if share >= SERIAL_SHARE_HARM else "info",
        evidence={
            "fit": found.kind,
            "serial_s": serial_s,
            "serial_share": share,
            "wall_s": work.wall_s,
            "workers": max(call.n_jobs for call in work.outer),
            "amdahl_bound": work.wall_s / serial_s,
        },
        advice=_advice(case, share),
    )


def _alone_s(work: Work) -> float:
    """Return the seconds outside the parallel calls in which one thread at most was at work."""
    outside_s = max(0.0, work.wall_s - sum(call.wall_s for call in work.outer))
    return min(outside_s, sum(work.widths_s[:2])) if work.widths_s else outside_s


def _advice(case: Case, share: float) -> str:
    knob, label = n_jobs_knob(case), case.run.inspection.label
    if "SearchCV" in label.partition("(")[0]:
        return (
            f"the refit and what else stands outside the search's tasks take {share:.0%} of the "
            f"fit on one thread, and no {knob} shortens it: set refit: false where the fitted "
            "model is not needed, or let the inner estimator use the CPUs (its own n_jobs or "
            "native threads, with a smaller outer one)"
        )
    return (
        f"{share:.0%} of the fit stands outside the parallel calls, on one thread, and no {knob} "
        "shortens it"
    )
