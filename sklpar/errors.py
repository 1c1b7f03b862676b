"""One tree of errors: each knows its exit code, and its message names the next step."""

from __future__ import annotations

from dataclasses import dataclass


class SklparError(Exception):
    """Base of every error that sklpar raises on purpose.

    Attributes
    ----------
    exit_code : int
        What the command line exits with (CONTRACT: 0 fine, 1 guard failed, 2 usage or spec,
        3 nothing measured, 4 inconclusive, 5 baseline, 130 interrupted).
    remedy : str
        What the user can do next, one sentence; empty when the message already says it.
    """

    exit_code = 2

    def __init__(self, message: str, *, remedy: str = "") -> None:
        super().__init__(message)
        self.remedy = remedy
        if remedy:
            self.add_note(remedy)  # a traceback shows no attributes


class UsageError(SklparError):
    """A flag or an argument that cannot be honoured."""


@dataclass(frozen=True, kw_only=True)
class Problem:
    """One thing wrong with a spec, and where.

    Attributes
    ----------
    message : str
        What is wrong.
    remedy : str
        The next step ("did you mean ...?"); may be empty.
    line, column : int
        1-based position in the spec; 0 when the problem has no place in it (a flag, a whole file).
    path : tuple
        Keys that lead to the value, outermost first.
    """

    message: str
    remedy: str = ""
    line: int = 0
    column: int = 0
    path: tuple[str | int, ...] = ()


class SpecError(SklparError):
    """Everything wrong with a spec, all at once.

    ``str()`` of it is complete: for each problem ``file:line:column: message``, the offending
    line with a caret under the column, and the remedy. An empty `file` is that of no file.
    """

    def __init__(self, problems: list[Problem], *, file: str, text: str = "") -> None:
        self.problems = sorted(problems, key=lambda p: (p.line, p.column))
        self.file = file
        lines = text.splitlines()
        super().__init__("\n".join(_describe(p, file, lines) for p in self.problems))


class TrustError(SklparError):
    """Code that was not trusted would have had to be imported."""


class StoreError(SklparError):
    """A run folder that cannot be read or written."""


class MeasurementError(SklparError):
    """The measuring machinery itself broke (not the user's estimator)."""


def _describe(problem: Problem, file: str, lines: list[str]) -> str:
    place = f"{file}:{problem.line}:{problem.column}" if problem.line else file
    parts = [f"{place}: {problem.message}" if place else problem.message]
    if 0 < problem.line <= len(lines):
        line = lines[problem.line - 1].expandtabs(1)
        # A line of a megabyte would bury the message it is shown for.
        start = max(0, problem.column - 60) if len(line) > 120 else 0
        parts += [f"    {line[start : start + 120]}"]
        parts += [" " * (3 + max(1, problem.column) - start) + "^"]
    if problem.remedy:
        parts.append(f"    {problem.remedy}")
    return "\n".join(parts)
