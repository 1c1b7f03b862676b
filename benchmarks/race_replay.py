"""How well the race chooses, what it costs, and how often it claims what is not there.

Machines are simulated (`simulation.py`), sklpar's own code decides (`strategies.py`), and nothing
sleeps. Printed are: picks and costs beside naive ways, on simulated sweeps and on published curves;
false alarms where two settings are the same; and how far the time left was from what was left.
Goals: the pick within 5% of the true best in 99% and within 2% in 97%, at no more than 15% of the
cost of an exhaustive sweep of five rounds at 80 settings and 30% at 20; a difference claimed in at
most 1% of A/A comparisons; the time left within 30% from the first quarter on. Seeds are fixed.

    python benchmarks/race_replay.py [MACHINES]
"""

from __future__ import annotations

import itertools
import math
import multiprocessing
import random
import statistics
import sys
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

# As a script its own folder is on the path, not the one that `benchmarks` is in.
sys.path.insert(0, str(Path(__file__).resolve().parents[1]))

from benchmarks.simulation import (
    AS_WRITTEN,
    SERIAL,
    Machine,
    Noise,
    published_machines,
    simulated_machine,
)
from benchmarks.strategies import ROUNDS, Found, Raced, grid, race, successive_halving
from sklpar.analysis.comparison import compare
from sklpar.analysis.statistics import ratio
from sklpar.model import Run, Setting
from sklpar.race.forecast import time_left_s

SIZES = (20, 40, 80)
COMPARISONS = 1000
TWIN = Setting(backend="threading", n_jobs=1, inner_threads="default")
HAND = ("grid once", "grid five times", "successive halving")


@dataclass(frozen=True, kw_only=True)
class Score:
    """How far off a pick is (0.05 is 5%), and its cost as a part of the exhaustive one.

    `strict` is the cost where what hangs and what is 50 times slower are left out of the
    exhaustive sweep, and only there.
    """

    way: str
    regret: float
    cost: float
    strict: float


def scores(machine: Machine) -> list[Score]:
    """Run every way on a machine."""
    sweep = grid(machine, ROUNDS)
    raced = race(machine)
    ways = dict(zip(HAND, (grid(machine, 1), sweep, successive_halving(machine)), strict=True))
    picks = {
        "race": Found(setting=raced.setting or "none", cost_s=raced.cost_s(confirming=True)),
        "race, not confirmed": Found(
            setting=raced.setting or "none", cost_s=raced.cost_s(confirming=False)
        ),
        **ways,
    }
    return [
        Score(
            way=way,
            regret=machine.regret(found.setting),
            cost=found.cost_s / sweep.cost_s,
            strict=found.cost_s / (sweep.cost_s - sweep.pathological_s),
        )
        for way, found in picks.items()
    ]


def print_scores(title: str, found: Sequence[Score], machines: int) -> None:
    print(f"\n{title}, {machines} machines")
    print(f"{'':22}{'in 2%':>7}{'in 5%':>7}{'fails':>7}{'cost':>8}{'(most)':>8}{'strict':>8}")
    for way, group in itertools.groupby(
        sorted(found, key=lambda one: one.way), key=lambda one: one.way
    ):
        those = list(group)
        cells = [
            statistics.fmean(one.regret <= 0.02 for one in those),
            statistics.fmean(one.regret <= 0.05 for one in those),
            statistics.fmean(math.isinf(one.regret) for one in those),
            statistics.fmean(one.cost for one in those),
            max(one.cost for one in those),
            statistics.fmean(one.strict for one in those),
        ]
        row = "".join(f"{cell:>{8 if i > 2 else 7}.1%}" for i, cell in enumerate(cells))
        print(f"{way:22}{row}")


def _of_simulated(job: tuple[int, int]) -> list[Score]:
    seed, size = job
    return scores(simulated_machine(seed, size))


def _of_published(job: tuple[int, str]) -> list[Score]:
    seed, name = job
    return scores(published_machines(seed)[name])


# --------------------------------------------------------------------------- false alarms


def twins(seed: int, *, fits: int) -> Machine:
    """Return a machine on which as-written and another setting are one and the same."""
    return Machine(
        seed=seed,
        settings=(AS_WRITTEN, SERIAL, TWIN),
        fit_s={AS_WRITTEN.id: 3.0, TWIN.id: 3.0, SERIAL.id: 9.0},
        noise=Noise(process=0.03, fit=0.01),
        fits=fits,
    )


def false_alarms(seed: int) -> dict[str, bool]:
    """Tell which methods see a difference in an A/A pair: 3 to 10 processes of 2 to 5 fits."""
    rng = random.Random(seed)
    machine, rounds = twins(seed, fits=rng.randint(2, 5)), rng.randint(3, 10)
    minimize = rng.choice(("first_fit", "fit"))
    alarms: dict[str, bool] = {}
    for within in (0.0, 0.05):
        raced = race(machine, within=within, rounds=rounds, minimize=minimize)
        alarms |= {f"{what}, within {within:g}": b for what, b in claims(raced, within).items()}
    table = {
        setting: {
            round_: statistics.median(machine.process_s(setting, round_, round_)[1:])
            for round_ in range(1, rounds + 1)
        }
        for setting in (AS_WRITTEN.id, TWIN.id)
    }
    against = compare(table, list(table)).against.values()
    alarms["compare of all rounds: worse"] = any(one.verdict(0.0) == "worse" for one in against)
    gain = ratio(list(table[AS_WRITTEN.id].values()), list(table[TWIN.id].values()))
    alarms["ratio of all rounds: 95% interval excludes 1"] = not (
        (gain.low or 0) <= 1 <= (gain.high or math.inf)
    )
    return alarms


def claims(raced: Raced, within: float) -> dict[str, bool]:
    """Return what a race says of twins that is not so."""
    made, against = raced.choice.recommendation, {}
    if raced.found is not None:
        against = {name: raced.found.standing.against[name] for name in (AS_WRITTEN.id, TWIN.id)}
    return {
        "race: the other is recommended as faster": made is not None
        and made.setting == TWIN.id
        and (made.speedup.low or 0) > 1,
        "race: one is rejected as worse": any(
            one.verdict(within) == "worse" for one in against.values()
        ),
    }


def dead_zones() -> int:
    """Count the n, m in 2..20 for which two settings apart by a factor of 2 are called equal."""
    found = 0
    for n, m in itertools.product(range(2, 21), repeat=2):
        rng = random.Random(f"{n}/{m}")
        table = {
            "fast": {r: rng.uniform(0.9, 1.0) for r in range(n)},
            "slow": {r: 2 * rng.uniform(1.0, 1.1) for r in range(m)},
        }
        verdict = compare(table, list(table)).against["slow"].verdict(0.05)
        found += verdict == "tied"
    return found


# --------------------------------------------------------------------------- the time left


def forecasts(job: tuple[int, int, float]) -> list[float]:
    """Return the relative errors of the time left, from the first quarter of a race's time on."""
    seed, size, within = job
    told: list[tuple[float, float]] = []

    def hear(run: Run) -> None:
        left = time_left_s(run)
        if left is not None:
            told.append((sum(outcome.trial_s for outcome in run.outcomes), left))

    total = race(simulated_machine(seed, size), within=within, hear=hear).cost_s(confirming=True)
    return [
        (left - (total - elapsed)) / (total - elapsed)
        for elapsed, left in told
        if total / 4 <= elapsed < total * 0.999
    ]


def print_forecasts(within: float, races: Sequence[Sequence[float]]) -> None:
    errors = [abs(error) for one in races for error in one]
    near = statistics.fmean(error <= 0.3 for error in errors)
    print(
        f"within {within:g}: within 30% of the truth at {near:.1%} of {len(errors)} instants of "
        f"{len(races)} races; median error {statistics.median(errors):.1%}"
    )


# --------------------------------------------------------------------------- all of it


def print_false_alarms(found: Sequence[dict[str, bool]]) -> None:
    print(f"\nfalse alarms of {len(found)} A/A comparisons")
    for what in found[0]:
        print(f"{what:50}{statistics.fmean(one[what] for one in found):>7.1%}")
    print(f"n, m in 2..20 with a factor of 2 called equal: {dead_zones()} of 361")


def main() -> None:
    """Print every table."""
    machines = int(sys.argv[1]) if len(sys.argv) > 1 else 200
    with multiprocessing.Pool(2) as pool:

        def of_all(function: Callable[..., list[Score]], jobs: Sequence[object]) -> list[Score]:
            return [score for scores_ in pool.map(function, jobs, 4) for score in scores_]

        for size in SIZES:
            found = of_all(_of_simulated, [(seed, size) for seed in range(machines)])
            print_scores(f"{size} settings", found, machines)
        names = list(published_machines(0))
        for cpus in ("10 CPUs", "16 CPUs"):
            jobs = [
                (s, n) for n in names if n.startswith(cpus) for s in range(max(1, machines // 8))
            ]
            print_scores(f"published curves, {cpus}", of_all(_of_published, jobs), len(jobs))
        print_false_alarms(pool.map(false_alarms, range(COMPARISONS), 20))
        print("\ntime left, from the first quarter on")
        for within in (0.0, 0.05):
            told = [(seed, size, within) for size in SIZES for seed in range(machines // 8)]
            print_forecasts(within, pool.map(forecasts, told, 1))


if __name__ == "__main__":
    main()
