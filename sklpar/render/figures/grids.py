"""Settings by n_jobs and threads: a grid for each backend, with what it is held against."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Literal

from sklpar.model import threads_text
from sklpar.render import marks, rows, sentence
from sklpar.render.figures.series import fitted
from sklpar.render.figures.units import Unit, drawable
from sklpar.render.plain import one_line, shorten

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from sklpar.model import Report, SettingReport

# What a narrow page has for the name of a backend.
_TITLE_LETTERS = 34
# Of each grid; more of them would be no picture.
_LINES, _COLUMNS = 16, 8
# Not of a backend; a cell may have their time, as the same work.
REFERENCES = ("as-written", "serial")


@dataclass(frozen=True, kw_only=True)
class Grid:
    """The settings of one backend, with the same params, by n_jobs and threads.

    Attributes
    ----------
    title : str
        `name` in few letters.
    best : float
        The least figure of those that can be recommended; infinite where none can be.
    """

    name: str
    title: str
    cells: Mapping[tuple[int, str], SettingReport]
    best: float

    @property
    def jobs(self) -> list[int]:
        """The rows."""
        return sorted({jobs for jobs, _ in self.cells})

    @property
    def threads(self) -> set[str]:
        """What the columns are of, as ids have it."""
        return {threads for _, threads in self.cells}


def is_grid(grid: Grid) -> bool:
    """Tell whether both n_jobs and threads were varied."""
    return len(grid.jobs) > 1 and len(grid.threads) > 1


def grids(report: Report, unit: Unit) -> list[Grid]:
    """Return the grids, the one with the recommended setting first, then by their best cell."""
    found: dict[str, dict[tuple[int, str], SettingReport]] = {}
    by_id = {row.id: row for row in report.settings}
    for row in rows.measured(report):
        if row.id in REFERENCES or row.n_jobs is None or row.inner_threads is None:
            continue
        key = (row.n_jobs, threads_text(row.inner_threads))
        found.setdefault(_name(row.backend, row.params), {})[key] = row
    # What was not measured since another setting does the same work has that one's time.
    for series in report.scaling.series:
        cells = found.get(_name(series.backend, series.params), {})
        for point in series.points:
            same = by_id.get(point.setting)
            if same is not None and same.status != "skipped":
                cells.setdefault((point.n_jobs, threads_text(series.inner_threads)), same)
    kept = []
    for name, cells in found.items():
        if any(drawable(sentence.value(row, unit.field)) for row in cells.values()):
            kept.append(_grid(report, unit, name, cells))
    choice = report.recommendation.setting if report.recommendation else None

    def rank(grid: Grid) -> tuple[bool, float]:
        return choice not in {row.id for row in grid.cells.values()}, grid.best

    return sorted(kept, key=rank)


def _grid(
    report: Report, unit: Unit, name: str, cells: Mapping[tuple[int, str], SettingReport]
) -> Grid:
    # What is ruled out may be the fastest for having done less.
    sound = [row for row in cells.values() if marks.can_be_chosen(report, row)]
    first = next(row for row in cells.values() if row.id not in REFERENCES)
    return Grid(
        name=name,
        title=fitted(str(first.backend), first.params, _TITLE_LETTERS),
        cells=cells,
        best=min(_figures(sound, unit), default=math.inf),
    )


def _figures(of: Iterable[SettingReport], unit: Unit) -> list[float]:
    return [value for row in of if (value := drawable(sentence.value(row, unit.field)))]


def least_of(shown: Sequence[Grid], unit: Unit) -> float:
    """Return what the shades are relative to: the best of all, where none can be recommended."""
    least = min(grid.best for grid in shown)
    return least if least < math.inf else min(_figures(cells_of(shown), unit))


def cells_of(shown: Sequence[Grid]) -> list[SettingReport]:
    """Return the settings of all cells."""
    return [row for grid in shown for row in grid.cells.values()]


def _name(backend: str | None, params: Mapping[str, object]) -> str:
    held = "".join(f", {path}={value}" for path, value in params.items())
    return one_line(shorten(f"{backend}{held}"))


def narrowed(shown: Sequence[Grid], unit: Unit, chosen: str | None) -> list[Grid]:
    """Return the grids with no more lines and columns than can be read: those of the best cells.

    Parameters
    ----------
    chosen : str or None
        The recommended setting, whose line and column stay.
    """
    threads = _best_keys(cells_with_keys(shown), 1, _COLUMNS, unit, chosen)
    found = []
    for grid in shown:
        kept = {key: row for key, row in grid.cells.items() if key[1] in threads}
        jobs = _best_keys(list(kept.items()), 0, _LINES, unit, chosen)
        cells = {key: row for key, row in kept.items() if key[0] in jobs}
        if cells:
            found.append(replace(grid, cells=cells))
    return found


def cells_with_keys(shown: Sequence[Grid]) -> list[tuple[tuple[int, str], SettingReport]]:
    """Return the cells of all grids, each with its n_jobs and threads."""
    return [pair for grid in shown for pair in grid.cells.items()]


def _best_keys(
    cells: Sequence[tuple[tuple[int, str], SettingReport]],
    part: Literal[0, 1],
    most: int,
    unit: Unit,
    chosen: str | None,
) -> set[int | str]:
    """Return the n_jobs, or the threads, of the best cells, up to so many."""

    def rank(pair: tuple[tuple[int, str], SettingReport]) -> tuple[bool, float]:
        value = drawable(sentence.value(pair[1], unit.field))
        return pair[1].id != chosen, math.inf if value is None else value

    keys = dict.fromkeys(key[part] for key, _ in sorted(cells, key=rank))
    return set(list(keys)[:most])


def asks_for_more(key: tuple[int, str], cpus: int) -> bool:
    """Tell whether n_jobs times threads is more than the CPUs; unknown of `default`: False."""
    jobs, threads = key
    return threads.isdecimal() and jobs * int(threads) > cpus


def columns_of(shown: Sequence[Grid]) -> list[str]:
    """Return the columns: numbers of threads, caps by library, and what is not capped."""
    threads = {one for grid in shown for one in grid.threads}
    return sorted(threads, key=lambda one: (one == "default", not one.isdecimal(), len(one), one))
