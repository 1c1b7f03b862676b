"""The folder of a run: spec, plan, journal, report, and a folder for each trial's logs."""

from __future__ import annotations

import errno
import os
import re
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from shlex import quote

from sklpar.errors import StoreError
from sklpar.model import Outcome, Report
from sklpar.store.codec import check_schema, dump, from_plain, parse, spelled
from sklpar.store.document import read_report_file, report_text
from sklpar.store.journal import append_outcome, cut_unfinished, read_journal
from sklpar.store.plan_file import PlanFile
from sklpar.store.whole import sync_folder, write_whole

HOME = Path(".sklpar")
_NO_LOCKS_HERE = {errno.ENOSYS, errno.EOPNOTSUPP, errno.ENOLCK}  # some network file systems


@dataclass(frozen=True, kw_only=True)
class RunFolder:
    """A run on disk. `path` is absolute; `run_id` is the name that commands take."""

    path: Path
    run_id: str

    # ------------------------------------------------------------------ making and finding

    @classmethod
    def create(
        cls, output: Path | None = None, *, run_id: str | None = None, shelf: str = "runs"
    ) -> RunFolder:
        """Make the folder of a new run: `output`, or ``.sklpar/<shelf>/<id>`` below here.

        Only what lies on the shelf ``runs`` is found by its id, or as the newest run.

        Raises
        ------
        StoreError
            `output` holds something already, or cannot be made.
        """
        run_id = run_id or new_run_id()
        path = (output if output is not None else HOME / shelf / run_id).absolute()
        try:
            if output is None:
                _make_home(shelf)
            else:
                _refuse_used(path)
            path.mkdir(parents=True, exist_ok=output is not None)
            (path / "samples.jsonl").touch()
            for folder in (path, path.parent):
                sync_folder(folder)
        except OSError as error:
            raise StoreError(
                f"the run folder {path} cannot be made: {error.strerror}",
                remedy="Name a folder that can be written with --output.",
            ) from None
        return cls(path=path, run_id=run_id)

    @classmethod
    def find(cls, ref: str | None = None) -> RunFolder:
        """Return the run that a folder, an id or the beginning of one names; None is the newest.

        Raises
        ------
        StoreError
            There is none, or several; the message lists what there is.
        """
        if ref and _holds_run(Path(ref)):
            return cls._at(Path(ref))
        known = runs_newest_first()
        if ref is None:
            matches = known[:1]
        else:
            exact = [path for path in known if path.name == ref]
            matches = exact or [path for path in known if ref and path.name.startswith(ref)]
        if len(matches) == 1:
            return cls._at(matches[0])
        if ref is None:
            message = f"there is no run in {HOME / 'runs'}"
        elif matches:
            message = f"{ref!r} begins the id of {len(matches)} runs"
        else:
            message = f"{ref!r} is no run folder and no run id"
        raise StoreError(f"{message}{_listing(matches or known)}", remedy=_how_to_name(known))

    @classmethod
    def _at(cls, path: Path) -> RunFolder:
        path = path.absolute()
        for name in ("plan.json", "run.json"):
            with suppress(StoreError, OSError):
                run_id = parse((path / name).read_bytes(), "").get("run_id")
                if isinstance(run_id, str):
                    return cls(path=path, run_id=run_id)
        return cls(path=path, run_id=path.resolve().name)

    # ------------------------------------------------------------------ spec and plan

    def write_spec(self, text: str) -> None:
        """Store the spec as it was read."""
        self._write("spec.yaml", text)

    def read_spec(self) -> str:
        """Return the text of the spec that the run was started with."""
        path = self.path / "spec.yaml"
        try:
            return path.read_bytes().decode("utf-8")
        except OSError as error:
            raise StoreError(f"{path}: {error.strerror}") from None
        except UnicodeDecodeError:
            raise StoreError(f"{path}: not UTF-8 text") from None

    def write_plan(self, plan: PlanFile) -> None:
        """Store what a resumed run must know; a folder with a plan is a run."""
        self._write("plan.json", dump(spelled(plan), indent=2) + "\n")

    def read_plan(self) -> PlanFile:
        """Return the plan.

        Raises
        ------
        StoreError
            It is missing, damaged, or of a newer sklpar.
        """
        path = self.path / "plan.json"
        remedy = "Without its plan a run cannot go on: restore the file, or measure again."
        try:
            document = parse(path.read_bytes(), str(path))
            check_schema(document, str(path))
            return from_plain(PlanFile, document, str(path))
        except OSError as error:
            raise StoreError(f"{path}: {error.strerror}", remedy=remedy) from None
        except StoreError as error:
            raise StoreError(str(error), remedy=error.remedy or remedy) from None

    # ------------------------------------------------------------------ journal

    @contextmanager
    def lock(self) -> Iterator[None]:
        """Hold the run for writing, and cut off a line that a killed writer left unfinished.

        The kernel lets go of the lock when the holder dies in any way.

        Raises
        ------
        StoreError
            Another process holds it.
        """
        import fcntl

        path = self.path / "lock"
        try:
            fd = os.open(path, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o644)
        except OSError as error:
            raise StoreError(f"{path}: {error.strerror}") from None
        try:
            try:
                fcntl.flock(fd, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                holder = os.read(fd, 20).decode("ascii", "replace").strip()
                raise StoreError(
                    f"run {self.run_id} is being written by another sklpar (process {holder})",
                    remedy="Wait until it has ended, or stop it first.",
                ) from None
            except OSError as error:
                if error.errno not in _NO_LOCKS_HERE:
                    raise StoreError(f"{path}: {error.strerror}") from None
            with suppress(OSError):  # the id only makes the message better: a full disk may pass
                os.ftruncate(fd, 0)
                os.write(fd, f"{os.getpid()}\n".encode())
            cut_unfinished(self.path / "samples.jsonl")
            yield
        finally:
            os.close(fd)

    def append(self, outcome: Outcome) -> None:
        """Store a finished trial; on the disk when this returns. Call it under `lock`.

        Raises
        ------
        StoreError
            It could not be stored; what was before is untouched.
        """
        append_outcome(self.path / "samples.jsonl", outcome)

    def outcomes(self) -> list[Outcome]:
        """Return the stored trials in order, each number once.

        Raises
        ------
        StoreError
            A line before the last is damaged; the message gives its number.
        """
        return read_journal(self.path / "samples.jsonl")

    # ------------------------------------------------------------------ report

    def write_report(self, report: Report) -> None:
        """Store the report: a reader sees the one before or this one, never half of it."""
        self._write("run.json", report_text(report))

    def read_report(self) -> Report:
        """Return the stored report.

        Raises
        ------
        StoreError
            There is none yet, or it is damaged or of a newer sklpar.
        """
        path = self.path / "run.json"
        if not path.exists() and _holds_run(self.path):
            raise StoreError(
                f"run {self.run_id} has no report: it was killed before one was written",
                remedy=f"Go on with it: {_resume(self.path)}",
            )
        return read_report_file(path)

    # ------------------------------------------------------------------ trials

    def trial_folder(self, number: int, setting_id: str) -> Path:
        """Return where a trial's files are, such as ``trials/0007-loky-j2-t1``; nothing is made."""
        safe = re.sub(r"[^\w.,=+-]+", "_", setting_id, flags=re.ASCII)[:100]
        return self.path / "trials" / f"{number:04d}-{safe}"

    def new_trial_folder(self, number: int, setting_id: str) -> Path:
        """Make a trial's folder, empty: what a killed attempt left there must not be read.

        Raises
        ------
        StoreError
            It cannot be made.
        """
        import shutil

        folder = self.trial_folder(number, setting_id)
        try:
            if folder.exists():
                shutil.rmtree(folder)
            folder.mkdir(parents=True)
        except OSError as error:
            raise StoreError(
                f"{folder}: {error.strerror}",
                remedy=f"Then go on with {_resume(self.path)}",
            ) from None
        return folder

    def _write(self, name: str, text: str) -> None:
        path = self.path / name
        try:
            write_whole(path, text)
        except OSError as error:
            raise StoreError(
                f"{path} could not be written: {error.strerror}; the trials stored are safe",
                remedy=f"Make room or permit writing, then go on with {_resume(self.path)}",
            ) from None


def new_run_id() -> str:
    """Return an id that sorts by time: date, time of day (UTC) and four random digits."""
    return f"{time.strftime('%Y%m%d-%H%M%S', time.gmtime())}-{os.urandom(2).hex()}"


def named_from_here(folder: Path) -> str:
    """Return the path from here where the folder lies below, else the whole of it."""
    here, whole = Path.cwd(), folder.absolute()
    return str(whole.relative_to(here)) if whole.is_relative_to(here) else str(whole)


def _make_home(shelf: str) -> None:
    (HOME / shelf).mkdir(parents=True, exist_ok=True)
    ignore = HOME / ".gitignore"
    if not ignore.exists():
        ignore.write_text("*\n", encoding="ascii")


def _holds_run(path: Path) -> bool:
    try:
        return (path / "plan.json").is_file() or (path / "run.json").is_file()
    except (OSError, ValueError):  # what a user typed may be no name that a file can have
        return False


def _refuse_used(path: Path) -> None:
    if not path.is_dir() or not any(path.iterdir()):
        return  # free, or a file, which making the folder will say
    if not _holds_run(path):
        raise StoreError(
            f"{path} is not empty and holds no run of sklpar",
            remedy="Name a new or an empty folder with --output.",
        )
    if _is_finished(path):
        raise StoreError(
            f"{path} holds a finished run",
            remedy=f"See it with `sklpar show {path}`, or name another folder with --output.",
        )
    other = "name another folder with --output."
    can_go_on = _value(path / "plan.json", "from_python") is not True
    raise StoreError(
        f"{path} holds a run that has not finished",
        remedy=f"Go on with it ({_resume(path)}), or {other}" if can_go_on else other.capitalize(),
    )


def _is_finished(path: Path) -> bool:
    return _value(path / "run.json", "status") == "complete"


def _value(file: Path, key: str) -> object:
    try:
        return parse(file.read_bytes(), "").get(key)
    except (OSError, StoreError):
        return None


def runs_newest_first() -> list[Path]:
    """Return the folders of the runs on the shelf."""

    def age(path: Path) -> tuple[str, int]:
        return path.name[:15], path.stat().st_mtime_ns  # ids of one second have no order

    runs = HOME / "runs"
    found = [path for path in runs.iterdir() if _holds_run(path)] if runs.is_dir() else []
    return sorted(found, key=age, reverse=True)


def _listing(runs: list[Path]) -> str:
    if not runs:
        return ""
    more = ", ..." if len(runs) > 5 else ""
    return ": " + ", ".join(path.name for path in runs[:5]) + more


def _how_to_name(known: list[Path]) -> str:
    if known:
        return "Name a run by its folder, its id, or enough of the id's beginning."
    return "Make one with `sklpar tune SPEC`, or name the folder that was given to --output."


def _resume(path: Path) -> str:
    """Return how `tune` is told to go on."""
    return f"--resume {quote(str(path))}"
