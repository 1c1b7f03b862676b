"""Whether a gain over as-written is shown, and how large it is."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import pytest

from sklpar.analysis.analyse import analyse
from sklpar.model import Outcome, Recommendation, Report, Setting, Speedup
from tests.unit.builders import (
    AS_WRITTEN,
    LOKY,
    THREADING,
    cut_off,
    make_failure,
    make_fit,
    make_run,
    make_sample,
    make_samples,
    objective,
)

ROUNDS = 5
# As-written is 8% behind, which five rounds do not decide.
NEAR: list[Outcome] = [
    *make_samples(AS_WRITTEN, [1.08, 1.1, 1.04, 1.12, 1.02]),
    *make_samples(LOKY, [1.0, 1.02, 1.0, 0.98, 1.0]),
]
FAR: list[Outcome] = [*make_samples(AS_WRITTEN, [3.0, 3.0]), *make_samples(LOKY, [1.0, 1.0, 1.0])]


def confirmed(
    written: Sequence[float], chosen: Sequence[float], setting: Setting = LOKY
) -> list[Outcome]:
    """Confirming trials: rounds beyond the last."""
    return [
        make_sample(one, ROUNDS + 1 + i, make_fit(first_s))
        for one, firsts in ((AS_WRITTEN, written), (setting, chosen))
        for i, first_s in enumerate(firsts)
    ]


def report(*outcomes: Outcome, **spec: Any) -> Report:
    return analyse(make_run([LOKY, THREADING], outcomes, rounds=ROUNDS, **spec))


def recommend(*outcomes: Outcome, **spec: Any) -> Recommendation:
    found = report(*outcomes, **spec).recommendation
    assert found is not None
    return found


# --------------------------------------------------------------------------- how large


def test_the_gain_is_that_of_the_confirming_trials() -> None:
    """The race had it at three times: luck that made the choice does not count in the gain."""
    found = recommend(*FAR, *confirmed([2.0, 2.2, 1.8], [1.0, 1.1, 0.9]))
    assert found.setting == "loky-j2-t1"
    assert found.speedup.median == pytest.approx(2.0)
    assert found.speedup.low is not None
    assert 1.5 < found.speedup.low < 2.0  # three ratios of exactly 2 are luck


def test_without_confirming_trials_it_is_that_of_the_race() -> None:
    assert recommend(*FAR).speedup == Speedup(median=3.0, low=None, high=None)


def test_confirming_trials_of_the_chosen_alone_leave_the_gain_to_the_race() -> None:
    found = recommend(*FAR, *confirmed([], [1.5, 1.5, 1.5]))
    assert found.speedup.median == 3.0
    assert found.confirmed == 0


def test_a_gain_without_an_interval_is_provisional() -> None:
    assert recommend(*FAR).provisional
    assert not recommend(*FAR, *confirmed([3.0, 3.1, 2.9], [1.0, 1.0, 1.0])).provisional


def test_who_leads_within_rounds_but_not_by_the_medians_is_said_to() -> None:
    """The other ran in quick rounds alone: its median is less, each of its ratios more."""
    written = make_samples(AS_WRITTEN, [18.0, 18.0, 18.0, 9.0, 9.0])
    slow_then_quick = make_samples(LOKY, [2.0, 2.0, 2.0, 1.0, 1.0])
    quick_alone = [
        make_sample(THREADING, n, make_fit(first_s)) for n, first_s in ((4, 1.6), (5, 1.6))
    ]
    found = recommend(*written, *slow_then_quick, *quick_alone)
    assert found.setting == LOKY.id
    assert found.reasons[0] == f"{LOKY.id} has the shortest first fit by ratios within rounds"


def test_a_confirming_trial_does_not_count_in_the_figures_of_its_row() -> None:
    before = report(*FAR).row("loky-j2-t1")
    after = report(*FAR, *confirmed([9.0], [9.0])).row("loky-j2-t1")
    assert before is not None
    assert after is not None
    assert after.confirming["first_fit_s"] == {"6": 9.0}
    assert before == replace(after, confirming={})


def test_a_setting_that_fails_while_it_is_confirmed_is_not_recommended() -> None:
    next_best = make_samples(THREADING, [1.2, 1.2, 1.2])
    found = recommend(*FAR, *next_best, make_failure(LOKY, ROUNDS + 1))
    assert found.setting == "threading-j2-t1"
    assert {one.setting: one.why for one in found.rejected}["loky-j2-t1"].startswith("failed: ")


def test_an_as_written_cut_off_bounds_the_gain_by_what_confirming_gave_of_the_chosen() -> None:
    race: list[Outcome] = [cut_off(AS_WRITTEN, 60.0), *make_samples(LOKY, [1.0, 1.0, 1.0])]
    assert recommend(*race).speedup == Speedup(median=None, low=60.0, high=None)
    found = recommend(*race, *confirmed([], [2.0, 2.0, 2.0]))
    assert found.speedup == Speedup(median=None, low=30.0, high=None)


def test_the_gain_is_in_what_is_minimized() -> None:
    def trial(setting: Setting, round_: int, cpu_s: float) -> Outcome:
        return make_sample(setting, round_, make_fit(1.0, cpu_s=cpu_s))

    trials = [trial(s, n, c) for n in range(1, 6) for s, c in ((AS_WRITTEN, 4.0), (LOKY, 1.0))]
    found = recommend(*trials, objective=objective("cpu"), repeats=0)
    assert found.speedup.median == pytest.approx(4.0)


# --------------------------------------------------------------------------- whether it is shown


def test_where_no_gain_is_shown_what_you_have_is_kept() -> None:
    found = recommend(*NEAR, *confirmed([1.05, 1.0, 1.02], [1.0, 1.01, 1.0]))
    assert (found.setting, found.tied) == ("as-written", ("as-written",))
    assert found.speedup == Speedup(median=1.0, low=1.0, high=1.0)
    assert found.reasons[0].startswith("keep what you have: no gain is shown (first fit of")
    assert "1.02 times, 99% interval 0.9" in found.reasons[0]
    why = {one.setting: one.why for one in found.rejected}
    assert why["loky-j2-t1"] == "no gain over as-written is shown"


def test_where_the_chosen_turns_out_to_be_slower_what_you_have_is_kept() -> None:
    assert recommend(*NEAR, *confirmed([1.0] * 3, [1.2, 1.21, 1.19])).setting == "as-written"
    assert recommend(*FAR, *confirmed([1.0] * 3, [1.2, 1.21, 1.19])).setting == "as-written"


def confirmed_cpu(written_cpu_s: float, chosen: float = 1.0, n: int = 3) -> list[Outcome]:
    """Confirming trials without a gain in time; CPU of as-written is given, of the chosen 1 s."""
    return [
        make_sample(setting, ROUNDS + one, make_fit(first_s, cpu_s=cpu_s))
        for one in range(1, n + 1)
        for setting, first_s, cpu_s in ((AS_WRITTEN, 1.0, written_cpu_s), (LOKY, chosen, 1.0))
    ]


def test_where_no_gain_is_shown_but_the_chosen_is_surely_cheaper_it_is_taken() -> None:
    found = recommend(*NEAR, *confirmed_cpu(2.0))
    assert found.setting == "loky-j2-t1"
    assert found.reasons[-1] == (
        "no better than as-written in first fit, which takes 2 times the CPU"
    )


def test_what_you_have_is_kept_where_the_saving_is_not_sure_or_paid_for_with_time_or_cpu() -> None:
    assert recommend(*NEAR, *confirmed_cpu(1.08)).setting == "as-written"
    assert recommend(*NEAR, *confirmed_cpu(2.0, chosen=1.1)).setting == "as-written"
    memory_first = objective(then=("memory", "cpu"))
    assert recommend(*NEAR, *confirmed_cpu(2.0), objective=memory_first).setting == "loky-j2-t1"
    assert recommend(*NEAR, *confirmed_cpu(0.5), objective=memory_first).setting == "as-written"


def test_a_gain_that_is_seen_but_not_shown_is_no_recommendation_and_says_what_is_needed() -> None:
    found = report(*NEAR, *confirmed([1.25, 0.9, 1.4], [1.0, 1.01, 1.0]))
    assert found.recommendation is None
    why = found.recommendation_unavailable
    assert why is not None
    assert why.startswith("loky-j2-t1 looks better than as-written, but 3 rounds do not show it")
    assert "1.25 times, 99% interval 0.8" in why
    assert "(--rounds " in why
    assert "quieter machine" in why


def test_the_rounds_that_are_needed_go_with_the_square_of_the_interval() -> None:
    def needed(noise: float) -> int:
        firsts = [1.25 * (1 - noise), 1.25, 1.25 * (1 + noise)]
        why = report(*NEAR, *confirmed(firsts, [1.0] * 3)).recommendation_unavailable
        assert why is not None
        return int(why.split("--rounds ")[1].split(")")[0])

    assert needed(0.20) < needed(0.40) < needed(0.60)
    assert needed(0.60) > 2 * needed(0.30)


def test_a_gain_whose_interval_is_above_one_is_recommended_however_near() -> None:
    found = recommend(*NEAR, *confirmed([1.18, 1.181, 1.179], [1.0] * 3))
    assert found.setting == "loky-j2-t1"
    assert found.speedup.low is not None
    assert found.speedup.low > 1


def test_where_the_race_has_decided_confirming_need_not_do_so_again() -> None:
    found = recommend(*FAR, *confirmed([0.5, 3.0, 8.0], [1.0] * 3))
    assert found.speedup.low is not None
    assert found.speedup.low < 1
    assert found.setting == "loky-j2-t1"


@pytest.mark.parametrize("rounds", [1, 2])
def test_with_too_few_rounds_for_an_interval_the_best_is_recommended_provisionally(
    rounds: int,
) -> None:
    first = [one for one in NEAR if one.round <= rounds]
    found = recommend(*first)
    assert (found.setting, found.provisional) == ("loky-j2-t1", True)


@pytest.mark.parametrize("wide", [0.05, 0.2])
def test_within_says_what_gain_is_worth_a_change(wide: float) -> None:
    """12% is seen and not shown: worth asking for more rounds unless 20% are all the same."""
    race = [
        *make_samples(AS_WRITTEN, [1.12, 1.3, 1.0, 1.5, 1.1]),
        *make_samples(LOKY, [1.0, 1.02, 1.0, 0.98, 1.0]),
        *confirmed([1.12, 1.3, 0.95], [1.0] * 3),
    ]
    found = report(*race, objective=objective(within=wide)).recommendation
    assert (found is None) == (wide == 0.05)
    assert found is None or found.setting == "as-written"
