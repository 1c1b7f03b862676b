"""The estimator and the data that a Python process hands to its trials, in a folder of its own.

Reading a pickle runs code, so only what the very process wrote that started this one is read: the
folder's name tells which process that was, and a spec cannot guess it.
"""

from __future__ import annotations

import hashlib
import os
import pickle
import re
import stat
import sys
from collections.abc import Iterator
from contextlib import suppress
from io import BufferedReader
from pathlib import Path
from types import ModuleType
from typing import Any, NamedTuple

from sklpar.errors import SklparError
from sklpar.quantities import proc
from sklpar.sources import Dataset

ESTIMATOR, DATA = "estimator", "data"
# The two parts of each: the pickle, and the memory of its arrays beside it.
PICKLE, BUFFERS = ".pickle", ".buffers"
# Spawned workers run it in place of the script that the trial never was.
MAIN = "main.py"
SIZE_BYTES = 8

_NAME = re.compile(r"sklpar-handed-([0-9a-f]{8})-(\d+)-(\d+)-.*", re.ASCII)


class HandedError(SklparError):
    """What was handed over cannot be read in a fresh process."""


class Writer(NamedTuple):
    """A process, told from every other: a process id alone is given again to another.

    `place` tells the machine and its namespace of process ids: a temporary folder may be shared.
    """

    place: str
    pid: int
    start: int

    @classmethod
    def of(cls, pid: int) -> Writer | None:
        """Return the process of that id, None where there is none."""
        content = proc.read_bytes(f"/proc/{pid}/stat")
        if content is None:
            return None
        fields = content[content.rindex(b")") + 2 :].split()
        return None if fields[0] == b"Z" else cls(_place(), pid, int(fields[19]))

    @classmethod
    def from_name(cls, folder: str) -> Writer | None:
        """Return who wrote a folder, by its name; None where it is none of ours."""
        match = _NAME.fullmatch(folder)
        return cls(match[1], int(match[2]), int(match[3])) if match else None

    @property
    def prefix(self) -> str:
        """What the names of its folders begin with."""
        return f"sklpar-handed-{self.place}-{self.pid}-{self.start}-"

    @property
    def is_gone(self) -> bool:
        """Whether it ended; False where it is of another machine, so that nobody here can tell."""
        return self.place == _place() and Writer.of(self.pid) != self


def _place() -> str:
    namespace = ""
    with suppress(OSError):
        namespace = os.readlink("/proc/self/ns/pid")  # noqa: PTH115  it is no path
    boot = proc.read_bytes("/proc/sys/kernel/random/boot_id") or b""
    return hashlib.sha256(boot + namespace.encode()).hexdigest()[:8]


def is_private(folder: str) -> bool:
    """Tell a real folder of this very user that nobody else may look into."""
    try:
        found = os.lstat(folder)
    except OSError:
        return False
    return (
        stat.S_ISDIR(found.st_mode)
        and found.st_uid == os.geteuid()
        and not stat.S_IMODE(found.st_mode) & 0o077
    )


def estimator(folder: str) -> Any:
    """Return the estimator; the named function of a job that was given from Python."""
    _refuse_foreign(folder)
    (found,), names = _read_estimator(folder)
    _install(names, Path(folder, MAIN))
    return found


def data(folder: str) -> Dataset:
    """Return X, y and groups; the other function of such a job."""
    _refuse_foreign(folder)
    (X, y, groups), names = _read(Path(folder, DATA), 3, "the data")
    _install(names, Path(folder, MAIN))
    return Dataset(X=X, y=y, groups=groups)


def names_of_main(folder: str) -> dict[str, Any]:
    """Return what the estimator needs of the caller's ``__main__``; for spawned workers."""
    return _read_estimator(folder)[1]


def _refuse_foreign(folder: str) -> None:
    """Refuse what the process that started this one did not write.

    That is the parent of an inspection, and the grandparent of a trial, whose parent watches it.
    """
    parent = os.getppid()
    found = proc.process_stat(parent)
    above = [Writer.of(parent), Writer.of(found.parent) if found else None]
    writer = Writer.from_name(Path(folder).name)
    if writer is None or writer not in above or not is_private(folder):
        raise HandedError(
            "only the process that handed an estimator over can have trials read it",
            remedy="use sklpar.tune(estimator, X, y) from Python",
        )


def _read_estimator(folder: str) -> tuple[list[Any], dict[str, Any]]:
    return _read(Path(folder, ESTIMATOR), 1, "the estimator", opens_with_surroundings=True)


def _read(
    place: Path, count: int, what: str, *, opens_with_surroundings: bool = False
) -> tuple[list[Any], dict[str, Any]]:
    """Return the objects of a file, and what they need of ``__main__`` by its name."""
    try:
        with (
            place.with_suffix(PICKLE).open("rb") as file,
            place.with_suffix(BUFFERS).open("rb") as buffers,
        ):
            if opens_with_surroundings:
                _restore(pickle.load(file))  # noqa: S301  our own, see above
            # One reader for all: they share what occurs in several of them.
            reader = pickle.Unpickler(file, buffers=_arrays(buffers))  # noqa: S301
            return [reader.load() for _ in range(count)], reader.load()
    except Exception as error:
        raise HandedError(
            f"{what} cannot be loaded in a fresh process: {type(error).__name__}: {error}"
        ) from error


def _arrays(file: BufferedReader) -> Iterator[Any]:
    """Read the memory of one array after the other into memory that numpy made.

    numpy asks for huge pages where an array is large, as it did when the caller made it.
    """
    import numpy as np

    while head := file.read(SIZE_BYTES):
        array: Any = np.empty(int.from_bytes(head, "little"), dtype=np.uint8)
        if file.readinto(array) != array.size:
            raise EOFError("it was cut off")
        yield array


def _restore(surroundings: dict[str, Any]) -> None:
    """Look for modules where the caller did, and configure scikit-learn as it was there."""
    path = list(surroundings["path"])
    sys.path[:] = [*path, *(folder for folder in sys.path if folder not in path)]
    if surroundings["config"] is not None:
        import sklearn

        sklearn.set_config(**surroundings["config"])


def _install(names: dict[str, Any], file: Path) -> None:
    """Let what was defined in the caller's ``__main__`` be found in this process's.

    multiprocessing pickles by reference: it looks for ``__main__.Name`` here, and in workers that
    were forked. Those that are spawned run `file` as the script.
    """
    if not names:
        return
    main = sys.modules["__main__"]
    if getattr(main, "__file__", None) != str(file):
        # Another module, for this process's own has names of its own. Its code goes on in it.
        main = ModuleType("__main__")
        main.__file__ = str(file)
        sys.modules["__main__"] = main
    vars(main).update(names)
