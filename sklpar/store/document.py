"""The result document: a `Report` as the JSON that `tune --json` prints and `run.json` holds.

It differs from the dataclasses in one thing: each row's measures are fields of the row, and
beside every null stands ``<name>_unavailable`` with the reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import fields
from pathlib import Path
from typing import Any

from sklpar.errors import StoreError
from sklpar.model import Report, SettingReport
from sklpar.store.codec import check_schema, dump, from_plain, nulled, parse, spelled, to_plain
from sklpar.store.sense import check_sense
from sklpar.store.whole import write_whole

MEASURES = (
    "first_fit_s",
    "first_fit_cpu_s",
    "fit_s",
    "cpu_s",
    "peak_memory_bytes",
    "run_queue_wait_s",
    "involuntary_switches",
)
_ROW_FIELDS = tuple(
    field.name
    for field in fields(SettingReport)
    if field.name not in {"measures", "ladder_unavailable"}
)
# Fields that came later than the first version; documents without them are read all the same.
_LATER_ROW_FIELDS = frozenset({"ladder", "values", "confirming"})
_REPORT_FIELDS = tuple(
    field.name
    for field in fields(Report)
    if field.name not in {"schema_version", "recommendation_unavailable", "data_unavailable"}
)
_LATER_REPORT_FIELDS = frozenset({"data", "memory_limit_bytes"})
_ESTIMATE_FIELDS = {"median", "low", "high", "n", "method"}
_NO_REASON = "no reason was recorded"
_DAMAGED = "The document is damaged: measure again, or restore the file."


def report_to_json(report: Report) -> dict[str, Any]:
    """Return the result document as plain JSON values.

    A number that is not finite becomes null; in what the spec says (its own document, params and
    resolved) it becomes the word that YAML has for it.
    """
    plain = to_plain(report)
    document: dict[str, Any] = {"schema_version": plain["schema_version"]}
    for name in _REPORT_FIELDS:
        value = plain[name]
        if name == "spec":
            document[name] = spelled(value)
        elif name == "settings":
            document[name] = [_row_to_json(row) for row in value]
        elif name == "scaling":
            document[name] = {"series": [_series_to_json(one) for one in value["series"]]}
        elif name == "data":
            document |= _data_to_json(plain)
        else:
            document[name] = nulled(value)
        if name == "recommendation" and value is None:
            reason = plain["recommendation_unavailable"] or _NO_REASON
            document["recommendation_unavailable"] = nulled(reason)
    return document


def report_from_json(document: Mapping[str, Any], *, source: str = "the document") -> Report:
    """Build a report from the result document; unknown fields are passed over.

    Parameters
    ----------
    source : str
        The file it came from, for messages.

    Raises
    ------
    StoreError
        Of a newer schema, or a field is missing, holds what it should not, or makes no sense.
    """
    check_schema(document, source)
    _require(
        document, [name for name in _REPORT_FIELDS if name not in _LATER_REPORT_FIELDS], source
    )
    rows = document["settings"]
    if not isinstance(rows, list):
        raise StoreError(f"{source}: settings: a list was expected")
    named = ("schema_version", *_REPORT_FIELDS, "data_unavailable")
    plain = {name: document[name] for name in named if name in document}
    plain["settings"] = [
        _row_from_json(row, f"{source}: settings.{index}") for index, row in enumerate(rows)
    ]
    plain["recommendation_unavailable"] = document.get("recommendation_unavailable")
    if plain["recommendation"] is None:
        _require(document, ("recommendation_unavailable",), source)
    report = from_plain(Report, plain, source)
    check_sense(report, source)
    return report


def report_text(report: Report) -> str:
    """Return the result document as indented JSON text."""
    return dump(report_to_json(report), indent=2) + "\n"


def parse_report(text: str | bytes, source: str) -> Report:
    """Read the text of a result document.

    Raises
    ------
    StoreError
        It is cut off, holds NaN or Infinity, is of a newer schema, lacks a field or makes no sense.
    """
    try:
        return report_from_json(parse(text, source), source=source)
    except StoreError as error:
        raise StoreError(str(error), remedy=error.remedy or _DAMAGED) from None


def read_report_file(path: Path) -> Report:
    """Read a result document wherever it lies, such as a baseline.

    Raises
    ------
    StoreError
        The file cannot be read, or see `parse_report`.
    """
    try:
        text = path.read_bytes()
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}", remedy="Check the path.") from None
    return parse_report(text, str(path))


def write_report_file(path: Path, report: Report) -> None:
    """Write a result document anywhere: a reader sees the one before or this one, never half.

    Raises
    ------
    StoreError
        It could not be written; what was there is untouched.
    """
    try:
        write_whole(path, report_text(report))
    except OSError as error:
        raise StoreError(
            f"{path} could not be written: {error.strerror}", remedy="Make room or permit writing."
        ) from None


def _row_to_json(plain: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name in _ROW_FIELDS:
        if name == "observed":
            row |= _measures_to_json(plain["measures"]) | _observed_to_json(plain)
        else:
            clean = spelled if name in {"params", "resolved"} else nulled
            row[name] = clean(plain[name])
        if name == "ladder" and plain[name] is None:
            row["ladder_unavailable"] = nulled(plain["ladder_unavailable"] or _NO_REASON)
    return row


def _data_to_json(plain: Mapping[str, Any]) -> dict[str, Any]:
    data = plain["data"]
    if data is None:
        return {"data": None, "data_unavailable": nulled(plain["data_unavailable"] or _NO_REASON)}
    if data["digest"] is None:
        data = {**data, "digest_unavailable": "it was not the same in every trial"}
    return {"data": nulled(data)}


def _series_to_json(plain: Mapping[str, Any]) -> dict[str, Any]:
    series: dict[str, Any] = nulled({**plain, "params": spelled(plain["params"])})
    if plain["law"] is None:
        return {**series, "law_unavailable": series["law_unavailable"] or _NO_REASON}
    del series["law_unavailable"]
    return series


def _measures_to_json(measures: Mapping[str, Any]) -> dict[str, Any]:
    row: dict[str, Any] = {}
    for name in dict.fromkeys((*MEASURES, *measures)):
        measure = nulled(measures.get(name, {"unavailable": "not measured"}))
        if "unavailable" not in measure and measure["median"] is None:
            measure = {"unavailable": "the measured value is not a finite number"}
        if "unavailable" in measure:
            row |= {name: None, f"{name}_unavailable": measure["unavailable"]}
            if measure.get("at_least") is not None:
                row[f"{name}_at_least"] = measure["at_least"]
        else:
            row[name] = measure
    return row


def _observed_to_json(plain: Mapping[str, Any]) -> dict[str, Any]:
    if plain["observed"] is None:
        reason = plain["reason"] or "no trial of this setting lived to be observed"
        return {"observed": None, "observed_unavailable": nulled(reason)}
    observed: dict[str, Any] = {}
    for name, value in nulled(plain["observed"]).items():
        observed[name] = value
        if value is None:
            observed[f"{name}_unavailable"] = "not seen by the sampler"
    return {"observed": observed}


def _row_from_json(row: Any, source: str) -> dict[str, Any]:
    if not isinstance(row, dict):
        raise StoreError(f"{source}: an object was expected")
    required = [name for name in _ROW_FIELDS if name not in _LATER_ROW_FIELDS]
    _require(row, (*required, *MEASURES), source)
    others = [name for name in row if name not in _ROW_FIELDS and name not in MEASURES]
    measures: dict[str, Any] = {}
    for name in (*MEASURES, *(name for name in others if _is_measure(row, name))):
        measures[name] = row[name]
        if row[name] is None:
            _require(row, (f"{name}_unavailable",), source)
            measures[name] = {
                "unavailable": row[f"{name}_unavailable"],
                "at_least": row.get(f"{name}_at_least"),
            }
    named = (*_ROW_FIELDS, "ladder_unavailable")
    return {**{name: row[name] for name in named if name in row}, "measures": measures}


def _is_measure(row: Mapping[str, Any], name: str) -> bool:
    """Tell a quantity that this version has not heard of from any other unknown field."""
    value = row[name]
    if value is None:
        return f"{name}_unavailable" in row
    return isinstance(value, dict) and value.keys() >= _ESTIMATE_FIELDS


def _require(document: Mapping[str, Any], names: Sequence[str], source: str) -> None:
    missing = [name for name in names if name not in document]
    if missing:
        raise StoreError(f"{source}: lacks {', '.join(missing)}")
