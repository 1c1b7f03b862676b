"""Stored runs in a table, a line each."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sklpar.render.plain import one_line, shorten
from sklpar.render.table import Column, fit, lines

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sklpar.render.interface import RenderOptions
    from sklpar.store.listing import StoredRun

_ABSENT = "-"
# In the order in which they go where the terminal is narrow.
_DROP = ("started", "name", "setting")


def render(runs: Sequence[StoredRun], more: int, options: RenderOptions) -> str:
    """Return the table, ending in a newline.

    Parameters
    ----------
    more : int
        How many older runs there are beside these.
    """

    def column(key: str, heading: str, texts: Sequence[str | None]) -> Column:
        cells = (one_line(shorten(text or _ABSENT), unicode=options.unicode) for text in texts)
        return Column(key=key, heading=heading, cells=tuple(cells))

    columns = [
        column("run", "run", [run.run_id for run in runs]),
        column("started", "started", [_when(run.started_at) for run in runs]),
        column("status", "status", [run.status or "no report" for run in runs]),
        column("setting", "recommended", [run.setting for run in runs]),
        column("name", "name", [run.name for run in runs]),
    ]
    shown = fit(columns, options.width, _DROP) or [columns[0]]
    older = [f"{more} older run{'' if more == 1 else 's'} not listed"] if more else []
    return "".join(f"{line}\n" for line in [*lines(shown), *older])


def _when(started_at: str | None) -> str | None:
    """Return ``2026-11-21 11:27 UTC`` of ``2026-11-21T11:27:56+00:00``."""
    if started_at is None:
        return None
    minute = started_at[:16].replace("T", " ")
    return f"{minute} UTC" if started_at.endswith("+00:00") else started_at
