"""Whether sklpar finds what is wrong with a job, and names it, and keeps quiet where nothing is.

Each situation of `situations/` is a job made to have a fault, or none, run by `sklpar tune` in a
folder of its own. Quotas, neighbours and small disks are made for real, and skipped with the
reason where that is not allowed (they take root, and control groups of version 1). A warning or
error is an alarm; an ``info`` is none. A seeded fault is *found* by an alarm of its rule on its
setting, and *named* if the advice holds the words that tell the cause. Every other alarm is false,
unless it is a known side effect of the fault. *Explained* is the part of the lost efficiency, what
the setting held of its CPUs beyond the useful work, that its ladder accounts for.

    python benchmarks/diagnosis.py [NAME ...] [--list] [--output FOLDER]
"""

from __future__ import annotations

import argparse
import json
import os
import re
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

# As a script its own folder is on the path, not the one that `benchmarks` is in.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.situations import SITUATIONS, Situation
from benchmarks.situations.conditions import NotPossibleError, made
from benchmarks.situations.tables import tables
from benchmarks.situations.verdict import Verdict, broken, judge

JOBS = Path(__file__).parent / "situations" / "jobs.py"
LIMIT_S = 180.0  # of one situation
# CPUs that others use before we begin, from which on the findings may be theirs.
BUSY_CPUS = 0.2


class NoReportError(Exception):
    """sklpar ended without a result; the message holds its last words."""


def reported(situation: Situation, folder: Path) -> dict[str, Any]:
    """Run a situation in an empty folder and return the result document.

    Raises
    ------
    NotPossibleError, NoReportError
        Its conditions cannot be made here; sklpar gave no result.
    """
    if situation.impossible:
        raise NotPossibleError(situation.impossible)
    (folder / "spec.yaml").write_text(situation.spec, encoding="utf-8")
    shutil.copy(JOBS, folder)
    if "rows.csv" in situation.spec:
        (folder / "rows.csv").write_text(_table(), encoding="utf-8")
    command = [sys.executable, "-m", "sklpar", "tune", "spec.yaml", "--json", "--quiet"]
    command += ["--output", "run"]
    for package in ("jobs", "lightgbm", "xgboost"):
        if re.search(rf"\b{package}[.:]\w", situation.spec):
            command += ["--trust", package]
    with made(situation.conditions, folder / "run" / "samples.jsonl", folder) as conditions:
        out, err = _finished(
            [*conditions.prefix, *command],
            {**conditions.environment, **situation.environment},
            folder,
        )
    try:
        document: dict[str, Any] = json.loads(out)
    except ValueError:
        raise NoReportError(" ".join(err.split())[-300:] or "no output") from None
    return document


def _finished(command: Sequence[str], environment: dict[str, str], folder: Path) -> tuple[str, str]:
    """Run to the end or `LIMIT_S`; on every other exit sklpar ends its own trials.

    Raises
    ------
    NoReportError
        It took too long.
    """
    process = subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        return process.communicate(timeout=LIMIT_S)
    except subprocess.TimeoutExpired:
        raise NoReportError(f"stopped after {LIMIT_S:.0f} s") from None
    finally:
        if process.poll() is None:
            process.terminate()
            process.wait()


def _table() -> str:
    """Return a CSV of 3,000 rows: two numbers, a word, a target."""
    words = ("red", "green", "blue")
    rows = (
        f"{n % 97 / 97:.4f},{n * n % 89 / 89:.4f},{words[n % 3]},{n % 7 // 4}" for n in range(3000)
    )
    return "\n".join(("a,b,c,y", *rows)) + "\n"


def tried(situation: Situation, output: Path) -> Verdict | None:
    """Run and judge a situation, print a line, and keep the report; None where it is skipped."""
    started = time.monotonic()
    print(f"{situation.name}: ", end="", flush=True)
    try:
        with tempfile.TemporaryDirectory(prefix="diagnosis-") as folder:
            document = reported(situation, Path(folder))
    except NotPossibleError as reason:
        print(f"skipped: {reason}", flush=True)
        return None
    except NoReportError as words:
        print(f"NO RESULT: {words}", flush=True)
        return broken(situation)
    (output / f"{slug(situation.name)}.json").write_text(json.dumps(document, indent=1))
    verdict = judge(situation, document)
    print(f"{verdict.line()} [{time.monotonic() - started:.0f} s]", flush=True)
    return verdict


def slug(name: str) -> str:
    """Return a name for a file."""
    return re.sub(r"\W+", "-", name.lower()).strip("-")


def busy_cpus() -> float:
    """Return how many CPUs are in use now, over a second."""
    before, idle_before = _ticks()
    time.sleep(1.0)
    after, idle_after = _ticks()
    return (os.cpu_count() or 1) * (1 - (idle_after - idle_before) / (after - before))


def _ticks() -> tuple[int, int]:
    fields = Path("/proc/stat").read_text(encoding="ascii").split("\n", 1)[0].split()[1:9]
    values = [int(field) for field in fields]
    return sum(values), values[3] + values[4]


def chosen(names: Sequence[str]) -> list[Situation]:
    """Return the situations whose name holds one of the words, or all."""
    return [s for s in SITUATIONS if not names or any(n.lower() in s.name.lower() for n in names)]


def run(situations: Sequence[Situation], output: Path) -> None:
    """Try the situations one after the other, and print the tables."""
    others = busy_cpus()
    print(f"in use before: {others:.2f} of {os.cpu_count()} CPUs", flush=True)
    if others > BUSY_CPUS:
        print("WARNING: THE MACHINE IS BUSY; what is found may be the load of others", flush=True)
    started = time.monotonic()
    verdicts: list[Verdict] = []
    skipped = 0
    try:
        for situation in situations:
            verdict = tried(situation, output)
            if verdict is None:
                skipped += 1
            else:
                verdicts.append(verdict)
    except KeyboardInterrupt:
        print("interrupted: what follows is of the situations before", flush=True)
    print(f"\n{tables(verdicts)}")
    took_s = time.monotonic() - started
    print(f"\n{len(verdicts)} situations in {took_s:.0f} s, {skipped} skipped; reports in {output}")


def main(arguments: Sequence[str]) -> None:
    """Read the command line, and try what it names."""
    parser = argparse.ArgumentParser(description="Try sklpar's diagnoses on labelled situations.")
    parser.add_argument("names", nargs="*", metavar="NAME", help="words of names; all if none")
    parser.add_argument("--list", action="store_true", help="print the situations and stop")
    parser.add_argument("--output", type=Path, metavar="FOLDER", help="where reports are kept")
    options = parser.parse_args(arguments)
    situations = chosen(options.names)
    if options.list:
        for situation in situations:
            wanted = ", ".join(f"{e.rule} on {e.where}" for e in situation.expected) or "nothing"
            print(f"{situation.name}: {wanted}")
        return
    # A killed benchmark must not leave its quotas, disks and neighbours behind.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    output = options.output or Path(tempfile.mkdtemp(prefix="diagnosis-reports-"))
    output.mkdir(parents=True, exist_ok=True)
    run(situations, output)


if __name__ == "__main__":
    main(sys.argv[1:])
