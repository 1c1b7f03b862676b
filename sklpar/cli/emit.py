"""``sklpar emit``: the recommended setting for other programs."""

from __future__ import annotations

import os
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from sklpar.cli import arguments, completion
from sklpar.cli.terminal import one_of, write
from sklpar.emit import FORMATS
from sklpar.errors import SpecError, UsageError
from sklpar.render.plain import one_line

if TYPE_CHECKING:
    from sklpar.emit import Pinned
    from sklpar.model import PinnedFile

EXAMPLES = (
    "sklpar emit yaml --output tuned.yaml",
    "sklpar emit python > parallel_setting.py",
)


def emit(
    format_: Annotated[
        str,
        typer.Argument(
            metavar="|".join(FORMATS),
            callback=one_of(FORMATS),
            help="What to write.",
            autocompletion=completion.choices(FORMATS),
        ),
    ],
    run: arguments.RunOrNewest = None,
    output: arguments.Output = None,
    update: Annotated[
        Path | None,
        typer.Option(
            metavar="FILE", help="Change the values in FILE, a YAML of yours; keep its comments."
        ),
    ] = None,
) -> None:
    """Write the recommended setting of a run.

    The evidence for it, and what the format cannot carry, stand in its comments.
    """
    from sklpar.emit import pinned_from_report
    from sklpar.store.folder import RunFolder

    if update is not None:
        _refuse_misuse(format_, output, update)
    pinned = pinned_from_report(RunFolder.find(run).read_report())
    if update is None:
        write(FORMATS[format_](pinned), output)
    else:
        typer.echo(_update(update, pinned), err=True)


def _refuse_misuse(format_: str, output: Path | None, update: Path) -> None:
    if format_ != "yaml":
        message = f"--update goes with yaml, not with {format_}"
        raise UsageError(message, remedy=f"Write the file anew: sklpar emit {format_} --output")
    if output is not None:
        message = "--update and --output are two ways to write"
        raise UsageError(message, remedy="Give --update for a file that is there, else --output.")
    if str(update) == "-":
        raise UsageError("--update changes a file, and - is none", remedy="Name the file.")


def _update(path: Path, pinned: Pinned) -> str:
    """Change the file and say what changed; it is written only once it reads back as meant."""
    from sklpar.spec.loader import read_text
    from sklpar.store.whole import write_whole

    text = read_text(str(path), written_by=f"sklpar emit yaml --output {path}")
    before = _parsed(text, path)
    new = _updated(text, pinned, path)
    after = _parsed(new, path)
    if new != text:
        write_whole(path.resolve(), new)  # of a symlink, what it points to
    return one_line(f"{path}: {_difference(before, after)}")


def _updated(text: str, pinned: Pinned, path: Path) -> str:
    from sklpar.emit.yaml_update import UpdateError, updated
    from sklpar.spec.yaml_reader import read_yaml

    anew = f"Nothing was changed; write it anew: sklpar emit yaml --output {path}"
    try:
        new = updated(text, read_yaml(text, file=str(path)).value, pinned)
        fits = _same(_parsed(new, path), _parsed(FORMATS["yaml"](pinned), path))
    except UpdateError as error:
        message = f"{path} cannot be changed in place: {error}"
        raise UsageError(message, remedy=anew) from None
    except SpecError as error:
        message = f"{path} cannot be changed in place: {error.problems[0].message}"
        raise UsageError(message, remedy=anew) from None
    if not fits:
        message = f"{path} cannot be changed in place: it would not read as the setting of the run"
        raise UsageError(message, remedy=anew)
    return new


def _parsed(text: str, path: Path) -> PinnedFile:
    from sklpar.host.cpus import usable_cpus
    from sklpar.spec.pinned import parse_pinned

    return parse_pinned(text, file=str(path), usable_cpus=usable_cpus(os.environ).count)


def _same(one: PinnedFile, other: PinnedFile) -> bool:
    facts = [(file.resolved, file.fingerprint) for file in (one, other)]
    return _same_setting(one, other) and facts[0] == facts[1]


def _same_setting(one: PinnedFile, other: PinnedFile) -> bool:
    """Compare as a report would write them, where NaN is NaN."""
    from sklpar.model import Plan
    from sklpar.spec.pinned import as_planned

    return as_planned(one.setting, Plan(settings=(other.setting,))) is other.setting


def _difference(before: PinnedFile, after: PinnedFile) -> str:
    if before.text == after.text:
        return f"is up to date with {after.setting.id}, nothing changed"
    if not _same_setting(before, after):
        return f"{before.setting.id} -> {after.setting.id}"
    changed = [
        name
        for name in ("resolved", "fingerprint")
        if getattr(before, name) != getattr(after, name)
    ]
    return f"still {after.setting.id}; changed: {', '.join(changed) or 'the evidence alone'}"
