"""The settings as CSV, a row each: for spreadsheets, pandas, R.

One document is one table, so the values of single trials are not in it: the JSON has them. Times
are in seconds and sizes in bytes, with every digit; an empty field was not measured, and the column
``<name>_unavailable`` says why. A parameter that is empty was not swept, ``null`` is None. Written
as RFC 4180 has it: lines end in CR LF.
"""

from __future__ import annotations

import csv
import io
import json
import math
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from sklpar.model import Unavailable
from sklpar.render.columns import PARAM, Values, columns, measures
from sklpar.render.plain import loggable

if TYPE_CHECKING:
    from collections.abc import Iterator

    from sklpar.model import Report
    from sklpar.render.interface import RenderOptions

# A spreadsheet takes what begins so for a formula, and runs it.
_FORMULA = ("=", "+", "-", "@")


def render(report: Report, options: RenderOptions) -> str:
    """Return the heading and a record for each setting, those that were skipped among them."""
    ids = Values(name="setting", kind="text", values=tuple(row.id for row in report.settings))
    table = [ids, *_with_reasons(report)]
    text = io.StringIO(newline="")
    writer = csv.writer(text, lineterminator="\r\n")
    writer.writerow(_text(column.name, options) for column in table)
    for cells in zip(*(column.values for column in table), strict=True):
        writer.writerow(_cell(value, options) for value in cells)
    return text.getvalue()


def _with_reasons(report: Report) -> Iterator[Values]:
    """Add to each measure why it is missing, and the bound below which it is not."""
    lasts = {f"{name}_high": name for name in measures(report)}
    for column in columns(report):
        yield _spelt(report, column)
        if column.name in lasts:
            yield from _absence(report, lasts[column.name])


def _spelt(report: Report, column: Values) -> Values:
    """Return the column of a parameter with a word for the None that was swept."""
    if column.kind != "any":
        return column
    path = column.name.removeprefix(PARAM)
    values = zip(report.settings, column.values, strict=True)
    spelt = ("null" if value is None and path in row.params else value for row, value in values)
    return replace(column, values=tuple(spelt))


def _absence(report: Report, name: str) -> Iterator[Values]:
    missing = [
        found if isinstance(found := row.measures.get(name), Unavailable) else None
        for row in report.settings
    ]
    bounds = tuple(one.at_least if one else None for one in missing)
    reasons = tuple(one.unavailable if one else None for one in missing)
    yield Values(name=f"{name}_at_least", kind="number", values=bounds)
    yield Values(name=f"{name}_unavailable", kind="text", values=reasons)


def _cell(value: Any, options: RenderOptions) -> str:
    if value is None or (isinstance(value, float) and not math.isfinite(value)):
        return ""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, int | float):
        return repr(value)
    return _text(value if isinstance(value, str) else json.dumps(value, default=str), options)


def _text(text: str, options: RenderOptions) -> str:
    """Return text as one line; an apostrophe tells a spreadsheet that it is no formula."""
    line = loggable(text, unicode=options.unicode)
    return f"'{line}" if line.startswith(_FORMULA) else line
