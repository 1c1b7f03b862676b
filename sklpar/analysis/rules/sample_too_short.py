"""A sample of the data so short that starting up decides, not fitting."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from sklpar.analysis.case import Case
from sklpar.analysis.evidence import Evidence
from sklpar.analysis.factors import uses_processes
from sklpar.analysis.rules.cached_repeats import cached_repeats
from sklpar.analysis.thresholds import SHORT_ANYHOW, SHORT_FIT_S
from sklpar.model import Finding, SettingReport

RULE = "sample_too_short"


def sample_too_short(case: Case) -> Mapping[str, Sequence[Finding]]:
    """Warn of a sample that start-up dominates; a job that is as short by itself is told so once.

    It is told where it concerns: on settings whose workers took longer to start than to work, else
    on what the user runs today.
    """
    if cached_repeats(case):
        return {}  # what is short there is the cache's answer
    serial = case.evidence.get("serial")
    alone = serial.first if serial else None
    # Serial is one thread: what it waited for a CPU was the doing of others.
    short = alone is not None and alone.wall_s - (alone.raw_wait_s or 0.0) < SHORT_FIT_S
    sampled = _sampled_rows(case)
    rows = [(row, found) for row, found in case.seen() if uses_processes(found, row)]
    if sampled is not None:
        concerned = [pair for pair in rows if short or _starts_longer(pair[1])]
        if not concerned and not short:
            return {}
        concerned = concerned or _present(case)
        return {row.id: [_finding(found, serial, sampled)] for row, found in concerned}
    if not short:
        return {}
    # As-written may be long with the same work, as a crowd of threads is.
    limit_s = SHORT_ANYHOW * SHORT_FIT_S
    told = [pair for pair in _present(case) if (own := pair[1].first) and own.wall_s <= limit_s]
    return {row.id: [_finding(found, serial, None)] for row, found in told}


def _sampled_rows(case: Case) -> int | None:
    data = case.run.spec.data
    rows = data.options.get("sample") if data else None
    return rows if isinstance(rows, int) and rows > 0 else None


def _present(case: Case) -> list[tuple[SettingReport, Evidence]]:
    """Return as-written, serial where that was not measured."""
    seen = {row.id: (row, found) for row, found in case.seen()}
    return [seen[name] for name in ("as-written", "serial") if name in seen][:1]


def _starts_longer(found: Evidence) -> bool:
    """Tell whether starting took longer than what is left of a fit without it."""
    if found.start_up_s is None or found.warm is None:
        return False
    return found.start_up_s > found.warm.wall_s


def _finding(found: Evidence, serial: Evidence | None, sampled: int | None) -> Finding:
    alone = serial.first if serial else None
    evidence = {
        "serial_first_fit_s": alone.wall_s if alone else None,
        "first_fit_s": found.first.wall_s if found.first else None,
        "fit_s": found.warm.wall_s if found.warm else None,
        "sampled_rows": sampled,
    }
    if sampled is None:
        return Finding(
            rule=RULE,
            severity="info",
            evidence=evidence,
            advice="the whole fit is shorter than starting a pool of workers: if the real data are "
            "larger, measure with more of them (n_samples), since another setting may win there",
        )
    return Finding(
        rule=RULE,
        severity="warning",
        evidence=evidence,
        advice="with this sample, starting up decides and not fitting, so the choice between "
        "backends may turn round on the whole data: raise data.sample until serial takes some "
        "seconds",
    )
