"""A series over n_jobs as a figure takes it: what of it has a place on an axis, and its name."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeAlias

from sklpar.model import threads_text
from sklpar.render.figures import vega
from sklpar.render.figures.units import drawable, threads_said
from sklpar.render.plain import ELLIPSIS, one_line

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from sklpar.model import Report, ScalingLaw, ScalingPoint, ScalingSeries

# Points of a fitted curve.
_STEPS = 60
# Up to so many, a curve of whole workers has a point for each.
_WHOLE = 256
# Letters that a narrow page has for a name in the legend.
_NAME = 37

# [n_jobs, speedup] of each point.
Line: TypeAlias = list[list[float]]


def points(series: ScalingSeries) -> list[ScalingPoint]:
    """Return the points of a series whose speedup is known, by n_jobs."""
    known = (point for point in series.points if point.n_jobs > 0 and drawable(point.speedup))
    return sorted(known, key=lambda point: point.n_jobs)


def law_of(series: ScalingSeries) -> ScalingLaw | None:
    """Return the law that was fitted to a series; one of no tasks at all is none."""
    return None if series.law is None or series.law.tasks == 0 else series.law


def usable_cpus(report: Report) -> int:
    """Return the CPUs that could be used: there is one at least, whatever the document says."""
    return max(1, report.host.usable_cpus)


def short_name(series: ScalingSeries) -> str:
    """Return a series' name for the legend."""
    start = f"{series.backend}, {threads_said(threads_text(series.inner_threads))}"
    return fitted(start, series.params, _NAME)


def fitted(start: str, given: Mapping[str, object], letters: int) -> str:
    """Return a name and its params; a path is cut before the value that tells two names apart."""
    params = [(one_line(path), one_line(value)) for path, value in given.items()]

    def said(paths: Iterable[str]) -> str:
        pairs = zip(paths, params, strict=True)
        return one_line(start + "".join(f", {path}={value}" for path, (_, value) in pairs))

    paths = [path for path, _ in params]
    ends = [len(path.rpartition("__")[2]) for path in paths]
    room = (letters - len(said("" for _ in paths))) // max(1, len(paths)) - len(ELLIPSIS)
    named = [_tail(path, end) for path, end in zip(paths, ends, strict=True)]
    cut = [_tail(path, max(0, min(end, room))) for path, end in zip(paths, ends, strict=True)]
    found = [said(one) for one in (paths, named, cut)]
    return next((one for one in found if len(one) <= letters), vega.clipped(found[-1], letters))


def _tail(path: str, letters: int) -> str:
    return path if letters >= len(path) else f"{ELLIPSIS}{path[len(path) - letters :]}"


def curve(
    series: ScalingSeries, low: float, high: float, cpus: int, *, logarithmic: bool = False
) -> Line:
    """Return the law of a series from `low` to `high` n_jobs, against its measured time of one.

    Where the work is so many equal tasks, the law is of whole workers.

    Parameters
    ----------
    logarithmic : bool
        Whether the points are to be as far apart on a logarithmic axis, else on a linear one.
    """
    law, known = law_of(series), points(series)
    if law is None or not known:
        return []
    alone = (known[0].speedup or 0.0) * known[0].median_s
    at = _spread(low, high, logarithmic=logarithmic)
    if law.tasks is None:
        # The law has a corner there.
        at |= {float(cpus)} if low < cpus < high else set()
    elif high - low <= _WHOLE:
        at = {float(number) for number in range(int(low), int(high) + 1)}
    else:
        at = {float(int(number)) for number in at}
    times = ((number, law.time_s(number, cpus)) for number in sorted(at))
    return [
        [vega.short(number), vega.short(gain)]
        for number, time in times
        if time > 0 and (gain := drawable(alone / time))
    ]


def _spread(low: float, high: float, *, logarithmic: bool) -> set[float]:
    """Return places from `low` to `high`, as far apart as an axis shows them."""
    shares = [step / _STEPS for step in range(_STEPS + 1)]
    if logarithmic:
        # Not of rounded ends: the curve has to begin at what was measured.
        inner = {low * (high / low) ** share for share in shares[1:-1]}
        return {low, high, *inner}
    return {low + share * (high - low) for share in shares}
