"""How time goes with n_jobs, everything else held."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from sklpar.model import (
    Estimate,
    Scaling,
    ScalingPoint,
    ScalingSeries,
    SettingReport,
    Skipped,
)
from sklpar.spec.node_codec import plain_node


def scaling(rows: Sequence[SettingReport], skipped: Sequence[Skipped] = ()) -> Scaling:
    """Return a series for each backend, cap and params in which n_jobs took two values or more.

    A setting that was skipped since another does the same work has that one's figures.

    Speedup is against the series' own n_jobs = 1 (of any backend, since one job is sequential),
    by the medians of the first fit; efficiency is speedup over n_jobs. Both are None without it.
    """
    own_rows = [row for row in rows if row.id not in {"as-written", "serial"}]
    swept = [
        row
        for row in (*own_rows, *_stand_ins(rows, skipped))
        if row.n_jobs is not None and row.status in {"ok", "not_as_requested"}
    ]
    groups: dict[tuple[str, str, str], list[SettingReport]] = {}
    for row in swept:
        key = (row.backend or "", str(row.inner_threads), str(sorted(row.params.items())))
        groups.setdefault(key, []).append(row)
    series = []
    for key, group in groups.items():
        ones = [r for r in swept if r.n_jobs == 1 and _held(r) == key[1:]]
        own = [r for r in ones if r.backend == key[0]] or ones
        points = _points(group, own)
        if len({point.n_jobs for point in points}) > 1:
            first = group[0]
            series.append(
                ScalingSeries(
                    backend=first.backend or "",
                    inner_threads=first.inner_threads or "default",
                    params=first.params,
                    points=points,
                )
            )
    return Scaling(series=tuple(series))


def _stand_ins(
    rows: Sequence[SettingReport], skipped: Sequence[Skipped]
) -> Iterator[SettingReport]:
    """Yield the row of the one that was measured under the knobs of each that was not."""
    known = {row.id: row for row in rows}
    for one in skipped:
        setting = one.setting
        if one.same_as in known:
            yield replace(
                known[one.same_as],
                n_jobs=setting.n_jobs,
                backend=setting.backend,
                inner_threads=setting.inner_threads,
                params=plain_node(setting.params),
            )


def _held(row: SettingReport) -> tuple[str, str]:
    return str(row.inner_threads), str(sorted(row.params.items()))


def _points(
    group: Sequence[SettingReport], ones: Sequence[SettingReport]
) -> tuple[ScalingPoint, ...]:
    members = list(group) + [row for row in ones[:1] if row not in group]
    alone = _first_fit(ones[0]) if ones else None
    points = []
    for row in sorted(members, key=lambda row: row.n_jobs or 0):
        time, n_jobs = _first_fit(row), row.n_jobs or 1
        if time is None:
            continue
        gain = None if alone is None else alone / time
        points.append(
            ScalingPoint(
                n_jobs=n_jobs,
                setting=row.id,
                median_s=time,
                speedup=gain,
                efficiency=None if gain is None else gain / n_jobs,
            )
        )
    return tuple(points)


def _first_fit(row: SettingReport) -> float | None:
    found = row.measures["first_fit_s"]
    return found.median if isinstance(found, Estimate) else None
