"""How an estimator and its data reach the trials: by files that this user alone may read.

Trials are fresh processes, so nothing can be shared with them in memory. The pickler is
cloudpickle, which joblib brings along: it takes classes and functions of ``__main__`` by value.
"""

from __future__ import annotations

import os
import pickle
import shutil
import sys
import tempfile
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from types import FunctionType
from typing import Any, BinaryIO

from sklpar.errors import Problem, SpecError, UsageError
from sklpar.render.plain import one_line, shorten
from sklpar.trial.handed import BUFFERS, DATA, ESTIMATOR, MAIN, PICKLE, SIZE_BYTES, Writer
from sklpar.trial.handed import is_private as _is_private

_BOUND = "take out what is bound to this process: open files, locks, connections"
_PROTOCOL = 5  # the first that leaves the memory of arrays apart
_MAIN = """\
from sklpar.trial.handed import names_of_main

globals().update(names_of_main({folder!r}))
"""


class Handover:
    """The folder that trials read from, which is there as long as `handing_over` lasts."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def give_estimator(self, estimator: Any) -> None:
        """Write the estimator, and how modules are found and scikit-learn is configured here.

        Raises
        ------
        SpecError
            It cannot be cloned, as trials do with it, or not be pickled.
        UsageError
            There is no room for it.
        """
        surroundings = {"path": _absolute(sys.path), "config": _sklearn_config()}
        self._write(ESTIMATOR, {"estimator": _clone(estimator)}, surroundings)

    def give_data(self, X: Any, y: Any, groups: Any) -> None:
        """Write the data, arrays straight out of their memory; of a memory map only where it is.

        Raises
        ------
        SpecError
            They cannot be pickled.
        UsageError
            There is no room for them.
        """
        self._write(DATA, {"X": X, "y": y, "groups": groups})

    def _write(
        self, name: str, arguments: Mapping[str, Any], surroundings: Mapping[str, Any] | None = None
    ) -> None:
        place = self.folder / name
        try:
            with (
                _create(place.with_suffix(PICKLE)) as file,
                _create(place.with_suffix(BUFFERS)) as buffers,
            ):
                if surroundings is not None:
                    pickle.dump(surroundings, file, protocol=_PROTOCOL)
                    with _create(self.folder / MAIN) as main:
                        main.write(os.fsencode(_MAIN.format(folder=str(self.folder))))
                _dump(arguments, file, buffers)
        except OSError as error:
            raise _no_room(str(self.folder), error) from error


@contextmanager
def handing_over() -> Iterator[Handover]:
    """Make a folder that trials read from, and remove it at the end, however that comes about.

    What processes left that were killed meanwhile is removed first.

    Raises
    ------
    UsageError
        The folder cannot be made.
    """
    sweep_stale()
    writer = Writer.of(os.getpid())
    assert writer is not None  # noqa: S101  for the type checker: this process lives
    try:
        folder = Path(tempfile.mkdtemp(prefix=writer.prefix)).resolve()
    except OSError as error:
        raise _no_room(os.environ.get("TMPDIR", "/tmp"), error) from error  # noqa: S108
    try:
        yield Handover(folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def sweep_stale() -> int:
    """Remove what killed processes of this user left in the temporary folder; return how many."""
    removed = 0
    try:
        found = list(Path(tempfile.gettempdir()).iterdir())
    except OSError:
        return 0
    for folder in found:
        writer = Writer.from_name(folder.name)
        if writer is not None and writer.is_gone and _is_private(str(folder)):
            shutil.rmtree(folder, ignore_errors=True)
            removed += 1
    return removed


def wrong_argument(argument: str, message: str, remedy: str = "") -> SpecError:
    """Return the error for one argument of `tune`."""
    message = f"sklpar.tune({argument}=...): {message}"
    return SpecError([Problem(message=message, remedy=remedy)], file="")


def _create(path: Path) -> BinaryIO:
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    return os.fdopen(os.open(path, flags, 0o600), "wb")


def _dump(arguments: Mapping[str, Any], file: BinaryIO, buffers: BinaryIO) -> None:
    """Pickle one value after the other, then what they need of ``__main__``."""
    names: dict[str, Any] = {}
    pickler = _pickler(file, buffers, names)
    for argument, value in arguments.items():
        try:
            pickler.dump(value)
        except OSError:  # no room, as a rule
            raise
        except Exception as error:
            raise wrong_argument(
                argument,
                f"{type(value).__name__} cannot be pickled, and trials are other processes: "
                f"{_words(error)}",
                _BOUND,
            ) from error
    pickler.dump(dict(names))


def _pickler(file: BinaryIO, buffers: BinaryIO, names: dict[str, Any]) -> Any:
    """Return a pickler that writes arrays to `buffers`, and notes in `names` what is of __main__.

    cloudpickle takes that by value, but what is pickled by reference later, as multiprocessing
    does, has to be found in the trial's own ``__main__``.
    """

    def keep(buffer: pickle.PickleBuffer) -> None:
        with buffer.raw() as memory:
            buffers.write(memory.nbytes.to_bytes(SIZE_BYTES, "little"))
            buffers.write(memory)

    class Pickler(_cloudpickle().Pickler):  # type: ignore[misc]
        def reducer_override(self, obj: Any) -> Any:
            if isinstance(obj, type | FunctionType) and obj.__module__ == "__main__":
                _note_name(obj, names)
            mapped = _where_mapped(obj)
            return super().reducer_override(obj) if mapped is None else mapped

    return Pickler(file, protocol=_PROTOCOL, buffer_callback=keep)


def _note_name(it: type | FunctionType, names: dict[str, Any]) -> None:
    """Note the name in ``__main__`` by which a class or function, or what it is in, is found."""
    name = it.__qualname__.partition(".")[0]
    found = getattr(sys.modules["__main__"], name, None)
    if getattr(found, "__module__", None) == "__main__":
        names[name] = found


def _cloudpickle() -> Any:
    try:
        from joblib.externals import cloudpickle
    except ImportError:  # joblib requires it from 1.6 on, and carried it within before
        import cloudpickle  # type: ignore[import-untyped, unused-ignore]
    return cloudpickle


def _where_mapped(it: Any) -> tuple[Any, ...] | None:
    """Return how to map the file of a memory map again; None where it is none, or not a plain one.

    A map that may be written to is mapped copy-on-write: no trial writes into the user's file. One
    that is copy-on-write here may hold what is in no file.
    """
    kind = type(it)
    if kind.__name__ != "memmap" or kind.__module__ != "numpy":
        return None
    layout = "C" if it.flags.c_contiguous else "F" if it.flags.f_contiguous else None
    file, root = it.filename, it
    while type(root.base) is kind:
        root = root.base
    if file is None or not Path(file).is_file() or it.mode == "c" or layout is None:
        return None
    offset = root.offset + (it.ctypes.data - root.ctypes.data)
    mode = "r" if it.mode == "r" else "c"
    return kind, (os.fspath(file), it.dtype, mode, offset, it.shape, layout)


def _clone(estimator: Any) -> Any:
    """Return an unfitted clone: what trials fit, and no more to write than that."""
    methods = ("fit", "get_params", "set_params")
    if isinstance(estimator, type) or not all(hasattr(estimator, name) for name in methods):
        return estimator  # the inspection says what it is
    from sklearn.base import clone

    try:
        return clone(estimator)
    except Exception as error:
        raise wrong_argument(
            "estimator",
            f"{type(estimator).__name__} cannot be cloned, and each trial fits a clone: "
            f"{_words(error)}",
            _BOUND,
        ) from error


def _words(error: Exception) -> str:
    return shorten(one_line(f"{type(error).__name__}: {error}"))


def _absolute(folders: list[str]) -> list[str]:
    """Return folders to look for modules in, good in any current folder: "" is this one."""
    return [os.path.abspath(folder) for folder in folders]  # noqa: PTH100  Path has no such


def _sklearn_config() -> dict[str, Any] | None:
    sklearn = sys.modules.get("sklearn")
    return None if sklearn is None else dict(sklearn.get_config())


def _no_room(folder: str, error: OSError) -> UsageError:
    return UsageError(
        f"the estimator and the data cannot be handed to trials in {folder}: "
        f"{error.strerror or error}",
        remedy="set TMPDIR, before Python starts, to a folder with room for a copy of the data",
    )
