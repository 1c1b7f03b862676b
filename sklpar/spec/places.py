"""Where things are in a spec: key paths, and their lines and columns."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final, TypeAlias

from sklpar.errors import Problem

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence


KeyPath: TypeAlias = tuple[str | int, ...]
Place: TypeAlias = tuple[int, int]

# A path that ends in KEY means the key itself, not its value; no key of a spec can hold a NUL.
KEY: Final = "\0key"
MAX_PROBLEMS = 50


def dotted(path: Iterable[str | int]) -> str:
    """Return a path as the user would write it: ``sweep.n_jobs.0``."""
    return ".".join(str(part) for part in path if part != KEY)


def place_of(path: KeyPath, positions: Mapping[KeyPath, Place]) -> Place:
    """Return the 1-based (line, column) of the nearest thing on the way to `path` that has one."""
    for length in range(len(path), -1, -1):
        if path[:length] in positions:
            return positions[path[:length]]
    return (0, 0)


def placed(problem: Problem, positions: Mapping[KeyPath, Place]) -> Problem:
    """Return the problem with its line and column, its message led by the path."""
    line, column = place_of(problem.path, positions)
    path = tuple(part for part in problem.path if part != KEY)
    where = dotted(path)
    message = f"{where}: {problem.message}" if where else problem.message
    return replace(problem, message=message, line=line, column=column, path=path)


def bounded(problems: Sequence[Problem]) -> list[Problem]:
    """Return no more problems than a terminal can hold, and say how many were left out."""
    if len(problems) <= MAX_PROBLEMS:
        return list(problems)
    shown = sorted(problems, key=lambda problem: (problem.line, problem.column))[:MAX_PROBLEMS]
    left_out = f"and {len(problems) - MAX_PROBLEMS} more problems after this"
    return [*shown, Problem(message=left_out, line=shown[-1].line, column=shown[-1].column)]
