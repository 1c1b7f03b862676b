"""What a series over n_jobs says of the job, in a sentence."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render import numbers, sentence
from sklpar.render.plain import DASH, shorten

if TYPE_CHECKING:
    from sklpar.model import Bounded, Report, ScalingLaw, ScalingSeries

_SHOWN = 2
# Below half a percent a share is said to be none.
_NONE = 0.005
# With a wider interval the serial share could be about anything.
_VAGUE = 0.5
# Below this it rounds to one worker.
_MORE_THAN_ONE = 1.5


def lines(report: Report) -> list[str]:
    """Return a sentence for each of the two best series that follow the law."""
    told = ((series, law_words(series)) for series in best_first(report))
    return [f"Under {name(series)}: {words}." for series, words in told if words][:_SHOWN]


def best_first(report: Report) -> list[ScalingSeries]:
    """Return the series: that of the recommended setting, then those with the shortest times."""
    chosen = report.recommendation.setting if report.recommendation else None

    def rank(series: ScalingSeries) -> tuple[bool, float]:
        ids = {point.setting for point in series.points}
        return chosen not in ids, min(point.median_s for point in series.points)

    return sorted((series for series in report.scaling.series if series.points), key=rank)


def name(series: ScalingSeries) -> str:
    """Return what a series holds: ``threading, 1 thread per worker``."""
    params = "".join(f", {path}={value}" for path, value in series.params.items())
    return shorten(f"{series.backend}, {sentence.threads_words(series.inner_threads)}{params}")


def law_words(series: ScalingSeries) -> str:
    """Return what the law says of a series, without a full stop.

    Empty where there is no law, or one of which the rounds tell next to nothing: that is in the
    document alone.
    """
    return _sentence(series.law, series) if series.law and _tells(series.law) else ""


def _tells(law: ScalingLaw) -> bool:
    share = law.serial_share
    return share.low is None or share.high is None or share.high - share.low <= _VAGUE


def _sentence(law: ScalingLaw, series: ScalingSeries) -> str:
    share, cost = law.serial_share.value, law.per_worker_s.value
    serial = f"{share:.0%}" if share >= _NONE else "next to none"
    measured = max(point.n_jobs for point in series.points)
    best = law.best_n_jobs
    if best is None:
        free = f"up to {measured}, further workers cost nothing that shows"
        return f"{serial} of the work is serial; {free}"
    each = f"each further worker costs {_short(cost)}"
    if best.value < _MORE_THAN_ONE:
        return f"{serial} of the work is serial, {each}: more than one does not pay"
    marks = [text for text in (_interval(best), _beyond(law, best, measured)) if text]
    stated = f" ({'; '.join(marks)})" if marks else ""
    at = f"at about {round(best.value)} workers"
    return f"{serial} of the work is serial, {each}; it stops paying {at}{stated}"


def _short(seconds: float) -> str:
    return f"{numbers.three_digits(seconds * 1e3)} ms" if seconds < 1 else numbers.seconds(seconds)


def _interval(best: Bounded) -> str:
    if best.low is None:
        return ""
    if best.high is None:
        return f"95% interval {round(best.low)} or more"
    return f"95% interval {round(best.low)}{DASH}{round(best.high)}"


def _beyond(law: ScalingLaw, best: Bounded, measured: int) -> str:
    if not law.extrapolates:
        return ""
    return "beyond what was measured" if best.value > measured else "beyond the usable CPUs"
