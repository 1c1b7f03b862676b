"""The answer in a sentence: what to run with, how much it gains, or why there is no answer."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.model import Caps, Estimate, Unavailable
from sklpar.render.numbers import memory, ratio, seconds, span, three_digits
from sklpar.render.plain import listed, shorten

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sklpar.model import InnerThreads, Recommendation, Report, SettingReport, Speedup

# What is minimized: the document's field, and what less of it is called.
_OBJECTIVES = {
    "first_fit": ("first_fit_s", "faster"),
    "fit": ("fit_s", "faster"),
    "cpu": ("cpu_s", "less CPU time"),
    "memory": ("peak_memory_bytes", "less memory"),
}


def objective(report: Report) -> Mapping[str, object]:
    """Return the spec's ``objective``, empty where it gave none."""
    given = report.spec.get("objective")
    return given if isinstance(given, dict) else {}


def minimized(report: Report) -> tuple[str, str]:
    """Return the field that the run minimizes and the word for less of it.

    Where no warm fit was measured, CPU is that of the first.
    """
    name, word = _OBJECTIVES.get(
        str(objective(report).get("minimize", "first_fit")), _OBJECTIVES["first_fit"]
    )
    if name == "cpu_s" and not any(value(row, name) is not None for row in report.settings):
        return "first_fit_cpu_s", word
    return name, word


def value(row: SettingReport | None, name: str) -> float | None:
    """Return the median of a row's measure, or None."""
    measured = row.measures.get(name) if row else None
    return measured.median if isinstance(measured, Estimate) else None


def at_least(row: SettingReport | None, name: str) -> float | None:
    """Return the bound below which a row's measure is not, where no more of it is known."""
    measured = row.measures.get(name) if row else None
    return measured.at_least if isinstance(measured, Unavailable) else None


def show(name: str, number: float) -> str:
    """Return a measure with the unit that its name ends in."""
    return memory(number) if name.endswith("_bytes") else seconds(number)


def setting_words(row: SettingReport) -> str:
    """Return a setting as one would say it: ``threading, n_jobs=2, 1 thread per worker``."""
    if row.id == "as-written":
        return "the job as written"
    if row.id == "serial":
        return "one job and one thread (n_jobs=1, sequential)"
    parts = [str(row.backend)]
    if row.n_jobs is not None:
        parts.append(f"n_jobs={row.n_jobs}")
    parts.append(threads_words(row.inner_threads))
    parts += [f"{path}={shorten(str(setting))}" for path, setting in row.params.items()]
    return ", ".join(parts)


def threads_words(inner: InnerThreads | None) -> str:
    """Return a cap in words."""
    if isinstance(inner, Caps):
        return f"{inner.blas} BLAS and {inner.openmp} OpenMP threads per worker"
    if isinstance(inner, int):
        return f"{inner} thread{'' if inner == 1 else 's'} per worker"
    return "threads of the libraries not capped"


def answer(report: Report) -> str:
    """Return what the run concludes, in one or two sentences."""
    return " ".join(filter(None, sentences(report)))


def sentences(report: Report) -> tuple[str, str]:
    """Return the first sentence of the answer, and what follows it: an empty text if nothing does.

    They cannot be told apart afterwards: a parameter's value may end as a sentence does.
    """
    recommendation = report.recommendation
    if recommendation is None:
        return _no_answer(report), ""
    tied = _tied(report, recommendation)
    if recommendation.setting == "as-written":
        return _keep(report, tied=bool(recommendation.tied)), tied
    row = report.row(recommendation.setting)
    with_ = setting_words(row) if row else recommendation.setting
    return f"Run with {with_}: {_gain(report, row, recommendation)}.", tied


def _no_answer(report: Report) -> str:
    why = report.recommendation_unavailable or "the run does not say why"
    return f"No recommendation: {why.rstrip('.')}."


def _keep(report: Report, *, tied: bool) -> str:
    name, _ = minimized(report)
    own = value(report.row("as-written"), name)
    took = "" if own is None else f" ({show(name, own)})"
    if tied:
        return f"Keep what you have, the job as written{took}."
    return f"Keep what you have: no setting measured is better than the job as written{took}."


def _tied(report: Report, recommendation: Recommendation) -> str:
    others = [setting for setting in recommendation.tied if setting != recommendation.setting]
    if not others:
        return ""
    within = objective(report).get("within", "5%")
    shown = f"{three_digits(within * 100)}%" if isinstance(within, int | float) else within
    return f"Tied with it, within {shown}: {listed(others)}."


def _gain(report: Report, row: SettingReport | None, recommendation: Recommendation) -> str:
    name, word = minimized(report)
    now, before = value(row, name), value(report.row("as-written"), name)
    gain = recommendation.speedup
    if now is not None and before and _is_undecided(gain):
        factor = (
            f"{ratio(gain.median or 0.0)}, 95% interval {span(gain.low or 0.0, gain.high or 0.0)}"
        )
        written = f"the job as written ({show(name, before)}; {factor})"
        return f"{show(name, now)}, no clear gain on {written}"
    parts = []
    if now is not None:
        parts.append(show(name, now) + (f" instead of {show(name, before)}" if before else ""))
    if factor := speedup(recommendation.speedup, word):
        parts.append(factor)
    return ", ".join(parts) or "what it gains could not be measured"


def _is_undecided(gain: Speedup) -> bool:
    return gain.low is not None and gain.high is not None and gain.low <= 1 <= gain.high


def speedup(gain: Speedup, word: str) -> str:
    """Return the factor and what it is of, with its interval where there is one."""
    if gain.median is None:
        if gain.low is None:
            return ""
        return f"at least {ratio(gain.low)} {word} (the job as written was cut off)"
    text = (
        f"{ratio(gain.median)} {word}"
        if gain.median >= 1.005
        else f"{ratio(gain.median)} against as-written"
    )
    if gain.low is None or gain.high is None:
        return text
    return f"{text} (95% interval {span(gain.low, gain.high)})"
