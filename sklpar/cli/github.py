"""What GitHub Actions is told beside the verdict: annotations, and the job's summary."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import TextIO, TypeAlias

from sklpar.errors import SklparError, SpecError
from sklpar.model import Verdict
from sklpar.render.verdicts import github

Annotate: TypeAlias = Callable[[Verdict, TextIO], None]


@contextmanager
def annotated(spec: str) -> Iterator[Annotate]:
    """Give what writes a verdict's annotations and summary; does nothing outside of GitHub.

    An error that comes before any verdict is annotated as well, and goes on its way.
    """
    if not os.environ.get("GITHUB_ACTIONS"):
        yield lambda _verdict, _stream: None
        return
    file = _in_repository(spec)

    def annotate(verdict: Verdict, stream: TextIO) -> None:
        for line in github.annotate(verdict, file):
            print(line, file=stream, flush=True)
        _append_summary(verdict)

    try:
        yield annotate
    except SklparError as error:
        line = 0
        if isinstance(error, SpecError) and error.problems:
            # It may be of the file with the pinned setting, or of pyproject.toml.
            file, line = _in_repository(error.file), error.problems[0].line
        text = github.error_annotation(str(error), file, line)
        print(text, file=sys.stderr, flush=True)  # noqa: T201
        raise


def _in_repository(file: str) -> str:
    """Return the path from the repository's root, where GitHub shows it; empty for no file."""
    if file == "-":
        return ""
    root = os.environ.get("GITHUB_WORKSPACE")
    with suppress(ValueError, OSError):
        if root:
            # Links are not followed, but `..` is: GitHub knows a file by one name.
            whole = Path(os.path.normpath(Path(file).absolute()))
            return str(whole.relative_to(os.path.normpath(Path(root).absolute())))
    return file


def _append_summary(verdict: Verdict) -> None:
    """Append to the job's summary; a guard does not fail for a summary that cannot be written."""
    place = os.environ.get("GITHUB_STEP_SUMMARY")
    if not place:
        return
    try:
        with Path(place).open("a", encoding="utf-8") as file:
            file.write(github.summary(verdict, room=github.SUMMARY_BYTES - file.tell()))
    except OSError as error:
        print(f"the job's summary was not written: {error.strerror}", file=sys.stderr)  # noqa: T201
