"""What a shell offers when Tab is pressed.

Where nothing is offered, the shell completes file names by itself. Only names in this folder are
looked at: no spec is read, and nothing that measures is imported.
"""

from __future__ import annotations

from collections.abc import Callable, Collection
from pathlib import Path

# A shell shows no more than a screenful.
_RUNS = 50
# What stands beside an offer is taken for rich's markup, where a wrong tag is an error.
_NO_MARKUP = str.maketrans("[]", "()")


def specs(incomplete: str) -> list[str]:
    """Return the YAML files that begin so."""
    folder, _, start = incomplete.rpartition("/")
    place = Path(f"{folder}/" if "/" in incomplete else ".")
    prefix = incomplete.removesuffix(start)
    try:
        names = sorted(path.name for path in place.iterdir() if path.suffix in (".yaml", ".yml"))
    except OSError:
        return []
    hidden = start.startswith(".")
    return [f"{prefix}{name}" for name in names if hidden or not name.startswith(".")]


def runs(incomplete: str) -> list[tuple[str, str]]:
    """Return the ids of stored runs, newest first, with their names."""
    from sklpar.render.plain import one_line
    from sklpar.store.listing import run_names

    try:
        return [
            (run, one_line(name).translate(_NO_MARKUP))
            for run, name in run_names(incomplete, _RUNS)
        ]
    except OSError:
        return []


def rules() -> list[str]:
    """Return the findings that are explained."""
    from sklpar.errors import UsageError
    from sklpar.render.manual import known_rules

    try:
        return known_rules()
    except UsageError:
        return []


def backends(incomplete: str) -> list[str]:
    """Return the list as it is with each of the backends that it lacks for its last."""
    from sklpar.backends import BACKENDS

    before = incomplete.rpartition(",")[0]
    given = before.split(",") if before else []
    return [",".join([*given, name]) for name in BACKENDS if name not in given]


def choices(names: Collection[str]) -> Callable[[], list[str]]:
    """Return a completer of a registry's keys."""
    return lambda: list(names)
