"""Machines that only exist on paper: how long a fit takes under each setting, noise and all."""

from __future__ import annotations

import csv
import math
import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sklpar.model import InnerThreads, Setting

AS_WRITTEN = Setting(kind="as-written")
SERIAL = Setting(kind="serial", n_jobs=1, backend="sequential", inner_threads=1)
PUBLISHED = Path(__file__).parent / "published_scaling.csv"
# How many times the best's time the slow setting takes.
SLOW = 50.0
# How many CPUs a machine may have that a sweep of so many settings is made for.
_CPUS = {20: (4, 8, 16), 40: (8, 16, 32), 80: (16, 32)}
_BACKENDS = ("loky", "threading", "multiprocessing")


@dataclass(frozen=True, kw_only=True)
class Noise:
    """What makes one process slower than the next.

    `process` and `fit` (within one process) are standard deviations of logarithms; a share
    `outliers` of the processes takes 10% to 40% longer; and from the first trial of a round to the
    first of the next everything slows by `drift`.
    """

    process: float = 0.03
    fit: float = 0.0
    outliers: float = 0.05
    drift: float = 0.05


@dataclass(frozen=True, kw_only=True)
class Machine:
    """The true seconds of a fit under each setting, infinite where it hangs.

    `fails_s` are settings that end in an error, and after how long; `pathological` those that a
    strict account of an exhaustive sweep leaves out; `fits` how many a process makes.
    """

    seed: int
    settings: tuple[Setting, ...]
    fit_s: Mapping[str, float]
    fails_s: Mapping[str, float] = field(default_factory=dict)
    pathological: frozenset[str] = frozenset()
    noise: Noise = field(default_factory=Noise)
    fits: int = 1

    @property
    def best_s(self) -> float:
        """The shortest true time of a setting that works."""
        return min(self.fit_s.values())

    def regret(self, setting: str) -> float:
        """Return how much slower than the best a setting is: 0.05 is 5%; infinite if it fails."""
        return self.fit_s.get(setting, math.inf) / self.best_s - 1

    def process_s(self, setting: str, look: int, when: float) -> list[float]:
        """Return how long each fit of one process takes; of one that fails, until it does.

        Parameters
        ----------
        look : int
            Which process of the setting this is: the same one takes the same time, whoever asks.
        when : float
            Rounds since the first trial.
        """
        rng, noise = random.Random(f"{self.seed}/{setting}/{look}"), self.noise
        slower = rng.lognormvariate(0.0, noise.process) * (1 + noise.drift) ** when
        if rng.random() < noise.outliers:
            slower *= rng.uniform(1.1, 1.4)
        true = self.fails_s[setting] if setting in self.fails_s else self.fit_s[setting]
        return [true * slower * rng.lognormvariate(0.0, noise.fit) for _ in range(self.fits)]


def simulated_machine(seed: int, size: int) -> Machine:
    """Return a machine and a sweep of `size` settings, as-written and serial among them.

    The best takes 2 to 10 s. Beside it there are exact ties, near ties within 2% and within 5% (of
    each one in twenty settings), a setting `SLOW` times slower and one that hangs; as-written is
    one of the slower half of what is left.
    """
    rng = random.Random(f"{seed}/{size}")
    cpus = rng.choice(_CPUS[size])
    swept = _sweep(rng, cpus, size - 2)
    law = _scaling_law(rng, cpus)
    times = {setting.id: law(setting) for setting in (SERIAL, *swept)}
    scale = math.exp(rng.uniform(math.log(2), math.log(10))) / min(times.values())
    times = {name: seconds * scale for name, seconds in times.items()}
    best = min(times, key=lambda name: times[name])
    few = size // 20
    made = rng.sample([s.id for s in swept if s.id != best], 3 * few + 2)
    for name, extra in zip(made, [0.0] * few + [0.02] * few + [0.05] * few, strict=False):
        times[name] = times[best] * (1 + rng.uniform(extra / 4, extra))
    slow, hanging = made[-2:]
    usual = sorted(seconds for name, seconds in times.items() if name not in (slow, hanging))
    times[AS_WRITTEN.id] = rng.choice(usual[len(usual) // 2 :])
    times[slow], times[hanging] = SLOW * times[best], math.inf
    return Machine(
        seed=seed,
        settings=(AS_WRITTEN, SERIAL, *swept),
        fit_s=times,
        pathological=frozenset({slow, hanging}),
    )


def _sweep(rng: random.Random, cpus: int, size: int) -> list[Setting]:
    """Return a random part of the product of axes, less what planning leaves out."""
    jobs = [n for n in (1, 2, 3, 4, 6, 8, 12, 16, 24, 32) if n <= cpus]
    inner: tuple[InnerThreads, ...] = (1, 2, 3, 4, "default")
    product = [
        Setting(backend=backend, n_jobs=n, inner_threads=k)
        for backend in _BACKENDS
        for n in jobs
        for k in inner
        if n * _threads(k, cpus) <= 2 * cpus
    ]
    return rng.sample(product, size)


def _threads(inner: InnerThreads | None, cpus: int) -> int:
    return inner if isinstance(inner, int) else cpus


def _scaling_law(rng: random.Random, cpus: int) -> Callable[[Setting], float]:
    """Return the time of a setting, that of the parallel part on one CPU being 1.

    ``A / (n k**a) + B + C (n - 1)`` for n workers of k threads, B and C by the backend, and more
    where n k exceeds the CPUs. Threads mostly wait for the GIL: so they did in 14 of the 16
    published builds, and with these constants sweeps spread about as widely as those did.
    """
    gain, crowd = rng.uniform(0.0, 0.6), rng.uniform(0.2, 1.0)
    rest, each = rng.uniform(0.02, 0.1), rng.uniform(0.0, 0.004)
    serial = {name: rest * rng.uniform(1, 2) for name in (*_BACKENDS, "sequential")}
    overhead = {name: each * rng.uniform(0.5, 2) for name in (*_BACKENDS, "sequential")}
    if rng.random() < 14 / 16:
        serial["threading"], overhead["threading"] = rng.uniform(0.2, 1), rng.uniform(0.0, 0.1)

    def law(setting: Setting) -> float:
        n, k = setting.n_jobs or 1, _threads(setting.inner_threads, cpus)
        backend = setting.backend or "sequential"
        crowding = math.pow(max(1.0, n * k / cpus), crowd)
        seconds = crowding / (n * math.pow(k, gain)) + serial[backend] + overhead[backend] * (n - 1)
        # Nothing is just as a law has it; without this whole families of settings would tie.
        return seconds * rng.lognormvariate(0.0, 0.05)

    return law


def published_machines(seed: int) -> dict[str, Machine]:
    """Return each published build on its machine: one sweep of backend x n_jobs.

    As-written is what the script has where nothing is set: one job and the threads that the
    library takes by itself, which is also what ``loky`` with one job measured.
    """
    groups: dict[str, list[dict[str, str]]] = {}
    with PUBLISHED.open(newline="") as file:
        rows = csv.DictReader(line for line in file if not line.startswith("#"))
        for row in rows:
            groups.setdefault(f"{row['logical_cores']} CPUs, {row['environment']}", []).append(row)
    # Each has noise of its own.
    first = seed * len(groups)
    return {name: _published(first + i, rows_) for i, (name, rows_) in enumerate(groups.items())}


def _published(seed: int, rows: list[dict[str, str]]) -> Machine:
    swept = {
        row["backend"] + row["n_jobs"]: Setting(
            backend=row["backend"], n_jobs=int(row["n_jobs"]), inner_threads="default"
        )
        for row in rows
    }
    seconds = {swept[row["backend"] + row["n_jobs"]].id: float(row["duration_s"]) for row in rows}
    failed = {swept[row["backend"] + row["n_jobs"]].id for row in rows if row["status"] == "failed"}
    fit_s = {name: value for name, value in seconds.items() if name not in failed}
    alone = fit_s[swept["loky1"].id]
    return Machine(
        seed=seed,
        settings=(AS_WRITTEN, SERIAL, *swept.values()),
        fit_s={**fit_s, AS_WRITTEN.id: alone, SERIAL.id: alone},
        fails_s={name: seconds[name] for name in failed},
    )
