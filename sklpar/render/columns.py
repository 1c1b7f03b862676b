"""The settings of a report as columns of plain values: of a CSV file, and of a pandas frame."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal

from sklpar.model import Estimate, threads_text
from sklpar.render import sentence
from sklpar.render.rows import gains
from sklpar.store.document import MEASURES

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from sklpar.model import InnerThreads, Report, SettingReport


# Before the path of a swept parameter, as in scikit-learn's ``cv_results_``.
PARAM = "param_"


@dataclass(frozen=True, kw_only=True)
class Values:
    """One column: what its values are, and one of them for each setting, None where it is missing.

    A `number` is a float in the unit that the column's name ends in; `any` is whatever a swept
    parameter may be.
    """

    name: str
    kind: Literal["text", "count", "number", "flag", "any"]
    values: tuple[Any, ...]


def columns(report: Report) -> list[Values]:
    """Return a column for each thing known of the settings, in order, the id left out."""
    rows, recommendation = report.settings, report.recommendation
    name, _ = sentence.minimized(report)
    chosen = recommendation.setting if recommendation else None
    tied = recommendation.tied if recommendation else ()
    rules = [", ".join(dict.fromkeys(one.rule for one in row.findings)) for row in rows]
    return [
        _column("n_jobs", "count", [row.n_jobs for row in rows]),
        _column("backend", "text", [row.backend for row in rows]),
        _column("inner_threads", "text", [_threads(row.inner_threads) for row in rows]),
        *_params(rows),
        _column("status", "text", [row.status for row in rows]),
        _column("reason", "text", [row.reason for row in rows]),
        _column("n", "count", [_bounds(row, name).get("n") for row in rows]),
        *(column for measure in measures(report) for column in _measure(measure, rows)),
        *_three("speedup", [vars(gain) for gain in gains(report, rows)]),
        _column("recommended", "flag", [row.id == chosen for row in rows]),
        _column("tied", "flag", [row.id in tied for row in rows]),
        _column("findings", "text", rules),
    ]


def measures(report: Report) -> list[str]:
    """Return the fields of the document that hold figures, those of a newer sklpar among them."""
    return list(
        dict.fromkeys((*MEASURES, *(name for row in report.settings for name in row.measures)))
    )


def _column(
    name: str, kind: Literal["text", "count", "number", "flag", "any"], values: Sequence[Any]
) -> Values:
    return Values(name=name, kind=kind, values=tuple(values))


def _threads(inner: InnerThreads | None) -> str | None:
    return None if inner is None else threads_text(inner)


def _params(rows: Sequence[SettingReport]) -> list[Values]:
    """Return a column for each swept parameter; None where it is None, or was not swept."""
    paths = dict.fromkeys(path for row in rows for path in row.params)
    return [
        _column(f"{PARAM}{path}", "any", [row.params.get(path) for row in rows]) for path in paths
    ]


def _measure(name: str, rows: Sequence[SettingReport]) -> list[Values]:
    return _three(name, [_bounds(row, name) for row in rows])


def _three(name: str, found: Sequence[Mapping[str, Any]]) -> list[Values]:
    keys = {name: "median", f"{name}_low": "low", f"{name}_high": "high"}
    return [
        _column(column, "number", [one.get(key) for one in found]) for column, key in keys.items()
    ]


def _bounds(row: SettingReport, name: str) -> Mapping[str, Any]:
    measured = row.measures.get(name)
    return vars(measured) if isinstance(measured, Estimate) else {}
