"""Two runs to be compared, built by hand from single values; no process started."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any

from sklpar.analysis.statistics import estimate
from sklpar.guard.contrast import contrast
from sklpar.model import Contrast, Estimate, Noise, Pair, Report, SettingReport, Speedup
from tests.unit import reports
from tests.unit.reports import recommendation, report, row

# What is in the row of each setting for each second of its first fit.
_SHARES = {"first_fit_s": 1.0, "first_fit_cpu_s": 1.9, "peak_memory_bytes": 1e8}


def noisy(middle: float, seed: int, *, rounds: int = 5, noise: float = 0.02) -> list[float]:
    """Values of a few per cent of scatter, the same whenever they are asked for."""
    draw = random.Random(f"{middle} {seed}")
    return [middle * draw.lognormvariate(0.0, noise) for _ in range(rounds)]


def timed(
    setting: str, values: Sequence[float], *, kept: bool = True, **fields: Any
) -> SettingReport:
    """A row made of these first fits; without `kept`, as runs were stored before single values."""
    made = row(setting, 1.0, **{**_asked(setting), **fields})
    several = {name: [share * value for value in values] for name, share in _SHARES.items()}
    measures = {name: estimate(found, "by hand") for name, found in several.items()}
    rounds = {
        name: {str(number): value for number, value in enumerate(found, start=1)}
        for name, found in several.items()
    }
    return replace(made, measures={**made.measures, **measures}, values=rounds if kept else {})


def _asked(setting: str) -> dict[str, Any]:
    """What an id such as ``loky-j2-t1`` asks for."""
    backend, *rest = setting.split("-")
    if len(rest) != 2 or not rest[0].startswith("j") or not rest[0][1:].isdecimal():
        return {}
    threads = rest[1].removeprefix("t")
    inner = int(threads) if threads.isdecimal() else threads
    return {"backend": backend, "n_jobs": int(rest[0][1:]), "inner_threads": inner}


def run(
    times: Mapping[str, float], *, seed: int = 1, name: str = "a", rounds: int = 5, **changes: Any
) -> Report:
    """A run of these settings, the fastest of them recommended unless told otherwise."""
    rows = [timed(setting, noisy(middle, seed, rounds=rounds)) for setting, middle in times.items()]
    best = min(times, key=lambda setting: times[setting])
    gain = times["as-written"] / times[best]
    speedup = Speedup(median=gain, low=0.97 * gain, high=1.03 * gain)
    given = {
        "run_id": f"20260102-03040{seed}-{name * 4}",
        "recommendation": recommendation(best, speedup=speedup, confirmed=3),
        "noise": Noise(level=0.02, findings=(), pace_s=1e-3, interpreter_pace_s=2e-3),
    }
    return report(*rows, **{**given, **changes})


TIMES = {"as-written": 2.0, "serial": 1.5, "loky-j2-t1": 1.0, "threading-j2-t1": 0.9}


def one() -> Report:
    """The run of `TIMES`."""
    return run(TIMES)


def other(**times: float) -> Report:
    """The same on another day, with other times where they are given (``loky_j2_t1=3.0``)."""
    changed = {name.replace("_", "-"): middle for name, middle in times.items()}
    return run({**TIMES, **changed}, seed=2, name="b")


def pair(found: Contrast, setting: str, compared: str = "first_fit_s") -> Pair:
    """One pair of a contrast."""
    return next(p for p in found.pairs if (p.setting, p.compared) == (setting, compared))


def says(found: Contrast, compared: str = "first_fit_s") -> dict[str, str]:
    """What is said of each setting."""
    return {p.setting: p.says for p in found.pairs if p.compared == compared}


def every_contrast() -> dict[str, Contrast]:
    """Contrasts of every kind."""
    a, b = one(), other(loky_j2_t1=1.4, serial=1.0)
    failed = timed("loky-j2-t1", [1.0], status="failed", reason="ValueError: no")
    failed = replace(failed, measures=row("x", None, why="failed").measures)
    broken = replace(b, settings=(*(r for r in b.settings if r.id != failed.id), failed))
    fewer = replace(b, settings=tuple(r for r in b.settings if r.id != "serial"))
    faster = replace(b, host=replace(b.host, cpu_model="Faster CPU"))
    larger = replace(b, host=replace(b.host, usable_cpus=8, logical_cpus=8))
    versions = {**b.host.versions, "numpy": "3.0.0"}
    newer = replace(b, host=replace(b.host, versions=versions))
    slow = replace(b.noise, pace_s=1.5e-3)
    nothing = report(recommendation_unavailable="every setting failed")
    return {
        "same run": contrast(a, a),
        "changed": contrast(a, b),
        "versions": contrast(a, newer),
        "failed": contrast(a, broken),
        "one side only": contrast(fewer, a),
        "other CPU": contrast(a, faster),
        "more CPUs": contrast(a, larger),
        "slow day": contrast(a, replace(b, noise=slow)),
        "digits": contrast(reports.digits(), reports.digits()),
        "nothing": contrast(nothing, nothing),
        "nothing in B": contrast(a, nothing),
    }


def hostile(evil: str) -> Contrast:
    """Contrasts whose every foreign text is `evil`."""
    a, b = one(), other()
    strange = timed(evil, [1.0, 1.1, 1.2], backend=evil, params={evil: evil})
    failed = replace(
        timed(f"{evil} 2", [1.0], status="failed", reason=evil),
        measures=row("x", None, why=evil).measures,
    )
    rows = tuple(r for r in a.settings if r.id != "serial")
    host = replace(b.host, cpu_model=evil, versions={evil: evil}, environment={evil: evil})
    return contrast(
        replace(a, name=evil, run_id=evil, started_at=evil, settings=(*rows, strange, failed)),
        replace(
            b,
            name=evil,
            run_id=evil,
            settings=(*b.settings, strange, replace(failed, status="ok")),
            host=host,
            spec={"estimator": {evil: evil}},
            recommendation=recommendation(evil),
        ),
    )


def known(values: Sequence[float]) -> Estimate:
    """Values as a stored estimate."""
    return estimate(values, "by hand")
