"""The journal of a run: one line a finished trial, whole or absent whatever happens meanwhile."""

from __future__ import annotations

import errno
import os
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

from sklpar.errors import StoreError
from sklpar.model import Failure, Outcome, Sample
from sklpar.store.codec import dump, from_plain, parse, unwrapped, wrapped


def encode_outcome(outcome: Outcome) -> bytes:
    """Return an outcome as one line of JSON; NaN, such as of a failed score, survives."""
    return dump(wrapped(outcome)).encode("ascii") + b"\n"


def decode_outcome(line: bytes, source: str) -> Outcome:
    """Read a line of the journal.

    Raises
    ------
    StoreError
        The line is damaged; `source` names the file and line.
    """
    plain = parse(line, source, hook=unwrapped)
    if plain.get("status") in {"ok", "not_as_requested"}:
        return from_plain(Sample, plain, source)
    return from_plain(Failure, plain, source)


def read_journal(path: Path) -> list[Outcome]:
    """Return the outcomes of a journal in order; of two with one trial number the first counts.

    A last line that is not whole was being written when the power or the process went: it is
    left out. A journal that is not there is empty.

    Raises
    ------
    StoreError
        A line before the last is damaged.
    """
    try:
        data = path.read_bytes()
    except FileNotFoundError:
        return []
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}") from None
    outcomes: dict[int, Outcome] = {}
    for number, line in enumerate(_whole(data).split(b"\n")[:-1], start=1):
        try:
            outcome = decode_outcome(line, f"{path}:{number}")
        except StoreError as error:
            remedy = f"Delete line {number}: its trial is measured again on --resume."
            raise StoreError(str(error), remedy=remedy) from None
        outcomes.setdefault(outcome.trial, outcome)
    return list(outcomes.values())


def append_outcome(path: Path, outcome: Outcome) -> None:
    """Append one outcome and bring it to the disk.

    Raises
    ------
    StoreError
        It could not be stored, for a full disk say; the journal is then as it was.
    """
    line = encode_outcome(outcome)
    try:
        fd = os.open(path, os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC, 0o644)
        try:
            _write_whole(fd, line)
        finally:
            os.close(fd)
    except OSError as error:
        raise StoreError(
            f"trial {outcome.trial} could not be stored in {path} ({error.strerror}); "
            f"the {_count(path)} trials before it are safe",
            remedy=f"Make room or choose another disk, then go on with --resume {path.parent}",
        ) from None


def cut_unfinished(path: Path) -> None:
    """Cut off a last line that is not whole, so that the next one begins a line.

    Raises
    ------
    StoreError
        The journal cannot be written.
    """
    try:
        data = path.read_bytes()
        whole = len(_whole(data))
        if whole < len(data):
            os.truncate(path, whole)
    except FileNotFoundError:
        return
    except OSError as error:
        raise StoreError(f"{path}: {error.strerror}") from None


def _write_whole(fd: int, line: bytes) -> None:
    size = os.fstat(fd).st_size
    if size and os.pread(fd, 1, size - 1) != b"\n":  # what a failed write could not take back
        size = len(_whole(os.pread(fd, size, 0)))
        os.ftruncate(fd, size)
    try:
        # One call, so that a kill leaves the line whole or torn at the end, never mixed.
        if os.write(fd, line) < len(line):
            raise OSError(errno.ENOSPC, os.strerror(errno.ENOSPC))
        os.fsync(fd)
    except OSError:
        os.ftruncate(fd, size)
        raise


def _whole(data: bytes) -> bytes:
    """Return the data without a last line that is cut off."""
    data = data[: data.rfind(b"\n") + 1]
    start = data.rfind(b"\n", 0, -1) + 1
    try:
        parse(data[start:], "")
    except StoreError:
        return data[:start]
    return data


def _count(path: Path) -> int:
    try:
        return path.read_bytes().count(b"\n")
    except OSError:
        return 0


def without_known_values(outcome: Outcome, before: Sequence[Outcome]) -> Outcome:
    """Drop an answer's values where the journal holds them already, under the same digest."""
    if not isinstance(outcome, Sample) or outcome.answer is None:
        return outcome
    known = {o.answer.digest for o in before if isinstance(o, Sample) and o.answer}
    if outcome.answer.digest not in known:
        return outcome
    return replace(outcome, answer=replace(outcome.answer, values=None))
