"""Guards of a real job: with broken baselines, with nothing changed, and made worse on purpose."""

from __future__ import annotations

import json
import os
import shutil
import statistics
import tempfile
import textwrap
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.guard_jobs import SETTING, Said, Workplace, broken_baselines
from benchmarks.guard_simulation import Mode

Row = dict[str, Any]
# About 0.3 s of a fit on the machine of docs/benchmarks.md; and next to nothing.
ITERATIONS, FEW_ITERATIONS = 170_000, 1000
MODES: tuple[Mode, ...] = ("config", "baseline", "against")
BASELINE = ("--baseline", "base.json")
CALLS: Mapping[Mode, tuple[str, ...]] = {
    "config": ("--config", "tuned.yaml"),
    "baseline": BASELINE,
    "against": ("--against", "./unchanged-python"),
}


def of_broken_baselines(hear: Callable[[str], None]) -> list[Row]:
    """Return what is said of a sound baseline, and of each broken one."""
    with tempfile.TemporaryDirectory(prefix="guard-rates-") as folder:
        place = Workplace.made(Path(folder), iterations=FEW_ITERATIONS)
        good = recorded(place, rounds=3)
        rows = [_row_of("sound, nothing changed", place.guard(*BASELINE, "--rounds", "3"))]
        if not os.geteuid():
            hear("not readable: left out, since root reads it anyway")
        for one in broken_baselines(good):
            file = Path(folder, "broken.json")
            one.put(file)
            rows.append(
                _row_of(one.name, place.guard("--baseline", file.name, environ=one.environ))
            )
            hear(f"{one.name}: exit {rows[-1]['exit']}, {rows[-1]['s']:.1f} s")
            if file.is_dir():
                shutil.rmtree(file)
            file.unlink(missing_ok=True)
        return rows


def _row_of(name: str, said: Said) -> Row:
    return {
        "baseline": name,
        "exit": said.code,
        "measured": "yes" if said.measured else "no",
        "s": said.wall_s,
        "said": textwrap.shorten(said.first_line, 120, placeholder=" ..."),
    }


def recorded(place: Workplace, rounds: int) -> str:
    """Measure a baseline and return its text."""
    said = place.guard(*BASELINE, "--update", "--rounds", str(rounds))
    if said.code != 0:
        raise SystemExit(f"no baseline could be measured: {said.first_line}")
    return (place.folder / "base.json").read_text()


# --------------------------------------------------------------------------- live


@dataclass(frozen=True, kw_only=True)
class Worse:
    """A way to make the job worse, and which metrics must be named."""

    mode: Mode
    what: str
    environ: Mapping[str, str]
    wanted: tuple[str, ...]
    flags: tuple[str, ...] = ()


def of_a_real_job(runs: int, hear: Callable[[str], None]) -> tuple[list[Row], list[Row]]:
    """Return how guards come out: `runs` of each mode unchanged, half as many of each change."""
    with tempfile.TemporaryDirectory(prefix="guard-rates-") as folder:
        place = Workplace.made(Path(folder), iterations=ITERATIONS)
        began = time.monotonic()
        base = json.loads(recorded(place, rounds=10))
        hear(f"baseline of 10 rounds: {time.monotonic() - began:.0f} s")
        same = unchanged(place, runs, hear)
        repeats = max(1, runs // 2)
        guard_s = {row["mode"]: row["median s"] for row in same}
        changes = ways_to_be_worse(base)
        left_s = repeats * sum(guard_s[one.mode] for one in changes)
        hear(f"{repeats * len(changes)} of a changed job to come, {left_s / 60:.0f} min or more")
        return same, [made_worse(place, repeats, one, hear) for one in changes]


def unchanged(place: Workplace, runs: int, hear: Callable[[str], None]) -> list[Row]:
    """Guard what has not changed, the three modes in turns."""
    said: dict[Mode, list[Said]] = {mode: [] for mode in MODES}
    for run in range(1, runs + 1):
        for mode in MODES:
            said[mode].append(place.guard(*CALLS[mode]))
            hear(f"unchanged, {run} of {runs}, {mode}: {_told(said[mode][-1])}")
    return [{"mode": mode, **_counted(found)} for mode, found in said.items()]


def ways_to_be_worse(base: Mapping[str, Any]) -> list[Worse]:
    """Return what is done to the job; `base` is the document of its baseline."""
    rows = {row["id"]: row for row in base["settings"]}
    extra = 0.2 * rows["as-written"]["peak_memory_bytes"]["median"]
    first_s = {name: row["first_fit_s"]["median"] for name, row in rows.items()}
    # The pin's work grows until it takes half as long again as serial.
    factor = 1.5 * first_s["serial"] / first_s[SETTING]
    time_, fine = ("first_fit", "cpu"), ("--threshold", "5%", "--budget", "90s")
    ways: list[tuple[str, Mapping[str, str], tuple[str, ...], tuple[str, ...]]] = [
        ("work +10%; threshold 5%, budget 90s", {"GUARD_WORK": "1.1"}, time_, fine),
        ("work +20%", {"GUARD_WORK": "1.2"}, time_, ()),
        ("work +50%", {"GUARD_WORK": "1.5"}, time_, ()),
        ("memory +20%", {"GUARD_EXTRA_BYTES": f"{extra:.0f}"}, ("memory",), ()),
    ]
    modes: tuple[Mode, ...] = ("baseline", "against")
    return [
        Worse(mode=mode, what=what, environ=environ, wanted=wanted, flags=flags)
        for mode in modes
        for what, environ, wanted, flags in ways
    ] + [
        Worse(
            mode="config",
            what="the pin takes 1.5 times as long as serial",
            environ={"GUARD_PARALLEL_WORK": f"{factor:.3f}"},
            wanted=("first_fit", "speedup"),
        )
    ]


def made_worse(place: Workplace, repeats: int, one: Worse, hear: Callable[[str], None]) -> Row:
    """Guard a job that was made worse, several times."""
    said = []
    for _ in range(repeats):
        said.append(place.guard(*CALLS[one.mode], *one.flags, environ=one.environ))
        hear(f"{one.what}, {one.mode}: {_told(said[-1])}")
    named = [{metric for _, metric in of_one.regressed} for of_one in said]
    metrics = Counter(metric for of_one in named for metric in of_one)
    return {
        "mode": one.mode,
        "what is worse": one.what,
        **_counted(said),
        "found": sum(
            of_one.code == 1 and bool(metrics_ & {*one.wanted})
            for of_one, metrics_ in zip(said, named, strict=True)
        ),
        "other alarms": sum(bool(metrics_ - {*one.wanted}) for metrics_ in named),
        "regressed": ", ".join(f"{metric} {n}" for metric, n in metrics.most_common()),
    }


def _counted(said: Sequence[Said]) -> Row:
    codes = Counter(one.code for one in said)
    return {
        "guards": len(said),
        **{f"exit {code}": codes[code] for code in (1, 4, 0)},
        "other": sum(n for code, n in codes.items() if code not in {0, 1, 4}),
        "exit codes": " ".join(str(one.code) for one in said),
        "mean rounds": statistics.fmean(one.verdict.get("rounds", 0) for one in said),
        "median s": statistics.median(one.wall_s for one in said),
        "said": [one.first_line for one in said],
    }


def _told(said: Said) -> str:
    rounds = said.verdict.get("rounds", 0)
    return f"exit {said.code}, {rounds} rounds, {said.wall_s:.0f} s; {said.first_line}"
