"""Settings held against the best of them, on so few rounds that no setting knows its own noise.

The model is ``log(time) = setting + round + noise``. The effect of a round (drift, a slow minute)
is taken out by median polish, settings are compared by their medians, and the noise is pooled over
all of them: what scatters a trial is the machine more than the setting. Nothing here rests on a
normal approximation: quantiles are Student's, with no more degrees of freedom than were seen.

Sources: median polish, Tukey (1977), *Exploratory Data Analysis*, ch. 11; the scale from pairwise
differences, Rousseeuw and Croux (1993), JASA 88; shrinking few degrees of freedom towards a prior,
Smyth (2004), Stat. Appl. Genet. Mol. Biol. 3; comparisons with the best, Hsu (1981), Ann. Stat. 9,
here with Bonferroni's bound.
"""

from __future__ import annotations

import itertools
import math
import statistics
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Literal

from sklpar.analysis.statistics import MIN_FOR_INTERVAL

# The chance that any one bound of a look is wrong.
ERROR_LEVEL = 0.05
# A fit is stopped when it has taken this many times what the best did, and one look decides against
# no setting that took less: fits of milliseconds scatter that far.
KAPPA = 2.0
# Before anything was seen processes are thought to scatter by 5%, with the weight of 4 trials.
_PRIOR_NOISE, _PRIOR_WEIGHT = 0.05, 4.0
# A setting's own scatter is shrunk towards the pooled one with this weight: some are noisier.
_POOLED_WEIGHT = 4.0
# Median absolute difference of two normal values, to their standard deviation.
_TO_DEVIATION = 1.0483
# A sample of differences says about half as much of the scale as squares of normal values do.
_EFFICIENCY = 0.5
_POLISHES = 5

# Setting to round to a positive value (seconds, bytes): one trial each.
Table = Mapping[str, Mapping[int, float]]
Verdict = Literal["tied", "worse", "undecided"]


@dataclass(frozen=True, kw_only=True)
class Comparison:
    """How many times the best's a setting takes: the medians' ratio and its one-sided bounds.

    The bounds are Bonferroni's at `ERROR_LEVEL`, over the settings still open; that the best was
    picked for being the best is not counted, so among many equals a second look drops one of them
    somewhat more often. The lower bound takes the lower of two middle values for a median: one slow
    outlier drops nobody. `n` counts the setting's trials.
    """

    ratio: float
    low: float
    high: float
    n: int

    def verdict(self, within: float) -> Verdict:
        """Tell where it stands: who is neither tied nor worse is to be measured again."""
        if self.n == 1:
            return "worse" if self.ratio > KAPPA else "undecided"
        if self.low > 1 + within:
            return "worse"
        is_near = self.ratio <= 1 + within and self.high <= 1 + 2 * within
        return "tied" if is_near and self.n >= MIN_FOR_INTERVAL else "undecided"


@dataclass(frozen=True, kw_only=True)
class Standing:
    """Every setting against `best`.

    `noise` is the standard deviation of one trial's logarithm, `quantile` how many standard errors
    the bounds reach.
    """

    best: str
    against: Mapping[str, Comparison]
    noise: float
    quantile: float

    def least_ratio(self, n: int) -> float:
        """Return how many times the best's a setting must take to be told from it by n rounds."""
        return math.exp(self.quantile * self.noise * math.sqrt(2 * _median_variance(n)))


def compare(table: Table, candidates: Collection[str]) -> Standing:
    """Hold every setting of a table against the best of the candidates.

    Parameters
    ----------
    table : mapping
        Setting to round to a value. Settings may lack rounds; each has one value at least.
    candidates : collection of str
        Who may be the best: at least one setting of the table.
    """
    from scipy.special import stdtrit

    polished = _less_round_effects(table)
    pooled, freedom = _pooled_noise(polished, table)
    medians = {setting: statistics.median(values) for setting, values in polished.items()}
    best = min(candidates, key=lambda setting: (medians[setting], setting))
    quantile = float(stdtrit(freedom, 1 - ERROR_LEVEL / max(1, _rivals(polished))))
    errors = {
        setting: _own_noise(values, pooled) ** 2 * _median_variance(len(values))
        for setting, values in polished.items()
    }
    against = {}
    for setting, values in polished.items():
        n, apart = len(values), medians[setting] - medians[best]
        reach = quantile * math.sqrt(errors[setting] + errors[best])
        lower_middle = sorted(values)[(n - 1) // 2] - medians[best]
        against[setting] = Comparison(
            ratio=math.exp(apart),
            low=math.exp(lower_middle - reach),
            high=math.exp(apart + reach),
            n=n,
        )
    return Standing(best=best, against=against, noise=pooled, quantile=quantile)


def rounds_to_decide(standing: Standing, setting: str, within: float, ceiling: int) -> int:
    """Return how many rounds a setting will take to be tied or worse, its ratio being the truth.

    At most `ceiling`; nothing is called tied before the third round.
    """
    ratio = standing.against[setting].ratio
    if standing.against[setting].verdict(within) == "worse":
        return 0
    for n in range(2, ceiling):
        reach = standing.least_ratio(n)
        found = Comparison(ratio=ratio, low=ratio / reach, high=ratio * reach, n=n)
        if found.verdict(within) != "undecided":
            return n
    return ceiling


def _rivals(polished: Mapping[str, Sequence[float]]) -> int:
    """Count the settings that were still open at the last look: others were decided before.

    Within a round that is not over, some have one trial less.
    """
    most = max(len(values) for values in polished.values())
    return sum(1 for values in polished.values() if len(values) >= most - 1) - 1


def _less_round_effects(table: Table) -> dict[str, list[float]]:
    """Return the logarithms less the effect of their round."""
    effects = round_effects(table)
    return {
        setting: [math.log(value) - effects[round_] for round_, value in row.items()]
        for setting, row in table.items()
    }


def round_effects(table: Table) -> dict[int, float]:
    """Return by how much each round was slower than others, as a logarithm, by median polish."""
    logs = {
        setting: {round_: math.log(value) for round_, value in row.items()}
        for setting, row in table.items()
    }
    members: dict[int, list[str]] = {}
    for setting, row in logs.items():
        for round_ in row:
            members.setdefault(round_, []).append(setting)
    # Rounds first, from a level that holds one round each: else a slow round sways every level.
    level = {setting: row[min(row)] for setting, row in logs.items()}
    effects: dict[int, float] = {}
    for _ in range(_POLISHES):
        effects = {
            round_: statistics.median(logs[setting][round_] - level[setting] for setting in those)
            for round_, those in members.items()
        }
        level = {
            setting: statistics.median(value - effects[round_] for round_, value in row.items())
            for setting, row in logs.items()
        }
    return effects


def _pooled_noise(polished: Mapping[str, Sequence[float]], table: Table) -> tuple[float, float]:
    """Return the standard deviation of a trial's logarithm, and its degrees of freedom."""
    repeated = [values for values in polished.values() if len(values) > 1]
    rounds = {r for row in table.values() if len(row) > 1 for r in row}
    seen = sum(len(values) - 1 for values in repeated)
    # Each round beyond the first has cost one: its effect was estimated.
    free = seen - (len(rounds) - 1)
    if not repeated or free <= 0:
        return _PRIOR_NOISE, _PRIOR_WEIGHT
    differences = [abs(a - b) for values in repeated for a, b in itertools.combinations(values, 2)]
    noise = _TO_DEVIATION * statistics.median(differences) * math.sqrt(seen / free)
    weight = _EFFICIENCY * free
    return _mixed(_PRIOR_NOISE, _PRIOR_WEIGHT, noise, weight), _PRIOR_WEIGHT + weight


def _own_noise(values: Sequence[float], pooled: float) -> float:
    if len(values) < 3:
        return pooled
    differences = [abs(a - b) for a, b in itertools.combinations(values, 2)]
    own = _TO_DEVIATION * statistics.median(differences)
    return _mixed(pooled, _POOLED_WEIGHT, own, _EFFICIENCY * (len(values) - 1))


def _mixed(first: float, weight: float, second: float, other_weight: float) -> float:
    total = weight + other_weight
    return math.sqrt((weight * first**2 + other_weight * second**2) / total)


def _median_variance(n: int) -> float:
    """Return the variance of the median of n standard normal values.

    Exact at 1 and within 2% for odd n, too much for even; the asymptote is ``pi / (2 n)``.
    """
    return math.pi / (2 * n + math.pi - 2)
